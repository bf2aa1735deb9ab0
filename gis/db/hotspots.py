"""Reports summed by place, for maps of where they lie thick."""

from collections.abc import Collection

import pandas as pd
import sqlalchemy as sa

from gis.db.scopes import inside
from gis.db.tables import assignments, reports
from gis.domain.hotspots import TALLY_COLUMNS
from gis.domain.periods import Period
from gis.domain.staff import Scope

FINEST_DEG = 0.0005  # some 40 m by 55 m in Anshan: one row of the tally


def tally(
    connection: sa.Connection,
    period: Period,
    *,
    scope: Scope,
    category: str | None = None,
    villages: Collection[str] | None = None,
) -> pd.DataFrame:
    """Return a tally (see `gis.domain.hotspots`) of the reports captured in a period.

    Parameters
    ----------
    scope : areas that may be seen.
    category : one category of reports; None for all.
    villages : codes of the villages that reports were routed to; None for all reports, those outside included.
    """
    x, y = sa.func.ST_X(reports.c.location), sa.func.ST_Y(reports.c.location)
    query = (
        sa.select(assignments.c.grid_id, assignments.c.village_code, sa.func.avg(x), sa.func.avg(y), sa.func.count())
        .select_from(reports.outerjoin(assignments, assignments.c.report_id == reports.c.id))
        .where(reports.c.captured_at >= period.since, reports.c.captured_at < period.until, inside(assignments, scope))
        .group_by(assignments.c.grid_id, assignments.c.village_code)
        .group_by(sa.func.floor(x / FINEST_DEG), sa.func.floor(y / FINEST_DEG))
    )
    if category is not None:
        query = query.where(reports.c.category == category)
    if villages is not None:
        query = query.where(assignments.c.village_code.in_(list(villages)))
    # By columns: pandas takes five times as long to part rows.
    columns = list(zip(*connection.execute(query).all(), strict=True)) or [()] * len(TALLY_COLUMNS)
    frame = pd.DataFrame(dict(zip(TALLY_COLUMNS, columns, strict=True)))
    return frame.astype({"grid_id": "Int64", "lon": "float64", "lat": "float64", "count": "int64"})
