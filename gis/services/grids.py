"""Grids, to be looked at: one, or page by page."""

from datetime import datetime

import sqlalchemy as sa

from gis.db import listings
from gis.db.listings import WantedGrids
from gis.domain.places import Place
from gis.errors import NotFoundError


def page(connection: sa.Connection, wanted: WantedGrids, *, after: int, limit: int) -> list[Place]:
    """Return at most `limit` wanted grids with permanent ids above `after`, by id."""
    return listings.grids_after(connection, wanted, after=after, limit=limit)


def get(connection: sa.Connection, code: str, *, at: datetime | None = None) -> Place:
    """Return the grid with a code, or with a permanent id, at an instant (None: now). Raises `NotFoundError`."""
    found = listings.grid(connection, code, at=at)
    if found is None:
        raise NotFoundError(f"There is no grid {code!r}" + (f" at {at.isoformat()}." if at else " now."))
    return found
