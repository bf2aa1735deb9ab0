"""The one screen where something is missing: the network, a tile, a plan, a font, WebGL."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Request, expect

from gis.settings import Settings
from maps.style import STATIC
from tests.browser.conftest import CHROMIUM, QUIET, serving
from tests.browser.screen import SOON_MS, TOWN_VIEW, WALL, Opener, ask_centre, canvas, opened, ready, row
from tests.conftest import free_port

FIRST_VIEW_BYTES = 3_000_000


@pytest.fixture
def empty_address(settings: Settings, engine: sa.Engine) -> Iterator[str]:
    """The address of a service whose database holds no plan yet."""
    url = engine.url.render_as_string(hide_password=False)
    with serving(replace(settings, database_url=url, port=free_port())) as address:
        yield address


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


def test_a_question_without_network_says_so_and_can_be_tried_again(open_page: Opener) -> None:
    page = opened(open_page)
    page.context.set_offline(True)
    canvas(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#answer [role=alert]")).to_contain_text("cannot be reached", timeout=SOON_MS)
    page.context.set_offline(False)
    page.locator("#answer").get_by_role("button", name="Try again").click()
    expect(row(page, "City")).to_contain_text("鞍山市", timeout=SOON_MS)


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
