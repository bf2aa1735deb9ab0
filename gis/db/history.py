"""History: past reports and patrols as a whole, for files."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gis.db.copying import read_frame, shape
from gis.db.photos import photos_of
from gis.db.tables import assignments, grids, patrols, plans, reports
from gis.domain.patrols import PATROL_COLUMNS
from gis.domain.reports import DECISION_COLUMNS

REPORT_COLUMNS = (
    "captured_at",
    "channel",
    "category",
    "text",
    "original_x",
    "original_y",
    "datum",
    "accuracy_m",
    "synthetic",
)
WHOLE_COLUMNS = ("revision", "grid_id", "dedicated_id")


def known(connection: sa.Connection, ids: Collection[UUID]) -> set[UUID]:
    """Return those ids under which a report is stored."""
    wanted = sa.select(sa.func.unnest(sa.literal(list(ids), sa.ARRAY(sa.UUID(as_uuid=True)))))
    return set(connection.scalars(sa.select(reports.c.id).where(reports.c.id.in_(wanted))))


def all_reports(connection: sa.Connection) -> gpd.GeoDataFrame:
    """Return every report, oldest number first: id as text, `REPORT_COLUMNS`, `DECISION_COLUMNS`, point `location`.

    `grid` and `dedicated` are the codes that held in the plan which decided, `photos` hashes with blanks between.
    """
    grid, dedicated = grids.alias("comprehensive"), grids.alias("dedicated")
    query = (
        sa.select(
            sa.cast(reports.c.id, sa.Text),
            *(reports.c[name] for name in REPORT_COLUMNS),
            grid.c.code.label("grid"),
            dedicated.c.code.label("dedicated"),
            *(assignments.c[name] for name in DECISION_COLUMNS),
            sa.func.array_to_string(photos_of(reports.c.id), " ").label("photos"),
            shape(reports.c.location),
        )
        .outerjoin(assignments, assignments.c.report_id == reports.c.id)
        .outerjoin(plans, plans.c.revision == assignments.c.revision)
        .outerjoin(grid, _is_of_plan(grid, assignments.c.grid_id))
        .outerjoin(dedicated, _is_of_plan(dedicated, assignments.c.dedicated_id))
        .order_by(reports.c.number)
    )
    frame = read_frame(connection, query, "location")
    # A column of whole numbers with gaps comes out of the database as floats.
    whole = frame.astype(dict.fromkeys(WHOLE_COLUMNS, "Int64"))
    return whole.assign(captured_at=pd.to_datetime(whole["captured_at"], utc=True))


def _is_of_plan(table: sa.FromClause, grid_id: sa.Column[Any]) -> sa.ColumnElement[bool]:
    """Tell whether a version of a grid is that of the deciding plan."""
    held = table.c.valid.contains(plans.c.in_force_at)
    return sa.and_(table.c.id == grid_id, held, sa.func.upper_inf(table.c.known))


def all_patrols(connection: sa.Connection) -> gpd.GeoDataFrame:
    """Return every patrol by start: `PATROL_COLUMNS` and LineString `track`, EPSG:4490."""
    columns = [patrols.c[name] for name in PATROL_COLUMNS]
    query = sa.select(*columns, shape(patrols.c.track)).order_by(patrols.c.started_at, patrols.c.id)
    frame = read_frame(connection, query, "track")
    return frame.assign(**{name: pd.to_datetime(frame[name], utc=True) for name in ("started_at", "ended_at")})
