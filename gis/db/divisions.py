"""Divisions: the administrative tree, in force and past."""

from datetime import datetime

import geopandas as gpd
import sqlalchemy as sa

from gis.db.copying import copy_frame, read_frame, shape
from gis.db.moments import end, from_instant, in_force
from gis.db.tables import divisions
from gis.domain.grids import DIVISION_COLUMNS


def at(connection: sa.Connection, instant: datetime | None = None) -> gpd.GeoDataFrame:
    """Return the divisions in force at an instant: `DIVISION_COLUMNS` and `boundary` (EPSG:4490), by code."""
    columns = [divisions.c[name] for name in DIVISION_COLUMNS]
    query = sa.select(*columns, shape(divisions.c.boundary)).where(in_force(divisions, instant))
    return read_frame(connection, query.order_by(divisions.c.code), "boundary")


def replace(connection: sa.Connection, frame: gpd.GeoDataFrame, *, valid_from: datetime) -> None:
    """Put a whole new tree in force from an instant on; the old one stays as history."""
    end(connection, divisions, sa.true(), valid_from)
    copy_frame(connection, divisions, frame, [*DIVISION_COLUMNS, "boundary"], valid=from_instant(valid_from))
