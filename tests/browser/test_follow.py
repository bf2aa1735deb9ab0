"""A contact on the phone page, the page to follow a report without an account, and the look on the screen."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.api.routes.test_reports import body
from tests.browser.test_field import PHONE, SOON_MS, entry, fill, opened, send, stored
from tests.reporters import EMAIL, NAME, TELEPHONE, contact_body, hashed, new_secret

Opener = Callable[..., Page]
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "en"}


def leave_contact(page: Page, *, agree: bool = True) -> None:
    page.get_by_text("Leave a contact (optional)").click()
    page.get_by_label("How to call you").fill(NAME)
    page.get_by_label("Telephone").fill(TELEPHONE)
    page.get_by_label("Please call me back").check()
    if agree:
        page.get_by_label("I have read this notice").check()


def kept_on_phone(page: Page) -> str:
    """Return all that the page has stored on the phone, as text."""
    read = """async () => {
        const open = indexedDB.open("wangge-field");
        const database = await new Promise((done) => (open.onsuccess = () => done(open.result)));
        const all = (name) => new Promise((done) => {
            const asked = database.transaction(name).objectStore(name).getAll();
            asked.onsuccess = () => done(asked.result);
        });
        const found = JSON.stringify([await all("reports"), await all("drafts"), { ...localStorage }]);
        database.close();
        return found;
    }"""
    return str(page.evaluate(read))


@pytest.fixture
def followed(door: httpx.Client, open_page: Opener) -> tuple[dict[str, Any], Page]:
    """A report with a contact, looked at once, and the page that follows it."""
    secret = new_secret()
    report = door.post("/reports", json=body(contact=contact_body(), follow_sha256=hashed(secret))).json()
    door.post(f"/reports/{report['id']}/contact/unmask", json={"reason": "call back to check the place"})
    page = open_page(f"/follow#key={secret}", **PHONE, headers={})
    page.wait_for_selector("html[data-ready]", state="attached")
    return report, page


def test_reports_are_anonymous_unless_a_contact_is_left(open_page: Opener, door: httpx.Client) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    expect(page.get_by_label("Telephone")).not_to_be_visible()
    fill(page, "nobody in particular")
    send(page)
    expect(entry(page, "nobody in particular")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    (report,) = stored(door, "nobody in particular")
    assert door.get(f"/reports/{report['id']}/contact").status_code == 204


def test_a_contact_needs_its_own_consent_and_leaves_the_phone_when_it_is_sent(
    open_page: Opener, door: httpx.Client
) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    fill(page, "please call")
    leave_contact(page, agree=False)
    send(page)
    expect(page.locator("#fault")).to_contain_text("agree to the notice")
    expect(page.locator("#list li")).to_have_count(0)
    page.get_by_label("I have read this notice").check()
    page.context.set_offline(True)
    send(page)
    expect(entry(page, "please call")).to_have_attribute("data-state", "waiting")
    assert TELEPHONE in kept_on_phone(page)
    page.context.set_offline(False)
    expect(entry(page, "please call")).to_have_attribute("data-state", "sent", timeout=SOON_MS)
    left = kept_on_phone(page)
    assert "please call" in left
    assert not any(part in left for part in (TELEPHONE, NAME))
    (report,) = stored(door, "please call")
    assert door.get(f"/reports/{report['id']}/contact").json()["telephone"] == "120****4321"

    asked: list[str] = []
    page.context.on("request", lambda request: asked.append(request.url))
    entry(page, "please call").get_by_role("link", name="Progress and your data").click()
    expect(page.locator("#contact")).to_contain_text("120****4321", timeout=SOON_MS)
    expect(page.locator("#own")).to_contain_text("please call")
    (secret,) = re.findall(r"#key=([\w-]{43})", page.url)
    assert asked
    assert not [address for address in asked if secret in address.partition("#")[0]]


def test_half_a_contact_survives_a_closed_page(open_page: Opener) -> None:
    page = opened(open_page)
    leave_contact(page)
    page.wait_for_timeout(600)
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.get_by_label("Telephone")).to_have_value(TELEPHONE)
    expect(page.get_by_label("I have read this notice")).to_be_checked()


def test_a_reporter_sees_who_looked_corrects_and_withdraws(followed: tuple[dict[str, Any], Page]) -> None:
    report, page = followed
    expect(page.locator("#received")).to_contain_text(report["decision"]["grid"])
    expect(page.locator("#looks li")).to_contain_text("Dispatcher")
    expect(page.locator("#looks li")).to_contain_text("call back to check the place")
    expect(page.locator("#contact")).to_contain_text("示*")
    assert not any(part in page.content() for part in (NAME, TELEPHONE, EMAIL))
    page.get_by_role("button", name="Correct").click()
    expect(page.locator("#contact-form")).to_contain_text("replaces the whole contact")
    expect(page.get_by_label("Please call me back")).to_be_checked()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#fault")).to_have_text(re.compile("cancel and withdraw the contact"))
    page.get_by_label("Telephone").fill("120 0000 8765")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#fault")).to_have_text(re.compile("cancel: the contact then stays as it is"))
    page.get_by_label("I have read this notice").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#said")).to_have_text("The contact is saved.")
    expect(page.locator("#contact")).to_contain_text("120****8765")
    page.get_by_role("button", name="Withdraw").click()
    page.locator(".sure").get_by_role("button", name="Withdraw").click()
    expect(page.locator("#contact")).to_contain_text("You left no contact")
    page.get_by_role("button", name="Leave a contact").click()
    expect(page.get_by_label("Please call me back")).not_to_be_checked()
    expect(page.get_by_text("replaces the whole contact")).to_be_hidden()


def test_a_reporter_takes_the_data_away_and_erases_them(
    followed: tuple[dict[str, Any], Page], door: httpx.Client, tmp_path: Path
) -> None:
    report, page = followed
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export data").click()
    taken.value.save_as(tmp_path / "data.json")
    (told,) = json.loads((tmp_path / "data.json").read_text())["reports"]
    assert told["contact"]["telephone"] == TELEPHONE
    page.get_by_role("button", name="Erase my data").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.get_by_role("button", name="Cancel").click()
    assert door.get(f"/reports/{report['id']}").json()["erased_at"] is None
    page.get_by_role("button", name="Erase my data").click()
    page.get_by_role("button", name="Erase for good").click()
    expect(page.locator("#state")).to_contain_text("gone for good")
    assert door.get(f"/reports/{report['id']}").json()["text"] == ""
    page.reload()
    expect(page.locator("#state")).to_contain_text("No report was found")


def test_a_link_without_its_secret_says_what_to_do(open_page: Opener) -> None:
    page = open_page("/follow", **PHONE, headers={})
    expect(page.locator("#state")).to_contain_text("Use the whole link")
    expect(page.locator("#report")).not_to_be_visible()


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_is_wider_than_the_screen_and_targets_are_big(
    followed: tuple[dict[str, Any], Page], width: int
) -> None:
    _, page = followed
    page.set_viewport_size({"width": width, "height": 844})
    page.get_by_role("button", name="Correct").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = page.evaluate(
        "[...document.querySelectorAll('button, input:not([type=checkbox]), .tick')]"
        ".filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 44).map(e => e.outerHTML)"
    )
    assert small == []


def test_a_report_without_a_contact_shows_none_and_nothing_fails(open_page: Opener, door: httpx.Client) -> None:
    report = door.post("/reports", json=body()).json()
    page = open_page("/", **DESK)
    failed: list[str] = []
    page.on("response", lambda answer: failed.append(answer.url) if answer.status >= 400 else None)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    with page.expect_response(f"**/reports/{report['id']}/contact") as asked:
        page.locator(f"[data-report='{report['id']}'] button").click()
    assert asked.value.status == 204
    expect(page.locator(".answer")).to_contain_text(str(report["number"]), timeout=SOON_MS)
    expect(page.locator(".answer .reporter")).to_have_count(0)
    assert failed == []


def test_a_dispatcher_sees_a_contact_whole_for_a_reason(open_page: Opener, door: httpx.Client) -> None:
    report = door.post("/reports", json=body(contact=contact_body())).json()
    page = open_page("/", **DESK)
    page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
    page.locator(f"[data-report='{report['id']}'] button").click()
    part = page.locator(".answer .reporter")
    expect(part).to_contain_text("120****4321", timeout=SOON_MS)
    part.get_by_role("button", name="Show the whole contact").click()
    expect(part.get_by_label("Reason")).to_be_focused()
    part.get_by_label("Reason").fill("call back")
    part.get_by_role("button", name="Show the whole contact").click()
    expect(part).to_contain_text(TELEPHONE)
    expect(part.get_by_label("Reason")).to_have_count(0)
