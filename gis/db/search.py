"""Search: grids, level-2 grids, zones and divisions in force, by the start of a code or a part of a name."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gis.db.areas import Bounds, envelope
from gis.db.moments import in_force
from gis.db.tables import divisions, grids, level2_grids, zones
from gis.domain.places import Box

# In the order in which equally good finds are shown.
TABLES = {"division": divisions, "zone": zones, "level2": level2_grids, "grid": grids}
# What a find is worth beside addresses: code, start of a code, name, start of a name, part of a name.
SCORES = (1.0, 0.95, 0.9, 0.85, 0.7)
# From which column the chain of divisions follows; a zone lies across them.
ABOVE = {"division": divisions.c.code, "level2": level2_grids.c.village_code, "grid": grids.c.village_code}


@dataclass(frozen=True)
class Found:
    """Something that was found.

    `kind` is a key of `TABLES`, `division` the code where its chain of divisions begins, `center` a point inside and
    `bbox` its west, south, east, north, in degrees (EPSG:4490). `score` is one of `SCORES`.
    """

    kind: str
    code: str
    name: str
    division: str | None
    center: tuple[float, float]
    bbox: Box
    score: float


def find(connection: sa.Connection, text: str, *, bbox: Bounds | None = None, limit: int) -> list[Found]:
    """Return at most `limit` finds, the best first: code, start of a code, name, start of a name, part of a name.

    `bbox` is west, south, east, north in degrees (EPSG:4490); None for everywhere.
    """
    each = [_matches(kind, text, bbox, limit) for kind in TABLES]
    best = sa.union_all(*each).subquery()
    order = (best.c.rank, best.c.nth, sa.func.length(best.c.name), best.c.code)
    rows = connection.execute(sa.select(best).order_by(*order).limit(limit)).all()
    shapes = {kind: _shapes(connection, kind, [row.version for row in rows if row.kind == kind]) for kind in TABLES}
    return [
        Found(row.kind, row.code, row.name, row.division, *shapes[row.kind][row.version], SCORES[row.rank])
        for row in rows
    ]


def divisions_over(connection: sa.Connection, lon: float, lat: float) -> str | None:
    """Return the code of the smallest division that covers a point in degrees (lowest code on a border), or None."""
    point = sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), 4490)
    covers = sa.and_(divisions.c.boundary.op("&&")(point), sa.func.ST_Covers(divisions.c.boundary, point))
    depth = sa.case({"city": 0, "county": 1, "town": 2, "village": 3}, value=divisions.c.level)
    query = sa.select(divisions.c.code).where(in_force(divisions, None), covers)
    code: str | None = connection.scalar(query.order_by(depth.desc(), divisions.c.code).limit(1))
    return code


def _matches(kind: str, text: str, bbox: Bounds | None, limit: int) -> Any:
    """Select what matches in one table. The text is looked for as it is: it holds no wildcards."""
    table = TABLES[kind]
    code, name, small = table.c.code, sa.func.lower(table.c.name), text.lower()
    starts = code.startswith(text, autoescape=True)
    rank = sa.case(
        (code == text, 0),
        (starts, 1),
        (name == small, 2),
        (name.startswith(small, autoescape=True), 3),
        else_=4,
    )
    columns: list[sa.ColumnElement[Any]] = [
        sa.literal(kind).label("kind"),
        sa.literal(list(TABLES).index(kind)).label("nth"),
        table.c.version,
        code,
        table.c.name,
        ABOVE.get(kind, sa.cast(sa.null(), sa.Text)).label("division"),
        rank.label("rank"),
    ]
    query = sa.select(*columns).where(in_force(table, None), starts | (sa.func.strpos(name, small) > 0))
    if bbox is not None:
        query = query.where(table.c.boundary.op("&&")(envelope(bbox)))
    best = query.order_by(rank, sa.func.length(table.c.name), code).limit(limit).subquery()
    return sa.select(best)


def _shapes(connection: sa.Connection, kind: str, versions: list[int]) -> dict[int, tuple[tuple[float, float], Box]]:
    table = TABLES[kind]
    inside, shape = sa.func.ST_PointOnSurface(table.c.boundary), table.c.boundary
    numbers = [sa.func.ST_X(inside), sa.func.ST_Y(inside)]
    numbers += [side(shape) for side in (sa.func.ST_XMin, sa.func.ST_YMin, sa.func.ST_XMax, sa.func.ST_YMax)]
    rows = connection.execute(sa.select(table.c.version, *numbers).where(table.c.version.in_(versions)))
    return {version: ((x, y), (west, south, east, north)) for version, x, y, west, south, east, north in rows}
