"""Routing by the database: the same answers as the index in memory, for any instant."""

from datetime import datetime

import sqlalchemy as sa

from gis.db import plans
from gis.db import routing as near
from gis.domain import coordinates
from gis.domain.borders import reach
from gis.domain.routing import SNAP_LIMIT_M, Answer, decide


def route_in_database(
    connection: sa.Connection,
    lon: float,
    lat: float,
    *,
    at: datetime | None = None,
    limit_m: float = SNAP_LIMIT_M,
) -> Answer:
    """Return where a point (CGCS2000 degrees) belonged at an instant (None: the newest plan).

    The database finds by its indexes what covers the point or, where no grid does, what is near; the rule of
    `gis.domain.routing` decides among these, so that the answer is that of `PlanIndex` to the last bit.
    Raises `InvalidGeometryError` for coordinates that are no degrees.
    """
    lon, lat = float(coordinates.snap(lon)), float(coordinates.snap(lat))
    # What follows is read as of that plan's own instant: another may be published between two of these statements.
    plan = plans.newest(connection, at)
    instant = plan.in_force_at if plan else at
    grids = near.grids_covering(connection, lon, lat, at=instant)
    if not any(grid.kind == "comprehensive" for grid in grids):
        east, north = (float(degrees) for degrees in reach(lat, limit_m))
        grids = near.grids_near(connection, (lon - east, lat - north, lon + east, lat + north), at=instant)
    zones = near.zones_covering(connection, lon, lat, at=instant)
    revision = plan.revision if plan else None
    return decide(lon, lat, grids=grids, zones=zones, limit_m=limit_m, revision=revision)
