"""The one screen in a real browser, against a real service: what people see and do there, with mouse and keyboard."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, Request, expect

from gis.settings import Settings
from maps.folium.words import instant
from maps.style import STATIC
from tests.browser.conftest import CHROMIUM, QUIET, serving
from tests.conftest import free_port

Opener = Callable[..., Page]
WALL: dict[str, Any] = {"viewport": {"width": 1600, "height": 900}, "locale": "en"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "zh-CN"}
SOON_MS = 20_000
# A place in 新工社区 with all of the town in view, and one that is 2 km out of it.
TOWN_VIEW = "view=16.2/41.15/123.03"
FAR_OUT = "view=16/41.17/123.06"
FIRST_VIEW_BYTES = 3_000_000


def opened(open_page: Opener, address: str = f"{TOWN_VIEW}&lang=en&theme=light", **options: Any) -> Page:
    page = open_page(f"/#{address}", **{**WALL, **options})
    ready(page)
    return page


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready=map]", state="attached", timeout=SOON_MS)


def canvas(page: Page) -> Any:
    return page.locator("#map canvas")


def ask_centre(page: Page) -> None:
    """Ask for the middle of the view as people without a mouse do."""
    canvas(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer dl", timeout=SOON_MS)


def row(page: Page, name: str) -> Any:
    return page.locator("#answer dt", has_text=re.compile(f"^{name}$")).locator("xpath=following-sibling::dd[1]")


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


@pytest.fixture
def empty_address(settings: Settings, engine: sa.Engine) -> Iterator[str]:
    """The address of a service whose database holds no plan yet."""
    url = engine.url.render_as_string(hide_password=False)
    with serving(replace(settings, database_url=url, port=free_port())) as address:
        yield address


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


def test_a_report_that_could_not_be_sent_is_kept_and_sent_once_by_trying_again(
    open_page: Opener, door: httpx.Client
) -> None:
    page = opened(open_page)
    ask_centre(page)
    page.get_by_label("Category (required)").select_option("other")
    page.get_by_label("What is the matter").fill("示例：断网重发")
    page.context.set_offline(True)
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#answer form .fault")).to_contain_text("cannot be reached", timeout=SOON_MS)
    page.context.set_offline(False)
    page.locator("#answer form").get_by_role("button", name="Try again").click()
    expect(page.locator("#answer .done")).to_be_visible(timeout=SOON_MS)
    features = door.get("/reports", params={"limit": 100}).json()["features"]
    assert [each["properties"]["text"] for each in features].count("示例：断网重发") == 1


def test_a_report_needs_a_category_that_somebody_chose(open_page: Opener) -> None:
    page = opened(open_page)
    ask_centre(page)
    expect(page.locator("#report-category")).to_have_value("")
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#answer form .fault")).to_have_text("Choose a category.")
    expect(page.locator("#report-category")).to_be_focused()


def test_clicks_search_and_feed_do_not_wait_for_a_tile_that_never_comes(open_page: Opener, address: str) -> None:
    page = open_page("about:blank", **WALL)
    page.route("**/tiles/**", lambda route: None)
    page.goto(f"{address}/#{TOWN_VIEW}&lang=en")
    page.wait_for_selector("html[data-ready=parts]", state="attached", timeout=SOON_MS)
    expect(page.locator("#search-datum option")).to_have_count(4)
    expect(page.locator("#legend li", has_text="County")).to_be_visible()
    canvas(page).click(position={"x": 500, "y": 400})
    expect(row(page, "City")).to_contain_text("鞍山市", timeout=SOON_MS)
    page.unroute_all(behavior="ignoreErrors")


def test_the_feed_says_that_there_are_no_reports_only_when_the_service_said_so(open_page: Opener, address: str) -> None:
    page = open_page("about:blank", **WALL)
    page.route("**/reports?*", lambda route: route.abort())
    page.goto(f"{address}/#{TOWN_VIEW}&lang=en")
    expect(page.locator("#feed-note [role=alert]")).to_contain_text("could not be read", timeout=SOON_MS)
    expect(page.locator("#feed-note")).not_to_contain_text("No reports yet")
    page.unroute_all()
    page.locator("#feed-note").get_by_role("button", name="Try again").click()
    expect(page.locator("#feed-note [role=alert]")).to_have_count(0, timeout=SOON_MS)


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


def test_a_question_without_network_says_so_and_can_be_tried_again(open_page: Opener) -> None:
    page = opened(open_page)
    page.context.set_offline(True)
    canvas(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answer [role=alert]")).to_contain_text("cannot be reached", timeout=SOON_MS)
    page.context.set_offline(False)
    page.locator("#answer").get_by_role("button", name="Try again").click()
    expect(row(page, "City")).to_contain_text("鞍山市", timeout=SOON_MS)


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


def test_the_first_view_moves_less_than_three_megabytes_even_where_no_font_is_installed(
    open_page: Opener, address: str
) -> None:
    page = open_page("about:blank", **WALL)
    asked: list[Request] = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.goto(f"{address}/#lang=zh")
    ready(page)
    page.wait_for_load_state("load")
    fonts = [each for each in asked if each.url.endswith(".woff2")]
    moved = sum(each.sizes()["responseBodySize"] for each in asked if each not in fonts)
    (font,) = (STATIC / "vendor").glob("noto-*/*.woff2")
    assert moved > 300_000
    assert moved + font.stat().st_size < FIRST_VIEW_BYTES


def test_without_a_plan_the_page_says_how_to_get_one(open_page: Opener, empty_address: str) -> None:
    page = open_page(f"{empty_address}/#lang=en", own=(f"{empty_address}/",), **WALL)
    expect(page.get_by_role("heading", name="No plan is in force yet")).to_be_visible(timeout=SOON_MS)
    expect(page.locator("#state")).to_contain_text("wangge import")


def test_a_browser_without_webgl_is_led_to_the_maps_that_need_none(browser: Browser, address: str) -> None:
    plain = browser.browser_type.launch(executable_path=CHROMIUM, args=[*QUIET[:6], "--disable-3d-apis"])
    page = plain.new_page(locale="en")
    page.goto(f"{address}/#lang=en")
    expect(page.get_by_role("heading", name="cannot draw the live map")).to_be_visible(timeout=SOON_MS)
    expect(page.get_by_role("link", name="Hotspots")).to_have_attribute("href", "/maps/hotspots.html")
    plain.close()
