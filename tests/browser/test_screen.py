"""The one screen in a real browser, against a real service: what people see and do there, with mouse and keyboard."""

import re
from datetime import datetime

import httpx
import pytest
from playwright.sync_api import expect

from maps.folium.words import instant
from tests.browser.screen import (
    FAR_OUT,
    PHONE,
    SOON_MS,
    TOWN_VIEW,
    Opener,
    ask_centre,
    canvas,
    choose,
    opened,
    ready,
    row,
)


def test_a_click_tells_the_chain_from_city_to_grid_and_why(open_page: Opener) -> None:
    page = opened(open_page)
    canvas(page).click(position={"x": 500, "y": 400})
    expect(row(page, "City")).to_contain_text("鞍山市", timeout=SOON_MS)
    expect(row(page, "Village / community")).to_contain_text(re.compile("新工社区|沿河社区"))
    expect(row(page, "Comprehensive grid")).to_contain_text(re.compile(r"21030401501\d1\d{5}"))
    expect(page.locator("#answer .why")).to_contain_text("grid")


def test_the_middle_of_the_map_is_asked_by_keyboard_and_escape_closes_the_answer(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    expect(page.locator("#answer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#answer")).to_be_hidden()
    expect(canvas(page)).to_be_focused()


def test_a_place_outside_the_city_says_who_takes_it_on(open_page: Opener) -> None:
    page = opened(open_page, f"{FAR_OUT}&lang=en")
    ask_centre(page)
    expect(page.locator("#answer h2")).to_have_text("Outside every grid")
    expect(page.locator("#answer .why")).to_contain_text("clerk")


def test_a_sent_report_appears_at_once_on_every_open_screen(open_page: Opener, door: httpx.Client) -> None:
    sender, watcher = opened(open_page), opened(open_page, f"{FAR_OUT}&lang=zh")
    expect(watcher.locator("#live")).to_have_attribute("data-state", "on", timeout=SOON_MS)
    before = watcher.locator("#feed li").count()
    ask_centre(sender)
    sender.get_by_label("Category (required)").select_option("noise")
    sender.get_by_label("What is the matter").fill("示例：夜间施工")
    sender.get_by_role("button", name="Send report").click()
    expect(sender.locator("#answer .done")).to_contain_text("Sent", timeout=SOON_MS)
    newest = watcher.locator("#feed li").first
    expect(newest).to_contain_text("噪声扰民", timeout=SOON_MS)
    expect(sender.locator("#feed li").first).to_contain_text("Noise")
    assert watcher.locator("#feed li").count() == min(before + 1, 20)
    stored = door.get("/reports", params={"limit": 1}).json()["features"][0]["properties"]
    assert (stored["text"], stored["id"]) == ("示例：夜间施工", newest.get_attribute("data-report"))


def test_a_report_needs_a_category_that_somebody_chose(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    expect(page.locator("#report-category")).to_have_value("")
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#answer form .fault")).to_have_text("Choose a category.")
    expect(page.locator("#report-category")).to_be_focused()


def test_an_answer_closes_when_a_search_result_leads_elsewhere(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    page.locator("#search-text").fill("沿河社区")
    expect(page.locator("#search-results [role=option]").first).to_contain_text("沿河", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_hidden()


def test_the_page_leads_to_the_phone_page_and_to_the_chosen_map_on_paper(open_page: Opener) -> None:
    page = opened(open_page)
    expect(page.locator("#print")).to_be_hidden()
    choose(page, "Patrols")
    expect(page.locator("#print a")).to_have_attribute("href", "/maps/patrols.html?lang=en&theme=light")
    expect(page.locator("#report-page")).to_have_attribute("href", "/report#lang=en&theme=light")


def test_language_and_theme_change_in_place_and_stay_in_the_address(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    page.locator("#language").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(row(page, "市")).to_contain_text("鞍山市")
    page.locator("#theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    ready(page)
    assert "lang=zh" in page.url
    assert "theme=dark" in page.url
    assert "view=16.2/41.15/123.03" in page.url
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("heading", name="最近上报")).to_be_visible()


def test_a_grid_is_found_by_its_code_and_asked_for(open_page: Opener) -> None:
    page = opened(open_page, "lang=en")
    page.keyboard.press("/")
    expect(page.locator("#search-text")).to_be_focused()
    page.keyboard.type("210304015017101001")
    expect(page.locator("#search-results [role=option]").first).to_contain_text("210304015017101001", timeout=SOON_MS)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#answer .code")).to_have_text("210304015017101001", timeout=SOON_MS)


def test_a_coordinate_in_another_datum_leads_to_where_it_is(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page, "lang=en")
    page.locator("#search-datum").select_option("gcj02")
    page.locator("#search-text").fill("123.0356, 41.1518")
    page.keyboard.press("Enter")
    expect(row(page, "Place")).to_contain_text("CGCS2000", timeout=SOON_MS)
    told = door.get("/route", params={"x": 123.0356, "y": 41.1518, "datum": "gcj02"}).json()["location"]
    expect(row(page, "Place")).to_contain_text(f"{told[0]:.6f}"[:8])
    assert abs(told[0] - 123.0356) > 0.004


def test_swapped_coordinates_and_nothing_found_say_what_to_try(open_page: Opener) -> None:
    page = opened(open_page, "lang=en")
    page.locator("#search-text").fill("41.15,123.03")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results [role=status]")).to_contain_text("look swapped", timeout=SOON_MS)
    expect(page.locator("#search-results [role=option]")).to_contain_text("123.030000, 41.150000")
    page.locator("#search-text").fill("沈阳故宫")
    expect(page.locator("#search-results")).to_contain_text("Nothing found", timeout=SOON_MS)


def test_finer_levels_show_only_where_the_view_can_hold_them(open_page: Opener) -> None:
    page = opened(open_page)
    grids = page.locator("#legend li", has_text="Comprehensive grid")
    expect(grids).not_to_contain_text("closer in", timeout=SOON_MS)
    far = opened(open_page, "view=9/41.15/123.03&lang=en")
    expect(far.locator("#legend li", has_text="Comprehensive grid")).to_contain_text("closer in", timeout=SOON_MS)


@pytest.mark.parametrize(
    ("name", "told", "last"),
    # What nobody knows is hatched ("unknown"), what is known to be nothing is plain.
    [
        ("Hotspots", "reports", "ramp"),
        ("Patrols", "No visit in the period", "unknown"),
        ("Cameras", "No camera reaches it", "none"),
    ],
)
def test_each_of_the_three_maps_has_a_legend_with_counts(open_page: Opener, name: str, told: str, last: str) -> None:
    page = opened(open_page)
    choose(page, name)
    if name == "Hotspots":
        page.locator("[data-option=days]").select_option("365")
    legend = page.locator("#map-legend")
    expect(legend).to_contain_text(told, timeout=SOON_MS)
    expect(legend.locator(".row .figure").last).to_have_text(re.compile(r"^[\d,]+$"))
    expect(legend.locator(".swatch").last).to_have_class(re.compile(f"ink-{last}"))
    assert f"layer={name.lower()}" in page.url


def test_times_are_the_citys_wherever_the_viewer_is(open_page: Opener, door: httpx.Client) -> None:
    newest = door.get("/reports", params={"limit": 20}).json()["features"]
    told = {instant(datetime.fromisoformat(each["properties"]["captured_at"])) for each in newest}
    page = opened(open_page, timezone_id="America/New_York")
    expect(page.locator("#feed time")).to_have_count(len(newest), timeout=SOON_MS)
    assert set(page.locator("#feed time").all_text_contents()) == told


def test_a_map_by_grid_says_so_where_grids_cannot_be_seen(open_page: Opener) -> None:
    page = opened(open_page, "view=9/41.15/123.03&lang=en&layer=patrols")
    expect(page.locator("#map-legend")).to_contain_text("close enough", timeout=SOON_MS)


def test_the_maps_are_chosen_by_arrow_keys(open_page: Opener) -> None:
    page = opened(open_page)
    page.get_by_role("radio", name="None").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Hotspots")).to_be_focused()
    expect(page.get_by_role("radio", name="Hotspots")).to_have_attribute("aria-checked", "true")


def test_on_a_phone_the_panels_are_sheets_and_the_page_does_not_scroll_sideways(open_page: Opener) -> None:
    page = opened(open_page, f"{TOWN_VIEW}&lang=zh", **PHONE)
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="最近上报").click()
    expect(page.locator("#feed")).to_be_visible()
    page.get_by_role("button", name="最近上报").click()
    ask_centre(page)
    sheet, stage = page.locator("#answer").bounding_box(), page.locator(".stage").bounding_box()
    assert sheet
    assert stage
    assert sheet["y"] - stage["y"] > 300
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_map_keeps_most_of_the_screen_while_an_answer_is_read(open_page: Opener) -> None:
    page = opened(open_page, viewport={"width": 1920, "height": 1080})
    ask_centre(page)
    stage, answer = page.locator(".stage").bounding_box(), page.locator("#answer").bounding_box()
    assert stage
    assert answer
    assert (stage["width"] - answer["width"]) * stage["height"] >= 0.6 * 1920 * 1080


def test_the_line_under_the_map_names_the_plan_and_says_that_it_is_not_reviewed(open_page: Opener) -> None:
    page = opened(open_page)
    expect(page.locator(".source")).to_contain_text("Plan 1")
    expect(page.locator(".source")).to_contain_text("not a reviewed one")


def test_every_control_has_a_name(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, canvas")]
            .filter((each) => each.offsetParent !== null)
            .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.title
                || each.labels?.length))
            .map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
