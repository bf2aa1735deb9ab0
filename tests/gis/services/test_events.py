"""Events since a place, some kinds of them, and no more than was asked for."""

import sqlalchemy as sa

from gis.db import events as stored
from gis.services import events


def test_a_reader_goes_on_from_where_it_was_in_bounded_steps(connection: sa.Connection) -> None:
    place = events.newest_id(connection)
    numbers = [stored.append(connection, "report.submitted", {"n": n}) for n in range(5)]
    first = events.since(connection, place, limit=3)
    rest = events.since(connection, first[-1].id, limit=3)
    assert [event.id for event in [*first, *rest]] == numbers
    assert events.newest_id(connection) == numbers[-1]
    assert events.since(connection, place, limit=3, kinds=["plan.published"]) == []
