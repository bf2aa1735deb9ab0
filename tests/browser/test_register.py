"""Consents and registers, as people meet them."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gis.domain.staff import Grant
from tests.conftest import CITY

Open = Callable[..., Page]
SignIn = Callable[..., dict[str, str]]
WIDE = {"width": 1280, "height": 800}
ASSESSMENT = {
    "title": "巡查轨迹",
    "assessed_on": "2026-03-01",
    "processing": "班次内的行踪轨迹，原始数据保存三十日。",
    "purpose": "核算网格的巡查覆盖；没有影响更小的办法。",
    "ground": "个人信息保护法第二十九条，单独同意。",
    "risks": "可推知工作人员的行踪。",
    "measures": "按范围可见、短期留存、查看留痕。",
    "conclusion": "采取上述措施后可以处理。",
}
BREACH = {
    "title": "示例：存储介质遗失",
    "found_at": "2026-05-01T08:30",
    "categories": "岗位编号",
    "causes": "介质未加密",
    "harm": "影响较小",
    "measures": "更换密钥，改用加密备份",
}


@pytest.fixture(scope="module")
def administrator(signed_in: SignIn) -> dict[str, str]:
    return signed_in(Grant("administrator", CITY), name="register-administrator")


def open_register(open_page: Open, headers: dict[str, str], part: str, lang: str = "en") -> Page:
    page = open_page(f"/register.html?lang={lang}#lang={lang}&{part}", headers=headers, viewport=WIDE)
    page.wait_for_selector("html[data-ready=register]")
    return page


def test_a_worker_reads_the_notice_consents_and_withdraws(open_page: Open, signed_in: SignIn) -> None:
    page = open_page("/consents.html#lang=en", headers=signed_in(Grant("worker", "210304015017")), viewport=WIDE)
    page.wait_for_selector("html[data-ready=consents]")
    card = page.locator("[data-purpose=track]")
    expect(card).to_contain_text("sensitive personal information")
    expect(card).to_contain_text("Not consented; nothing is recorded.")
    card.get_by_role("button", name="I have read this and consent").click()
    expect(card).to_contain_text("Consented, 20")
    card.get_by_role("button", name="Withdraw consent").click()
    expect(card).to_contain_text("Withdrawn, 20")
    page.click("#language")
    expect(card).to_contain_text("行踪轨迹")
    expect(card).to_contain_text("已撤回")


def test_an_administrator_records_and_corrects_an_assessment_and_a_breach(
    open_page: Open, administrator: dict[str, str]
) -> None:
    page = open_register(open_page, administrator, "assessments")
    part = page.locator("[data-part=assessments]")
    expect(part).to_contain_text("No assessments yet")
    part.get_by_role("button", name="Add an assessment").click()
    for name, value in ASSESSMENT.items():
        part.locator(f"[name={name}]").fill(value)
    part.get_by_role("button", name="Save").click()
    record = part.locator("article")
    expect(record).to_contain_text(ASSESSMENT["conclusion"])
    record.get_by_role("button", name="Correct").click()
    part.locator("[name=risks]").fill("另有风险")
    part.get_by_role("button", name="Save").click()
    expect(record).to_contain_text("另有风险")
    expect(record).to_contain_text("Last corrected")

    page.click(".sections a[href='#breaches']")
    part = page.locator("[data-part=breaches]")
    part.get_by_role("button", name="Add a breach").click()
    for name, value in BREACH.items():
        part.locator(f"[name={name}]").fill(value)
    part.locator("[name=notified]").fill("市网信办")
    part.get_by_role("button", name="Save").click()
    expect(part.get_by_role("alert")).to_contain_text("Say both who was told and when")
    part.locator("[name=notified_at]").fill("2026-05-02T09:00")
    part.get_by_role("button", name="Save").click()
    expect(part.locator("article")).to_contain_text("2026-05-01 08:30")
    expect(part.locator("article")).to_contain_text("2026-05-02 09:00")


def test_an_auditor_reads_every_register_and_finds_no_form(open_page: Open, signed_in: SignIn) -> None:
    page = open_register(open_page, signed_in(Grant("auditor", CITY)), "data")
    expect(page.locator("#summary")).to_contain_text("tables, ")
    tracks = page.locator("#entries tr", has_text="a track: sensitive")
    expect(tracks).to_contain_text("PIPL art. 29: separate consent")
    expect(tracks).to_contain_text("30 days")
    whole = page.locator("#entries tr").count()
    page.check("#personal")
    assert 5 < page.locator("#entries tr").count() < whole
    page.click(".sections a[href='#retention']")
    expect(page.locator("[data-rule=access_log]")).to_contain_text("184")
    expect(page.locator("[data-rule=access_log]")).to_contain_text("Never run")
    page.click(".sections a[href='#assessments']")
    expect(page.get_by_role("button", name="Add an assessment")).to_have_count(0)


def test_a_worker_is_told_that_the_registers_are_not_for_them(open_page: Open, signed_in: SignIn) -> None:
    page = open_register(open_page, signed_in(Grant("worker", "210304015017")), "data")
    expect(page.locator("#fault")).to_contain_text("None of your roles may do this.")
