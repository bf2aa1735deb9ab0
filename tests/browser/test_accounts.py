"""Signing in, and the accounts: as people meet them."""

import re
import time
from collections.abc import Callable

import pyotp
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import engine as engines
from gis.domain.staff import Grant
from gis.services import accounts, keys, posts
from tests.conftest import CITY, NUMBERS
from tests.staff import BY, PASSWORD

NOBODY: dict[str, str] = {}
Open = Callable[..., Page]
Add = Callable[..., tuple[str, str]]


@pytest.fixture
def person(town_engine: sa.Engine) -> Add:
    """Add an account; return its name and, without a password, its activation code."""

    def add(*grants: Grant, password: str | None = PASSWORD) -> tuple[str, str]:
        name = f"somebody-{next(NUMBERS)}"
        with engines.transaction(town_engine) as connection:
            code = accounts.add(connection, name, grants=grants, password=password, by=BY)
        return name, code.text if code else ""

    return add


def type_in(page: Page, form: str, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"#{form} [name={name}]", value)
    page.click(f"#{form} [type=submit]")


def at_sign_in(open_page: Open, path: str = "/sign-in#lang=en") -> Page:
    page = open_page(path, headers=NOBODY, viewport={"width": 1280, "height": 800})
    page.wait_for_selector("html[data-ready=sign-in]")
    return page


def test_who_signs_in_comes_back_to_the_page_that_asked_for_it(open_page: Open, person: Add) -> None:
    name, _ = person(Grant("dispatcher", CITY))
    page = at_sign_in(open_page, "/maps/hotspots.html?lang=en&within=210304015017")
    assert "/sign-in?back=" in page.url
    type_in(page, "sign-in", name=name, password="not-that-one")
    expect(page.locator("#sign-in [role=alert]")).to_be_visible()
    type_in(page, "sign-in", name=name, password=PASSWORD)
    page.wait_for_url("**/maps/hotspots.html?lang=en&within=210304015017")


def test_an_address_of_another_host_is_not_gone_back_to(open_page: Open, person: Add) -> None:
    name, _ = person()
    page = at_sign_in(open_page, "/sign-in?back=https://elsewhere.example/#lang=en")
    type_in(page, "sign-in", name=name, password=PASSWORD)
    page.wait_for_selector("html[data-ready=map]")
    assert "elsewhere" not in page.url


def test_an_activation_code_leads_to_a_password_and_in(open_page: Open, person: Add) -> None:
    name, code = person(Grant("worker", "210304015017101001"), password=None)
    page = at_sign_in(open_page)
    page.click("[data-show=activate]")
    type_in(page, "activate", code=code, password="password123")
    expect(page.locator("#activate [role=alert]")).to_contain_text("tried first")
    type_in(page, "activate", code=code, password=PASSWORD)
    expect(page.locator("#activated")).to_be_visible()
    expect(page.locator("#sign-in [name=name]")).to_have_value(name)
    expect(page.locator("#sign-in [name=password]")).to_be_focused()
    type_in(page, "sign-in", password="not-that-one")
    expect(page.locator("#activated")).to_be_hidden()
    expect(page.locator("#sign-in [role=alert]")).to_have_text("Name, password or code is wrong.")
    type_in(page, "sign-in", password=PASSWORD)
    page.wait_for_selector("html[data-ready=map]")
    page.goto(page.url.split("/#")[0] + "/sign-in#lang=en")
    expect(page.locator("#roles")).to_have_text("Grid worker · 210304015017101001")
    page.click("#sign-out")
    expect(page.locator("#sign-in")).to_be_visible()


def test_an_administrator_sets_up_a_second_factor_and_then_adds_an_account(open_page: Open, person: Add) -> None:
    name, _ = person(Grant("administrator", CITY))
    page = at_sign_in(open_page, "/sign-in?back=/accounts.html#lang=en")
    type_in(page, "sign-in", name=name, password=PASSWORD)
    expect(page.locator("#qr")).to_be_visible()
    assert page.eval_on_selector("#qr", "picture => picture.decode().then(() => picture.naturalWidth)") > 50
    page.click("#second-factor summary")
    secret = page.inner_text("#secret")
    type_in(page, "second-factor", code=pyotp.TOTP(secret).at(int(time.time())))
    page.wait_for_selector("html[data-ready=accounts]")
    added = f"xingong-{next(NUMBERS)}"
    page.click("#add")
    page.select_option("#dialog [name=role]", "leader")
    fill(page, name=added, area="210304015017")
    expect(page.locator("#told code")).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    expect(page.locator("#told")).to_contain_text(re.compile(r"valid until \d{4}-\d\d-\d\d;"))
    page.fill("#find [name=name]", added)
    row = page.locator(f"tr[data-account={added}]")
    expect(row).to_contain_text("Grid leader · 210304015017")
    expect(row).to_contain_text("Not activated")


def fill(page: Page, **values: str) -> None:
    """Fill the dialog and do what it asks for."""
    for name, value in values.items():
        page.fill(f"#dialog [name={name}]", value)
    page.click("#dialog-act")


@pytest.fixture
def at_accounts(open_page: Open, signed_in: Callable[..., dict[str, str]]) -> Callable[[str], Page]:
    """Open the list of accounts as an administrator, at one of them."""

    def go(name: str = "") -> Page:
        headers = signed_in(Grant("administrator", CITY))
        page = open_page("/accounts.html#lang=en", headers=headers, viewport={"width": 1280, "height": 800})
        page.wait_for_selector("html[data-ready=accounts]")
        if name:
            page.fill("#find [name=name]", name)
            expect(page.locator("#rows tr")).to_have_count(1)
        return page

    return go


def test_a_role_is_given_and_taken_and_one_of_a_post_is_left_to_the_post(
    at_accounts: Callable[..., Page], person: Add, town_engine: sa.Engine
) -> None:
    name, _ = person(Grant("planner", CITY))
    with engines.transaction(town_engine) as connection:
        posts.appoint(connection, "210304015017101008", name, by=BY)
    page = at_accounts(name)
    row = page.locator(f"tr[data-account={name}]")
    expect(row.locator(".roles li")).to_have_text(
        [f"Planner · {CITY} Take", "Grid worker · 210304015017101008 by post"]
    )
    row.get_by_role("button", name="Give role").click()
    page.select_option("#dialog [name=role]", "leader")
    fill(page, area="210304999")
    expect(page.locator("#dialog-fault")).to_contain_text("no division")
    fill(page, area="210304015011")
    expect(page.locator("#told")).to_contain_text(f"{name} is now Grid leader · 210304015011")
    expect(row.locator(".roles li")).to_have_count(3)
    row.get_by_role("button", name="Take from").first.click()
    expect(page.locator("#dialog-body")).to_contain_text("Its sessions end at once.")
    page.click("#dialog-act")
    expect(page.locator("#told")).to_contain_text(f"{name} is no longer")
    expect(row.locator(".roles li")).to_have_count(2)


def test_a_person_is_added_with_a_telephone_and_a_taken_one_is_told(at_accounts: Callable[..., Page]) -> None:
    name, telephone = f"xingong-{next(NUMBERS)}", f"000{next(NUMBERS):08d}"
    page = at_accounts()
    page.click("#add")
    fill(page, name=name, telephone=telephone)
    expect(page.locator("#told")).to_contain_text(f"{name} is added.")
    page.click("#add")
    fill(page, name=f"{name}-b", telephone=telephone)
    expect(page.locator("#dialog-fault")).to_contain_text("is there already")
    page.keyboard.press("Escape")
    expect(page.locator("#told")).to_contain_text(f"{name} is added.")


def test_a_system_is_added_gets_a_key_that_is_told_once_and_loses_it(
    at_accounts: Callable[..., Page], town_engine: sa.Engine
) -> None:
    name = f"hotline-{next(NUMBERS)}"
    page = at_accounts()
    page.click("#add")
    page.select_option("#dialog [name=kind]", "system")
    page.select_option("#dialog [name=role]", "clerk")
    fill(page, name=name, area=CITY)
    expect(page.locator("#told")).to_have_text(f"{name} is added. Make a key for it next.")
    page.fill("#find [name=name]", name)
    page.locator(f"tr[data-account={name}]").get_by_role("button", name="Keys").click()
    expect(page.locator("#dialog-body")).to_contain_text("No key holds.")
    fill(page, days="9999")
    expect(page.locator("#dialog-fault")).to_contain_text("730")
    fill(page, days="30", per_minute="60")
    expect(page.locator("#told code")).to_have_text(re.compile(r"^wgk_\S{30,}$"))
    with town_engine.connect() as connection:
        (key,) = keys.held(connection, name)
    assert key.per_minute == 60
    page.locator(f"tr[data-account={name}]").get_by_role("button", name="Keys").click()
    expect(page.locator(".keys li")).to_contain_text(f"Key {key.id}:")
    page.locator(".keys button").click()
    page.click("#dialog-act")
    expect(page.locator("#told")).to_have_text(f"Key {key.id} of {name} has ended.")
    with town_engine.connect() as connection:
        assert keys.held(connection, name) == []


def test_who_has_not_signed_in_sees_the_plain_map_and_where_to_sign_in(open_page: Open) -> None:
    page = open_page("/#lang=en&layer=hotspots", headers=NOBODY, viewport={"width": 1280, "height": 800})
    page.wait_for_selector("html[data-ready=map]")
    expect(page.locator("#me")).to_have_text("Sign in")
    expect(page.locator("#map-legend")).to_contain_text("Sign in to see the maps of your role.")
    expect(page.get_by_role("radio")).to_have_count(0)
    assert page.get_attribute("#map-legend a", "href").startswith("/sign-in?back=%2F%23")


def test_who_has_signed_in_is_named_and_sees_the_reports_of_the_area(
    open_page: Open, signed_in: Callable[..., dict[str, str]]
) -> None:
    headers = signed_in(Grant("leader", "210304015017"), name=f"leader-{next(NUMBERS)}")
    page = open_page("/#lang=en", headers=headers, viewport={"width": 1280, "height": 800})
    page.wait_for_selector("html[data-ready=map]")
    expect(page.locator("#me")).to_contain_text("leader-")
    expect(page.locator("#feed li").first).to_be_visible()


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("worker", ["None", "Hotspots"]),
        ("level2", ["None", "Hotspots", "Patrols"]),
        ("leader", ["None", "Hotspots", "Patrols", "Cameras"]),
        ("auditor", []),
    ],
)
def test_the_screen_offers_only_the_maps_that_a_role_may_see(
    open_page: Open, signed_in: Callable[..., dict[str, str]], role: str, names: list[str]
) -> None:
    headers = signed_in(Grant(role, "210304015017"))
    page = open_page("/#lang=en&layer=cameras", headers=headers, viewport={"width": 1280, "height": 800})
    page.wait_for_selector("html[data-ready=map]")
    expect(page.locator("#me")).to_contain_text("tester-")
    expect(page.get_by_role("radio")).to_have_text(names)
    chosen = "cameras" if "Cameras" in names else "none"
    expect(page.locator("#maps [aria-checked=true]")).to_have_attribute("data-map", chosen)
