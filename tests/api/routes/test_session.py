"""Signing in and out, first passwords, second factors, and keys of systems."""

import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlparse

import pyotp
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.callers import COOKIE
from gis.db import accounts as stored
from gis.db import engine as engines
from gis.db.tables import accounts as account_table
from gis.db.tables import sessions as session_table
from gis.db.tables import sign_in_failures
from gis.domain import credentials
from gis.domain.staff import Grant
from gis.errors import InvalidInputError
from gis.services import accounts, posts
from tests.conftest import CITY, NUMBERS
from tests.staff import BY, PASSWORD, Add, sign_in


@pytest.mark.parametrize(
    ("role", "parts"),
    [
        ("worker", ["reports", "answering", "hotspots"]),
        ("leader", ["reports", "corrections", "answering", "hotspots", "patrols", "cameras"]),
        ("clerk", ["reports", "contacts", "answering", "hotspots"]),
        ("planner", ["hotspots", "patrols", "cameras"]),
        ("auditor", []),
    ],
)
def test_a_session_tells_the_parts_of_the_pages_that_its_roles_may_see(
    visitor: TestClient, signed_in: Any, role: str, parts: list[str]
) -> None:
    assert visitor.get("/session").json()["may"] == []
    assert visitor.get("/session", headers=signed_in(Grant(role, "210304015017"))).json()["may"] == parts


def test_a_session_is_a_cookie_that_scripts_cannot_read(visitor: TestClient, add: Add) -> None:
    assert visitor.get("/session").json()["name"] is None
    name = add(Grant("leader", "210304015017"))
    opened = sign_in(visitor, name)
    assert opened.status_code == 200
    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert visitor.get("/session").json()["grants"] == [{"role": "leader", "area": "210304015017"}]
    assert visitor.get("/reports").status_code == 200
    assert visitor.delete("/session").status_code == 204
    assert visitor.get("/session").json()["name"] is None


def test_neither_token_nor_password_is_kept(visitor: TestClient, add: Add, town_engine: sa.Engine) -> None:
    name = add()
    token = sign_in(visitor, name).cookies[COOKIE]
    with town_engine.connect() as connection:
        kept = " ".join(
            str(row) for table in (session_table, account_table) for row in connection.execute(sa.select(table))
        )
    assert credentials.digest(token) in kept
    assert token not in kept
    assert PASSWORD not in kept
    assert "$argon2id$" in kept


def test_a_wrong_password_and_a_name_that_nobody_has_are_answered_alike(visitor: TestClient, add: Add) -> None:
    wrong, nobody = sign_in(visitor, add(), "not-that-one"), sign_in(visitor, f"nobody-{time.time()}")
    assert (wrong.status_code, wrong.headers["X-Sign-In"]) == (401, "wrong")
    strip = {"trace_id": ""}
    assert wrong.json() | strip == nobody.json() | strip
    assert "Set-Cookie" not in wrong.headers


def test_after_ten_failures_even_the_right_password_waits(
    visitor: TestClient, add: Add, town_engine: sa.Engine
) -> None:
    name = add()
    for _ in range(10):
        assert sign_in(visitor, name, "not-that-one").status_code == 401
    refused = sign_in(visitor, name)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    with engines.transaction(town_engine) as connection:
        assert name not in str(connection.execute(sa.select(sign_in_failures)).all())
        connection.execute(sa.delete(sign_in_failures))
    assert sign_in(visitor, name).status_code == 200


def test_a_disabled_account_is_out_at_once(visitor: TestClient, add: Add, signed_in: Any) -> None:
    name = add(Grant("dispatcher", CITY))
    sign_in(visitor, name)
    assert visitor.get("/reports").status_code == 200
    administrator = signed_in(Grant("administrator", CITY))
    cookies = dict(visitor.cookies)
    visitor.cookies.clear()
    assert visitor.post(f"/accounts/{name}/disable", headers=administrator).status_code == 204
    visitor.cookies.update(cookies)
    assert visitor.get("/reports").status_code == 401
    assert sign_in(visitor, name).status_code == 401


def test_an_activation_code_works_once_and_sets_a_password_that_is_none_of_the_common(
    visitor: TestClient, add: Add
) -> None:
    code = add(Grant("worker", "210304015017101001"), password=None)
    assert re.fullmatch(r"[2-9a-z]{4}-[2-9a-z]{4}-[2-9a-z]{4}", code)
    for weak in ("short", "password123", "aaaaaaaaaaaa"):
        refused = visitor.post("/session/activation", json={"code": code, "password": weak})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/password"
    done = visitor.post("/session/activation", json={"code": code, "password": PASSWORD})
    assert done.status_code == 204
    assert sign_in(visitor, done.headers["X-Account"]).status_code == 200
    assert visitor.post("/session/activation", json={"code": code, "password": PASSWORD}).status_code == 404


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: f" {code.replace('-', ' ')} ",
        lambda code: code.replace("-", "－"),
    ],
)
def test_an_activation_code_is_taken_however_it_is_copied(
    visitor: TestClient, add: Add, typed: Callable[[str], str]
) -> None:
    code = add(password=None)
    done = visitor.post("/session/activation", json={"code": typed(code), "password": PASSWORD})
    assert done.status_code == 204


def test_an_activation_code_works_on_its_last_day_and_no_longer_until_a_reset(
    visitor: TestClient, town_engine: sa.Engine
) -> None:
    name = f"someone-{next(NUMBERS)}"
    with engines.transaction(town_engine) as connection:
        code = accounts.add(connection, name, by=BY)
        today = posts.today(connection)
    assert code is not None
    assert code.ends_on == today + timedelta(30)
    body = {"code": code.text, "password": "short"}
    end_on(town_engine, name, today)
    assert visitor.post("/session/activation", json=body).status_code == 422
    end_on(town_engine, name, today - timedelta(1))
    refused = visitor.post("/session/activation", json={"code": code.text, "password": PASSWORD})
    assert refused.status_code == 404
    assert "ask an administrator to reset the account" in refused.json()["detail"]
    with engines.transaction(town_engine) as connection:
        new = accounts.reset(connection, name, by=BY)
    assert visitor.post("/session/activation", json={"code": new.text, "password": PASSWORD}).status_code == 204


def end_on(engine: sa.Engine, name: str, day: date) -> None:
    """Let the activation code of an account end on a day."""
    with engines.transaction(engine) as connection:
        stored.change(connection, accounts.get(connection, name).id, activation_ends_on=day)


def test_a_changed_password_ends_every_other_session(door: TestClient, visitor: TestClient, add: Add) -> None:
    name = add()
    elsewhere = {"Authorization": f"Bearer {sign_in(visitor, name).cookies[COOKIE]}"}
    visitor.cookies.clear()
    sign_in(visitor, name)
    wrong = visitor.post("/session/password", json={"present": "another one", "wanted": "another-river-7"})
    assert wrong.status_code == 422
    changed = visitor.post("/session/password", json={"present": PASSWORD, "wanted": "another-river-7"})
    assert changed.status_code == 200
    assert visitor.get("/session").json()["name"] == name
    visitor.cookies.clear()
    assert door.get("/session", headers=elsewhere).json()["name"] is None
    assert door.get("/reports", headers=elsewhere).status_code == 401
    assert sign_in(visitor, name, "another-river-7").status_code == 200


def test_an_administrator_does_nothing_before_a_second_factor_is_set_up(visitor: TestClient, add: Add) -> None:
    name = add(Grant("administrator", CITY))
    assert sign_in(visitor, name).json()["second_factor_due"] is True
    assert visitor.get("/session").json()["second_factor_due"] is True
    assert visitor.get("/accounts").status_code == 401
    assert visitor.get("/grids").status_code == 200
    begun = visitor.get("/session/second-factor").json()
    assert begun["qr_svg"].startswith("<svg")
    secret = parse_qs(urlparse(begun["address"]).query)["secret"][0]
    totp = pyotp.TOTP(secret)
    wrong = visitor.post("/session/second-factor", json={"sealed": begun["sealed"], "code": "000000"})
    assert wrong.status_code == 422
    code = totp.at(datetime.now(UTC))
    assert visitor.post("/session/second-factor", json={"sealed": begun["sealed"], "code": code}).status_code == 204
    assert visitor.get("/accounts").status_code == 200
    visitor.cookies.clear()
    assert sign_in(visitor, name).headers["X-Sign-In"] == "code"
    # The same code is not taken again, and one of a step after it is.
    assert sign_in(visitor, name, code=code).status_code == 401
    following = totp.at(int(time.time()) + 30)
    assert sign_in(visitor, name, code=following).status_code == 200


def test_a_change_that_another_sites_page_asks_for_is_refused(visitor: TestClient, add: Add) -> None:
    sign_in(visitor, add(Grant("dispatcher", CITY)))
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}):
        assert (
            visitor.post("/session/password", json={"present": "x", "wanted": "y"}, headers=headers).status_code == 403
        )
    assert visitor.get("/reports", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


@pytest.mark.parametrize("separator", ["", "-", " "])
def test_a_password_does_not_hold_the_telephone_that_it_is_for(
    visitor: TestClient, town_engine: sa.Engine, separator: str
) -> None:
    name, telephone = f"someone-{next(NUMBERS)}", f"0000471{next(NUMBERS):04}"
    password = f"tel {separator.join(telephone)}"
    with pytest.raises(InvalidInputError, match="telephone"), engines.transaction(town_engine) as connection:
        accounts.add(connection, name, telephone=telephone, password=password, by=BY)
    with engines.transaction(town_engine) as connection:
        code = accounts.add(connection, name, telephone=telephone, by=BY)
    assert code is not None
    refused = visitor.post("/session/activation", json={"code": code.text, "password": password})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/password")
    assert visitor.post("/session/activation", json={"code": code.text, "password": PASSWORD}).status_code == 204
    sign_in(visitor, name)
    changed = visitor.post("/session/password", json={"present": PASSWORD, "wanted": password})
    assert (changed.status_code, changed.json()["errors"][0]["pointer"]) == (422, "/wanted")


def test_of_tries_at_once_no_more_are_judged_than_one_after_the_other(visitor: TestClient, add: Add) -> None:
    name = add()
    with ThreadPoolExecutor(12) as pool:
        tries = [pool.submit(visitor.post, "/session", json={"name": name, "password": "wrong"}) for _ in range(40)]
    judged = [one.result().status_code for one in tries]
    assert set(judged) <= {401, 429}
    assert judged.count(401) <= 10


@pytest.mark.parametrize("typed", ["000-{0} {1}", "+86 000{0}{1}", "０００{0}{1}", "(000) {0}-{1}"])
@pytest.mark.parametrize("stored", ["000{0}{1}", "+86 000-{0}-{1}"])
def test_a_telephone_signs_in_however_it_is_written(
    visitor: TestClient, town_engine: sa.Engine, stored: str, typed: str
) -> None:
    parts = ("4711", f"{next(NUMBERS):04}")
    with engines.transaction(town_engine) as connection:
        telephone = stored.format(*parts)
        accounts.add(connection, f"someone-{next(NUMBERS)}", telephone=telephone, password=PASSWORD, by=BY)
    answer = visitor.post("/session", json={"name": typed.format(*parts), "password": PASSWORD})
    assert answer.status_code == 200


@pytest.fixture
def reachable(town_engine: sa.Engine) -> tuple[str, str]:
    """The name and the telephone of an account."""
    name, telephone = f"somebody-{next(NUMBERS)}", f"000{next(NUMBERS):08d}"
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, name, telephone=telephone, password=PASSWORD, by=BY)
    return name, telephone


def test_a_telephone_and_a_name_are_counted_together(visitor: TestClient, reachable: tuple[str, str]) -> None:
    for typed in reachable * 5:
        assert visitor.post("/session", json={"name": typed, "password": "wrong"}).status_code == 401
    for typed in reachable:
        assert visitor.post("/session", json={"name": typed, "password": PASSWORD}).status_code == 401


def test_a_telephone_is_counted_as_one_however_it_is_written(visitor: TestClient, reachable: tuple[str, str]) -> None:
    _, telephone = reachable
    spellings = [
        telephone,
        f"+86 {telephone}",
        f"0086{telephone}",
        f"{telephone[:3]}-{telephone[3:]}",
        f" {telephone} ",
    ]
    tried = [visitor.post("/session", json={"name": typed, "password": "wrong"}) for typed in spellings * 3]
    assert [answer.status_code for answer in tried] == [401] * 10 + [429] * 5


def test_tries_with_a_name_do_not_tell_which_telephone_belongs_to_it(
    visitor: TestClient, reachable: tuple[str, str]
) -> None:
    def tried(typed: str) -> tuple[int, str]:
        answer = visitor.post("/session", json={"name": typed, "password": "wrong"})
        return answer.status_code, answer.headers["X-Sign-In"]

    name, telephone = reachable
    assert [tried(name) for _ in range(11)] == [(401, "wrong")] * 10 + [(429, "often")]
    assert tried(telephone) == tried(f"000{next(NUMBERS):08d}") == (401, "wrong")


def test_a_present_password_that_is_guessed_counts_as_a_sign_in_that_failed(visitor: TestClient, add: Add) -> None:
    sign_in(visitor, add())

    def changed(present: str) -> int:
        body = {"present": present, "wanted": "another-river-7"}
        return visitor.post("/session/password", json=body).status_code

    assert [changed(f"guess number {number}") for number in range(10)] == [422] * 10
    assert changed(PASSWORD) == 429


def test_a_header_that_is_no_token_does_not_let_another_sites_page_ride_on_the_cookie(
    visitor: TestClient, add: Add
) -> None:
    sign_in(visitor, add(Grant("dispatcher", CITY)))
    elsewhere = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    for sent in ("Basic eDp5", "Bearer ", "Bearer"):
        assert visitor.delete("/session", headers={**elsewhere, "Authorization": sent}).status_code == 403
    assert visitor.get("/session").json()["name"] is not None
