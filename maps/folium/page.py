"""The page that all printed maps share: title, period, legend, sources, outlines and the areas themselves.

No tiles: the ground is what the project knows itself. Text enters the page escaped or as data, never as HTML.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import CssLink, Element, JavascriptLink, MacroElement
from folium.utilities import JsCode
from jinja2 import Environment, FileSystemLoader, Template

from gis.domain.periods import Period
from gis.errors import InvalidInputError, TooManyPolygonsError
from maps.folium.classes import Measure
from maps.folium.offline import PAGE_SCRIPT, PAGE_STYLE, PAGE_TOKENS, STATIC, Literal, OfflineFigure
from maps.folium.words import Words
from maps.style import THEMES, tokens

POLYGON_LIMIT = 5_000
FINEST = 8_000  # corners nearer than this part of the map's width are drawn as one
DECIMALS = 6
CLOSEST_ZOOM = 20
USUAL_WIDTH_PX = 900
_CAPTION = Environment(loader=FileSystemLoader(STATIC.parent / "templates"), autoescape=True)


@dataclass(frozen=True)
class Appearance:
    """How a page looks.

    Attributes
    ----------
    lang, theme : ``zh`` or ``en``, ``light`` or ``dark``.
    inline : whether the page carries its assets with it.
    ways : addresses of the other maps by name, and under ``language`` of this one in the other language; none for a
        page without a server.
    """

    lang: str = "zh"
    theme: str = "light"
    inline: bool = False
    ways: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.theme not in THEMES:
            raise InvalidInputError(f"theme must be light or dark, not {self.theme[:20]!r}")


@dataclass(frozen=True)
class Caption:
    """What the map speaks of.

    Attributes
    ----------
    place : name of the division; empty for the whole city.
    level : ``grids`` or ``villages``.
    period : the time that the figures are of; None for what has no time.
    origins : from whom the plan and the layers are, as they were loaded.
    """

    place: str
    level: str
    period: Period | None
    origins: Sequence[str] = ()


class _Start(MacroElement):
    """Hands the finished map to the page's own script; the last child, so that its script comes last."""

    _template = Template("{% macro script(this, kwargs) %}wangge.start({{ this._parent.get_name() }});{% endmacro %}")


class Page:
    """A map without tiles, to be filled with layers and rendered once.

    Parameters
    ----------
    title : of the page, plain text.
    areas : code, name, boundary; EPSG:4490. TooManyPolygonsError above 5,000.
    outlines : divisions that frame the areas: name, level, boundary; EPSG:4490.
    """

    def __init__(
        self, title: str, areas: gpd.GeoDataFrame, outlines: gpd.GeoDataFrame, *, look: Appearance, words: Words
    ) -> None:
        if len(areas) > POLYGON_LIMIT:
            raise TooManyPolygonsError(
                f"{len(areas):,} polygons are more than the {POLYGON_LIMIT:,} that one page draws well; "
                "narrow with within= to a town or village, or take level=villages"
            )
        self.title, self.words, self.look = title, words, look
        self.colours = tokens(look.theme)
        self._areas, self._outlines = areas, outlines
        self._width_deg = _width_deg(areas if len(areas) else outlines)
        self._tolerance_deg = self._width_deg / FINEST
        self._figure = OfflineFigure(title=title, lang=words.tag, theme=look.theme, inline=look.inline)
        self._figure.header.add_child(CssLink(PAGE_TOKENS), name="page_tokens")
        self.map = folium.Map(
            tiles=None, prefer_canvas=True, zoom_control="topright", zoomSnap=0.25, maxZoom=CLOSEST_ZOOM
        )
        self.map.add_to(self._figure)

    def add_areas(self, measures: Sequence[Measure], rows: Mapping[str, Sequence[str]]) -> None:
        """Draw the areas, coloured by the first measure; `rows` are labels and texts shown for each area."""
        simpler = shapely.coverage_simplify(self._areas.geometry.to_numpy(), self._tolerance_deg)
        layer = folium.GeoJson(_collection(simpler), on_each_feature=JsCode("wangge.area"), control=False)
        layer.add_to(self.map)
        self._figure.header.add_child(CssLink(PAGE_STYLE), name="zz_page_style")
        self._figure.header.add_child(JavascriptLink(PAGE_SCRIPT), name="page_script")
        self._figure.header.add_child(_data_element(self._script_data(measures, rows)), name="page_data")

    def add_outlines(self) -> None:
        """Draw the divisions' outlines over the areas, and frame the map by them."""
        for level, weight in (("village", 0.8), ("town", 1.2), ("county", 1.8)):
            of_level = self._outlines[self._outlines["level"] == level]
            if of_level.empty:
                continue
            style = {"color": self.colours[f"map-{level}"], "weight": weight, "fill": False, "interactive": False}
            simpler = shapely.coverage_simplify(of_level.geometry.to_numpy(), self._tolerance_deg)
            self.add_shapes(simpler, style)
        framed = self._areas if len(self._areas) else self._outlines
        if len(framed):
            west, south, east, north = map(float, framed.total_bounds)
            self.map.fit_bounds([[south, west], [north, east]], padding=(16, 16))

    def add_shapes(self, shapes: Any, style: Mapping[str, Any], *, name: str | None = None, zoom: float = 0) -> None:
        """Draw shapes (EPSG:4490) in one style from a zoom on; with a name they can be switched off."""
        layer = folium.GeoJson(
            _collection(shapes),
            style_function=lambda _feature: dict(style),
            name=name,
            control=name is not None,
            marker=folium.CircleMarker(radius=2.5),
            smooth_factor=0.4,
            on_each_feature=JsCode(f"wangge.from({zoom:.2f})") if zoom else None,
        )
        layer.add_to(self.map)

    def first_zoom(self) -> float:
        """Return about the zoom at which the whole map is seen on a desk."""
        return zoom_of(self._width_deg, USUAL_WIDTH_PX)

    def render(self, caption: Caption, measures: Sequence[Measure], *, notes: Sequence[str] = ()) -> str:
        """Return the whole page as HTML, with `notes` below its legend.

        MissingAssetError when it would need what is not shipped.
        """
        words = self.words
        html = _CAPTION.get_template("folium_page.html").render(
            t=words,
            ways=self.look.ways,
            title=self.title,
            place=caption.place or words("folium.city"),
            count=words(f"folium.count.{caption.level}", count=f"{len(self._areas):,}"),
            period=words.period(caption.period) if caption.period else None,
            notes=notes,
            origins=[words.origin(origin) for origin in caption.origins],
            measures=measures,
        )
        self._figure.html.add_child(Literal(html), name="caption")
        self.map.add_child(_Start())  # type: ignore[no-untyped-call]
        return self._figure.render()

    def _script_data(self, measures: Sequence[Measure], rows: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return what the page's own script knows about the areas, by their place in the layer.

        folium runs its scripts through a template, values and all; text of people must not get there.
        """
        classes = np.column_stack([measure.classes for measure in measures]).tolist()
        columns = zip(self._areas["name"], self._areas["code"], zip(*rows.values(), strict=True), classes, strict=True)
        return {
            "areas": [
                {"name": f"{name}", "code": f"{code}", "rows": texts, "classes": steps}
                for name, code, texts, steps in columns
            ],
            "labels": list(rows),
            "code": self.words("folium.code"),
            "map": self.words("folium.map"),
            "steps": [[asdict(step)["colour"] for step in measure.steps] for measure in measures],
            "line": self.colours["map-grid"],
            "strong": self.colours["map-selection"],
            "hatch": self.colours["map-unknown"],
            "ground": self.colours["map-ground"],
        }


def zoom_of(width_deg: float, width_px: float) -> float:
    """Return the zoom at which degrees of longitude are so many pixels wide."""
    return float(np.clip(np.log2(360 * width_px / 256 / max(width_deg, 1e-9)), 0, CLOSEST_ZOOM))


def _collection(shapes: Any) -> dict[str, Any]:
    """Return GeoJSON with coordinates of 6 decimals (0.1 m); a feature's id is its place."""
    rounded = shapely.transform(np.asarray(shapes, dtype=object), lambda xy: np.round(xy, DECIMALS))
    features = [
        {"type": "Feature", "id": number, "properties": {}, "geometry": shapely.geometry.mapping(shape)}
        for number, shape in enumerate(rounded)
    ]
    return {"type": "FeatureCollection", "features": features}


def _width_deg(frame: gpd.GeoDataFrame) -> float:
    """Return the longer side of what a frame covers, in degrees."""
    if frame.empty:
        return 0.0
    west, south, east, north = frame.total_bounds
    return float(max(east - west, north - south))


def _data_element(values: Mapping[str, Any]) -> Element:
    """Return values as a script that the page's own script reads."""
    text = json.dumps(values, ensure_ascii=False).replace("<", "\\u003c")
    return Literal(f"<script>wangge.use({text});</script>")
