"""Every change is in the audit log once, with its change or not at all; so is every look at what is sensitive."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.access import ROWS
from api.app import create_app
from gis.db import engine as engines
from gis.db.cluster import OWNER
from gis.domain.audit import Recorded, Wanted
from gis.domain.staff import Grant
from gis.services import audit
from gis.settings import Settings
from tests.api.changes import CHANGES, ISSUER, QUESTIONS, VILLAGE, Change, Doors, picture
from tests.api.routes.test_reports import body
from tests.conftest import CITY
from tests.holdings import rows_of
from tests.identity_providers import known_as
from tests.staff import NOBODY

ROUTES_AND_CHANGES = [
    pytest.param(*route, prepare, id=f"{' '.join(route)} {number}")
    for route, prepared in CHANGES.items()
    for number, prepare in enumerate(prepared)
]
REFUSE_AT_COMMIT = """
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$;
create constraint trigger planted after insert on audit_texts deferrable initially deferred
    for each row execute function refuse();
"""
OTHER_VILLAGE = "210304015011"
IN_TOWN, IN_TOWN_TOO = "123.029,41.149,123.031,41.151", "123.0285,41.1485,123.0305,41.1505"


@pytest.fixture(scope="module")
def doors(
    settings: Settings, dispatcher: dict[str, str], town_engine: sa.Engine, signed_in: Callable[..., dict[str, str]]
) -> Iterator[Doors]:
    app = create_app(replace(settings, identity_provider=known_as(ISSUER)))
    with TestClient(app, raise_server_exceptions=False, headers=dispatcher) as client:
        yield Doors(client, town_engine, signed_in)


@pytest.fixture(scope="module")
def owner(town_engine: sa.Engine) -> Iterator[sa.Engine]:
    engine = engines.connect(town_engine.url.set(username=OWNER).render_as_string(hide_password=False))
    yield engine
    engine.dispose()


def recorded(engine: sa.Engine, *, after: int) -> list[Recorded]:
    with engines.transaction(engine) as connection:
        return audit.page(connection, Wanted(after=after))[::-1]


def end(engine: sa.Engine) -> int:
    with engines.transaction(engine) as connection:
        return audit.count(connection)


def test_every_route_that_changes_anything_is_asked_here() -> None:
    assert {route for route in ROWS if route[0] != "GET"} == CHANGES.keys() | QUESTIONS


@pytest.mark.parametrize(("method", "path", "prepare"), ROUTES_AND_CHANGES)
def test_a_change_is_recorded_once_with_who_did_it(doors: Doors, method: str, path: str, prepare: Change) -> None:
    asked = {"path": path, **prepare(doors)}
    before = end(doors.engine)
    answer = doors.ask(method, **asked)
    assert answer.is_success or "X-Sign-In" in answer.headers, answer.text
    (one,) = recorded(doors.engine, after=before)
    assert one.texts is not None
    signed_in = asked["headers"].get("Authorization", "").startswith("Bearer ") and one.row.action != "session.refused"
    # Who signs in or activates an account is known by then.
    assert (one.row.actor_id is not None) is (signed_in or one.row.action in ("session.opened", "account.activated"))
    assert (one.texts.actor_name != "") is (one.row.actor_id is not None)


def held(engine: sa.Engine) -> dict[str, object]:
    """Return what every table holds, but for the log of requests, which is written whatever comes of them."""
    with engine.connect() as connection:
        return {name: rows for name, rows in rows_of(connection).items() if "access_log" not in name}


@pytest.fixture
def failing_commit(owner: sa.Engine) -> Iterator[Callable[[], None]]:
    """A function after which no transaction with an audit row commits."""

    def fail() -> None:
        with owner.begin() as connection:
            connection.execute(sa.text(REFUSE_AT_COMMIT))

    yield fail
    with owner.begin() as connection:
        connection.execute(sa.text("drop trigger if exists planted on audit_texts; drop function if exists refuse()"))


@pytest.mark.parametrize(("method", "path", "prepare"), ROUTES_AND_CHANGES)
def test_a_change_that_cannot_be_recorded_is_not_made(
    doors: Doors, owner: sa.Engine, failing_commit: Callable[[], None], method: str, path: str, prepare: Change
) -> None:
    asked = {"path": path, **prepare(doors)}
    failing_commit()
    before = held(owner)
    answer = doors.ask(method, **asked)
    # A stream has begun to answer by then; it breaks off.
    assert answer.status_code == 500 or answer.headers["Content-Type"].startswith("text/event-stream")
    assert held(owner) == before


@pytest.mark.parametrize("route", sorted(QUESTIONS))
def test_a_question_is_no_change(doors: Doors, route: tuple[str, str]) -> None:
    before = end(doors.engine)
    assert doors.ask(*route, json={"datum": "cgcs2000", "points": [[123.024, 41.152]]}).status_code == 200
    assert recorded(doors.engine, after=before) == []


def test_the_same_report_or_photo_sent_again_is_no_change(doors: Doors) -> None:
    sent, photo = body(), picture()
    assert doors.ask("POST", "/reports", json=sent).status_code == 201
    assert doors.ask("PUT", "/photos", content=photo).status_code == 201
    before = end(doors.engine)
    assert doors.ask("POST", "/reports", json=sent).status_code == 200
    assert doors.ask("PUT", "/photos", content=photo).status_code == 200
    assert recorded(doors.engine, after=before) == []


def test_of_who_has_not_signed_in_no_address_is_kept_and_of_a_report_no_word(doors: Doors) -> None:
    before = end(doors.engine)
    kept = doors.ask("POST", "/reports", json=body(text="二号楼前积水"), headers=NOBODY).json()
    doors.ask("PUT", "/photos", content=picture(), headers=NOBODY)
    report, photo = recorded(doors.engine, after=before)
    assert report.row.subject == f"report:{kept['id']}"
    for one in (report, photo):
        assert one.texts is not None
        assert (one.row.actor_id, one.row.role, one.texts.actor_name, one.texts.address) == (None, None, "", "")
    assert "积水" not in str(report)
    assert "\\u79ef" not in str(report)


LOOKS: list[tuple[str, dict[str, Any], str, str]] = [
    ("/cameras", {"bbox": IN_TOWN}, "cameras.viewed", "division:210304015000"),
    ("/cameras", {}, "cameras.viewed", "division:210300000000"),
    ("/cameras/coverage", {"within": VILLAGE}, "cameras.viewed", f"division:{VILLAGE}"),
    ("/maps/cameras.html", {"within": VILLAGE}, "cameras.viewed", f"division:{VILLAGE}"),
    ("/patrols/coverage", {"within": VILLAGE}, "patrols.viewed", f"division:{VILLAGE}"),
    ("/patrols/coverage", {"bbox": IN_TOWN}, "patrols.viewed", "division:210304015000"),
    ("/maps/patrols.html", {"within": VILLAGE}, "patrols.viewed", f"division:{VILLAGE}"),
    ("/audit", {}, "audit.viewed", "audit:all"),
    ("/audit/export", {}, "audit.exported", "audit:all"),
]


@pytest.mark.parametrize(("path", "asked", "action", "subject"), LOOKS)
def test_a_look_at_what_is_sensitive_is_recorded(
    doors: Doors, path: str, asked: dict[str, Any], action: str, subject: str
) -> None:
    headers = doors.role("auditor" if "audit" in path else "dispatcher")
    before = end(doors.engine)
    assert doors.ask("GET", path, params=asked, headers=headers).status_code == 200
    (one,) = recorded(doors.engine, after=before)
    assert (one.row.action, one.row.subject) == (action, subject)
    assert one.row.actor_id is not None


def test_a_look_at_a_photo_is_recorded(doors: Doors) -> None:
    sha256 = doors.ask("PUT", "/photos", content=picture()).json()["sha256"]
    doors.ask("POST", "/reports", json=body(photos=[sha256]))
    headers, before = doors.role("dispatcher"), end(doors.engine)
    for _ in range(2):
        assert doors.ask("GET", f"/photos/{sha256}", headers=headers).status_code == 200
    assert [one.row.action for one in recorded(doors.engine, after=before)] == ["photo.viewed"]


def test_moving_the_map_about_a_town_is_one_look_of_each_account(doors: Doors) -> None:
    first, second, before = doors.role("dispatcher"), doors.role("planner"), end(doors.engine)
    for headers in (first, second):
        for bbox in (IN_TOWN, IN_TOWN_TOO, IN_TOWN):
            for path in ("/cameras", "/cameras/coverage"):
                assert doors.ask("GET", path, params={"bbox": bbox}, headers=headers).status_code == 200
    looks = recorded(doors.engine, after=before)
    assert [one.row.action for one in looks] == ["cameras.viewed"] * 2
    assert len({one.row.actor_id for one in looks}) == 2


def test_after_ten_minutes_it_is_another_look(doors: Doors, owner: sa.Engine) -> None:
    headers, before = doors.role("dispatcher"), end(doors.engine)
    for passed in ("9 minutes", "2 minutes"):
        doors.ask("GET", "/cameras", params={"bbox": IN_TOWN}, headers=headers)
        with owner.begin() as connection:
            connection.execute(
                sa.text("update audit_looks set at = at - cast(:passed as interval)"), {"passed": passed}
            )
    doors.ask("GET", "/cameras", params={"bbox": IN_TOWN}, headers=headers)
    assert len(recorded(doors.engine, after=before)) == 2


def test_a_look_that_cannot_be_recorded_is_not_answered(doors: Doors, failing_commit: Callable[[], None]) -> None:
    headers = doors.role("dispatcher")
    failing_commit()
    answer = doors.ask("GET", "/cameras", params={"bbox": IN_TOWN}, headers=headers)
    assert answer.status_code == 500
    assert "sector" not in answer.text


def test_a_map_that_is_not_sensitive_is_looked_at_freely(doors: Doors) -> None:
    headers, before = doors.signed_in(Grant("dispatcher", CITY)), end(doors.engine)
    for path in ("/hotspots", "/maps/hotspots.html", "/reports", "/grids", "/divisions", "/layers"):
        assert doors.ask(
            "GET", path, params={"within": OTHER_VILLAGE} if "hot" in path else {}, headers=headers
        ).is_success
    assert recorded(doors.engine, after=before) == []
