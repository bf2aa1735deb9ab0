"""Who may see a row: where things stand that have no grid of their own, and the filter of everybody who asks."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from gis.db.moments import in_force
from gis.db.tables import assignments, cameras, divisions, grids, level2_grids, patrols, zones
from gis.domain.staff import WHOLE

PLACED = {
    cameras: cameras.c.location,
    # A track has no one place; half way along it is as good as any, and most stay in one village.
    patrols: sa.func.ST_LineInterpolatePoint(patrols.c.track, 0.5),
}


# What says to which area a row belongs, table by table; the policies look at the same columns.
AREAS: dict[sa.Table, tuple[sa.Column[Any], ...]] = {
    assignments: tuple(assignments.c[f"{name}_code"] for name in ("post", "level2", "village", "zone")),
    cameras: (cameras.c.village_code, cameras.c.zone_code),
    patrols: (patrols.c.post, patrols.c.village_code, patrols.c.zone_code),
    grids: (grids.c.code, grids.c.village_code),
    divisions: (divisions.c.code,),
}


# Not by its beginning: what lies in a zone is there for who has the whole code of it.
ZONE = "zone_code"


def inside(table: sa.Table, scope: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that rows of a table lie in a scope (see `gis.domain.staff`).

    It is the service's own filter. The policies of the database are under it and say the same, but the planner cannot
    see through them; ranges of codes it can estimate, and find by an index.
    """
    if "*" in scope:
        return sa.true()
    named = (begins(code, one) for one in scope for code in AREAS[table] if one.startswith(WHOLE) or code.name != ZONE)
    return sa.or_(sa.false(), *named)


def in_zones(table: sa.Table, scope: Collection[str]) -> sa.ColumnElement[bool]:
    """Return the condition that areas of a table lie in a functional zone of a scope, which their codes do not tell."""
    named = zones.c.code.in_([one.removeprefix(WHOLE) for one in scope if one.startswith(WHOLE)])
    place = sa.func.ST_PointOnSurface(table.c.boundary)
    covers = sa.and_(zones.c.boundary.op("&&")(place), sa.func.ST_Covers(zones.c.boundary, place))
    return sa.exists().where(in_force(zones, None), named, covers)


def names(connection: sa.Connection, scope: Collection[str]) -> list[str]:
    """Return what the areas of a scope are called, by code: divisions, zones, level-2 grids, grids in force."""
    starts = [one.removeprefix(WHOLE) for one in scope]
    codes = [spelt for start in starts for spelt in (start, start.ljust(12, "0"), f"{start}000")]
    tables = (divisions, zones, level2_grids, grids)
    each = (sa.select(t.c.code, t.c.name).where(in_force(t, None), t.c.code.in_(codes)) for t in tables)
    return list(connection.scalars(sa.select(sa.union(*each).subquery().c.name).order_by(sa.text("1"))))


def begins(code: sa.ColumnElement[Any], prefix: str) -> sa.ColumnElement[bool]:
    """Return the condition that a code begins with a prefix, as a range where that is digits, or is a whole code."""
    if prefix.startswith(WHOLE):
        return code == prefix.removeprefix(WHOLE)
    least = prefix.rstrip("9")
    if not (least.isascii() and least.isdigit()):
        return code.op("^@")(prefix)
    # Digits sort alike in every collation.
    return sa.and_(code >= prefix, code < f"{least[:-1]}{int(least[-1]) + 1}")


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
