"""Posts and rosters, as people meet them."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import accounts, plans, posts
from tests.conftest import CITY, NUMBERS

Open = Callable[..., Page]
SignIn = Callable[..., dict[str, str]]
VILLAGE, OTHER = "210304015017", "210304015011"
DESK = {"width": 1280, "height": 900}
BY = Actor("tester")


def add(engine: sa.Engine) -> str:
    name = f"worker-{next(NUMBERS)}"
    with engines.transaction(engine) as connection:
        accounts.add(connection, name, by=BY)
    return name


def at_roster(open_page: Open, tab: str, headers: dict[str, str] | None = None) -> Page:
    page = open_page(f"/roster#lang=en&tab={tab}", headers=headers, viewport=DESK)
    page.wait_for_selector("html[data-ready=roster]")
    return page


def test_vacancies_are_counted_down_to_the_village_and_filled_there(open_page: Open, town_engine: sa.Engine) -> None:
    name = add(town_engine)
    page = at_roster(open_page, "vacancies")
    expect(page.locator("#tallies [data-division='210304000000'] td").last).to_have_text("45 / 45")
    page.click("#tallies button")
    page.click("#tallies button")
    expect(page.locator(f"#tallies [data-division='{VILLAGE}'] td").last).to_have_text("26 / 26")
    page.select_option("#vacancies-filter [name=level]", "grid")
    row = page.locator(f"#vacant [data-area='{VILLAGE}101005']")
    expect(row).to_contain_text("Never held")
    row.locator("button").click()
    expect(page.locator("#dialog [name=area]")).to_have_value(f"{VILLAGE}101005")
    page.click("#dialog-act")  # the person is missing still
    expect(page.locator("#dialog [name=person]")).to_be_focused()
    expect(page.locator("#dialog-fault")).to_have_text(re.compile("^Fill in: "))
    page.fill("#dialog [name=person]", "nobody-at-all")
    page.click("#dialog-act")
    expect(page.locator("#dialog-fault")).to_contain_text("no account")
    page.fill("#dialog [name=person]", name)
    page.click("#dialog-act")
    expect(page.locator("#told")).to_contain_text(f"{name} is appointed")
    expect(row).to_have_count(0)


def test_a_post_is_found_handed_over_and_tells_its_history(open_page: Open, town_engine: sa.Engine) -> None:
    before, after, area = add(town_engine), add(town_engine), f"{VILLAGE}101006"
    with engines.transaction(town_engine) as connection:
        posts.appoint(connection, area, before, by=BY)
    page = at_roster(open_page, "holders")
    page.fill("#holders-filter [name=text]", area)
    row = page.locator("#held [data-post]")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(before)
    row.get_by_text("Hand over").click()
    page.fill("#dialog [name=person]", after)
    page.click("#dialog-act")
    expect(row).to_contain_text(after)
    page.fill("#holders-filter [name=text]", after)
    expect(row).to_contain_text(area)
    row.get_by_text("History").click()
    expect(page.locator("#dialog-body tr")).to_have_count(1)  # the first one's post began and ended today
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()


def test_a_leader_finds_a_substitute_and_may_change_nothing_else(
    open_page: Open, signed_in: SignIn, town_engine: sa.Engine
) -> None:
    holder, stand_in, area = add(town_engine), add(town_engine), f"{VILLAGE}101007"
    with engines.transaction(town_engine) as connection:
        posts.appoint(connection, area, holder, by=BY)
        today = posts.today(connection)
    page = at_roster(open_page, "holders", signed_in(Grant("leader", VILLAGE)))
    page.fill("#holders-filter [name=text]", holder)
    row = page.locator("#held [data-post]")
    expect(row).to_have_count(1)
    expect(row.get_by_text("Hand over")).to_be_hidden()
    expect(page.locator("#appoint")).to_be_hidden()
    expect(page.locator("#tab-import")).to_be_hidden()
    row.get_by_text("Substitute").click()
    page.fill("#dialog [name=person]", stand_in)
    page.fill("#dialog [name=last_on]", str(today))
    page.click("#dialog-act")
    expect(page.locator("#told")).to_contain_text("substitute")
    page.fill("#holders-filter [name=text]", area)
    expect(page.locator("#held .mark")).to_have_text("Substitute")


def test_everybody_sees_the_tabs_that_they_may_use_alone(open_page: Open, signed_in: SignIn) -> None:
    page = at_roster(open_page, "vacancies", signed_in(Grant("worker", f"{VILLAGE}101001")))
    assert page.locator("[role=tab]:visible").all_inner_texts() == ["Holders"]
    expect(page.locator("#holders")).to_be_visible()
    expect(page.locator("#fault")).to_be_hidden()
    page = at_roster(open_page, "vacancies", signed_in(Grant("auditor", CITY)))
    expect(page.locator("#fault")).to_be_visible()
    expect(page.locator("[role=tab]:visible")).to_have_count(0)
    expect(page.locator("[role=tabpanel]:visible")).to_have_count(0)


@pytest.fixture
def administrator(signed_in: SignIn) -> dict[str, str]:
    return signed_in(Grant("administrator", CITY))


def test_a_roster_is_shown_mended_committed_and_gives_its_codes(
    open_page: Open, administrator: dict[str, str], tmp_path: Path
) -> None:
    page, sheet = at_roster(open_page, "import", administrator), tmp_path / "花名册.csv"
    sheet.write_text(f"登录名,网格编码\nroster-a,{OTHER}101001\nroster b,nowhere\n", encoding="utf-8")
    page.set_input_files("#upload [name=file]", sheet)
    page.click("#upload [type=submit]")
    expect(page.locator("#faults tbody tr")).to_have_count(1)
    expect(page.locator("#faults tbody td")).to_have_text(
        ["3", "登录名", "roster b", "A name has 1 to 64 characters, without spaces."]
    )
    expect(page.locator("#commit")).to_be_disabled()
    sheet.write_text(f"登录名,网格编码\nroster-a,{OTHER}101001\n", encoding="utf-8")
    page.set_input_files("#upload [name=file]", sheet)
    page.click("#upload [type=submit]")
    expect(page.locator(".counts dd").first).to_have_text("1")
    with page.expect_download() as download:
        page.click("#commit")
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as packed:
        assert packed.namelist() == ["roster.json", f"{OTHER}.csv"]
    expect(page.locator("#commit")).to_be_disabled()
    page.fill("#upload [name=whole_of]", OTHER)
    with page.expect_download():
        page.click("#codes a")  # another wish on the form does not throw them away


def test_what_a_redraw_left_open_is_decided_with_one_press(open_page: Open, town_engine: sa.Engine) -> None:
    first, second = add(town_engine), add(town_engine)
    kept, gone = f"{OTHER}102001", f"{OTHER}102002"
    with engines.transaction(town_engine) as connection:
        for name, area in ((first, kept), (second, gone)):
            posts.appoint(connection, area, name, by=BY)
        grids = plans.in_force(connection).grids
        both = grids[grids["code"].isin([kept, gone])]
        grids.loc[grids["code"] == kept, "boundary"] = both["boundary"].union_all()
        plans.replace_grids(connection, grids[grids["code"] != gone], in_force_at=datetime.now(UTC), by=BY)
    page = at_roster(open_page, "vacancies")
    expect(page.locator("#asked")).to_have_text("1")
    page.focus("#tab-vacancies")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    card = page.locator(f"#open [data-area='{kept}']")
    expect(card).to_contain_text("merged")
    card.get_by_text(f"Let {second} hold it").click()
    expect(page.locator("#told")).to_contain_text(f"{second} holds {kept}")
    expect(page.locator("#asked")).to_be_hidden()


@pytest.mark.parametrize("tab", ["vacancies", "holders", "questions", "import"])
@pytest.mark.parametrize("width", [360, 1280])
def test_no_tab_is_wider_than_the_page(open_page: Open, administrator: dict[str, str], tab: str, width: int) -> None:
    page = open_page(f"/roster#lang=zh&tab={tab}", headers=administrator, viewport={"width": width, "height": 800})
    page.wait_for_selector("html[data-ready=roster]")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("[role=tab][aria-selected=true]").get_attribute("aria-controls") == tab
