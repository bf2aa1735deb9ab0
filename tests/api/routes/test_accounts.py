"""Accounts: added, found and changed by an administrator."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import engine as engines
from gis.db.tables import grants
from gis.domain.audit import Actor, Wanted
from gis.domain.staff import Grant
from gis.services import accounts, audit, posts
from tests.conftest import CITY, NUMBERS
from tests.staff import BY, NOBODY, PASSWORD, Add, sign_in


def test_accounts_are_added_and_found_by_an_administrator(client: TestClient, signed_in: Any) -> None:
    headers = signed_in(Grant("administrator", CITY))
    name = f"新工-{next(NUMBERS)}"
    sent = {"name": name, "grants": [{"role": "leader", "area": "210304015017"}]}
    made = client.post("/accounts", json=sent, headers=headers)
    assert made.status_code == 201
    reset = client.post(f"/accounts/{name}/reset", headers=headers)
    assert made.json()["activation_ends_on"] == reset.json()["activation_ends_on"] > str(datetime.now(UTC).date())
    assert client.post("/accounts", json=sent, headers=headers).status_code == 409
    (found,) = client.get("/accounts", params={"name": name}, headers=headers).json()["accounts"]
    assert (found["name"], found["is_active"]) == (name, False)
    assert found["grants"] == [{"role": "leader", "area": "210304015017", "by_post": False, "last_on": None}]
    for grant in ({"role": "king", "area": CITY}, {"role": "leader", "area": "no area!"}):
        refused = client.post("/accounts", json={"name": "x", "grants": [grant]}, headers=headers)
        assert refused.status_code == 422
    given = client.post(f"/accounts/{name}/give", json={"role": "planner", "area": CITY}, headers=headers)
    taken = client.post(f"/accounts/{name}/take", json={"role": "leader", "area": "210304015017"}, headers=headers)
    assert (given.status_code, taken.status_code) == (204, 204)
    (found,) = client.get("/accounts", params={"name": name}, headers=headers).json()["accounts"]
    assert found["grants"] == [{"role": "planner", "area": CITY, "by_post": False, "last_on": None}]


def test_a_role_is_given_to_a_last_day_that_the_list_tells(
    client: TestClient, town_engine: sa.Engine, signed_in: Any
) -> None:
    headers, name = signed_in(Grant("administrator", CITY)), f"somebody-{next(NUMBERS)}"
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, name, by=BY)
        today = posts.today(connection)
    until, role = today + timedelta(days=6), {"role": "planner", "area": CITY}

    def give(last_on: date) -> int:
        sent = {**role, "last_on": str(last_on)}
        return client.post(f"/accounts/{name}/give", json=sent, headers=headers).status_code

    assert [give(today - timedelta(days=1)), give(until), give(until)] == [422, 204, 409]
    (found,) = client.get("/accounts", params={"name": name}, headers=headers).json()["accounts"]
    assert found["grants"] == [{**role, "by_post": False, "last_on": str(until)}]
    with engines.transaction(town_engine) as connection:
        days = sa.select(grants.c.valid).where(
            grants.c.role == "planner", sa.func.upper(grants.c.valid) == until + timedelta(1)
        )
        assert connection.execute(days).one().valid.lower == today
    ended = {**role, "last_on": str(until)}
    assert client.post(f"/accounts/{name}/take", json=ended, headers=headers).status_code == 422
    assert client.post(f"/accounts/{name}/take", json=role, headers=headers).status_code == 204


def test_a_role_that_comes_of_a_post_is_told_apart_and_not_taken(
    client: TestClient, town_engine: sa.Engine, signed_in: Any
) -> None:
    headers, name = signed_in(Grant("administrator", CITY)), f"somebody-{next(NUMBERS)}"
    held = {"role": "leader", "area": "210304015017"}
    with engines.transaction(town_engine) as connection:
        accounts.add(connection, name, by=BY)
        posts.appoint(connection, held["area"], name, by=BY)
    (found,) = client.get("/accounts", params={"name": name}, headers=headers).json()["accounts"]
    assert found["grants"] == [{**held, "by_post": True, "last_on": None}]
    refused = client.post(f"/accounts/{name}/take", json=held, headers=headers)
    assert (refused.status_code, "by a post" in refused.json()["detail"]) == (404, True)
    assert client.post(f"/accounts/{name}/give", json=held, headers=headers).status_code == 204
    (found,) = client.get("/accounts", params={"name": name}, headers=headers).json()["accounts"]
    assert found["grants"] == [{**held, "by_post": False, "last_on": None}]


def test_an_account_is_found_by_its_name_however_it_is_typed(client: TestClient, signed_in: Any) -> None:
    headers, number = signed_in(Grant("administrator", CITY)), next(NUMBERS)
    made = client.post("/accounts", json={"name": f"Ｇｒｉｄ-{number}"}, headers=headers).json()
    assert made["name"] == f"grid-{number}"
    for typed in (f"grid-{number}", f"GRID-{number}", f"Ｇrid-{number}"):
        (found,) = client.get("/accounts", params={"name": typed}, headers=headers).json()["accounts"]
        assert found["name"] == f"grid-{number}"
        assert client.post(f"/accounts/{typed}/enable", headers=headers).status_code == 204
    body = {"code": made["activation_code"], "password": PASSWORD}
    assert client.post("/session/activation", json=body, headers=NOBODY).status_code == 204
    session = client.post("/session", json={"name": f"ＧRID-{number}", "password": PASSWORD}, headers=NOBODY)
    client.cookies.clear()
    assert session.status_code == 200


def test_a_role_is_given_for_an_area_that_is_in_force(client: TestClient, signed_in: Any) -> None:
    headers, name = signed_in(Grant("administrator", CITY)), f"somebody-{next(NUMBERS)}"
    grid = "210304015017101001"
    areas = [CITY, "210304000000", "210304015017", grid[:15] + "000", grid, "Z01"]
    sent = {"name": name, "grants": [{"role": "planner", "area": area} for area in areas]}
    assert client.post("/accounts", json=sent, headers=headers).status_code == 201
    for area in ("210399000000", "210304015017999001", "2103Z99", "210304"):
        grant = {"role": "planner", "area": area}
        given = client.post(f"/accounts/{name}/give", json=grant, headers=headers)
        added = client.post("/accounts", json={"name": f"{name}-2", "grants": [grant]}, headers=headers)
        for refused in (given, added):
            assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/area")
            assert area in refused.json()["detail"]


def test_an_administrator_cannot_lock_themselves_out(
    client: TestClient, signed_in: Any, town_engine: sa.Engine
) -> None:
    name, grant = f"only-{next(NUMBERS)}", Grant("administrator", CITY)
    headers = signed_in(grant, name=name)
    disabled = client.post(f"/accounts/{name}/disable", headers=headers)
    sent = {"role": grant.role, "area": grant.area}
    taken = client.post(f"/accounts/{name}/take", json=sent, headers=headers)
    assert (disabled.status_code, taken.status_code) == (409, 409)
    assert "another administrator" in disabled.json()["detail"]
    assert "another administrator" in taken.json()["detail"]
    assert client.get("/accounts", headers=headers).status_code == 200
    with engines.transaction(town_engine) as connection:
        accounts.take(connection, name, grant, by=Actor("root", "terminal"))
        accounts.disable(connection, name, by=Actor("root", "terminal"))
        (left,) = accounts.page(connection, name=name)
    assert (left.grants, left.is_disabled) == ((), True)


def test_what_is_done_to_an_account_is_in_the_audit_log(
    visitor: TestClient, add: Add, signed_in: Any, town_engine: sa.Engine
) -> None:
    name = add(Grant("leader", "210304015017"))
    sign_in(visitor, name)
    visitor.cookies.clear()
    administrator = signed_in(Grant("administrator", CITY))
    visitor.post(f"/accounts/{name}/give", json={"role": "planner", "area": CITY}, headers=administrator)
    visitor.post(f"/accounts/{name}/disable", headers=administrator)
    with town_engine.connect() as connection:
        subject = f"account:{accounts.get(connection, name).id}"
        rows = audit.page(connection, Wanted(subject=subject))
        assert audit.verify(connection) == []
    assert [one.row.action for one in rows] == [
        "account.disabled",
        "role.given",
        "session.opened",
        "account.added",
    ]
    assert all(one.texts is not None and name in one.texts.shown for one in rows if one.row.action != "session.opened")
    assert rows[0].row.role == "administrator"
    assert rows[0].row.actor_id is not None
    assert PASSWORD not in str(rows)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_a_system_is_given_no_role_that_asks_for_a_second_factor(client: TestClient, signed_in: Any, role: str) -> None:
    headers = signed_in(Grant("administrator", CITY))
    name, grant = f"system-{next(NUMBERS)}", {"role": role, "area": CITY}
    added = client.post("/accounts", json={"name": name, "kind": "system", "grants": [grant]}, headers=headers)
    assert added.status_code == 422
    assert client.post("/accounts", json={"name": name, "kind": "system"}, headers=headers).status_code == 201
    assert client.post(f"/accounts/{name}/give", json=grant, headers=headers).status_code == 422
