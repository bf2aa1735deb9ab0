"""History: many past reports taken in at once, each routed by the plan that was in force when it was captured."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import sqlalchemy as sa

from gis.db import history, plans
from gis.domain.reports import Submission, check
from gis.domain.routing import PlanIndex
from gis.errors import Fault, InvalidInputError, NoPlanError
from gis.services import plans as published
from gis.services import reports

FAULTS_SHOWN = 100
MOST_PLANS = 100_000


def unknown(connection: sa.Connection, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the rows whose id is stored nowhere yet, `id` in its usual form.

    Raises `InvalidInputError` for what is no UUID, and for an id that stands twice.
    """
    ids = [_uuid(value) for value in frame["id"]]
    bad = [Fault(f"row {row + 1}, column id", "This is not a UUID.") for row, value in enumerate(ids) if value is None]
    twice = pd.Series(ids, dtype=object).duplicated()
    bad += [Fault(f"row {row + 1}, column id", "The id stands twice.") for row in np.flatnonzero(twice).tolist()]
    if bad:
        raise InvalidInputError(f"{len(bad)} reports have no id of their own: {bad[0].detail}", bad[:FAULTS_SHOWN])
    stored = history.known(connection, [value for value in ids if value])
    fresh = [value not in stored for value in ids]
    return frame.assign(id=[str(value) for value in ids])[fresh]


def load(connection: sa.Connection, frame: gpd.GeoDataFrame, *, limit_m: float) -> int:
    """Store the reports that are not stored yet, with their assignments; return how many.

    `frame` has the columns of `nouns.NOUNS["reports"]` and points `location` (EPSG:4490, on the lattice). Where a row
    has no original coordinates of its own, its location in CGCS2000 stands for them. A report from before the first
    plan is routed by the first. Points up to `limit_m` metres outside the city are snapped.

    Raises
    ------
    InvalidInputError
        With the row and column of each value that no report can have.
    NoPlanError
        When no plan was ever published.
    """
    new = with_originals(unknown(connection, frame)).reset_index(drop=True)
    _check(new, plans.clock(connection))
    for rows, index in _by_plan(connection, new, limit_m):
        for is_synthetic, alike in rows.groupby("synthetic"):
            reports.load(connection, alike, index, synthetic=bool(is_synthetic))
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


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _check(frame: gpd.GeoDataFrame, now: datetime) -> None:
    faults = []
    for place, row in enumerate(frame.itertuples(index=False)):
        try:
            check(_submission(row), now=now)
        except InvalidInputError as error:
            where = f"report {row.id}, row {place + 1}, column "
            faults += [Fault(where + fault.pointer.removeprefix("/"), fault.detail) for fault in error.faults]
    if faults:
        raise InvalidInputError(
            f"{len(faults)} values cannot be those of a report: {faults[0].pointer}: {faults[0].detail}",
            faults[:FAULTS_SHOWN],
        )


def _submission(row: Any) -> Submission:
    return Submission(
        id=UUID(row.id),
        x=float(row.original_x),
        y=float(row.original_y),
        datum=row.datum,
        category=row.category,
        captured_at=row.captured_at.to_pydatetime(),
        text=row.text,
        accuracy_m=None if pd.isna(row.accuracy_m) else float(row.accuracy_m),
        channel=row.channel,
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
