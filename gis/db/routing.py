"""Grids and zones near a point, by their indexes; the rule itself is `gis.domain.routing.decide`.

Every condition begins with `&&`, which the GiST index answers; `ST_Covers` counts the border as inside and is exact on
the lattice. Points are snapped by the caller.
"""

from datetime import datetime

import geopandas as gpd
import sqlalchemy as sa
from geoalchemy2 import Geometry

from gis.db.copying import SRID, read_frame, shape
from gis.db.moments import in_force
from gis.db.tables import grids, zones

COLUMNS = ("id", "code", "kind", "village_code", "level2_code")


def _point(lon: float, lat: float) -> sa.ColumnElement[object]:
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), SRID, type_=Geometry)


def _grids_where(connection: sa.Connection, condition: sa.ColumnElement[bool], at: datetime | None) -> gpd.GeoDataFrame:
    query = sa.select(*(grids.c[name] for name in COLUMNS), shape(grids.c.boundary))
    return read_frame(connection, query.where(condition, in_force(grids, at)).order_by(grids.c.id), "boundary")


def grids_covering(connection: sa.Connection, lon: float, lat: float, *, at: datetime | None) -> gpd.GeoDataFrame:
    """Return the grids of both kinds whose closed boundary covers a point at an instant, by permanent id.

    Columns `COLUMNS` and boundary (EPSG:4490).
    """
    point = _point(lon, lat)
    covers = sa.and_(grids.c.boundary.op("&&")(point), sa.func.ST_Covers(grids.c.boundary, point))
    return _grids_where(connection, covers, at)


def grids_near(
    connection: sa.Connection, bounds: tuple[float, float, float, float], *, at: datetime | None
) -> gpd.GeoDataFrame:
    """Return the grids whose boxes meet a box (west, south, east, north in degrees) at an instant, as above."""
    box = sa.func.ST_MakeEnvelope(*bounds, SRID, type_=Geometry)
    return _grids_where(connection, grids.c.boundary.op("&&")(box), at)


def zones_covering(connection: sa.Connection, lon: float, lat: float, *, at: datetime | None) -> gpd.GeoDataFrame:
    """Return the functional zones that cover a point at an instant: code, boundary (EPSG:4490), by code."""
    point = _point(lon, lat)
    covers = sa.and_(zones.c.boundary.op("&&")(point), sa.func.ST_Covers(zones.c.boundary, point))
    query = sa.select(zones.c.code, shape(zones.c.boundary)).where(covers, in_force(zones, at))
    return read_frame(connection, query.order_by(zones.c.code), "boundary")
