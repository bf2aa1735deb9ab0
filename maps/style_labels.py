"""Labels of the map: one point a name, county before town before village, with a halo, never two at one place."""

from collections.abc import Mapping
from typing import Any

from maps.style_layer import layer

FONT = ["MapSC", "sans-serif"]
NAME = ["get", "name"]
# The page sets this while classes of values cover the ground: names then need more to stand out, and fewer are shown.
VALUES_SHOWN = "values"
OVER_VALUES = ["global-state", VALUES_SHOWN]
DEDICATED_ICONS = ("government", "school", "hospital", "park", "works", "market")
# Zooms between which the names of a rank tell something; closer in, everybody knows where he is.
COUNTIES_UNTIL, TOWNS_FROM, TOWNS_UNTIL, VILLAGES_FROM, LEVEL2_FROM, LEVEL2_UNTIL = 12.5, 9.5, 15, 11, 14, 16
GRIDS_FROM, GRID_NAMES_FROM = 15.5, 17.5
DEDICATED_FROM, DEDICATED_NAMES_FROM = 14.5, 15.5
# Endings of official names that say "committee", not where: 解放社区居民委员会, 老君村委会. Cut on the map only.
COMMITTEES = ("居民委员会", "村民委员会", "居委会", "委会")


def build(colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the label layers, the least important first: MapLibre places the last ones first."""
    strong, quiet = _paint(colours, "map-label"), _paint(colours, "map-label-2")
    minor = _paint(colours, "map-label-2", minor=True)
    return [
        _label("grids", quiet, 12, text=_grid_text(), minzoom=GRIDS_FROM, level="grids"),
        _street_names(_paint(colours, "map-street-label", minor=True)),
        _label("waters", _paint(colours, "map-water-label"), 12, minzoom=12),
        _label("level2", minor, 12, minzoom=LEVEL2_FROM, maxzoom=LEVEL2_UNTIL, level="level2"),
        _dedicated(_paint(colours, "map-dedicated")),
        _label("zones", _paint(colours, "map-zone"), 12, minzoom=11, maxzoom=TOWNS_UNTIL),
        _label("villages", quiet, 13, text=_short_name(), minzoom=VILLAGES_FROM, level="villages"),
        _label("towns", strong, 14, minzoom=TOWNS_FROM, maxzoom=TOWNS_UNTIL),
        _counties(strong),
    ]


def _label(source: str, paint: dict[str, Any], size: int, *, text: Any = NAME, **more: Any) -> dict[str, Any]:
    layout = _text(text, size) | {"text-max-width": 8}
    return layer(f"{source}_labels", "symbol", source, labels=True, paint=paint, layout=layout, **more)


def _counties(paint: dict[str, Any]) -> dict[str, Any]:
    """Return the names of counties, smaller and freer to step aside where a phone shows the whole city."""
    layout = _text(NAME, 18) | {
        "text-size": ["interpolate", ["linear"], ["zoom"], 7.5, 13, 9.5, 18],
        "text-padding": 1,
        "text-letter-spacing": 0.05,
        "text-variable-anchor": ["center", "bottom", "top", "left", "right"],
        "text-radial-offset": 0.3,
    }
    return layer(
        "counties_labels", "symbol", "counties", labels=True, paint=paint, layout=layout, maxzoom=COUNTIES_UNTIL
    )


def _text(text: Any, size: int) -> dict[str, Any]:
    return {"text-field": text, "text-font": FONT, "text-size": size, "text-padding": 4}


def _paint(colours: Mapping[str, str], name: str, *, minor: bool = False) -> dict[str, Any]:
    """Return the paint of the token `name`; over values strong on solid ground, `minor` names hidden."""
    usual = {"text-color": colours[name], "text-halo-color": colours["map-halo"], "text-halo-width": 1.4}
    over = {"text-color": colours["map-label"], "text-halo-color": colours["map-ground"], "text-halo-width": 2.4}
    paint = {key: ["case", OVER_VALUES, over[key], usual[key]] for key in usual}
    return paint | ({"text-opacity": ["case", OVER_VALUES, 0, 1]} if minor else {})


def _grid_text() -> list[Any]:
    """Return the last three digits of the code, ``+`` where grids are stacked in one tower; the name close up."""
    number = ["slice", ["get", "code"], -3]
    short = ["case", ["==", ["get", "kind"], "stacked"], ["concat", number, "+"], number]
    return ["step", ["zoom"], short, GRID_NAMES_FROM, NAME]


def _short_name() -> list[Any]:
    """Return the name up to the first of `COMMITTEES` that it contains."""
    cut = [part for ending in COMMITTEES for part in (["in", ending, NAME], _before(ending))]
    return ["case", *cut, NAME]


def _before(ending: str) -> list[Any]:
    return ["slice", NAME, 0, ["index-of", ending, NAME]]


def _street_names(paint: dict[str, Any]) -> dict[str, Any]:
    layout = _text(NAME, 12) | {"symbol-placement": "line", "symbol-spacing": 400}
    return layer("streets_labels", "symbol", "streets", paint=paint, layout=layout, minzoom=14)


def _dedicated(paint: dict[str, Any]) -> dict[str, Any]:
    """Return icon and name of each dedicated grid; the icon stays where the name finds no room."""
    known = ["in", ["get", "kind"], ["literal", list(DEDICATED_ICONS)]]
    layout = _text(["step", ["zoom"], "", DEDICATED_NAMES_FROM, NAME], 12) | {
        "icon-image": ["case", known, ["concat", "dedicated-", ["get", "kind"]], "dedicated-other"],
        "icon-padding": 2,
        "text-anchor": "top",
        "text-offset": [0, 0.9],
        "text-optional": True,
        "text-max-width": 10,
    }
    return layer(
        "dedicated_labels",
        "symbol",
        "dedicated",
        labels=True,
        paint=paint,
        layout=layout,
        minzoom=DEDICATED_FROM,
        level="dedicated",
    )
