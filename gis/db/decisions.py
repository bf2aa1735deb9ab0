"""Names as of an instant, for as much of a plan as some answers need."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from gis.db.moments import in_force
from gis.db.tables import divisions, grids, level2_grids, zones
from gis.domain.decisions import DivisionName, GridName, Names


def names_at(
    connection: sa.Connection,
    at: datetime,
    *,
    grid_ids: Collection[int] = (),
    level2: Collection[str] = (),
    villages: Collection[str] = (),
    zone_codes: Collection[str] = (),
) -> Names:
    """Return the names in force at an instant of these grids, level-2 grids, villages with all above them, and zones.

    What was not in force then is left out.
    """
    return Names(
        grids=_grids(connection, at, grid_ids),
        level2=_by_code(connection, level2_grids, at, level2),
        divisions=_chains(connection, at, villages),
        zones=_by_code(connection, zones, at, zone_codes),
    )


def _grids(connection: sa.Connection, at: datetime, ids: Collection[int]) -> dict[int, GridName]:
    if not ids:
        return {}
    columns = (grids.c.id, grids.c.code, grids.c.name, grids.c.kind, grids.c.category, grids.c.village_code)
    rows = connection.execute(sa.select(*columns).where(in_force(grids, at), grids.c.id.in_(list(ids))))
    return {row.id: GridName(row.code, row.name, row.kind, row.category, row.village_code) for row in rows}


def _by_code(connection: sa.Connection, table: sa.Table, at: datetime, codes: Collection[str]) -> dict[str, str]:
    if not codes:
        return {}
    rows = connection.execute(sa.select(table.c.code, table.c.name).where(in_force(table, at), table.c.code.in_(codes)))
    return {row.code: row.name for row in rows}


def _chains(connection: sa.Connection, at: datetime, villages: Collection[str]) -> dict[str, DivisionName]:
    if not villages:
        return {}
    columns = (divisions.c.code, divisions.c.name, divisions.c.level, divisions.c.parent_code)
    chain = sa.select(*columns).where(in_force(divisions, at), divisions.c.code.in_(list(villages))).cte(recursive=True)
    parents = sa.select(*columns).where(in_force(divisions, at), divisions.c.code == chain.c.parent_code)
    rows = connection.execute(sa.select(chain.union(parents)))
    return {row.code: DivisionName(row.level, row.code, row.name, row.parent_code) for row in rows}
