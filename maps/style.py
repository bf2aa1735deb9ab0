"""The MapLibre style: which shapes are drawn, in which order, colour and weight, from which tiles.

Colours come from ``static/app/shared/tokens.css`` and from nowhere else, so that pages, the map, charts and folium
share them. The style holds no glyphs: MapLibre then draws Chinese from the font of the page. Values (counts, days,
shares) never lie in tiles; they come as feature state and as GeoJSON sources that the page fills.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from maps import style_labels, style_lines
from maps.style_layer import layer

STATIC = Path(__file__).resolve().parent / "static"
TOKENS_CSS = STATIC / "app" / "shared" / "tokens.css"
THEMES = ("light", "dark")

# Upper edges of the classes; the last class is open. Days since the last visit, share of a grid's area.
CLASS_EDGES: dict[str, tuple[float, ...]] = {"days": (1, 3, 7, 14), "share": (0.2, 0.4, 0.6, 0.8)}
CLASSES = 5

# Sources that the page fills itself, and the data they start with.
PAGE_SOURCES = ("city", "sectors", "camera_points", "heat", "selection", "picked", "reports")
EMPTY: dict[str, Any] = {"type": "FeatureCollection", "features": []}


@cache
def tokens(theme: str) -> Mapping[str, str]:
    """Return the custom properties of `theme` (``light`` or ``dark``), without their leading dashes.

    Raises KeyError for another theme.
    """
    selectors = {"light": ":root", "dark": ':root[data-theme="dark"]'}
    found = _properties(selectors["light"])
    return found if theme == "light" else {**found, **_properties(selectors[theme])}


def ramp(theme: str) -> tuple[str, ...]:
    """Return the `CLASSES` colours of a sequential map, from few to many."""
    return tuple(tokens(theme)[f"ramp-{number}"] for number in range(1, CLASSES + 1))


def build(
    theme: str,
    layers: Sequence[Mapping[str, Any]],
    *,
    bounds: Sequence[float] | None,
    plan: int | None,
    origins: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the MapLibre style document (version 8).

    `layers` are those of ``GET /layers`` (name, tiles, minzoom, maxzoom); what is drawn from a layer that is not
    among them is left out. `bounds` are west, south, east, north in degrees, `plan` the revision in force; both None
    before a plan was published; `origins` name from whom the layers are. The page finds them, and the class edges,
    under ``metadata``.
    Raises KeyError for an unknown theme.
    """
    colours = tokens(theme)
    sources = {each["name"]: tile_source(each, bounds) for each in layers}
    sources |= {name: {"type": "geojson", "data": EMPTY} for name in PAGE_SOURCES}
    drawn = [*_areas(theme), *style_lines.build(colours), *_values(colours), *style_labels.build(colours)]
    return {
        "version": 8,
        "name": "wangge",
        "metadata": {
            "wangge:bounds": bounds,
            "wangge:plan": plan,
            "wangge:origins": origins,
            "wangge:edges": CLASS_EDGES,
        },
        "state": {style_labels.VALUES_SHOWN: {"default": False}},
        "sources": sources,
        "layers": [each for each in drawn if "source" not in each or each["source"] in sources],
    }


def tile_source(described: Mapping[str, Any], bounds: Sequence[float] | None) -> dict[str, Any]:
    """Return the vector source of one layer of ``GET /layers``; its address holds the revision and caches for ever."""
    source = {
        "type": "vector",
        "tiles": [described["tiles"]],
        "minzoom": described["minzoom"],
        "maxzoom": described["maxzoom"],
    }
    return source | ({"bounds": list(bounds)} if bounds else {})


def _areas(theme: str) -> list[dict[str, Any]]:
    """Return what fills areas: ground, values of grids, water, buildings, dedicated grids."""
    colours = tokens(theme)
    by_class = [part for number, colour in enumerate(ramp(theme)) for part in (number, colour)]
    value = {"fill-color": ["match", ["feature-state", "class"], *by_class, "rgba(0, 0, 0, 0)"]}
    return [
        {"id": "outside", "type": "background", "paint": {"background-color": colours["map-outside"]}},
        layer("ground", "fill", "counties", paint={"fill-color": colours["map-ground"], "fill-antialias": False}),
        # Where a class is known its colour covers the hatch: unknown never looks like zero.
        layer("unknown", "fill", "grids", paint={"fill-pattern": "hatch-unknown"}, shown=False),
        layer("values", "fill", "grids", paint=value | {"fill-antialias": False}, shown=False),
        layer("waters", "fill", "waters", paint={"fill-color": colours["map-water"]}),
        layer("buildings", "fill", "buildings", minzoom=14.5, paint=_building(colours)),
        layer("dedicated_hatch", "fill", "dedicated", paint={"fill-pattern": "hatch-dedicated"}, level="dedicated"),
    ]


def _building(colours: Mapping[str, str]) -> dict[str, Any]:
    return {"fill-color": colours["map-building"], "fill-outline-color": colours["map-building-line"]}


def _values(colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the layers of the three maps, the selection and the reports; all but the last start hidden or empty."""
    point = {"circle-color": colours["map-report"], "circle-stroke-color": colours["map-report-line"]}
    picked = {"circle-color": "rgba(0, 0, 0, 0)", "circle-stroke-color": colours["map-selection"]}
    camera = {"circle-color": colours["map-camera"], "circle-stroke-color": colours["map-halo"]}
    return [
        layer("heat", "heatmap", "heat", own=True, paint=_heat(colours), shown=False),
        # Sectors lie over shares of every lightness: a line in two tones stands out from all of them.
        layer("sectors", "fill", "sectors", own=True, shown=False, paint=_sector(colours)),
        layer("sector_halo", "line", "sectors", own=True, shown=False, paint=_edge(colours["map-camera-halo"], 3.5)),
        layer("sector_lines", "line", "sectors", own=True, shown=False, paint=_edge(colours["map-camera"], 1.5)),
        layer("cameras", "circle", "camera_points", own=True, shown=False, paint=camera | _radius(2, 4, stroke=1)),
        *style_lines.selection(colours),
        layer("reports", "circle", "reports", own=True, paint=point | _radius(4, 6, stroke=1.5)),
        layer("picked", "circle", "picked", own=True, paint=picked | _radius(7, 9, stroke=2.5)),
    ]


def _radius(far: float, near: float, *, stroke: float) -> dict[str, Any]:
    size = ["interpolate", ["linear"], ["zoom"], 9, far, 16, near]
    return {"circle-radius": size, "circle-stroke-width": stroke}


def _sector(colours: Mapping[str, str]) -> dict[str, Any]:
    return {"fill-color": colours["map-camera"], "fill-opacity": 0.12}


def _edge(colour: str, width: float) -> dict[str, Any]:
    return {"line-color": colour, "line-width": width}


def _heat(colours: Mapping[str, str]) -> dict[str, Any]:
    """Return a heat map whose core does not saturate when one looks at the whole city.

    The page gives each place its `weight` and the mean weight of all as `usual`. Far out many places share a pixel, so
    each counts for less. The ramp starts from its own colour made transparent: black would grey it.
    """
    steps = [part for number in range(1, CLASSES + 1) for part in (number / CLASSES, colours[f"ramp-{number}"])]
    return {
        "heatmap-weight": ["/", ["get", "weight"], ["max", 1, ["get", "usual"]]],
        "heatmap-intensity": ["interpolate", ["exponential", 1.6], ["zoom"], 7, 0.04, 11, 0.12, 16, 0.8],
        "heatmap-radius": ["interpolate", ["linear"], ["zoom"], 7, 5, 11, 14, 15, 34],
        "heatmap-opacity": 0.85,
        "heatmap-color": ["interpolate", ["linear"], ["heatmap-density"], 0, f"{colours['ramp-1']}00", *steps],
    }


def _properties(selector: str) -> dict[str, str]:
    """Return the custom properties of the one block of tokens.css that starts its line with `selector`."""
    css = TOKENS_CSS.read_text(encoding="utf-8")
    block = css.split(f"\n{selector} {{\n", 1)[1].split("\n}", 1)[0]
    return {name: value.strip() for name, value in re.findall(r"^\s*--([a-z0-9-]+):\s*(.+?);", block, re.M)}
