"""Signing in by an identity provider: the whole way there and back, second factors, and who is linked to whom."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.callers import COOKIE
from api.routes.oidc import CARRIER
from gis.db import accounts as stored
from gis.db import engine as engines
from gis.domain import credentials
from gis.domain.audit import Actor, Wanted
from gis.domain.staff import Grant
from gis.files.vault import Vault
from gis.services import accounts, audit, identities
from gis.settings import Settings
from tests.api.providers import PAGE, come_back, fresh, opened, to_provider, who
from tests.conftest import CITY, NUMBERS, free_port
from tests.identity_providers import NAME, consent, known_as, running_provider

PASSWORD = "tuohe-river-1905"
BY = Actor("tester")
SUBJECTS = (f"subject-{number}" for number in itertools.count())
Add = Callable[..., str]


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider in a process of its own."""
    with running_provider({"sub": "with-mfa", "amr": ["pwd", "mfa"]}) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def door(settings: Settings, issuer: str) -> Iterator[TestClient]:
    """The door of an installation that this provider signs people in to."""
    with opened(replace(settings, identity_provider=known_as(issuer))) as client:
        yield client


@pytest.fixture
def visitor(door: TestClient, town_engine: sa.Engine) -> TestClient:
    """A browser without a cookie, and nothing that failed lately."""
    return fresh(door, town_engine)


@pytest.fixture
def add(town_engine: sa.Engine) -> Add:
    """Add an account with a password, linked to a subject of a provider; return its name."""

    def made(*grants: Grant, issuer: str | None = None, subject: str = "") -> str:
        name = f"linked-{next(NUMBERS)}"
        with engines.transaction(town_engine) as connection:
            accounts.add(connection, name, grants=grants, password=PASSWORD, by=BY)
            if issuer:
                identities.link(connection, name, issuer, subject, by=BY)
        return name

    return made


def by_provider(browser: TestClient, subject: str, back: str = "/") -> httpx.Response:
    return come_back(browser, consent(to_provider(browser, back), subject))


def test_without_a_provider_there_is_none(client: TestClient) -> None:
    assert client.get("/session").json()["identity_provider"] is None
    for path in ("/session/oidc", "/session/oidc/callback", "/session/identity"):
        assert client.get(path).status_code == 404


def test_who_is_linked_comes_in_and_back_to_where_the_way_began(
    visitor: TestClient, issuer: str, add: Add, town_engine: sa.Engine
) -> None:
    subject = next(SUBJECTS)
    name = add(Grant("leader", "210304015017"), issuer=issuer, subject=subject)
    assert visitor.get("/session").json()["identity_provider"] == {"zh": NAME.zh, "en": NAME.en}
    begun = visitor.get("/session/oidc", params={"back": "/maps/hotspots.html?lang=en#map"}, headers=PAGE)
    carried = begun.headers["Set-Cookie"]
    assert all(part in carried for part in ("HttpOnly", "SameSite=lax", "Max-Age=600", "Path=/session/oidc"))
    asked = parse_qs(urlsplit(begun.headers["Location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["scope"] == ["openid"]
    ended = come_back(visitor, consent(begun.headers["Location"], subject))
    assert (ended.status_code, ended.headers["Location"]) == (303, "/maps/hotspots.html?lang=en#map")
    assert ended.headers["Cache-Control"] == "no-store"
    assert CARRIER not in visitor.cookies
    assert who(visitor) == name
    assert visitor.get("/reports").status_code == 200
    assert visitor.delete("/session").status_code == 204
    assert who(visitor) is None
    with town_engine.connect() as connection:
        account = accounts.get(connection, name)
        rows = audit.page(connection, Wanted(subject=f"account:{account.id}"))
    assert [row.row.action for row in rows] == ["session.closed", "session.opened", "identity.linked", "account.added"]
    assert rows[1].texts is not None
    assert '"method":"oidc"' in rows[1].texts.shown


def test_nobody_is_let_in_by_a_name_or_address_that_an_account_has(visitor: TestClient, add: Add) -> None:
    # The provider sends the subject as the e-mail address too.
    name = add(Grant("dispatcher", CITY))
    ended = by_provider(visitor, name, "/report")
    assert ended.headers["Location"] == "/sign-in?oidc=unknown&back=%2Freport"
    assert COOKIE not in visitor.cookies
    told = come_back(visitor, consent(to_provider(visitor), name), Accept="application/json")
    assert (told.status_code, told.headers["X-Sign-In"]) == (403, "unknown")
    assert told.headers["Content-Type"] == "application/problem+json"


def test_a_disabled_account_stays_out(visitor: TestClient, issuer: str, add: Add, town_engine: sa.Engine) -> None:
    subject = next(SUBJECTS)
    name = add(issuer=issuer, subject=subject)
    with engines.transaction(town_engine) as connection:
        accounts.disable(connection, name, by=BY)
    assert by_provider(visitor, subject).headers["Location"] == "/sign-in?oidc=unknown"
    assert COOKIE not in visitor.cookies


def test_a_reset_account_is_linked_to_nobody(
    visitor: TestClient, issuer: str, add: Add, town_engine: sa.Engine
) -> None:
    subject = next(SUBJECTS)
    name = add(issuer=issuer, subject=subject)
    with engines.transaction(town_engine) as connection:
        accounts.reset(connection, name, by=BY)
    assert by_provider(visitor, subject).headers["Location"] == "/sign-in?oidc=unknown"


def test_who_says_no_at_the_provider_is_told_so(visitor: TestClient) -> None:
    address = to_provider(visitor)
    denied = httpx.post(address, data={"action": "deny"})
    state = parse_qs(urlsplit(address).query)["state"][0]
    separator = "&" if "?" in denied.headers["Location"] else "?"
    ended = come_back(visitor, f"{denied.headers['Location']}{separator}state={state}")
    assert ended.headers["Location"] == "/sign-in?oidc=denied"


@pytest.mark.parametrize(
    "back",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "evil.example",
        "/sign-in?back=//evil.example",
        "/session/oidc?back=/",
        "/" + "a" * 3_000,
    ],
)
def test_nobody_is_led_to_another_host(visitor: TestClient, issuer: str, add: Add, back: str) -> None:
    subject = next(SUBJECTS)
    add(issuer=issuer, subject=subject)
    assert by_provider(visitor, subject, back).headers["Location"] == "/"


@pytest.mark.parametrize("back", ["/%2F%2Fevil.example", "/%5Cevil.example", "/search?q=%E6%B2%B3&at=//x"])
def test_what_is_encoded_stays_a_path_of_this_host(visitor: TestClient, issuer: str, add: Add, back: str) -> None:
    subject = next(SUBJECTS)
    add(issuer=issuer, subject=subject)
    assert by_provider(visitor, subject, back).headers["Location"] == back


def second_factor(engine: sa.Engine, settings: Settings, name: str) -> pyotp.TOTP:
    """Set up a second factor of an account."""
    secret = credentials.new_totp_secret()
    with engines.transaction(engine) as connection:
        account = accounts.get(connection, name)
        stored.change(connection, account.id, totp_secret=Vault(settings.keys).seal(secret))
    return pyotp.TOTP(secret)


def test_a_second_factor_of_ours_is_asked_for_after_the_provider(
    visitor: TestClient, issuer: str, add: Add, town_engine: sa.Engine, settings: Settings
) -> None:
    subject = next(SUBJECTS)
    name = add(Grant("administrator", CITY), issuer=issuer, subject=subject)
    totp = second_factor(town_engine, settings, name)
    ended = by_provider(visitor, subject, "/accounts.html")
    assert ended.headers["Location"] == "/sign-in?oidc=code&back=%2Faccounts.html"
    assert COOKIE not in visitor.cookies
    wrong = visitor.post("/session/oidc/code", json={"code": "000000"})
    assert (wrong.status_code, wrong.headers["X-Sign-In"]) == (401, "wrong")
    code = totp.at(datetime.now(UTC))
    carried = visitor.cookies[CARRIER]
    assert visitor.post("/session/oidc/code", json={"code": code}).json()["name"] == name
    assert visitor.get("/accounts").status_code == 200
    # What was carried opens nothing more with the same code, nor with ten wrong ones before the right one.
    visitor.cookies.clear()
    again = {"Cookie": f"{CARRIER}={carried}"}
    for _ in range(10):
        answer = visitor.post("/session/oidc/code", json={"code": code}, headers=again)
        assert answer.status_code in (401, 429)
    following = totp.at(int(time.time()) + 30)
    assert visitor.post("/session/oidc/code", json={"code": following}, headers=again).status_code == 429


def test_a_code_without_a_sign_in_that_waits_for_it_opens_nothing(visitor: TestClient) -> None:
    assert visitor.post("/session/oidc/code", json={"code": "123456"}).status_code == 401
    to_provider(visitor)
    # An attempt to sign in is no proven identity.
    assert visitor.post("/session/oidc/code", json={"code": "123456"}).status_code == 401


def test_an_administrator_without_a_second_factor_may_do_nothing_but_set_one_up(
    visitor: TestClient, issuer: str, add: Add
) -> None:
    subject = next(SUBJECTS)
    add(Grant("administrator", CITY), issuer=issuer, subject=subject)
    assert by_provider(visitor, subject, "/accounts.html").headers["Location"] == "/sign-in?back=%2Faccounts.html"
    assert visitor.get("/session").json()["second_factor_due"] is True
    assert visitor.get("/accounts").status_code == 401


def test_a_second_factor_of_the_provider_counts_where_it_is_trusted(
    visitor: TestClient, settings: Settings, issuer: str, add: Add
) -> None:
    add(Grant("administrator", CITY), issuer=issuer, subject="with-mfa")
    by_provider(visitor, "with-mfa")
    assert visitor.get("/session").json()["second_factor_due"] is True
    with opened(replace(settings, identity_provider=known_as(issuer, trusts_mfa=True))) as trusting:
        assert by_provider(trusting, "with-mfa").headers["Location"] == "/"
        assert trusting.get("/accounts").status_code == 200
        subject = next(SUBJECTS)
        add(Grant("administrator", CITY), issuer=issuer, subject=subject)
        trusting.cookies.clear()
        by_provider(trusting, subject)
        assert trusting.get("/accounts").status_code == 401


def test_an_account_links_itself_once_it_has_proven_itself_anew(visitor: TestClient, issuer: str, add: Add) -> None:
    name, subject = add(), next(SUBJECTS)
    assert visitor.post("/session/oidc/link", json={"password": PASSWORD}).status_code == 401
    visitor.post("/session", json={"name": name, "password": PASSWORD})
    assert visitor.get("/session/identity").json() == {"issuer": issuer, "subject": None, "linked_at": None}
    assert visitor.post("/session/oidc/link", json={"password": "another"}).headers["X-Sign-In"] == "wrong"
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert visitor.post("/session/oidc/link", json={"password": PASSWORD}, headers=elsewhere).status_code == 403
    begun = visitor.post("/session/oidc/link", json={"password": PASSWORD})
    assert come_back(visitor, consent(begun.json()["address"], subject)).headers["Location"] == "/sign-in?oidc=linked"
    assert visitor.get("/session/identity").json()["subject"] == subject
    visitor.cookies.clear()
    by_provider(visitor, subject)
    assert who(visitor) == name


def test_an_identity_is_linked_to_one_account_and_an_account_to_one(visitor: TestClient, issuer: str, add: Add) -> None:
    subject = next(SUBJECTS)
    add(issuer=issuer, subject=subject)
    visitor.post("/session", json={"name": add(), "password": PASSWORD})
    begun = visitor.post("/session/oidc/link", json={"password": PASSWORD}).json()["address"]
    assert come_back(visitor, consent(begun, subject)).headers["Location"] == "/sign-in?oidc=taken"
    visitor.cookies.clear()
    visitor.post("/session", json={"name": add(issuer=issuer, subject=next(SUBJECTS)), "password": PASSWORD})
    begun = visitor.post("/session/oidc/link", json={"password": PASSWORD}).json()["address"]
    assert come_back(visitor, consent(begun, next(SUBJECTS))).headers["Location"] == "/sign-in?oidc=taken"


def test_who_signs_in_in_between_is_not_linked_to_what_another_began(visitor: TestClient, add: Add) -> None:
    first, second = add(), add()
    visitor.post("/session", json={"name": first, "password": PASSWORD})
    begun = visitor.post("/session/oidc/link", json={"password": PASSWORD}).json()["address"]
    visitor.post("/session", json={"name": second, "password": PASSWORD})
    assert come_back(visitor, consent(begun, next(SUBJECTS))).headers["Location"] == "/sign-in?oidc=refused"
    assert visitor.get("/session/identity").json()["subject"] is None


def test_an_administrator_links_and_unlinks_an_account(
    visitor: TestClient, add: Add, signed_in: Any, town_engine: sa.Engine
) -> None:
    administrator, name, subject = signed_in(Grant("administrator", CITY)), add(), next(SUBJECTS)
    path = f"/identities/{name}"
    assert visitor.put(path, json={"subject": " odd "}, headers=administrator).status_code == 422
    assert visitor.put("/identities/nobody-here", json={"subject": "x"}, headers=administrator).status_code == 404
    assert visitor.put(path, json={"subject": subject}, headers=administrator).status_code == 204
    assert visitor.put(f"/identities/{add()}", json={"subject": subject}, headers=administrator).status_code == 409
    (listed,) = visitor.get("/accounts", params={"name": name}, headers=administrator).json()["accounts"]
    assert listed["is_linked"] is True
    by_provider(visitor, subject)
    assert who(visitor) == name
    token = visitor.cookies[COOKIE]
    visitor.cookies.clear()
    assert visitor.delete(path, headers=administrator).status_code == 204
    assert visitor.delete(path, headers=administrator).status_code == 404
    assert visitor.get("/session", headers={"Authorization": f"Bearer {token}"}).json()["name"] is None
    assert by_provider(visitor, subject).headers["Location"] == "/sign-in?oidc=unknown"
    with town_engine.connect() as connection:
        rows = audit.page(connection, Wanted(subject=f"account:{accounts.get(connection, name).id}"))
    assert visitor.put(f"/accounts/{name}/identity", headers=administrator).status_code == 405
    assert [row.row.action for row in rows][:3] == ["identity.unlinked", "session.opened", "identity.linked"]
    assert all(row.texts is not None and name in row.texts.shown for row in (rows[0], rows[2]))


def test_a_system_is_not_linked(town_engine: sa.Engine, visitor: TestClient, signed_in: Any) -> None:
    name = f"system-{next(NUMBERS)}"
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, name, kind="system", by=BY)
    administrator = signed_in(Grant("administrator", CITY))
    assert visitor.put(f"/identities/{name}", json={"subject": "x"}, headers=administrator).status_code == 422


def test_a_provider_that_is_away_leaves_the_password(settings: Settings, add: Add) -> None:
    name = add()
    with opened(replace(settings, identity_provider=known_as(f"http://127.0.0.1:{free_port()}"))) as client:
        told = client.get("/session/oidc")
        assert told.status_code == 503
        assert told.json()["detail"] == "The identity provider cannot be reached; sign in with a password."
        assert client.get("/session/oidc", headers=PAGE).headers["Location"] == "/sign-in?oidc=unreachable"
        assert client.post("/session", json={"name": name, "password": PASSWORD}).status_code == 200
        linking = client.post("/session/oidc/link", json={"password": PASSWORD})
        assert (linking.status_code, linking.headers["X-Sign-In"]) == (503, "unreachable")
