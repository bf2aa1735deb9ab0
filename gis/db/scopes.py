"""Where things stand that have no grid of their own: in which village and zone. It decides who may see them."""

from typing import Any

import sqlalchemy as sa

from gis.db.moments import in_force
from gis.db.tables import cameras, divisions, patrols, zones

PLACED = {
    cameras: cameras.c.location,
    # A track has no one place; half way along it is as good as any, and most stay in one village.
    patrols: sa.func.ST_LineInterpolatePoint(patrols.c.track, 0.5),
}


def place(connection: sa.Connection, *tables: sa.Table) -> None:
    """Note in which village and zone in force each camera, or each patrol, stands."""
    is_village = divisions.c.level == "village"
    for table in tables:
        where = PLACED[table]
        values = {
            "village_code": _around(divisions, table, where, is_village),
            "zone_code": _around(zones, table, where),
        }
        connection.execute(sa.update(table).values(values))


def _around(areas: sa.Table, table: sa.Table, where: Any, *conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """Return the code of the area in force that a place lies in; the lowest on a border, null outside."""
    covers = sa.and_(areas.c.boundary.op("&&")(where), sa.func.ST_Covers(areas.c.boundary, where))
    found = sa.select(areas.c.code).where(in_force(areas, None), covers, *conditions).order_by(areas.c.code).limit(1)
    return found.correlate(table).scalar_subquery()
