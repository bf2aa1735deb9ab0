"""Events: what happened since a place in the stream."""

from collections.abc import Collection

import sqlalchemy as sa

from gis.db import events
from gis.db.events import Event


def since(connection: sa.Connection, last_id: int, *, limit: int, kinds: Collection[str] | None = None) -> list[Event]:
    """Return at most `limit` events after `last_id` in the order of their commits; `kinds` narrows to some."""
    return events.after(connection, last_id, limit, kinds=kinds)


def newest_id(connection: sa.Connection) -> int:
    """Return the place of the newest event; 0 before the first."""
    return events.newest_id(connection)
