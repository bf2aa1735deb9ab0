"""Printed maps in a real browser: served, and as one file from a stick, with no other host asked."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from maps.folium import cameras, hotspots, patrols
from maps.folium.page import Appearance, Caption
from tests.maps.folium.drawn_town import CAPTION, HEAT, OUTLINES, counted, patrolled, watched
from tests.maps.folium.drawn_town import cameras as some_cameras

Opener = Callable[..., Page]
WALL: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PERIOD = "since=2026-04-01T00:00:00Z&until=2026-07-02T00:00:00Z"
INLINE = Appearance("en", inline=True)


def ready(page: Page) -> Page:
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def open_file(open_page: Opener, folder: Path, html: str) -> Page:
    path = folder / "map.html"
    path.write_text(html, encoding="utf-8")
    return ready(open_page(path.as_uri(), own=(path.as_uri(),), **WALL))


@pytest.mark.parametrize("name", ["hotspots", "patrols", "cameras"])
@pytest.mark.parametrize("width", [390, 1280])
def test_a_served_map_is_drawn_with_its_legend_and_sources(open_page: Opener, name: str, width: int) -> None:
    page = ready(open_page(f"/maps/{name}.html?lang=en&{PERIOD}", viewport={"width": width, "height": 844}))
    expect(page.get_by_role("complementary", name="Legend")).to_be_visible()
    expect(page.get_by_text("This map itself is not a reviewed one")).to_be_visible()
    expect(page.locator("canvas").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".folium-map").bounding_box()["height"] > 300  # type: ignore[index]


@pytest.mark.parametrize(
    "html",
    [
        hotspots.draw(counted(0, 1, 2, 3, 4), HEAT, outlines=OUTLINES, caption=CAPTION, look=INLINE),
        patrols.draw(patrolled(), outlines=OUTLINES, caption=CAPTION, look=INLINE),
        cameras.draw(watched(), some_cameras(), outlines=OUTLINES, caption=CAPTION, look=INLINE),
    ],
    ids=["hotspots", "patrols", "cameras"],
)
def test_one_file_opens_from_a_stick(open_page: Opener, tmp_path: Path, html: str) -> None:
    page = open_file(open_page, tmp_path, html)
    expect(page.locator("canvas").first).to_be_visible()


def test_an_area_tells_its_figures_when_pointed_at(open_page: Opener, tmp_path: Path) -> None:
    html = hotspots.draw(counted(7, 7, 7, 7, 7), HEAT, outlines=OUTLINES, caption=CAPTION, look=INLINE)
    page = open_file(open_page, tmp_path, html)
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2 - 30, box["y"] + box["height"] / 2 - 30)
    page.mouse.move(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2 - 40)
    expect(page.locator(".leaflet-tooltip")).to_contain_text("Reports")
    expect(page.locator(".leaflet-tooltip")).to_contain_text("7")


def test_another_measure_and_heat_can_be_chosen(open_page: Opener, tmp_path: Path) -> None:
    page = open_file(open_page, tmp_path, patrols.draw(patrolled(), outlines=OUTLINES, caption=CAPTION, look=INLINE))
    page.get_by_role("radio", name="Share of the area passed").check()
    html = hotspots.draw(counted(0, 1, 2, 3, 4), HEAT, outlines=OUTLINES, caption=CAPTION, look=INLINE)
    page = open_file(open_page, tmp_path, html)
    page.get_by_role("checkbox", name="Heat").check()
    expect(page.locator("canvas.leaflet-heatmap-layer")).to_be_visible()


def test_cameras_appear_when_they_can_be_told_apart(open_page: Opener, tmp_path: Path) -> None:
    html = cameras.draw(watched(), some_cameras(200), outlines=OUTLINES, caption=CAPTION, look=INLINE)
    page = open_file(open_page, tmp_path, html)
    name = page.evaluate("Object.keys(window).find((key) => key.startsWith('map_') && window[key].getZoom)")
    shown = f"""() => {{
        const layers = Object.values({name}._layers);
        return layers.filter((each) => each instanceof L.CircleMarker && each.options.fill).length;
    }}"""
    page.evaluate(f"void {name}.setZoom(10, {{ animate: false }})")
    assert page.evaluate(shown) == 0
    page.evaluate(f"void {name}.setZoom(20, {{ animate: false }})")
    page.wait_for_function(f"({shown})() === 200")


def test_the_other_language_and_the_other_maps_are_one_click_away(open_page: Opener) -> None:
    page = ready(open_page(f"/maps/hotspots.html?{PERIOD}", locale="en-GB", **WALL))
    page.get_by_role("link", name="中文").click()
    expect(page.get_by_role("heading", name="热点图")).to_be_visible()
    page.get_by_role("link", name="巡查").click()
    expect(page.get_by_role("heading", name="巡查覆盖图")).to_be_visible()
    expect(page.locator("time")).to_contain_text("2026-04-01")


@pytest.mark.parametrize(
    "evil",
    ["<img src=x onerror=alert(1)>", "</script><script>alert(1)</script>", "{{ 7 * 7 }}", "\"'><svg onload=alert(1)>"],
)
def test_a_name_is_never_run(open_page: Opener, tmp_path: Path, evil: str) -> None:
    areas = counted(1, 1, 1, 1, 1).assign(name=evil)
    html = hotspots.draw(areas, HEAT, outlines=OUTLINES, caption=Caption(evil, "grids", None), look=INLINE)
    page = open_file(open_page, tmp_path, html)
    expect(page.locator(".caption p")).to_contain_text(evil)
    box = page.locator(".folium-map").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2 - 40)
    expect(page.locator(".leaflet-popup strong")).to_have_text(evil)
