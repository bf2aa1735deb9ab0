import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from gis.domain.tiles import LAYERS
from maps import style
from maps.style_lines import WIDTHS

ANSHAN = [122.16, 40.45, 123.71, 41.57]
# Six digits; two more would only make a token transparent.
COLOUR = re.compile(r"#[0-9a-f]{6}|rgba\([0-9., ]+\)")


def described(names: tuple[str, ...] = tuple(LAYERS)) -> list[dict[str, Any]]:
    return [
        {"name": name, "tiles": f"/tiles/{name}/7/{{z}}/{{x}}/{{y}}", "minzoom": LAYERS[name].minzoom, "maxzoom": 16}
        for name in names
    ]


def built(theme: str = "light", **changes: Any) -> dict[str, Any]:
    return style.build(theme, **({"layers": described(), "bounds": ANSHAN, "plan": 7} | changes))


def layer(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return next(each for each in document["layers"] if each["id"] == name)


def colours_in(value: Any) -> set[str]:
    return set(COLOUR.findall(json.dumps(value)))


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_style_asks_no_other_host_and_no_server_for_glyphs_or_sprites() -> None:
    document = built()
    assert "glyphs" not in document
    assert "sprite" not in document
    assert "//" not in json.dumps(document)


def test_every_layer_of_the_style_has_its_own_name_and_a_source_that_is_there() -> None:
    document = built()
    names = [each["id"] for each in document["layers"]]
    assert len(names) == len(set(names))
    assert {each["source"] for each in document["layers"] if "source" in each} <= set(document["sources"])


def test_every_layer_of_tiles_is_drawn() -> None:
    document = built()
    assert set(LAYERS) <= {each["source"] for each in document["layers"] if "source-layer" in each}


def test_tiles_are_addressed_by_revision_within_the_bounds_of_the_city() -> None:
    source = built()["sources"]["grids"]
    assert source["tiles"] == ["/tiles/grids/7/{z}/{x}/{y}"]
    assert source["bounds"] == ANSHAN


def test_what_is_drawn_from_a_layer_that_was_never_loaded_is_left_out() -> None:
    document = built(layers=described(("counties", "grids")))
    assert not any(each.get("source") in ("streets", "buildings", "towns") for each in document["layers"])


def test_without_a_plan_the_style_says_so_by_having_no_bounds() -> None:
    document = built(layers=[], bounds=None, plan=None)
    assert document["metadata"]["wangge:bounds"] is None
    assert {source["type"] for source in document["sources"].values()} == {"geojson"}


@pytest.mark.parametrize("theme", style.THEMES)
def test_every_colour_of_the_map_is_a_token(theme: str) -> None:
    allowed = set(style.tokens(theme).values()) | {"rgba(0, 0, 0, 0)"}
    assert colours_in(built(theme)["layers"]) <= allowed


def test_both_themes_draw_the_same_layers_in_other_colours() -> None:
    light, dark = built("light"), built("dark")
    assert [each["id"] for each in light["layers"]] == [each["id"] for each in dark["layers"]]
    assert colours_in(light["layers"]) != colours_in(dark["layers"])


def test_an_unknown_theme_is_refused() -> None:
    with pytest.raises(KeyError):
        built("sepia")


def test_higher_units_have_heavier_lines_and_lie_above_lower_ones() -> None:
    ranks = list(WIDTHS)
    assert [WIDTHS[rank] for rank in ranks] == sorted(WIDTHS.values(), reverse=True)
    order = [each["id"] for each in built()["layers"]]
    assert [order.index(rank) for rank in ranks] == sorted((order.index(rank) for rank in ranks), reverse=True)


def test_a_towns_dashes_stand_clear_of_the_villages_line_and_of_the_next_towns_dashes() -> None:
    document = built()
    order = [each["id"] for each in document["layers"]]
    assert order.index("villages") < order.index("towns_casing") < order.index("towns")
    dash, gap = layer(document, "towns")["paint"]["line-dasharray"]
    assert gap > dash
    casing, line = (layer(document, name)["paint"]["line-width"] for name in ("towns_casing", "towns"))
    assert casing[-1] > line[-1]


def test_names_of_counties_are_placed_before_those_of_towns_and_villages() -> None:
    order = [each["id"] for each in built()["layers"]]
    ranks = ["grids_labels", "level2_labels", "villages_labels", "towns_labels", "counties_labels"]
    assert [order.index(rank) for rank in ranks] == sorted(order.index(rank) for rank in ranks)


def test_dedicated_grids_are_hatched_and_hide_nothing_below_them() -> None:
    paint = layer(built(), "dedicated_hatch")["paint"]
    assert paint == {"fill-pattern": "hatch-dedicated"}


def test_unknown_grids_lie_hatched_under_the_colours_of_the_known() -> None:
    document = built()
    order = [each["id"] for each in document["layers"]]
    assert order.index("unknown") < order.index("values")
    assert layer(document, "values")["paint"]["fill-color"][-1] == "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("theme", style.THEMES)
def test_the_ramp_goes_one_way_in_lightness(theme: str) -> None:
    lightness = [luminance(colour) for colour in style.ramp(theme)]
    assert lightness == sorted(lightness, reverse=theme == "light")


@pytest.mark.parametrize("theme", style.THEMES)
def test_text_stands_out_from_what_lies_behind_it(theme: str) -> None:
    colours = style.tokens(theme)
    for ground in ("ground", "surface"):
        assert contrast(colours["text"], colours[ground]) >= 7
        assert contrast(colours["text-2"], colours[ground]) >= 7
        assert contrast(colours["text-3"], colours[ground]) >= 4.5
    assert contrast(colours["accent"], colours["accent-text"]) >= 4.5
    assert contrast(colours["map-label"], colours["map-ground"]) >= 7


@pytest.mark.parametrize("theme", style.THEMES)
def test_a_sectors_line_stands_out_from_every_class_of_shares(theme: str) -> None:
    colours = style.tokens(theme)
    line, halo = colours["map-camera"], colours["map-camera-halo"]
    assert contrast(line, halo) >= 4.5
    assert all(max(contrast(line, ground), contrast(halo, ground)) >= 2.4 for ground in style.ramp(theme))
    order = [each["id"] for each in built(theme)["layers"]]
    assert order.index("values") < order.index("sector_halo") < order.index("sector_lines")
