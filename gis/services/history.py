"""History: many past reports taken in at once, each routed by the plan that was in force when it was captured."""

from collections.abc import Iterator
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from gis.db import history, plans
from gis.domain.routing import PlanIndex
from gis.domain.routing_rules import Rule
from gis.errors import NoPlanError
from gis.services import plans as published
from gis.services import reports

MOST_PLANS = 100_000


def unknown(connection: sa.Connection, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows whose id is stored nowhere yet, `id` in its usual form."""
    ids = [UUID(str(value)) for value in frame["id"]]
    stored = history.known(connection, ids)
    fresh = [value not in stored for value in ids]
    return frame.assign(id=[str(value) for value in ids])[fresh]


def load(connection: sa.Connection, frame: gpd.GeoDataFrame, *, rule: Rule) -> int:
    """Store the reports that are not stored yet, with their assignments; return how many.

    `frame` has the columns of `nouns.NOUNS["reports"]` and points `location` (EPSG:4490, on the lattice), its values
    judged when it was read (`files.values`). Where a row has no original coordinates of its own, its location in
    CGCS2000 stands for them. A report from before the first plan is routed by the first. `rule` has
    the limits of routing.

    Raises
    ------
    NoPlanError
        When no plan was ever published.
    """
    new = with_originals(unknown(connection, frame)).reset_index(drop=True)
    for rows, index in _by_plan(connection, new, rule.snap_limit_m):
        for is_synthetic, alike in rows.groupby("synthetic"):
            reports.load(connection, alike, index, rule=rule, synthetic=bool(is_synthetic))
    return len(new)


def with_originals(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return reports with original coordinates and datum in every row."""
    bare = frame["original_x"].isna() | frame["original_y"].isna() | frame["datum"].isna()
    points = frame.geometry
    return frame.assign(
        original_x=frame["original_x"].where(~bare, points.x),
        original_y=frame["original_y"].where(~bare, points.y),
        datum=frame["datum"].where(~bare, "cgcs2000"),
    )


def _by_plan(
    connection: sa.Connection, frame: gpd.GeoDataFrame, limit_m: float
) -> Iterator[tuple[gpd.GeoDataFrame, PlanIndex]]:
    """Yield the reports of each plan that was in force when they were captured, with its index."""
    known = plans.before(connection, None, limit=MOST_PLANS)
    starts = pd.DatetimeIndex(sorted(plan.in_force_at for plan in known))
    if starts.empty:
        raise NoPlanError("No plan is in force yet; load a city first.")
    chosen = np.maximum(starts.searchsorted(pd.DatetimeIndex(frame["captured_at"]), side="right") - 1, 0)
    for place in np.unique(chosen).tolist():
        plan = published.in_force(connection, starts[place].to_pydatetime())
        yield frame[chosen == place], PlanIndex(plan, limit_m)
