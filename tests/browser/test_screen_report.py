"""What the one screen tells of a report that somebody opens, and of who answers for its place."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import accounts
from tests.api.routes.test_reports import body
from tests.browser.screen import SOON_MS, Opener, ask_centre, opened, row
from tests.conftest import CITY
from tests.reporters import hashed, new_secret

WORDS = "第一行 <b>not bold</b>\n第二行"
SignIn = Callable[..., dict[str, str]]


def opened_report(page: Page, report: dict[str, Any]) -> Any:
    page.locator(f"#feed [data-report='{report['id']}'] button").click(timeout=SOON_MS)
    page.wait_for_selector("#answer dl", timeout=SOON_MS)
    return page.locator("#answer .said")


def test_a_report_that_is_opened_tells_its_number_kind_channel_time_and_words(
    open_page: Opener, door: httpx.Client
) -> None:
    report = door.post("/reports", json=body(text=WORDS, channel="hotline")).json()
    page = opened(open_page)
    said = opened_report(page, report)
    expect(said.get_by_role("heading")).to_have_text(f"Damaged road · No. {report['number']}")
    expect(said.locator("time")).to_have_attribute("datetime", report["captured_at"])
    expect(said.locator("time")).to_contain_text("12345 hotline")
    assert said.locator(".words").inner_text() == WORDS
    page.locator("#language").click()
    expect(said.get_by_role("heading")).to_have_text(f"道路破损 · 编号 {report['number']}")


def test_a_report_that_was_erased_says_so_instead_of_its_words(open_page: Opener, door: httpx.Client) -> None:
    secret = new_secret()
    report = door.post("/reports", json=body(text=WORDS, follow_sha256=hashed(secret))).json()
    door.post("/follow/erasure", headers={"Authorization": f"Follow {secret}"}).raise_for_status()
    said = opened_report(opened(open_page), report)
    expect(said.locator(".erased")).to_contain_text("erased at its reporter's wish")
    expect(said.locator(".words")).to_have_count(0)


def test_a_report_near_a_border_says_so_with_the_other_grids_and_can_be_corrected(
    open_page: Opener, door: httpx.Client
) -> None:
    report = door.post("/reports", json=body(accuracy_m=150)).json()
    other = door.get(f"/reports/{report['id']}/decision").json()["certainty"]["alternatives"][0]
    page = opened(open_page)
    opened_report(page, report)
    decision = page.locator("#answer .decision")
    expect(decision.locator(".doubt")).to_have_text("Near a border: check it")
    expect(decision.locator(".alternatives li").first).to_contain_text(f"{other['name']} · {100 * other['share']:.0f}")
    page.locator("#language").click()
    expect(decision.get_by_role("heading").first).to_have_text("归属判定")
    decision.locator("summary").click()
    decision.get_by_label("正确的网格编码").fill("nowhere")
    decision.get_by_label("理由").fill("核对门牌")
    decision.get_by_role("button").click()
    expect(decision.get_by_role("alert")).to_contain_text("no comprehensive grid")
    decision.get_by_label("正确的网格编码").fill(other["grid"])
    decision.get_by_role("button").click()
    expect(decision.locator(".why")).to_contain_text("核对门牌")
    expect(decision).to_contain_text("更正前")
    expect(page.locator("#answer header")).to_contain_text(other["name"])


@pytest.fixture
def holder(town_engine: sa.Engine, door: httpx.Client) -> str:
    """The name of who holds the grid in the middle of the town."""
    grid = door.get("/route", params={"x": 123.03, "y": 41.15, "datum": "cgcs2000"}).json()
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, "grid-holder-7", by=Actor("tester"))
    area = (grid["dedicated"] or {}).get("code") or grid["grid"]
    made = door.post("/posts", json={"area": area, "person": "grid-holder-7"})
    assert made.status_code == 201, made.text
    return "grid-holder-7"


def test_the_answer_names_who_is_responsible_to_those_who_may_know(
    open_page: Opener, holder: str, signed_in: SignIn
) -> None:
    page = opened(open_page)
    ask_centre(page)
    expect(row(page, "Responsible")).to_contain_text(f"{holder} (Grid worker)")
    expect(row(page, "Responsible")).to_contain_text("Whoever holds the post answers.")
    page.locator("#language").click()
    expect(row(page, "负责人")).to_contain_text(f"{holder}（网格员）")
    for headers in ({}, signed_in(Grant("auditor", CITY))):
        other = opened(open_page, headers=headers)
        asked: list[str] = []
        other.on("request", lambda request, asked=asked: asked.append(request.url))
        ask_centre(other)
        expect(row(other, "Responsible")).to_have_count(0)
        assert not any("/posts/" in address for address in asked)
