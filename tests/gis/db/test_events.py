"""Events are seen in the order of their commits, once, by everyone who listens."""

import threading
from collections.abc import Callable

import sqlalchemy as sa

from gis.db import engine as engines
from gis.db import events


def test_events_come_back_in_order_after_a_place(connection: sa.Connection) -> None:
    first, second, third = (events.append(connection, "report.submitted", {"n": n}) for n in range(3))
    assert [event.id for event in events.after(connection, first, 10)] == [second, third]
    assert [event.payload for event in events.after(connection, second, 10)] == [{"n": 2}]
    assert events.newest_id(connection) == third


def test_a_kind_narrows_the_events(connection: sa.Connection) -> None:
    place = events.newest_id(connection)
    events.append(connection, "report.submitted", {})
    events.append(connection, "plan.published", {"revision": 7})
    found = events.after(connection, place, 10, kinds=["plan.published"])
    assert [event.payload for event in found] == [{"revision": 7}]


def test_nothing_ever_happened_in_an_empty_database(engine: sa.Engine) -> None:
    with engines.transaction(engine) as connection:
        assert events.newest_id(connection) == 0


def test_the_bell_rings_when_an_event_is_committed_and_not_before(engine: sa.Engine) -> None:
    with events.listening(engine) as wait:
        with engines.transaction(engine) as connection:
            events.append(connection, "report.submitted", {})
            assert not wait(0.2)
        assert wait(5)


def test_an_event_that_was_rolled_back_never_happened(engine: sa.Engine) -> None:
    with events.listening(engine) as wait:
        with engine.connect() as connection:
            events.append(connection, "report.submitted", {})
            connection.rollback()
        assert not wait(0.2)
    with engines.transaction(engine) as connection:
        assert events.after(connection, 0, 10) == []


def test_a_later_id_is_never_visible_before_an_earlier_one(engine: sa.Engine) -> None:
    holds, release = threading.Event(), threading.Event()

    def slow() -> None:
        with engines.transaction(engine) as connection:
            events.append(connection, "report.submitted", {"who": "slow"})
            holds.set()
            release.wait(5)

    def quick() -> None:
        with engines.transaction(engine) as connection:
            events.append(connection, "report.submitted", {"who": "quick"})

    first = threading.Thread(target=slow)
    first.start()
    assert holds.wait(5)
    second = threading.Thread(target=quick)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "the second writer waits for the first"
    release.set()
    first.join(5)
    second.join(5)
    with engines.transaction(engine) as connection:
        assert [event.payload["who"] for event in events.after(connection, 0, 10)] == ["slow", "quick"]


def test_a_number_is_drawn_only_by_who_holds_the_order(engine: sa.Engine) -> None:
    drawn = sa.text("select case when is_called then last_value else 0 end from events_id_seq")

    def write() -> None:
        with engines.transaction(engine) as connection:
            events.append(connection, "report.submitted", {})

    with engine.begin() as holder:
        holder.execute(sa.select(sa.func.pg_advisory_xact_lock(events.ORDER)))
        writer = threading.Thread(target=write)
        writer.start()
        writer.join(0.5)
        assert writer.is_alive()
        assert holder.scalar(drawn) == 0
    writer.join(5)
    with engines.transaction(engine) as connection:
        assert connection.scalar(drawn) == 1


HELD = """
insert into accounts (name) values ('someone');
insert into grants (account_id, role, area, valid) select id, 'clerk', '21', '[2020-01-01,]' from accounts;
insert into posts (account_id, role, area, valid) select id, 'leader', '21', '[2020-01-01,]' from accounts;
insert into sessions (token_hash, account_id, expires_at, is_whole) select '1', id, now() + '1 h', false from accounts;
insert into api_keys (key_hash, account_id, expires_at, per_minute) select '1', id, now() + '1 h', 9 from accounts;
"""


CHANGES = (
    "update accounts set disabled_at = now()",
    "update accounts set name = name",
    "insert into grants (account_id, role, area, valid) select id, 'clerk', '2', '[2020-01-01,]' from accounts",
    "update grants set valid = daterange(current_date - 1, current_date)",
    "delete from grants",
    "insert into posts (account_id, role, area, valid) select id, 'leader', '2', '[2020-01-01,]' from accounts",
    "update posts set substitute = true",
    "delete from posts",
    "update sessions set is_whole = true",
    "update sessions set expires_at = now()",
    "delete from sessions",
    "update api_keys set per_minute = 1",
    "delete from api_keys",
)
NO_CHANGES = (
    "update accounts set totp_counter = 7, password_hash = 'x'",
    "insert into sessions select '2', id, now(), now(), now() + '1 h', true from accounts",
    "update sessions set seen_at = now()",
    "insert into accounts (name) values ('another')",
)


def heard(engine: sa.Engine, wait: Callable[[float], set[str]], statement: str) -> set[str]:
    """Return the channels that ring for a statement, with an event behind it."""
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
        events.append(connection, "report.submitted", {})
    rung = wait(5)
    return rung if events.CHANNEL in rung else rung | wait(5)


def test_the_bell_of_callers_rings_for_what_changes_whom_a_token_stands_for(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text(HELD))
    with events.listening(engine) as wait:
        for statement in CHANGES:
            assert heard(engine, wait, statement) == {events.CHANNEL, events.CALLERS_CHANNEL}, statement
        for statement in NO_CHANGES:
            assert heard(engine, wait, statement) == {events.CHANNEL}, statement


def test_the_bell_of_callers_rings_once_however_many_rows_change(connection: sa.Connection) -> None:
    triggers = "select tgrelid::regclass::text, tgtype & 1 from pg_trigger where tgname = 'callers_changed'"
    of_rows = {table: is_of_rows for table, is_of_rows in connection.execute(sa.text(triggers))}
    assert of_rows == dict.fromkeys(("accounts", "api_keys", "grants", "posts", "sessions"), 0)
