"""Corrections: the decision on a report that holds, and those that were believed before it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSTZRANGE

from gis.db.reports import ASSIGNMENT_COLUMNS, assignment_of, codes_then, decision_row
from gis.db.tables import assignment_history, assignments, plans, reports
from gis.domain.certainty import CORRECTED, Certainty
from gis.domain.corrections import Believed
from gis.domain.routing import Answer

KEPT = assignment_history.c


def correct(connection: sa.Connection, report_id: UUID, answer: Answer, *, by: int | None, reason: str) -> None:
    """Put a decision in the place of the one that holds, which is kept with the time in which it was believed.

    The report is locked by the caller.
    """
    # Imports may bring a report from a clock that is ahead; no time in between would be no range.
    until = sa.func.greatest(sa.func.clock_timestamp(), _since() + timedelta(microseconds=1))
    columns = [assignments.c[name] for name in ASSIGNMENT_COLUMNS]
    known = sa.func.tstzrange(_since(), until, type_=TSTZRANGE)
    earlier = sa.select(*columns, known, sa.literal(by, sa.BigInteger), sa.literal(reason))
    earlier = earlier.join(reports, reports.c.id == assignments.c.report_id).where(assignments.c.report_id == report_id)
    names = [*ASSIGNMENT_COLUMNS, "known", "ended_by", "reason"]
    connection.execute(sa.insert(assignment_history).from_select(names, earlier))
    row = decision_row(answer, Certainty(), rule_id=None)
    connection.execute(sa.update(assignments).where(assignments.c.report_id == report_id).values(**row))


def reason(connection: sa.Connection, report_id: UUID) -> str:
    """Return why the decision that holds was put in the place of another; empty where none was."""
    query = sa.select(KEPT.reason).where(KEPT.report_id == report_id).order_by(sa.func.upper(KEPT.known).desc())
    return str(connection.scalar(query.limit(1)) or "")


def since(connection: sa.Connection, report_id: UUID) -> datetime:
    """Return since when the decision that holds is believed."""
    query = sa.select(_since()).join(reports, reports.c.id == assignments.c.report_id)
    found: datetime = connection.execute(query.where(assignments.c.report_id == report_id)).scalar_one()
    return found


def earlier(connection: sa.Connection, report_id: UUID) -> list[Believed]:
    """Return the decisions that were believed before the one that holds, oldest first."""
    grid, dedicated = codes_then(assignment_history)
    query = (
        sa.select(
            assignment_history,
            sa.func.lower(KEPT.known).label("from_at"),
            sa.func.upper(KEPT.known).label("until_at"),
            plans.c.in_force_at,
            grid.label("grid"),
            dedicated.label("dedicated"),
        )
        .join(plans, plans.c.revision == KEPT.revision)
        .where(KEPT.report_id == report_id)
        .order_by(sa.func.lower(KEPT.known))
    )
    rows = connection.execute(query).all()
    # A correction is told with the reason that ended the decision before it.
    reasons = ["", *(row.reason for row in rows)]
    return [
        Believed(assignment_of(row), row.from_at, row.until_at, reason if row.method == CORRECTED else "")
        for row, reason in zip(rows, reasons, strict=False)
    ]


def _since() -> sa.ColumnElement[Any]:
    """Return since when the decision on a report is believed: the last correction, or its arrival."""
    ended = sa.select(sa.func.max(sa.func.upper(KEPT.known))).where(KEPT.report_id == assignments.c.report_id)
    return sa.func.coalesce(ended.correlate(assignments).scalar_subquery(), reports.c.received_at)
