"""Functional zones (功能区): a dated overlay over the tree of divisions."""

from datetime import datetime

import geopandas as gpd
import sqlalchemy as sa

from gis.db.copying import copy_frame, read_frame, shape
from gis.db.moments import end, from_instant, in_force
from gis.db.tables import zones
from gis.domain.grids import ZONE_COLUMNS


def at(connection: sa.Connection, instant: datetime | None = None) -> gpd.GeoDataFrame:
    """Return the zones in force at an instant: `ZONE_COLUMNS` and `boundary` (EPSG:4490), by code."""
    columns = [zones.c[name] for name in ZONE_COLUMNS]
    query = sa.select(*columns, shape(zones.c.boundary)).where(in_force(zones, instant))
    return read_frame(connection, query.order_by(zones.c.code), "boundary")


def replace(connection: sa.Connection, frame: gpd.GeoDataFrame, *, valid_from: datetime) -> None:
    """Put a whole new set of zones in force from an instant on; the old one stays as history."""
    end(connection, zones, sa.true(), valid_from)
    copy_frame(connection, zones, frame, [*ZONE_COLUMNS, "boundary"], valid=from_instant(valid_from))
