"""Places as they are listed: grids and divisions at an instant, page by page, their geometry as GeoJSON text."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gis.db.moments import in_force
from gis.db.tables import divisions, grids, level2_grids
from gis.domain.grids import DIVISION_COLUMNS, GRID_COLUMNS
from gis.domain.places import DECIMALS, Box, Place


@dataclass(frozen=True)
class WantedGrids:
    """Which grids are asked for; None of a filter means all.

    `bbox` is west, south, east, north in degrees: grids that touch it. `at` is the instant at which they are in force.
    """

    bbox: Box | None = None
    kind: str | None = None
    village: str | None = None
    level2: str | None = None
    code: str | None = None
    at: datetime | None = None
    id: int | None = None


@dataclass(frozen=True)
class WantedDivisions:
    """Which divisions are asked for; None of a filter means all. `at` is the instant at which they are in force."""

    level: str | None = None
    parent: str | None = None
    code: str | None = None
    at: datetime | None = None


def grids_after(connection: sa.Connection, wanted: WantedGrids, *, after: int, limit: int) -> list[Place]:
    """Return at most `limit` grids with permanent ids above `after`, by id; properties are `GRID_COLUMNS`."""
    query = sa.select(*(grids.c[name] for name in GRID_COLUMNS), *_shown(grids, geometry=True))
    query = query.where(grids.c.id > after, *_grid_conditions(wanted)).order_by(grids.c.id).limit(limit)
    return [_place(row, "id", GRID_COLUMNS) for row in connection.execute(query).mappings()]


def grid(connection: sa.Connection, code: str, *, at: datetime | None) -> Place | None:
    """Return the grid with a code, or else the one with that permanent id, at an instant (None: the newest)."""
    found = grids_after(connection, WantedGrids(code=code, at=at), after=0, limit=1)
    if not found and code.isascii() and code.isdigit() and len(code) < 19:
        found = grids_after(connection, WantedGrids(id=int(code), at=at), after=0, limit=1)
    return found[0] if found else None


def _grid_conditions(wanted: WantedGrids) -> list[sa.ColumnElement[bool]]:
    equal = {
        "kind": wanted.kind,
        "village_code": wanted.village,
        "level2_code": wanted.level2,
        "code": wanted.code,
        "id": wanted.id,
    }
    asked = [grids.c[name] == value for name, value in equal.items() if value is not None]
    if wanted.bbox is not None:
        box = sa.func.ST_MakeEnvelope(*wanted.bbox, 4490)
        asked += [grids.c.boundary.op("&&")(box), sa.func.ST_Intersects(grids.c.boundary, box)]
    return [in_force(grids, wanted.at), *asked]


def divisions_after(
    connection: sa.Connection, wanted: WantedDivisions, *, after: str, limit: int, geometry: bool
) -> list[Place]:
    """Return at most `limit` divisions with codes above `after`, by code; properties are `DIVISION_COLUMNS` and label.

    `label` is a point inside, longitude latitude in degrees.
    """
    inside = sa.func.ST_PointOnSurface(divisions.c.boundary)
    label = sa.func.jsonb_build_array(*(sa.cast(_rounded(f(inside)), sa.Float) for f in (sa.func.ST_X, sa.func.ST_Y)))
    columns = [divisions.c[name] for name in DIVISION_COLUMNS]
    query = sa.select(*columns, label.label("label"), *_shown(divisions, geometry=geometry))
    equal = {"level": wanted.level, "parent_code": wanted.parent, "code": wanted.code}
    asked = [divisions.c[name] == value for name, value in equal.items() if value is not None]
    query = query.where(in_force(divisions, wanted.at), divisions.c.code > after, *asked)
    rows = connection.execute(query.order_by(divisions.c.code).limit(limit)).mappings()
    return [_place(row, "code", (*DIVISION_COLUMNS, "label")) for row in rows]


def tree(connection: sa.Connection, at: datetime | None) -> dict[str, dict[str, str | None]]:
    """Return level, name and parent_code of every division at an instant, by code in ascending order."""
    columns = [divisions.c[name] for name in ("code", "level", "name", "parent_code")]
    rows = connection.execute(sa.select(*columns).where(in_force(divisions, at)).order_by(divisions.c.code)).mappings()
    return {row["code"]: {name: row[name] for name in ("level", "name", "parent_code")} for row in rows}


def counts_by_village(connection: sa.Connection, at: datetime | None) -> dict[str, dict[str, int]]:
    """Return how many grids of each kind and how many level-2 grids each village has at an instant.

    Keys of the inner mapping: ``comprehensive``, ``dedicated`` (by home village), ``level2``.
    """
    leaves = sa.select(grids.c.village_code, grids.c.kind, sa.func.count()).where(in_force(grids, at))
    above = sa.select(level2_grids.c.village_code, sa.literal("level2"), sa.func.count())
    above = above.where(in_force(level2_grids, at)).group_by(level2_grids.c.village_code)
    found: dict[str, dict[str, int]] = {}
    for village, kind, count in connection.execute(
        leaves.group_by(grids.c.village_code, grids.c.kind).union_all(above)
    ):
        found.setdefault(village, {})[kind] = count
    return found


def _shown(table: sa.Table, *, geometry: bool) -> list[sa.ColumnElement[Any]]:
    """Return the columns from which `_place` takes box and geometry."""
    boundary = table.c.boundary
    sides = (sa.func.ST_XMin, sa.func.ST_YMin, sa.func.ST_XMax, sa.func.ST_YMax)
    columns: list[sa.ColumnElement[Any]] = [side(boundary).label(f"side{i}") for i, side in enumerate(sides)]
    # Option 0: no member `crs`, which RFC 7946 has dropped.
    text = sa.func.ST_AsGeoJSON(sa.func.ST_ForcePolygonCCW(boundary), DECIMALS, 0, type_=sa.Text)
    return [*columns, (text if geometry else sa.null()).label("geojson")]


def _rounded(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.round(sa.cast(value, sa.Numeric), DECIMALS)


def _place(row: sa.RowMapping, key: str, names: tuple[str, ...]) -> Place:
    box = (row["side0"], row["side1"], row["side2"], row["side3"])
    return Place(row[key], {name: row[name] for name in names}, box, row["geojson"])
