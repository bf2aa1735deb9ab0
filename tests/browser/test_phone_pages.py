"""Desk pages on a phone: nothing runs out of the page, and tables scroll inside their own boxes."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from gis.domain.staff import ROLES, Grant
from tests.browser.screen import PHONE, Opener
from tests.conftest import CITY

SignIn = Callable[..., dict[str, str]]
# In how many lines a word of the page is written.
LINES = """(word) => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
        const start = node.textContent.indexOf(word);
        if (start < 0 || !node.parentElement.checkVisibility()) continue;
        const range = document.createRange();
        range.setStart(node, start);
        range.setEnd(node, start + word.length);
        return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    }
    return 0;
}"""


@pytest.fixture(scope="module")
def everybody(signed_in: SignIn) -> dict[str, str]:
    """The headers of somebody with every role, to whom pages show all they have."""
    return signed_in(*(Grant(role, CITY) for role in ROLES), name="somebody-with-every-role")


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "path", ["/sign-in", "/register.html", "/register.html#retention", "/roster", "/accounts.html", "/audit.html"]
)
def test_no_desk_page_scrolls_sideways_on_a_phone(
    open_page: Opener, everybody: dict[str, str], path: str, lang: str
) -> None:
    address, _, part = path.partition("#")
    page = open_page(f"{address}#lang={lang}&{part}", headers=everybody, **PHONE)
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#who, #me").filter(visible=True).first).to_contain_text("somebody-with-every-role")
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["viewport"]["width"]
    for word in ("网格", "English") if lang == "zh" else ("Wangge", "中文"):
        assert page.evaluate(LINES, word) == 1


def test_names_of_columns_are_not_broken_on_a_phone(open_page: Opener, everybody: dict[str, str]) -> None:
    page = open_page("/register.html#lang=en", headers=everybody, **PHONE)
    page.wait_for_selector("html[data-ready]", state="attached")
    for word in ("synthetic", "captured_at"):
        assert page.evaluate(LINES, word) == 1
    box = page.locator(".wide-table").filter(visible=True)
    assert box.evaluate("(box) => box.scrollWidth > box.clientWidth")


def test_every_table_of_the_roster_is_scrolled_by_keyboard(open_page: Opener, everybody: dict[str, str]) -> None:
    page = open_page("/roster#lang=en", headers=everybody, **PHONE)
    page.wait_for_selector("html[data-ready=roster]", state="attached")
    for tab, names in (("vacancies", ["Vacancies by division", "Vacancies"]), ("holders", ["Holders"])):
        page.click(f"#tab-{tab}")
        boxes = page.locator(f"#{tab} .wide-table")
        assert [box.get_attribute("aria-label") for box in boxes.all()] == names
        for name in names:
            box = page.get_by_role("region", name=name, exact=True)
            box.focus()
            expect(box).to_be_focused()
    page.click("#tab-vacancies")
    tallies = page.get_by_role("region", name="Vacancies by division")
    tallies.focus()
    assert tallies.evaluate("(box) => box.scrollWidth > box.clientWidth")
    page.keyboard.press("ArrowRight")
    expect(tallies).not_to_have_js_property("scrollLeft", 0)
