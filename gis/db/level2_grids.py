"""Level-2 grids: unions of leaves inside one village."""

from collections.abc import Collection
from datetime import datetime

import geopandas as gpd
import sqlalchemy as sa

from gis.db.boxes import Boxes, touching
from gis.db.copying import copy_frame, read_frame, shape
from gis.db.moments import end, from_instant, in_force
from gis.db.tables import level2_grids
from gis.domain.grids import LEVEL2_COLUMNS


def at(connection: sa.Connection, instant: datetime | None = None, *, near: Boxes | None = None) -> gpd.GeoDataFrame:
    """Return the level-2 grids in force at an instant: `LEVEL2_COLUMNS` and `boundary` (EPSG:4490), by code.

    `near` narrows to those whose bounding box touches one of these boxes (degrees).
    """
    columns = [level2_grids.c[name] for name in LEVEL2_COLUMNS]
    query = sa.select(*columns, shape(level2_grids.c.boundary)).where(in_force(level2_grids, instant))
    if near is not None:
        query = query.where(level2_grids.c.version.in_(touching(level2_grids.c.boundary, level2_grids.c.version, near)))
    return read_frame(connection, query.order_by(level2_grids.c.code), "boundary")


def replace(
    connection: sa.Connection, frame: gpd.GeoDataFrame, *, codes: Collection[str], valid_from: datetime
) -> None:
    """End the level-2 grids of `codes` and put those of the frame in force."""
    end(connection, level2_grids, level2_grids.c.code.in_(list(codes)), valid_from)
    copy_frame(connection, level2_grids, frame, [*LEVEL2_COLUMNS, "boundary"], valid=from_instant(valid_from))
