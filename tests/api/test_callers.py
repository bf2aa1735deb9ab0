"""Whom a token stands for is remembered, and forgotten at once when it changes, by whoever changed it.

Here it would be remembered for an hour: what is refused sooner, is not refused by the clock.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import Request
from fastapi.testclient import TestClient

from api import callers
from api.app import create_app
from api.callers import Callers
from api.event_stream import EventStream
from gis.db import accounts as stored
from gis.db import engine as engines
from gis.db.tables import audit_head, sessions
from gis.domain.credentials import digest
from gis.domain.staff import Grant
from gis.errors import NotSignedInError
from gis.services import accounts, keys
from gis.settings import Settings
from tests.conftest import CITY, NUMBERS
from tests.locks import comes, waits_for_a_lock
from tests.staff import BY, Add

CLERK = Grant("clerk", CITY)
Headers = dict[str, str]
SignedIn = Callable[..., Headers]


@pytest.fixture(autouse=True)
def _an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "REMEMBERED_S", 3600.0)


@pytest.fixture
def deaf(settings: Settings) -> Iterator[TestClient]:
    """A door that hears no bell: it knows what it did itself, and no more."""
    app = create_app(settings)
    with TestClient(app, raise_server_exceptions=False) as client:
        app.state.event_stream.stop()
        yield client


def name_of(door: TestClient, headers: Headers) -> str | None:
    """Return who the door takes for the sender of headers; None for nobody."""
    name: str | None = door.get("/session", headers=headers).json()["name"]
    return name


def take(connection: sa.Connection, name: str) -> None:
    accounts.take(connection, name, CLERK, by=BY)


def take_silently(connection: sa.Connection, name: str) -> None:
    """Take a role as who knows the tables does: no session ends."""
    assert stored.revoke(connection, accounts.get(connection, name).id, CLERK.role, CLERK.area)


def disable(connection: sa.Connection, name: str) -> None:
    accounts.disable(connection, name, by=BY)


def end_sessions(connection: sa.Connection, name: str) -> None:
    this = sessions.c.account_id == accounts.get(connection, name).id
    connection.execute(sa.delete(sessions).where(this))


@pytest.mark.parametrize(("change", "status"), [(take, 401), (take_silently, 403), (disable, 401), (end_sessions, 401)])
def test_what_another_process_or_the_terminal_takes_is_refused_as_soon_as_the_database_tells(
    door: TestClient,
    signed_in: SignedIn,
    town_engine: sa.Engine,
    change: Callable[[sa.Connection, str], None],
    status: int,
) -> None:
    name = f"clerk-{next(NUMBERS)}"
    headers = signed_in(CLERK, name=name)
    assert door.get("/reports?limit=1", headers=headers).status_code == 200
    with engines.transaction(town_engine) as connection:
        change(connection, name)
        assert door.get("/reports?limit=1", headers=headers).status_code == 200
    assert comes(lambda: door.get("/reports?limit=1", headers=headers).status_code == status)


def test_a_key_that_the_terminal_ends_is_refused_as_soon_as_the_database_tells(
    door: TestClient, add: Add, town_engine: sa.Engine
) -> None:
    name = add(CLERK, password=None, kind="system")
    with engines.transaction(town_engine) as connection:
        secret, key = keys.issue(connection, name, by=BY)
    headers = {"Authorization": f"Bearer {secret}"}
    assert door.get("/reports?limit=1", headers=headers).status_code == 200
    with engines.transaction(town_engine) as connection:
        keys.end(connection, name, key.id, by=BY)
    assert comes(lambda: door.get("/reports?limit=1", headers=headers).status_code == 401)


def test_a_role_that_another_process_gives_holds_as_soon_as_the_database_tells(
    door: TestClient, signed_in: SignedIn, town_engine: sa.Engine
) -> None:
    name = f"clerk-{next(NUMBERS)}"
    headers = signed_in(name=name)
    assert door.get("/reports?limit=1", headers=headers).status_code == 403
    with engines.transaction(town_engine) as connection:
        stored.grant(connection, accounts.get(connection, name).id, CLERK.role, CLERK.area)
    assert comes(lambda: door.get("/reports?limit=1", headers=headers).status_code == 200)


def test_two_processes_tell_each_other(settings: Settings, door: TestClient, signed_in: SignedIn) -> None:
    name = f"clerk-{next(NUMBERS)}"
    headers, administrator = signed_in(CLERK, name=name), signed_in(Grant("administrator", CITY))
    with TestClient(create_app(settings), raise_server_exceptions=False) as other:
        assert name_of(door, headers) == name_of(other, headers) == name
        assert other.post(f"/accounts/{name}/disable", headers=administrator).status_code == 204
        assert name_of(other, headers) is None
        assert comes(lambda: name_of(door, headers) is None)


@contextmanager
def before_its_commit(engine: sa.Engine, pool: ThreadPoolExecutor, ask: Callable[[], Any]) -> Iterator[None]:
    """Hold back what a door is asked at the last statement of its transaction while the block runs; then let it end."""
    with engine.begin() as connection:
        connection.execute(sa.select(audit_head).with_for_update())
        asked = pool.submit(ask)
        assert comes(lambda: waits_for_a_lock(engine, "with held"))
        yield
    assert asked.result(timeout=20).status_code in (200, 204)


@pytest.mark.parametrize("change", ["disable", "take", "give", "reset"])
def test_a_request_before_the_commit_does_not_keep_what_the_commit_ends(
    deaf: TestClient, signed_in: SignedIn, town_engine: sa.Engine, change: str
) -> None:
    name = f"clerk-{next(NUMBERS)}"
    headers, administrator = signed_in(CLERK, name=name), signed_in(Grant("administrator", CITY))
    named = {"take": {"role": CLERK.role, "area": CLERK.area}, "give": {"role": "planner", "area": CITY}}
    ask = {"url": f"/accounts/{name}/{change}", "json": named.get(change), "headers": administrator}
    with ThreadPoolExecutor(1) as pool, before_its_commit(town_engine, pool, lambda: deaf.post(**ask)):
        assert name_of(deaf, headers) == name
    assert name_of(deaf, headers) is None


def test_a_session_that_signs_out_is_nobodys_in_the_very_next_request(
    deaf: TestClient, signed_in: SignedIn, town_engine: sa.Engine
) -> None:
    name = f"clerk-{next(NUMBERS)}"
    headers = signed_in(CLERK, name=name)
    with (
        ThreadPoolExecutor(1) as pool,
        before_its_commit(town_engine, pool, lambda: deaf.delete("/session", headers=headers)),
    ):
        assert name_of(deaf, headers) == name
    assert deaf.get("/reports?limit=1", headers=headers).status_code == 401


def request_of(headers: Headers) -> Request:
    """Return a request with a token, as the server makes it."""
    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": raw})


def test_an_answer_from_before_is_not_remembered_afterwards(signed_in: SignedIn, town_engine: sa.Engine) -> None:
    name, known = f"clerk-{next(NUMBERS)}", Callers(town_engine)
    headers = signed_in(CLERK, name=name)
    token = headers["Authorization"].removeprefix("Bearer ")
    this = sessions.c.token_hash == digest(token)
    with engines.transaction(town_engine) as connection:
        # Seen long enough ago to be written down again, which waits for whoever holds the row.
        connection.execute(sa.update(sessions).where(this).values(seen_at=sa.func.now() - sa.text("interval '5 min'")))
    with ThreadPoolExecutor(1) as pool:
        with town_engine.begin() as holder:
            holder.execute(sa.select(sessions).where(this).with_for_update())
            asked = pool.submit(lambda: asyncio.run(known.of(request_of(headers))))
            assert comes(lambda: waits_for_a_lock(town_engine, "update sessions"))
            with engines.transaction(town_engine) as connection:
                stored.change(connection, accounts.get(connection, name).id, disabled_at=sa.func.now())
            known.forget()
        assert asked.result(timeout=20).name == name
    assert known.remembered(token) is None
    with pytest.raises(NotSignedInError):
        asyncio.run(known.of(request_of(headers)))


def test_who_listens_anew_forgets_since_nothing_was_heard_meanwhile(engine: sa.Engine) -> None:
    told = threading.Semaphore(0)
    stream = EventStream(engine, on_event=lambda event: None, on_callers=told.release)

    async def listen() -> None:
        stream.start()
        try:
            assert await asyncio.to_thread(told.acquire, timeout=20)
            with engine.begin() as connection:
                ended = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                assert connection.scalars(sa.text(f"{ended} and query ilike 'listen%'")).all() == [True]
            assert await asyncio.to_thread(told.acquire, timeout=20)
        finally:
            stream.stop()

    asyncio.run(listen())
