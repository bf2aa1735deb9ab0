"""Rows that were true at an instant."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

CITY_TIME = "Asia/Shanghai"


def in_force(table: sa.Table, at: datetime | None) -> sa.ColumnElement[bool]:
    """Return the condition that a versioned row is believed now and is so in the city at `at` (None: from now on).

    Without an instant the newest rows are meant, whose validity has no end.
    """
    believed = sa.func.upper_inf(table.c.known)
    if at is None:
        return sa.and_(believed, sa.func.upper_inf(table.c.valid))
    return sa.and_(believed, table.c.valid.contains(sa.literal(at, sa.TIMESTAMP(timezone=True))))


def from_instant(at: datetime) -> Any:
    """Return the range from an instant on, without end, as text that COPY and SQL read."""
    return f"[{at.isoformat()},)"


def end(connection: sa.Connection, table: sa.Table, which: sa.ColumnElement[bool], at: datetime) -> int:
    """End the validity of the rows in force that `which` selects, at an instant; return how many there were."""
    ended = sa.func.tstzrange(sa.func.lower(table.c.valid), sa.literal(at, sa.TIMESTAMP(timezone=True)))
    done = connection.execute(sa.update(table).where(in_force(table, None), which).values(valid=ended))
    return done.rowcount


def today() -> sa.ColumnElement[Any]:
    """Return the city's date by the database's clock."""
    return sa.cast(sa.func.timezone(CITY_TIME, sa.func.now()), sa.Date)


def holds_today(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that a row whose `valid` is a range of days holds today."""
    return table.c.valid.contains(today())
