"""Grids and zones near a point, by their indexes; the rule itself is `gis.domain.routing.decide`.

Every condition begins with `&&`, which the GiST index answers; `ST_Covers` counts the border as inside and is exact on
the lattice. Points are snapped by the caller.
"""

from datetime import datetime

import shapely
import sqlalchemy as sa
from geoalchemy2 import Geometry

from gis.db.copying import SRID, shape
from gis.db.moments import in_force
from gis.db.tables import grids, zones
from gis.domain.routing import Candidate

GRID_COLUMNS = ("kind", "level2_code", "village_code")


def _candidates(connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> list[Candidate]:
    """Return the rows of grids or of zones that meet all conditions."""
    columns = [table.c[name] for name in ("id", *GRID_COLUMNS) if name in table.c]
    query = sa.select(table.c.code, shape(table.c.boundary), *columns).where(*conditions)
    if "id" not in table.c:
        query = query.add_columns(table.c.version.label("id"))
    rows = connection.execute(query).mappings().all()
    shapes = shapely.from_wkb([row["boundary"] for row in rows])
    return [Candidate(**{**row, "boundary": boundary}) for row, boundary in zip(rows, shapes, strict=True)]


def _covers(table: sa.Table, lon: float, lat: float) -> sa.ColumnElement[bool]:
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), SRID, type_=Geometry)
    return sa.and_(table.c.boundary.op("&&")(point), sa.func.ST_Covers(table.c.boundary, point))


def grids_covering(connection: sa.Connection, lon: float, lat: float, *, at: datetime | None) -> list[Candidate]:
    """Return the grids of both kinds whose closed boundary covers a point (degrees) at an instant."""
    return _candidates(connection, grids, _covers(grids, lon, lat), in_force(grids, at))


def grids_near(
    connection: sa.Connection, bounds: tuple[float, float, float, float], *, at: datetime | None
) -> list[Candidate]:
    """Return the grids whose boxes meet a box (west, south, east, north in degrees) at an instant."""
    box = sa.func.ST_MakeEnvelope(*bounds, SRID, type_=Geometry)
    return _candidates(connection, grids, grids.c.boundary.op("&&")(box), in_force(grids, at))


def grid_of_code(connection: sa.Connection, code: str, *, at: datetime | None) -> Candidate | None:
    """Return the comprehensive grid that had a code at an instant, or None."""
    found = _candidates(connection, grids, grids.c.code == code, grids.c.kind == "comprehensive", in_force(grids, at))
    return found[0] if found else None


def zones_covering(connection: sa.Connection, lon: float, lat: float, *, at: datetime | None) -> list[Candidate]:
    """Return the functional zones that cover a point (degrees) at an instant."""
    return _candidates(connection, zones, _covers(zones, lon, lat), in_force(zones, at))
