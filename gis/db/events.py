"""Events: what happened, in the order of commits, and the bells that ring for it and for who may ask."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from gis.db.tables import events
from gis.errors import DatabaseUnavailableError

CHANNEL = "wangge_events"
# Rung by triggers (migration 0017) when a token may stand for somebody else, or for nobody.
CALLERS_CHANNEL = "wangge_callers"
# Any number that no other advisory lock of ours has.
ORDER = 4491
ERASED = "report.erased"


@dataclass(frozen=True)
class Event:
    """Something that happened: `kind` names what (``report.submitted``), `payload` is JSON for every open screen."""

    id: int
    at: datetime
    kind: str
    payload: dict[str, Any]


def append(connection: sa.Connection, kind: str, payload: Mapping[str, Any]) -> int:
    """Store an event and ring for it at commit; return its id. Make it the last statement of its transaction.

    The lock is held until commit, so ids become visible in order and a reader who has seen one has seen all before it.
    It costs nothing more: PostgreSQL itself lets one notifying transaction commit at a time.
    """
    held = sa.select(sa.func.pg_advisory_xact_lock(ORDER).label("held")).cte("held")
    event = sa.select(sa.literal(kind, sa.Text), sa.literal(dict(payload), JSONB)).select_from(held)
    row = sa.insert(events).from_select(["kind", "payload"], event)
    rung = sa.func.pg_notify(CHANNEL, sa.cast(events.c.id, sa.Text))
    return int(connection.execute(row.returning(events.c.id, rung)).one().id)


def forget(connection: sa.Connection, report_ids: Sequence[UUID]) -> None:
    """Remove what was told of reports, and have every process forget it; who resumes is sent what came after.

    Nobody is told of that: an `ERASED` event has no areas. It is stored as `append` does, so record what was done last.
    """
    named = events.c.payload["id"].astext.in_([str(report_id) for report_id in report_ids])
    connection.execute(sa.delete(events).where(events.c.kind == "report.submitted", named))
    append(connection, ERASED, {"ids": [str(report_id) for report_id in report_ids], "areas": []})


def after(connection: sa.Connection, last_id: int, limit: int, *, kinds: Collection[str] | None = None) -> list[Event]:
    """Return at most `limit` events that came after `last_id`, oldest first; `kinds` narrows to some."""
    query = sa.select(events).where(events.c.id > last_id).order_by(events.c.id).limit(limit)
    if kinds is not None:
        query = query.where(events.c.kind.in_(list(kinds)))
    return [Event(row.id, row.at, row.kind, row.payload) for row in connection.execute(query)]


def newest_id(connection: sa.Connection) -> int:
    """Return the id of the newest event; 0 when nothing ever happened."""
    return int(connection.scalar(sa.select(sa.func.coalesce(sa.func.max(events.c.id), 0))) or 0)


@contextmanager
def listening(engine: sa.Engine) -> Iterator[Callable[[float], set[str]]]:
    """Hold one connection outside the pool that listens.

    Yields a function that waits up to some seconds for a bell and returns the channels that rang.

    Raises
    ------
    DatabaseUnavailableError
        When the server cannot be reached, or the connection breaks while waiting.
    """
    try:
        pooled = engine.raw_connection()
        driver: psycopg.Connection[Any] = pooled.driver_connection  # type: ignore[assignment]
        # Out of the pool: it is held for as long as the process lives, and closed instead of given back.
        pooled.detach()
        try:
            driver.rollback()
            driver.autocommit = True
            driver.execute(f"listen {CHANNEL}; listen {CALLERS_CHANNEL}")
            # To the end: what one packet brings is lost where the driver is not asked for all of it.
            yield lambda timeout_s: {rung.channel for rung in driver.notifies(timeout=timeout_s, stop_after=1)}
        finally:
            pooled.close()
    except (psycopg.Error, sa.exc.OperationalError) as error:
        raise DatabaseUnavailableError("The database cannot be reached to listen for events.") from error
