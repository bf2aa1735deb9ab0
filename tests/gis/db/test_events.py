"""Events are seen in the order of their commits, once, by everyone who listens."""

import threading

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
