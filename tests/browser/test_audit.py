"""The audit log as auditors meet it: read, narrowed, followed, written to a file, proved to be whole."""

import csv
import io
import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import engine as engines
from gis.db.cluster import OWNER
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import audit
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.conftest import CITY, NUMBERS

Open = Callable[..., Page]
SignIn = Callable[..., dict[str, str]]
WIDE = {"width": 1440, "height": 900}
SOON_MS = 10_000


@pytest.fixture
def auditor(signed_in: SignIn) -> dict[str, str]:
    return signed_in(Grant("auditor", CITY), name=f"auditor-{next(NUMBERS)}")


def record(engine: sa.Engine, action: str, subject: str, *, name: str = "tester", **values: object) -> int:
    with engines.transaction(engine) as connection:
        return audit.record(connection, Actor(name, "terminal").did(action, subject, **values))


def opened(open_page: Open, headers: dict[str, str], address: str = "lang=en") -> Page:
    page = open_page(f"/audit.html#{address}", headers=headers, viewport=WIDE)
    page.wait_for_selector("html[data-ready=audit]")
    return page


def newest(page: Page) -> str:
    return page.locator("#rows tr").first.inner_text()


def test_rows_are_in_words_newest_first(open_page: Open, auditor: dict[str, str], town_engine: sa.Engine) -> None:
    record(town_engine, "cameras.imported", "cameras:all", file="cameras.gpkg", added=4)
    position = record(town_engine, "role.given", "account:17", role="planner", area=CITY)
    page = opened(open_page, auditor)
    row = page.locator(f"tr[data-position='{position}']")
    expect(row).to_contain_text("Role given")
    expect(row).to_contain_text("Account 17")
    expect(row).to_contain_text("Planner")
    expect(row).to_contain_text("tester")
    expect(row.locator("time")).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"))
    below = page.locator(f"tr[data-position='{position - 1}']")
    expect(below).to_contain_text("cameras.gpkg")
    page.click("#language")
    expect(row).to_contain_text("授予角色")
    expect(below).to_contain_text("导入摄像机")


def test_filters_narrow_and_stay_in_the_address(
    open_page: Open, auditor: dict[str, str], town_engine: sa.Engine
) -> None:
    name = f"operator-{next(NUMBERS)}"
    for number in range(3):
        record(town_engine, "account.disabled", f"account:{number}", name=name)
    position = record(town_engine, "account.enabled", "account:2", name=name)
    page = opened(open_page, auditor)
    page.fill("#filters [name=who]", name)
    page.keyboard.press("Enter")
    rows = page.locator("#rows tr")
    expect(rows).to_have_count(4)
    page.select_option("#filters [name=action]", "account.disabled")
    page.click("#filters [type=submit]")
    expect(rows).to_have_count(3)
    assert f"who={name}" in page.url
    page.reload()
    page.wait_for_selector("html[data-ready=audit]")
    expect(rows).to_have_count(3)
    page.click("#filters [type=reset]")
    expect(page.locator(f"tr[data-position='{position}']")).to_be_visible()
    page.locator(f"tr[data-position='{position}']").get_by_role("button", name="Account enabled").press("Enter")
    expect(page.locator("#filters [name=action]")).to_have_value("account.enabled")
    page.fill("#filters [name=who]", "nobody-of-this-name")
    page.click("#filters [type=submit]")
    expect(rows).to_have_text("No rows match.")


def test_earlier_rows_are_a_click_away(open_page: Open, auditor: dict[str, str], town_engine: sa.Engine) -> None:
    name = f"busy-{next(NUMBERS)}"
    for number in range(105):
        record(town_engine, "photo.stored", f"photo:{number}", name=name)
    page = opened(open_page, auditor, f"lang=en&who={name}")
    expect(page.locator("#rows tr")).to_have_count(100)
    page.click("#more")
    expect(page.locator("#rows tr")).to_have_count(105)
    expect(page.locator("#more")).to_be_hidden()


def test_who_follows_sees_a_new_row_by_itself(open_page: Open, auditor: dict[str, str], door: httpx.Client) -> None:
    page = opened(open_page, auditor)
    page.get_by_role("switch", name="Follow").check()
    kept = door.post("/reports", json=body()).json()
    expect(page.locator("#rows tr").first).to_contain_text(f"Report {kept['id']}", timeout=SOON_MS)
    expect(page.locator("#rows tr").first).to_contain_text("Report taken in")
    expect(page.locator("#fresh")).to_contain_text("new rows")
    page.get_by_role("switch", name="Follow").uncheck()


def test_what_is_shown_can_be_taken_away_as_a_file(
    open_page: Open, auditor: dict[str, str], town_engine: sa.Engine
) -> None:
    name = f"=operator-{next(NUMBERS)}"
    record(town_engine, "account.disabled", "account:1", name=name)
    page = opened(open_page, auditor, f"lang=en&who={name}")
    with page.expect_download() as started:
        page.click("#csv")
    (row,) = csv.DictReader(io.StringIO(started.value.path().read_text("utf-8")))
    assert row["actor_name"] == f"'{name}"
    page.click("#filters [type=reset]")
    expect(page.locator("#rows tr").first).to_contain_text("Audit log exported")


def test_an_auditor_proves_that_the_log_is_whole_and_sees_the_row_that_is_not(
    open_page: Open, auditor: dict[str, str], town_engine: sa.Engine, settings: Settings
) -> None:
    position = record(town_engine, "account.disabled", "account:1")
    with engines.transaction(town_engine) as connection:
        audit.sign_head(connection, keys=settings.keys, heads=settings.audit_heads)
    page = opened(open_page, auditor)
    expect(page.locator("#chain")).to_contain_text(f"the last at row {position:,}")
    page.click("#verify")
    expect(page.locator("#verified")).to_contain_text(
        re.compile(r"Whole: all [\d,]+ rows fit\. Signed heads that agree: 1,")
    )
    owner = engines.connect(town_engine.url.set(username=OWNER).render_as_string(hide_password=False))
    change = "alter table audit {} trigger append_only; update audit set role = {} where position = {}"
    with owner.begin() as connection:
        connection.execute(sa.text(change.format("disable", "'auditor'", position)))
    page.click("#verify")
    expect(page.locator("#verified .fault")).to_contain_text(f"row {position:,}: changed")
    with owner.begin() as connection:
        connection.execute(sa.text(change.format("disable", "'terminal'", position)))
        connection.execute(sa.text("alter table audit enable trigger append_only"))
    owner.dispose()


def test_who_is_no_auditor_of_the_whole_city_is_told_so(open_page: Open, signed_in: SignIn) -> None:
    page = opened(open_page, signed_in(Grant("auditor", "210304015000")))
    expect(page.locator("#fault")).to_contain_text("only its auditors read it")
    page = opened(open_page, signed_in(Grant("administrator", CITY)))
    expect(page.locator("#fault")).to_contain_text("None of your roles may do this")


def test_the_account_page_leads_auditors_here(open_page: Open, auditor: dict[str, str], signed_in: SignIn) -> None:
    page = open_page("/sign-in#lang=en", headers=auditor, viewport=WIDE)
    page.get_by_role("link", name="Audit log").click()
    page.wait_for_selector("html[data-ready=audit]")
    page = open_page("/sign-in#lang=en", headers=signed_in(Grant("planner", CITY)), viewport=WIDE)
    expect(page.locator("#who")).not_to_be_empty()
    expect(page.locator("#to-audit")).to_be_hidden()


def test_every_control_has_a_name_and_a_narrow_screen_scrolls_the_table_alone(
    open_page: Open, auditor: dict[str, str]
) -> None:
    page = open_page("/audit.html#lang=en", headers=auditor, viewport={"width": 390, "height": 844})
    page.wait_for_selector("html[data-ready=audit]")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    nameless = page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, [tabindex]")]
            .filter((each) => !(each.getAttribute("aria-label") || each.textContent.trim() || each.labels?.length))
            .map((each) => each.outerHTML.slice(0, 80))"""
    )
    assert nameless == []
