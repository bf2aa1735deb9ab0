"""The phone page in a real browser, against a real service: nothing is lost, nothing is sent twice."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from gis.domain.staff import Grant
from tests.browser.conftest import CHROMIUM, QUIET
from tests.conftest import CITY

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "en",
    "permissions": ["geolocation"],
    "geolocation": {"longitude": 123.0272, "latitude": 41.1498, "accuracy": 8},
}
SOON_MS = 15_000

Opener = Callable[..., Page]


def opened(open_page: Opener, **options: Any) -> Page:
    page = open_page("/report", **{**PHONE, **options})
    page.wait_for_selector("html[data-ready]", state="attached")
    return page


def fill(page: Page, text: str, *, kind: str = "Exposed garbage") -> None:
    page.get_by_role("radio", name=kind).check()
    page.get_by_label("What is it").fill(text)


def send(page: Page) -> None:
    page.get_by_role("button", name="Send report").click()


def entry(page: Page, text: str) -> Any:
    return page.locator("#list li", has_text=text)


def stored(door: httpx.Client, text: str) -> list[dict[str, Any]]:
    features = door.get("/reports", params={"limit": 1000}).json()["features"]
    return [each["properties"] for each in features if each["properties"]["text"] == text]


def picture(tmp_path: Path, colour: str = "olive") -> Path:
    path = tmp_path / "photo.jpg"
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    Image.new("RGB", (3000, 1500), colour).save(path, exif=exif)
    return path


def reload_offline(page: Page, context: BrowserContext) -> None:
    context.set_offline(True)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")


def test_the_page_says_in_whose_grid_the_phone_is(open_page: Opener) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    expect(page.locator("#where .main")).to_contain_text("210304015", timeout=SOON_MS)
    expect(page.locator("#where .chain").first).to_contain_text("沙河街道")


def test_the_accuracy_is_in_whole_metres_that_keep_their_unit(open_page: Opener) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    assert "±8\u00a0m" in str(page.locator("#position-main").text_content())


def test_a_report_is_sent_and_names_its_grid(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    fill(page, "sent at once")
    send(page)
    expect(entry(page, "sent at once")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    expect(entry(page, "sent at once")).to_contain_text("210304015")
    (report,) = stored(door, "sent at once")
    assert (report["category"], report["channel"], report["datum"], report["accuracy_m"]) == (
        *("garbage", "public", "wgs84"),
        8.0,
    )


@pytest.mark.parametrize(
    ("role", "channel"),
    [("worker", "worker"), ("leader", "worker"), ("clerk", "hotline"), ("window", "public"), (None, "public")],
)
def test_a_report_counts_by_the_role_of_who_sends_it(
    open_page: Opener,
    door: httpx.Client,
    signed_in: Callable[..., dict[str, str]],
    role: str | None,
    channel: str,
) -> None:
    page = opened(open_page, headers=signed_in(Grant(role, CITY)) if role else {})
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    fill(page, f"sent by {role}")
    send(page)
    expect(entry(page, f"sent by {role}")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    (report,) = stored(door, f"sent by {role}")
    assert report["channel"] == channel


def test_a_report_of_a_session_that_ended_goes_back_to_the_form_and_is_sent_as_the_publics(
    open_page: Opener, door: httpx.Client, signed_in: Callable[..., dict[str, str]]
) -> None:
    page = opened(open_page, headers=signed_in(Grant("worker", CITY)))
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    page.route("**/reports", lambda route: route.abort())
    fill(page, "left in the lift")
    send(page)
    expect(entry(page, "left in the lift")).to_have_attribute("data-state", "waiting")
    expect(page.locator("#send-now")).to_be_enabled(timeout=SOON_MS)
    page.context.clear_cookies()
    page.unroute("**/reports")
    page.get_by_role("button", name="Send now").click()
    expect(entry(page, "left in the lift")).to_have_attribute("data-state", "refused", timeout=SOON_MS)
    expect(entry(page, "left in the lift")).to_contain_text("The channel worker is for who has signed in")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("What is it")).to_have_value("left in the lift")
    send(page)
    expect(entry(page, "left in the lift")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert [report["channel"] for report in stored(door, "left in the lift")] == ["public"]


def test_a_report_written_offline_waits_and_is_sent_once(open_page: Opener, door: httpx.Client, tmp_path: Path) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    page.context.set_offline(True)
    expect(page.locator("#network-text")).to_have_text("Offline")
    fill(page, "written in a cellar", kind="Standing water")
    page.locator("#photo").set_input_files(picture(tmp_path))
    expect(page.locator("#photo-list li")).to_have_count(1)
    send(page)
    expect(entry(page, "written in a cellar")).to_have_attribute("data-state", "waiting")
    expect(page.locator("#waiting")).to_have_text("1 waiting")
    assert stored(door, "written in a cellar") == []

    page.context.set_offline(False)
    expect(entry(page, "written in a cellar")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(entry(page, "written in a cellar")).to_have_attribute("data-state", "sent")
    (report,) = stored(door, "written in a cellar")
    (sha256,) = report["photos"]
    made = Image.open(BytesIO(door.get(f"/photos/{sha256}").content))
    assert (made.size, dict(made.getexif())) == ((3000, 1500), {})


def test_the_page_opens_without_a_network_and_still_holds_what_waits(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    reload_offline(page, page.context)
    fill(page, "phone was switched off")
    send(page)
    expect(entry(page, "phone was switched off")).to_have_attribute("data-state", "waiting")
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(entry(page, "phone was switched off")).to_have_attribute("data-state", "waiting")
    page.context.set_offline(False)
    expect(entry(page, "phone was switched off")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert len(stored(door, "phone was switched off")) == 1


def test_a_half_written_form_survives_a_closed_page(open_page: Opener, tmp_path: Path) -> None:
    page = opened(open_page)
    fill(page, "half a sentence", kind="Noise")
    page.locator("#photo").set_input_files(picture(tmp_path))
    expect(page.locator("#photo-list li")).to_have_count(1)
    page.wait_for_timeout(600)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.get_by_label("What is it")).to_have_value("half a sentence")
    expect(page.get_by_role("radio", name="Noise")).to_be_checked()
    expect(page.locator("#photo-list li")).to_have_count(1)


def test_an_answer_that_got_lost_does_not_make_two_reports(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    lost = []

    def lose(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(httpx.post(route.request.url, json=route.request.post_data_json).status_code)
            route.abort()
        else:
            route.continue_()

    page.context.route(re.compile("/reports$"), lose)
    fill(page, "answer lost on the way")
    send(page)
    expect(entry(page, "answer lost on the way")).to_have_attribute("data-state", "waiting")
    page.get_by_role("button", name="Send now").click()
    expect(entry(page, "answer lost on the way")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert lost == [201]
    assert len(stored(door, "answer lost on the way")) == 1


def test_a_photo_that_the_server_let_go_is_sent_again(
    open_page: Opener, door: httpx.Client, tmp_path: Path, town_engine: sa.Engine
) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    page.context.route(re.compile("/reports$"), lambda route: route.abort())
    fill(page, "photo went first")
    page.locator("#photo").set_input_files(picture(tmp_path, "teal"))
    expect(page.locator("#photo-list li")).to_have_count(1)
    with page.expect_response(re.compile("/photos$")):
        send(page)
    expect(entry(page, "photo went first")).to_have_attribute("data-state", "waiting")
    with town_engine.begin() as connection:
        connection.execute(
            sa.text("delete from photos where not exists (select from report_photos r where r.sha256 = photos.sha256)")
        )
    page.context.unroute(re.compile("/reports$"))
    page.get_by_role("button", name="Send now").click()
    expect(page.locator("#list li").first).not_to_have_attribute("data-state", "sending", timeout=SOON_MS)
    page.get_by_role("button", name="Send now").click()
    expect(entry(page, "photo went first")).to_have_attribute("data-state", "sent", timeout=2 * SOON_MS)
    assert stored(door, "photo went first")[0]["photos"]


def test_a_refused_report_says_why_and_goes_back_to_the_form(open_page: Opener) -> None:
    page = opened(open_page)
    page.clock.set_fixed_time("2031-01-01T00:00:00Z")
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    fill(page, "from the future")
    send(page)
    expect(entry(page, "from the future")).to_have_attribute("data-state", "refused", timeout=SOON_MS)
    expect(entry(page, "from the future")).to_contain_text("clock")
    page.get_by_role("button", name="Back to the form").click()
    expect(page.get_by_label("What is it")).to_have_value("from the future")
    expect(page.locator("#list li")).to_have_count(0)


def test_a_position_set_by_hand_carries_its_datum(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page, permissions=[])
    expect(page.locator("#position")).to_have_attribute("data-state", "refused")
    page.get_by_text("Set the position by hand", exact=True).click()
    page.get_by_label("Longitude").fill("123.0329064")
    page.get_by_label("Latitude").fill("41.1517990")
    page.get_by_role("button", name="Use these coordinates").click()
    expect(page.locator("#fault")).to_contain_text("datum")
    page.get_by_label("Datum").select_option("gcj02")
    page.get_by_role("button", name="Use these coordinates").click()
    expect(page.locator("#where .main")).to_contain_text("210304015", timeout=SOON_MS)
    fill(page, "by hand")
    send(page)
    expect(entry(page, "by hand")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    (report,) = stored(door, "by hand")
    assert (report["datum"], report["accuracy_m"]) == ("gcj02", None)


def test_an_empty_form_says_what_is_missing_and_sends_nothing(open_page: Opener) -> None:
    page = opened(open_page, permissions=[])
    send(page)
    expect(page.locator("#fault")).to_contain_text("no position")
    expect(page.locator("#fault")).to_contain_text("Choose a kind")
    expect(page.locator("#list li")).to_have_count(0)


def test_what_a_sender_writes_is_text_and_never_markup(open_page: Opener) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    evil = "<img src=x onerror=alert(1)>"
    fill(page, evil)
    send(page)
    expect(entry(page, evil)).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert page.locator("#list img").count() == 0


def test_the_whole_report_can_be_made_with_the_keyboard(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    page.get_by_role("radio", name="Exposed garbage").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Damaged road")).to_be_checked()
    page.get_by_label("What is it").focus()
    page.keyboard.type("by keyboard")
    page.keyboard.press("Tab")
    expect(page.locator("#contact-open")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(entry(page, "by keyboard")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert stored(door, "by keyboard")[0]["category"] == "road"


def test_chinese_and_english_are_one_touch_apart(open_page: Opener) -> None:
    page = opened(open_page, locale="zh-CN")
    expect(page.get_by_role("heading", name="网格上报")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Report", exact=True)).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen_and_targets_are_big(open_page: Opener, width: int) -> None:
    page = opened(open_page, viewport={"width": width, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button, .kinds label, .photo-button, select')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    assert small == []


def test_over_plain_http_the_page_says_what_is_missing_and_still_sends(
    browser: Browser, address: str, door: httpx.Client
) -> None:
    port = address.rpartition(":")[2]
    other = browser.browser_type.launch(
        executable_path=CHROMIUM, args=[*QUIET, "--host-resolver-rules=MAP grid.example 127.0.0.1"]
    )
    page = other.new_page(viewport=PHONE["viewport"], locale="en")
    page.goto(f"http://grid.example:{port}/report")
    page.wait_for_selector("html[data-ready]", state="attached")
    assert page.evaluate("[isSecureContext, 'serviceWorker' in navigator, 'locks' in navigator]") == [False] * 3
    expect(page.locator("#insecure")).to_contain_text("not opened over HTTPS")
    expect(page.locator("#position-main")).to_have_text("No position on this page")
    page.get_by_text("Set the position by hand", exact=True).click()
    page.get_by_label("Longitude").fill("123.0272")
    page.get_by_label("Latitude").fill("41.1498")
    page.get_by_label("Datum").select_option("wgs84")
    page.get_by_role("button", name="Use these coordinates").click()
    fill(page, "over plain http")
    send(page)
    expect(entry(page, "over plain http")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    assert len(stored(door, "over plain http")) == 1
    other.close()
