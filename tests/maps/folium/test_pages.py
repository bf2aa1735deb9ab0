"""The three printed maps, from values made by hand."""

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gis.errors import InvalidInputError, TooManyPolygonsError
from gis.services.demo import SOURCE
from maps.folium import cameras, hotspots, patrols
from maps.folium.page import POLYGON_LIMIT, Appearance, Caption
from maps.folium.words import Words, percent
from tests.maps.folium.drawn_town import CAPTION, GRIDS, HEAT, OUTLINES, counted, patrolled, watched
from tests.maps.folium.drawn_town import cameras as some_cameras


def hotspot_page(values: gpd.GeoDataFrame, *, elsewhere: int = 0, look: Appearance | None = None) -> str:
    return hotspots.draw(values, HEAT, outlines=OUTLINES, caption=CAPTION, elsewhere=elsewhere, look=look)


def shapes(page: str) -> gpd.GeoDataFrame:
    """The areas' shapes as the page holds them."""
    found = re.search(r'\{"features": \[.*?\], "type": "FeatureCollection"\}', page)
    assert found
    return gpd.GeoDataFrame.from_features(json.loads(found.group(0))["features"])


def areas(page: str) -> list[dict[str, Any]]:
    """What the page's own script knows about the areas."""
    found = re.search(r"wangge\.use\((.*)\);</script>", page)
    assert found
    listed: list[dict[str, Any]] = json.loads(found.group(1))["areas"]
    return listed


def test_a_page_holds_each_area_once_with_its_figures() -> None:
    held = areas(hotspot_page(counted(0, 1, 2, 3, 1234)))
    assert [each["rows"] for each in held] == [["0"], ["1"], ["2"], ["3"], ["1,234"]]
    assert [each["code"] for each in held] == list(GRIDS["code"])


def test_a_page_says_its_period_in_chinas_time() -> None:
    assert "2026-04-01 08:00 – 2026-07-01 08:00" in hotspot_page(counted(0, 0, 0, 0, 1))


@pytest.mark.parametrize(("lang", "word"), [("zh", "合成的演示数据"), ("en", "synthetic demo data")])
def test_only_the_demo_is_said_to_be_synthetic_and_from_tianditu(lang: str, word: str) -> None:
    pages = [
        hotspots.draw(
            counted(1, 2, 3, 0, 1),
            HEAT,
            outlines=OUTLINES,
            caption=replace(CAPTION, origins=[origin]),
            look=Appearance(lang),
        )
        for origin in (SOURCE, "our <plan>")
    ]
    assert [word in page for page in pages] == [True, False]
    assert ["GS(2024)0650" in page for page in pages] == [True, False]
    assert "our &lt;plan&gt;" in pages[1]


def test_reports_that_are_on_no_area_are_told() -> None:
    assert "本时段共上报 11 件，其中 4 件不在图上的区域内。" in hotspot_page(counted(1, 2, 3, 0, 1), elsewhere=4)


def test_a_period_without_reports_says_so() -> None:
    page = hotspots.draw(counted(0, 0, 0, 0, 0), HEAT.iloc[:0], outlines=OUTLINES, caption=CAPTION)
    assert "本时段内没有上报。" in page


def test_patrols_tell_when_how_often_and_how_much() -> None:
    page = patrols.draw(patrolled(), outlines=OUTLINES, caption=CAPTION, look=Appearance("en"))
    rows = [each["rows"] for each in areas(page)]
    assert rows[0] == ["2026-06-30 20:00", "0.5", "3", "100 %"]
    assert rows[2] == ["2026-06-20 20:00", "10.5", "1", "< 1 %"]
    assert rows[4] == ["No visit in the period", "—", "0", "0 %"]


def test_cameras_are_drawn_as_sectors_and_points() -> None:
    page = cameras.draw(watched(), some_cameras(), outlines=OUTLINES, caption=CAPTION, look=Appearance("en"))
    assert "2 cameras; overlapping sectors count once" in page
    assert page.count('"Point"') == 2


def test_cameras_of_a_wide_map_wait_until_they_can_be_told_apart() -> None:
    crowd = some_cameras(200)
    close = cameras.draw(watched(), some_cameras(2), outlines=OUTLINES, caption=CAPTION, look=Appearance("en"))
    wide = cameras.draw(watched(), crowd, outlines=OUTLINES, caption=CAPTION, look=Appearance("en"))
    assert ["when you zoom in" in page for page in (close, wide)] == [False, True]
    assert wide.count("wangge.from(") == 2


def test_ways_to_other_maps_are_offered_where_there_is_a_server_alone() -> None:
    ways = {"patrols": "patrols.html?a=1&b=2", "language": "hotspots.html?lang=en"}
    page = hotspot_page(counted(0, 0, 0, 0, 1), look=Appearance(ways=ways))
    assert re.findall(r'<a href="([^"]+)"', page) == ["patrols.html?a=1&amp;b=2", "hotspots.html?lang=en"]
    assert "<nav" not in hotspot_page(counted(0, 0, 0, 0, 1), look=Appearance(inline=True))


def test_too_many_cameras_are_left_out_and_the_page_says_so() -> None:
    many = some_cameras(POLYGON_LIMIT)
    page = cameras.draw(watched(), many, outlines=OUTLINES, caption=CAPTION, look=Appearance("en"))
    assert "5,000 cameras, too many to draw" in page
    assert '"Point"' not in page


def many_areas(count: int) -> gpd.GeoDataFrame:
    rows = counted(0, 0, 0, 0, 1).iloc[[0] * count]
    return gpd.GeoDataFrame(rows.reset_index(drop=True), geometry="boundary")


def test_5000_polygons_are_drawn_and_5001_refused_with_what_to_do() -> None:
    hotspot_page(many_areas(POLYGON_LIMIT))
    with pytest.raises(TooManyPolygonsError, match=r"5,001 polygons.*narrow with within="):
        hotspot_page(many_areas(POLYGON_LIMIT + 1))


def test_no_areas_at_all_make_an_empty_map() -> None:
    nothing = counted(0, 0, 0, 0, 0).iloc[:0]
    page = hotspots.draw(nothing, HEAT.iloc[:0], outlines=OUTLINES.iloc[:0], caption=Caption("", "grids", None))
    assert "0 个综合网格" in page


@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", "</script><img src=x onerror=alert(1)>", "{{ 7 * 7 }}", "'\"`${1}"]
)
def test_names_reach_the_page_as_data_or_escaped(evil: str) -> None:
    named = counted(1, 0, 0, 0, 0).assign(name=evil)
    page = hotspots.draw(named, HEAT, outlines=OUTLINES, caption=Caption(evil, "grids", None))
    assert areas(page)[0]["name"] == evil
    assert f"<p>{html.escape(evil)}".replace("&quot;", "&#34;").replace("&#x27;", "&#39;") in page
    assert not ("<" in evil and evil in page)


def test_naughty_strings_reach_the_page_as_they_are(corpora: Path) -> None:
    naughty = json.loads((corpora / "strings" / "blns.json").read_text(encoding="utf-8"))
    named = counted(*range(5)).iloc[[0] * len(naughty)].reset_index(drop=True).assign(name=naughty)
    page = hotspots.draw(named, HEAT, outlines=OUTLINES, caption=CAPTION)
    assert [each["name"] for each in areas(page)] == naughty


@pytest.mark.parametrize("asks", ["src=//example.org", "<img src=//example.org>", 'href="https://example.org"'])
def test_a_name_that_looks_like_a_link_is_only_a_name(asks: str) -> None:
    named = counted(1, 0, 0, 0, 0).assign(name=asks)
    page = hotspots.draw(named, HEAT, outlines=OUTLINES, caption=Caption(asks, "grids", None))
    assert areas(page)[0]["name"] == asks


def test_neighbours_still_share_their_borders_after_simplifying() -> None:
    drawn = shapes(hotspot_page(counted(1, 2, 3, 4, 5)))
    assert shapely.coverage_is_valid(drawn.geometry.to_numpy())
    assert drawn.union_all().area == pytest.approx(drawn.area.sum(), rel=1e-9)


def test_every_word_exists_in_both_languages() -> None:
    chinese, english = (set(_keys(lang)) for lang in ("zh", "en"))
    assert chinese == english
    assert {key for key in chinese if key.startswith("folium.")}


def _keys(lang: str) -> list[str]:
    from maps.folium import words

    return list(words._texts(lang))


def test_another_language_or_theme_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="lang"):
        Words("fr")
    with pytest.raises(InvalidInputError, match="theme"):
        Appearance("zh", "neon")


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0 %"), (0.004, "< 1 %"), (0.5, "50 %"), (0.996, "> 99 %"), (1, "100 %")]
)
def test_a_share_never_reads_as_nothing_or_all_unless_it_is(share: float, text: str) -> None:
    assert percent(share) == text


def test_the_dark_page_is_dark() -> None:
    assert 'data-theme="dark"' in hotspot_page(counted(0, 0, 0, 0, 1), look=Appearance("zh", "dark"))
