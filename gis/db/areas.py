"""Areas to draw values on: the footprints of comprehensive grids, or whole villages, in force now."""

from collections.abc import Collection
from typing import Any

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from gis.db.copying import read_frame, shape
from gis.db.moments import in_force
from gis.db.scopes import in_zones, inside
from gis.db.tables import divisions, grids
from gis.domain.staff import EVERYWHERE, Scope

Bounds = tuple[float, float, float, float]


def under(connection: sa.Connection, code: str) -> pd.DataFrame:
    """Return a division and all below it: code, name, level, parent_code, ordered by code; empty when unknown."""
    columns = [divisions.c[name] for name in ("code", "name", "level", "parent_code")]
    tree = sa.select(*columns).where(in_force(divisions, None), divisions.c.code == code).cte("tree", recursive=True)
    below = sa.select(*columns).where(in_force(divisions, None), divisions.c.parent_code == tree.c.code)
    found = connection.execute(sa.select(tree.union_all(below)).order_by("code"))
    return pd.DataFrame(found.all(), columns=list(found.keys()))


def holding(connection: sa.Connection, bbox: Bounds | None) -> str | None:
    """Return the code of the smallest town, county or city that holds all of a box; the city's where none does.

    None of a box stands for everywhere; without any division there is no code.
    """
    ranks = {"town": 0, "county": 1, "city": 2}
    rank = sa.case(ranks, value=divisions.c.level)
    known = sa.select(divisions.c.code).where(in_force(divisions, None), divisions.c.level.in_(ranks))
    if bbox is not None:
        area = envelope(bbox)
        holds = divisions.c.boundary.op("&&")(area) & sa.func.ST_Covers(divisions.c.boundary, area)
        found = connection.scalar(known.where(holds).order_by(rank).limit(1))
        if found is not None:
            return str(found)
    return connection.scalar(known.order_by(rank.desc(), divisions.c.code).limit(1))


def count_footprints(
    connection: sa.Connection, villages: Collection[str] | None, bbox: Bounds | None, scope: Scope
) -> int:
    """Return how many footprints `footprints` would return; stacked grids share one."""
    apart = sa.select(sa.func.count(sa.distinct(grids.c.boundary))).where(_comprehensive(villages, bbox, scope))
    return int(connection.scalar(apart) or 0)


def footprints(
    connection: sa.Connection, villages: Collection[str] | None, bbox: Bounds | None, scope: Scope
) -> gpd.GeoDataFrame:
    """Return one row a footprint of comprehensive grids: id (lowest of a stack), code, name, village_code, boundary.

    Parameters
    ----------
    villages : home villages' codes; None for all.
    bbox : west, south, east, north in EPSG:4490 degrees; None for everywhere.
    scope : areas that may be seen.
    """
    columns = (grids.c.id, grids.c.code, grids.c.name, grids.c.village_code, shape(grids.c.boundary))
    query = sa.select(*columns).where(_comprehensive(villages, bbox, scope))
    lowest_first = query.ext(distinct_on(grids.c.boundary)).order_by(grids.c.boundary, grids.c.id)
    return read_frame(connection, lowest_first, "boundary").sort_values("id", ignore_index=True)


def outlines(
    connection: sa.Connection, codes: Collection[str] | None, levels: Collection[str], *, scope: Scope = EVERYWHERE
) -> gpd.GeoDataFrame:
    """Return divisions of some levels, all or of some codes, in a scope: code, name, level, boundary; by code."""
    columns = (divisions.c.code, divisions.c.name, divisions.c.level, shape(divisions.c.boundary))
    query = sa.select(*columns).where(in_force(divisions, None), divisions.c.level.in_(list(levels)))
    if scope != EVERYWHERE:
        query = query.where(sa.or_(inside(divisions, scope), in_zones(divisions, scope)))
    if codes is not None:
        query = query.where(divisions.c.code.in_(list(codes)))
    return read_frame(connection, query.order_by(divisions.c.code), "boundary")


def labels(connection: sa.Connection, ids: Collection[int]) -> pd.DataFrame:
    """Return id, code, name, lon, lat (a point inside, EPSG:4490 degrees) of the grids in force with these ids."""
    inside = sa.func.ST_PointOnSurface(grids.c.boundary)
    columns = (grids.c.id, grids.c.code, grids.c.name, sa.func.ST_X(inside), sa.func.ST_Y(inside))
    wanted = sa.select(sa.func.unnest(sa.literal([int(i) for i in ids], sa.ARRAY(sa.BigInteger))))
    found = connection.execute(sa.select(*columns).where(in_force(grids, None), grids.c.id.in_(wanted)))
    return pd.DataFrame(found.all(), columns=["id", "code", "name", "lon", "lat"])


def envelope(bbox: Bounds) -> Any:
    """Return west, south, east, north in EPSG:4490 degrees as a rectangle in SQL."""
    return sa.func.ST_MakeEnvelope(*(float(edge) for edge in bbox), 4490)


def _comprehensive(villages: Collection[str] | None, bbox: Bounds | None, scope: Scope) -> sa.ColumnElement[bool]:
    asked = [in_force(grids, None), grids.c.kind == "comprehensive"]
    if scope != EVERYWHERE:
        asked.append(sa.or_(inside(grids, scope), in_zones(grids, scope)))
    if villages is not None:
        asked.append(grids.c.village_code.in_(list(villages)))
    if bbox is not None:
        asked += [grids.c.boundary.op("&&")(envelope(bbox)), sa.func.ST_Intersects(grids.c.boundary, envelope(bbox))]
    return sa.and_(*asked)
