"""The audit log by HTTP: pages, filters, files, and the proof that it is whole."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import engine as engines
from gis.db.cluster import OWNER
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import audit
from gis.settings import Settings
from tests.conftest import CITY, NUMBERS

SignIn = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def auditor(signed_in: SignIn) -> dict[str, str]:
    return signed_in(Grant("auditor", CITY))


@pytest.fixture
def name() -> str:
    """A name that nobody in the log has yet."""
    return f"operator-{next(NUMBERS)}"


def record(engine: sa.Engine, name: str, action: str, subject: str, **values: object) -> int:
    with engines.transaction(engine) as connection:
        return audit.record(connection, Actor(name, "terminal").did(action, subject, **values))


def asked(client: httpx.Client, headers: dict[str, str], **query: Any) -> dict[str, Any]:
    answer = client.get("/audit", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    told: dict[str, Any] = answer.json()
    return told


def positions(told: dict[str, Any]) -> list[int]:
    return [row["position"] for row in told["rows"]]


def test_a_row_says_who_did_what_to_what_and_shows_its_values(
    client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, name: str
) -> None:
    position = record(town_engine, name, "role.given", "account:17", role="planner", area=CITY)
    (row,) = asked(client, auditor, who=name)["rows"]
    said = {"position": position, "actor_name": name, "role": "terminal", "action": "role.given"}
    assert said.items() <= row.items()
    assert (row["subject"], row["after"], row["is_erased"]) == ("account:17", {"role": "planner", "area": CITY}, False)
    with engines.transaction(town_engine) as connection:
        audit.erase_texts(connection, [position])
    (row,) = asked(client, auditor, after=position - 1, limit=1, action="role.given")["rows"]
    assert (row["actor_name"], row["reason"], row["after"], row["is_erased"]) == (None, None, {}, True)


def test_filters_narrow(client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, name: str) -> None:
    first = record(town_engine, name, "account.disabled", "account:17", note="调动 Moved")
    second = record(town_engine, name, "account.enabled", "account:170")
    third = record(town_engine, name, "accounts.listed", "accounts:all")
    found = {row["position"]: row for row in asked(client, auditor, who=name)["rows"]}
    assert list(found) == [third, second, first]
    assert positions(asked(client, auditor, who=name, action="account")) == [second, first]
    assert positions(asked(client, auditor, who=name, action="account.disabled")) == [first]
    assert positions(asked(client, auditor, who=name, subject="account")) == [second, first]
    assert positions(asked(client, auditor, who=name, subject="account:17")) == [first]
    assert positions(asked(client, auditor, who=name, since=found[second]["at"])) == [third, second]
    assert positions(asked(client, auditor, who=name, until=found[second]["at"])) == [first]
    assert positions(asked(client, auditor, who=name, after=first)) == [third, second]
    for text in ("调动", "MOVED", name):
        assert first in positions(asked(client, auditor, text=text, who=name))
    assert positions(asked(client, auditor, who=name, text="50%")) == []


def test_an_account_is_found_by_its_name_and_by_its_number_in_the_log(
    client: TestClient, auditor: dict[str, str], signed_in: SignIn, name: str
) -> None:
    client.get("/cameras", headers=signed_in(Grant("dispatcher", CITY), name=name))
    (row,) = asked(client, auditor, who=name.upper())["rows"]
    assert row["actor_id"] is not None
    assert (row["action"], row["role"]) == ("cameras.viewed", "dispatcher")


def test_pages_follow_each_other_while_rows_are_added(
    client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, name: str
) -> None:
    written = [record(town_engine, name, "photo.stored", f"photo:{number}") for number in range(5)]
    first = asked(client, auditor, who=name, limit=2)
    record(town_engine, name, "photo.stored", "photo:5")
    second = asked(client, auditor, who=name, limit=2, cursor=first["next"])
    third = asked(client, auditor, who=name, limit=2, cursor=second["next"])
    assert positions(first) + positions(second) + positions(third) == written[::-1]
    assert third["next"] is None
    other = client.get("/audit", params={"who": "another", "cursor": first["next"]}, headers=auditor)
    assert [fault["pointer"] for fault in other.json()["errors"]] == ["/query/cursor"]


def test_reading_is_recorded_once_an_hour_however_long_one_follows(
    client: TestClient, signed_in: SignIn, name: str
) -> None:
    headers = signed_in(Grant("auditor", CITY), name=name)
    for _ in range(3):
        newest = asked(client, headers, limit=1)["rows"][0]["position"]
        asked(client, headers, after=newest)
    assert [row["action"] for row in asked(client, headers, who=name)["rows"]] == ["audit.viewed"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_file_holds_the_wanted_rows_inert_and_that_it_was_made_is_recorded(
    client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, kind: str
) -> None:
    name = f"=operator-{next(NUMBERS)}"
    written = [record(town_engine, name, "photo.stored", f"photo:{number}") for number in range(3)]
    answer = client.get("/audit/export", params={"who": name, "format": kind}, headers=auditor)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="audit.{kind}"'
    if kind == "csv":
        rows = list(csv.DictReader(io.StringIO(answer.text)))
        assert {row["actor_name"] for row in rows} == {f"'{name}"}
    else:
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert {row["actor_name"] for row in rows} == {name}
    assert [int(row["position"]) for row in rows] == written
    newest = asked(client, auditor, action="audit.exported", limit=1)["rows"][0]
    assert newest["after"] == {"asked": {"who": name, "format": kind}}


def events_of(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    return [json.loads(line.removeprefix("data: ")) for line in answer.text.split("\n\n") if line]


def test_the_log_is_proved_whole_against_its_signed_heads(
    client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, settings: Settings, name: str
) -> None:
    position = record(town_engine, name, "photo.stored", "photo:1")
    with engines.transaction(town_engine) as connection:
        audit.sign_head(connection, keys=settings.keys, heads=settings.audit_heads)
    known = client.get("/audit/verification", headers=auditor).json()
    assert (known["rows"], known["signed"]["position"]) == (position, position)
    progress, last = events_of(client.post("/audit/verification", headers=auditor))
    assert progress == {"done": position, "total": position}
    assert (last["rows"], last["findings"], last["more"]) == (position, [], 0)
    assert last["signed"] == known["signed"]
    verified = asked(client, auditor, action="audit.verified", limit=1)["rows"][0]
    assert verified["after"] == {"rows": position, "findings": 0}


def test_rows_that_were_tampered_with_are_told_by_their_numbers(
    client: TestClient, auditor: dict[str, str], town_engine: sa.Engine, name: str
) -> None:
    written = [record(town_engine, name, "photo.stored", f"photo:{number}") for number in range(120)]
    owner = engines.connect(town_engine.url.set(username=OWNER).render_as_string(hide_password=False))
    change = sa.text("update audit_texts set reason = :said where position = any(:some)")
    with owner.begin() as connection:
        connection.execute(change, {"said": "because", "some": written})
    last = events_of(client.post("/audit/verification", headers=auditor))[-1]
    assert {found["kind"] for found in last["findings"]} == {"texts"}
    assert [found["position"] for found in last["findings"]] == written[:100]
    assert last["more"] == 20
    with owner.begin() as connection:
        connection.execute(change, {"said": "", "some": written})
    owner.dispose()
    assert events_of(client.post("/audit/verification", headers=auditor))[-1]["findings"] == []


def test_the_log_is_verified_once_at_a_time(client: TestClient, auditor: dict[str, str]) -> None:
    from api.routes import audit as door

    with door._verifying:
        answer = client.post("/audit/verification", headers=auditor)
    assert answer.status_code == 429
    assert answer.headers["Retry-After"] == "10"


@pytest.mark.parametrize("path", ["/audit", "/audit/export", "/audit/verification"])
def test_only_auditors_of_the_whole_city_read_it(client: TestClient, signed_in: SignIn, path: str) -> None:
    for role, area, status in (
        ("auditor", CITY, 200),
        ("auditor", "210304015000", 403),
        ("administrator", CITY, 403),
        ("dispatcher", CITY, 403),
    ):
        assert client.get(path, headers=signed_in(Grant(role, area))).status_code == status, (role, area)
    # Who is an auditor of one town and something else of the city is no auditor of the city.
    both = signed_in(Grant("auditor", "210304015000"), Grant("dispatcher", CITY))
    assert client.get(path, headers=both).status_code == 403


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ({"action": "Account disabled"}, "/query/action"),
        ({"since": "yesterday"}, "/query/since"),
        ({"who": ""}, "/query/who"),
        ({"after": "-1"}, "/query/after"),
        ({"limit": "501"}, "/query/limit"),
        ({"cursor": "x"}, "/query/cursor"),
    ],
)
def test_what_cannot_be_asked_is_told_with_its_place(
    client: TestClient, auditor: dict[str, str], query: dict[str, str], place: str
) -> None:
    answer = client.get("/audit", params=query, headers=auditor)
    assert answer.is_client_error
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [place]
