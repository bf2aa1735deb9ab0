"""Grids, to be looked at: one, or page by page; and whether rows of a file may have the ids that they bring."""

from datetime import datetime

import geopandas as gpd
import sqlalchemy as sa

from gis.db import grids, listings
from gis.db.listings import WantedGrids
from gis.domain.merging import id_faults
from gis.domain.places import Place
from gis.errors import InvalidInputError, NotFoundError


def page(connection: sa.Connection, wanted: WantedGrids, *, after: int, limit: int) -> list[Place]:
    """Return at most `limit` wanted grids with permanent ids above `after`, by id."""
    return listings.grids_after(connection, wanted, after=after, limit=limit)


def get(connection: sa.Connection, code: str, *, at: datetime | None = None) -> Place:
    """Return the grid with a code, or with a permanent id, at an instant (None: now). Raises `NotFoundError`."""
    found = listings.grid(connection, code, at=at)
    if found is None:
        raise NotFoundError(f"There is no grid {code!r}" + (f" at {at.isoformat()}." if at else " now."))
    return found


def check_ids(connection: sa.Connection, present: gpd.GeoDataFrame, given: gpd.GeoDataFrame) -> None:
    """Refuse rows whose id is not that of their code now, or was ever another grid's, by row and column.

    Raises `InvalidInputError`.
    """
    owners = grids.codes_of(connection, given["id"].dropna())
    wrong = id_faults(present, given, owners=owners)
    if wrong:
        raise InvalidInputError(f"The ids of grids are permanent: {wrong[0].pointer}: {wrong[0].detail}", wrong)
