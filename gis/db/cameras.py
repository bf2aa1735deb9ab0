"""Cameras: places, angles and ranges."""

import geopandas as gpd
import sqlalchemy as sa

from gis.db import scopes
from gis.db.areas import Bounds, envelope
from gis.db.copying import copy_frame, read_frame, shape
from gis.db.tables import cameras
from gis.domain.cameras import CAMERA_COLUMNS, MEASURES
from gis.domain.staff import Scope


def read(
    connection: sa.Connection, *, scope: Scope, bbox: Bounds | None = None, limit: int | None = None
) -> gpd.GeoDataFrame:
    """Return the cameras of a scope: `CAMERA_COLUMNS` and points `location` (EPSG:4490), by code.

    `bbox` is west, south, east, north in EPSG:4490 degrees and asks where cameras stand, not what they see.
    """
    columns = [cameras.c[name] for name in CAMERA_COLUMNS]
    query = sa.select(*columns, shape(cameras.c.location)).where(scopes.inside(cameras, scope))
    query = query.order_by(cameras.c.code).limit(limit)
    if bbox is not None:
        query = query.where(cameras.c.location.op("&&")(envelope(bbox)))
    # A frame without rows has no types of its own.
    return read_frame(connection, query, "location").astype(dict.fromkeys(MEASURES, "float64"))


def longest_range_m(connection: sa.Connection) -> float:
    """Return the farthest that any camera sees, in metres; 0 without cameras."""
    return float(connection.scalar(sa.select(sa.func.max(cameras.c.range_m))) or 0.0)


def replace(connection: sa.Connection, frame: gpd.GeoDataFrame) -> None:
    """Put a whole new register in place of the old: `CAMERA_COLUMNS` and points `location` in EPSG:4490."""
    connection.execute(sa.delete(cameras))
    copy_frame(connection, cameras, frame, [*CAMERA_COLUMNS, "location"])
    scopes.place(connection, cameras)
