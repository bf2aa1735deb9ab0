"""Grids: every version of every leaf, comprehensive and dedicated."""

from collections.abc import Collection
from datetime import datetime

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from gis.db.boxes import Boxes, touching
from gis.db.copying import copy_frame, read_frame, shape
from gis.db.moments import end, from_instant, in_force
from gis.db.tables import grid_ids, grids
from gis.domain.grids import GRID_COLUMNS


def at(
    connection: sa.Connection,
    instant: datetime | None = None,
    *,
    level2_codes: Collection[str] | None = None,
    kind: str | None = None,
    near: Boxes | None = None,
) -> gpd.GeoDataFrame:
    """Return the grids in force at an instant: `GRID_COLUMNS` and `boundary` (EPSG:4490), by permanent id.

    `level2_codes` narrows to the leaves of these level-2 grids, `kind` to comprehensive or dedicated ones, `near` to
    those whose bounding box touches one of these boxes (degrees).
    """
    query = sa.select(*(grids.c[name] for name in GRID_COLUMNS), shape(grids.c.boundary))
    query = query.where(in_force(grids, instant)).order_by(grids.c.id)
    if level2_codes is not None:
        query = query.where(grids.c.level2_code.in_(list(level2_codes)))
    if kind is not None:
        query = query.where(grids.c.kind == kind)
    if near is not None:
        query = query.where(grids.c.version.in_(touching(grids.c.boundary, grids.c.version, near)))
    return read_frame(connection, query, "boundary")


def new_ids(connection: sa.Connection, count: int) -> npt.NDArray[np.int64]:
    """Return `count` permanent numbers that no grid ever had, ascending; files may have brought some of their own."""
    found: set[int] = set()
    while len(found) < count:
        series = sa.func.generate_series(1, count - len(found))
        drawn = list(connection.scalars(sa.select(grid_ids.next_value()).select_from(series)))
        found |= set(drawn) - codes_of(connection, drawn).keys()
    return np.sort(np.fromiter(found, dtype=np.int64, count=count))


def codes_of(connection: sa.Connection, ids: Collection[int]) -> dict[int, set[str]]:
    """Return the codes that each of these permanent numbers ever had; without those that no grid had."""
    wanted = sa.select(sa.func.unnest(sa.literal([int(i) for i in ids], sa.ARRAY(sa.BigInteger))))
    found: dict[int, set[str]] = {}
    for number, code in connection.execute(sa.select(grids.c.id, grids.c.code).where(grids.c.id.in_(wanted))):
        found.setdefault(number, set()).add(code)
    return found


def close(connection: sa.Connection, ids: Collection[int], *, valid_to: datetime) -> int:
    """End the versions in force of these permanent ids; return how many there were."""
    wanted = sa.select(sa.func.unnest(sa.literal([int(i) for i in ids], sa.ARRAY(sa.BigInteger))))
    return end(connection, grids, grids.c.id.in_(wanted), valid_to)


def append(connection: sa.Connection, frame: gpd.GeoDataFrame, *, revision: int, valid_from: datetime) -> None:
    """Put new versions in force from an instant on, as part of a plan."""
    columns = [*GRID_COLUMNS, "boundary"]
    copy_frame(connection, grids, frame, columns, revision=revision, valid=from_instant(valid_from))
