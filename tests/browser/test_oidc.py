"""Signing in by an identity provider: as people meet it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import accounts, identities
from gis.settings import Settings
from tests.browser.conftest import serving
from tests.browser.test_accounts import NOBODY, type_in
from tests.conftest import CITY, NUMBERS
from tests.identity_providers import known_as, running_provider
from tests.staff import PASSWORD

Open = Callable[..., Page]
Add = Callable[..., str]
# The provider's own page asks for a style sheet there, and does without.
STYLE = "https://cdn.jsdelivr.net/"
VIEW = {"width": 1280, "height": 800}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider in a process of its own, which knows some people."""
    with running_provider({"sub": "known"}, {"sub": "unknown"}, {"sub": "new"}) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def address(settings: Settings, issuer: str) -> Iterator[str]:
    """The address of a service that this provider signs people in to."""
    with serving(replace(settings, identity_provider=known_as(issuer))) as address:
        yield address


@pytest.fixture
def add(town_engine: sa.Engine, issuer: str) -> Add:
    """Add an account, linked to a subject where one is given; return its name."""

    def made(*grants: Grant, subject: str = "") -> str:
        name = f"somebody-{next(NUMBERS)}"
        with engines.transaction(town_engine) as connection:
            accounts.add(connection, name, grants=grants, password=PASSWORD, by=Actor("tester"))
            if subject:
                identities.link(connection, name, issuer, subject, by=Actor("tester"))
        return name

    return made


def at_sign_in(open_page: Open, issuer: str, path: str = "/sign-in#lang=en") -> Page:
    page = open_page(path, own=(issuer, STYLE), headers=NOBODY, viewport=VIEW)
    page.context.route(f"{STYLE}**", lambda route: route.abort())
    page.wait_for_selector("html[data-ready=sign-in]")
    return page


def choose(page: Page, subject: str) -> None:
    """Sign in at the provider's own page."""
    page.locator(f"button[value={subject}]").first.click()


def test_the_button_leads_to_the_provider_and_back_to_the_page_that_asked(
    open_page: Open, issuer: str, add: Add
) -> None:
    add(Grant("dispatcher", CITY), subject="known")
    page = at_sign_in(open_page, issuer, "/maps/hotspots.html?lang=en&within=210304015017")
    button = page.locator("#by-provider")
    expect(button).to_have_text("Sign in with City sign-on")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{issuer}/**")
    choose(page, "known")
    page.wait_for_url("**/maps/hotspots.html?lang=en&within=210304015017")


def test_who_is_not_linked_is_told_so_in_both_languages_and_may_use_a_password(
    open_page: Open, issuer: str, add: Add
) -> None:
    name = add(Grant("dispatcher", CITY))
    page = at_sign_in(open_page, issuer)
    page.click("#by-provider")
    choose(page, "unknown")
    page.wait_for_selector("html[data-ready=sign-in]")
    told = page.locator("#from-provider")
    expect(told).to_contain_text("No account is linked to your identity.")
    page.click("#language")
    expect(told).to_contain_text("您的身份尚未关联可用的账号")
    expect(page.locator("#by-provider")).to_have_text("用城市统一身份认证登录")
    type_in(page, "sign-in", name=name, password=PASSWORD)
    page.wait_for_selector("html[data-ready=map]")


def test_an_account_is_linked_on_its_own_page_and_comes_in_by_the_button(
    open_page: Open, issuer: str, add: Add
) -> None:
    name = add(Grant("dispatcher", CITY))
    page = at_sign_in(open_page, issuer)
    type_in(page, "sign-in", name=name, password=PASSWORD)
    page.wait_for_selector("html[data-ready=map]")
    page.goto(page.url.split("/#")[0] + "/sign-in#lang=en")
    page.click("#linking summary")
    type_in(page, "link", password="not-that-one")
    expect(page.locator("#link [role=alert]")).to_be_visible()
    type_in(page, "link", password=PASSWORD)
    page.wait_for_url(f"{issuer}/**")
    choose(page, "new")
    page.wait_for_selector("html[data-ready=sign-in]")
    expect(page.locator("#from-provider")).to_contain_text("City sign-on is linked")
    expect(page.locator("#linked")).to_be_visible()
    expect(page.locator("#linking")).to_be_hidden()
    page.click("#sign-out")
    expect(page.locator("#from-provider")).to_be_hidden()
    page.click("#by-provider")
    choose(page, "new")
    page.wait_for_selector("html[data-ready=map]")
    expect(page.locator("#me")).to_have_text(name)


def test_an_administrator_links_an_account_in_the_list(
    open_page: Open, issuer: str, add: Add, signed_in: Callable[..., dict[str, str]]
) -> None:
    name = add(Grant("dispatcher", CITY))
    headers = signed_in(Grant("administrator", CITY))
    page = open_page("/accounts.html#lang=en", headers=headers, viewport=VIEW)
    page.wait_for_selector("html[data-ready=accounts]")
    page.fill("#find [name=name]", name)
    row = page.locator(f"tr[data-account={name}]")
    row.get_by_role("button", name="Link identity").click()
    expect(page.locator("#dialog label")).to_have_text(f"Subject (sub) of {name} at City sign-on")
    page.fill("#dialog [name=subject]", "4711")
    page.click("#dialog-act")
    expect(row.get_by_role("button", name="Unlink identity")).to_be_visible()
    expect(page.locator("#dialog")).to_be_hidden()


def test_a_code_that_is_owed_too_late_leads_back_to_signing_in(open_page: Open, issuer: str) -> None:
    page = at_sign_in(open_page, issuer, "/sign-in?oidc=code#lang=en")
    type_in(page, "owed-code", code="123456")
    expect(page.locator("#from-provider")).to_contain_text("Begin again.")
    expect(page.locator("#sign-in")).to_be_visible()


def test_what_the_page_is_told_is_only_what_it_knows(open_page: Open, issuer: str) -> None:
    page = at_sign_in(open_page, issuer, "/sign-in?oidc=<b>anything</b>#lang=en")
    expect(page.locator("#from-provider")).to_be_hidden()
    expect(page.locator("#by-provider")).to_have_attribute("href", re.compile(r"^/session/oidc\?back=%2F$"))
