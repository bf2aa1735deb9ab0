"""Lines of the map by rank: the higher the unit, the heavier its line; streets lie under all of them."""

from collections.abc import Mapping
from typing import Any

from maps.style_layer import layer

# Width in pixels of each rank's line close up; far out they shrink together.
WIDTHS = {"city": 2.4, "counties": 1.8, "towns": 1.6, "villages": 0.8, "level2": 0.6, "grids": 0.4}
STREETS = {"lane": (14.5, 0.6, 3), "side": (13, 0.8, 5), "main": (11, 0.8, 8), "trunk": (8, 1.0, 11)}
# How many times its own width the ground-coloured strip under a town's dashes has.
CASING = 2.2
# Two towns each draw the border they share, and their dashes do not meet: two dashes must not fill one gap.
TOWN_DASH = (3.0, 5.0)
ZONE_DASH = (3.0, 2.0)


def build(colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return streets, then borders from the lowest rank to the highest, so that the highest is never covered."""
    return [
        *[_street(colours, category) for category in STREETS],
        _border(colours["map-grid"], "grids"),
        _border(colours["map-level2"], "level2"),
        layer("dedicated_line", "line", "dedicated", paint=stroke(colours["map-dedicated"], 1.2), level="dedicated"),
        _border(colours["map-village"], "villages"),
        # In the gaps of the dashes the village's solid line would show, and the town would lose its rank.
        layer("towns_casing", "line", "towns", paint=_casing(colours), layout=_round(), level="towns"),
        _border(colours["map-town"], "towns", dash=TOWN_DASH),
        layer("zones", "line", "zones", paint=stroke(colours["map-zone"], 1.2, dash=ZONE_DASH)),
        _border(colours["map-county"], "counties"),
        layer("city", "line", "city", own=True, paint=stroke(colours["map-county"], WIDTHS["city"])),
    ]


def stroke(colour: str, width: float, *, dash: tuple[float, ...] | None = None) -> dict[str, Any]:
    """Return the paint of a line that thins out to half its width on the whole city."""
    paint: dict[str, Any] = {
        "line-color": colour,
        "line-width": ["interpolate", ["linear"], ["zoom"], 8, width / 2, 13, width, 17, width * 1.5],
    }
    return paint | ({"line-dasharray": dash} if dash else {})


def _casing(colours: Mapping[str, str]) -> dict[str, Any]:
    return stroke(colours["map-ground"], CASING * WIDTHS["towns"])


def selection(colours: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the chosen grid: a light halo of 2 pixels on both sides of its line."""
    return [
        layer("selection_halo", "line", "selection", own=True, layout=_round(), paint=_fixed(colours, "-halo", 7)),
        layer("selection", "line", "selection", own=True, layout=_round(), paint=_fixed(colours, "", 3)),
    ]


def _fixed(colours: Mapping[str, str], suffix: str, width: float) -> dict[str, Any]:
    return {"line-color": colours[f"map-selection{suffix}"], "line-width": width}


def _border(colour: str, level: str, *, dash: tuple[float, ...] | None = None) -> dict[str, Any]:
    # Round ends would close the gaps between dashes.
    layout = {} if dash else _round()
    return layer(level, "line", level, paint=stroke(colour, WIDTHS[level], dash=dash), layout=layout, level=level)


def _street(colours: Mapping[str, str], category: str) -> dict[str, Any]:
    minzoom, far, near = STREETS[category]
    width = ["interpolate", ["exponential", 1.6], ["zoom"], minzoom, far, 18, near]
    paint = {"line-color": colours[f"map-street-{category}"], "line-width": width}
    chosen = ["==", ["get", "kind"], category]
    return layer(f"street_{category}", "line", "streets", paint=paint, minzoom=minzoom, filter=chosen, layout=_round())


def _round() -> dict[str, str]:
    return {"line-join": "round", "line-cap": "round"}
