"""Keys of systems: made, listed, ended, and what they may do."""

from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import engine as engines
from gis.domain.staff import Grant
from gis.services import keys
from tests.conftest import CITY
from tests.staff import BY, Add


def test_a_key_stands_for_a_system_within_its_rate(visitor: TestClient, add: Add, town_engine: sa.Engine) -> None:
    name = add(Grant("clerk", CITY), password=None, kind="system")
    with engines.transaction(town_engine) as connection:
        key, _ = keys.issue(connection, name, per_minute=3, by=BY)
    headers = {"Authorization": f"Bearer {key}"}
    answers = [visitor.get("/reports?limit=1", headers=headers) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 61
    assert visitor.get("/reports", headers={"Authorization": "Bearer wgk_no-such-key"}).status_code == 401


def test_a_request_with_a_body_is_counted_once_against_its_key(
    visitor: TestClient, add: Add, town_engine: sa.Engine
) -> None:
    name = add(Grant("clerk", CITY), password=None, kind="system")
    with engines.transaction(town_engine) as connection:
        key, _ = keys.issue(connection, name, per_minute=2, by=BY)
    headers = {"Authorization": f"Bearer {key}"}
    assert [visitor.post("/reports", json={}, headers=headers).status_code for _ in range(3)] == [422, 422, 429]


def test_a_key_is_made_told_once_listed_and_ended(client: TestClient, add: Add, signed_in: Any) -> None:
    headers = signed_in(Grant("administrator", CITY))
    name = add(Grant("clerk", CITY), password=None, kind="system")
    made = client.post(f"/accounts/{name}/keys", json={"days": 30, "per_minute": 60}, headers=headers)
    assert made.status_code == 201
    secret = made.json()["key"]
    (listed,) = client.get(f"/accounts/{name}/keys", headers=headers).json()["keys"]
    assert listed == {field: value for field, value in made.json().items() if field != "key"}
    assert listed["per_minute"] == 60
    as_system = {"Authorization": f"Bearer {secret}"}
    assert client.get("/reports?limit=1", headers=as_system).status_code == 200
    ended = f"/accounts/{name}/keys/{listed['id']}"
    assert client.delete(ended, headers=headers).status_code == 204
    assert client.get("/reports?limit=1", headers=as_system).status_code == 401
    assert client.get(f"/accounts/{name}/keys", headers=headers).json()["keys"] == []
    assert client.delete(ended, headers=headers).status_code == 404


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 731}, {"per_minute": 0}, {"days": "30"}, {"more": 1}])
def test_a_key_beyond_its_limits_is_refused_and_so_is_one_for_a_person(
    client: TestClient, add: Add, signed_in: Any, body: dict[str, Any]
) -> None:
    headers = signed_in(Grant("administrator", CITY))
    system, person = add(password=None, kind="system"), add()
    assert client.post(f"/accounts/{system}/keys", json=body, headers=headers).status_code == 422
    assert client.get(f"/accounts/{system}/keys", headers=headers).json()["keys"] == []
    assert client.post(f"/accounts/{person}/keys", json={}, headers=headers).status_code == 422
    assert client.get(f"/accounts/{person}/keys", headers=headers).status_code == 422
