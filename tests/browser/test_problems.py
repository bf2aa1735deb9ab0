"""What pages say of a problem: each sentence once, in the language of the page first."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.screen import Opener

TOO_LONG = "The note is too long."
TOLD = """async (problem) => {
    const { Problem } = await import("/static/app/shared/requests.mjs");
    const { show } = await import("/static/app/shared/problems.mjs");
    const place = document.createElement("div");
    show(place, new Problem(problem));
    return [...place.querySelectorAll("p, li")].map((each) => each.textContent);
}"""


def told(page: Page, **problem: Any) -> list[str]:
    found: list[str] = page.evaluate(TOLD, problem)
    return found


@pytest.fixture
def page(open_page: Opener) -> Page:
    page = open_page("/sign-in#lang=zh", headers={})
    page.wait_for_selector("html[data-ready=sign-in]", state="attached")
    return page


@pytest.mark.parametrize("detail", [TOO_LONG, f"One value is wrong: /note: {TOO_LONG}"])
def test_the_only_fault_is_told_once(page: Page, detail: str) -> None:
    faults = [{"pointer": "/note", "detail": TOO_LONG}]
    assert told(page, status=422, detail=detail, errors=faults) == [f"请更正以下内容： {detail}"]


def test_several_faults_are_told_each_with_its_place(page: Page) -> None:
    faults = [{"pointer": "/note", "detail": TOO_LONG}, {"pointer": "/on", "detail": "It is no day."}]
    said = told(page, status=422, detail="2 values are wrong; see `errors`.", errors=faults)
    assert said[1:] == [f"/note: {TOO_LONG}", "/on: It is no day."]


def test_what_the_page_has_told_in_its_own_words_is_not_told_again(page: Page) -> None:
    assert told(page, status=403, detail="None of your roles may do this.") == ["您的角色无权进行此操作。"]
    assert told(page, status=401, detail="Sign in first.") == ["请先登录。"]
    assert told(page, status=403, detail="A page of another site asked for this change.") == [
        "您的角色无权进行此操作。 A page of another site asked for this change."
    ]
