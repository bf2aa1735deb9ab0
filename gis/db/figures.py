"""Public figures: counts of reports to make them of, and the fixed table that they are read from."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

import sqlalchemy as sa

from gis.db.moments import CITY_TIME, in_force
from gis.db.tables import assignments, divisions, public_figures, reports
from gis.domain.figures import Figure
from gis.domain.periods import Period

COLUMNS = tuple(field.name for field in fields(Figure))


@dataclass(frozen=True)
class Tally:
    """Reports of one village and category; `synthetic` where the demo made one of them."""

    village: str
    category: str
    count: int
    synthetic: bool


def tally(connection: sa.Connection, period: Period) -> list[Tally]:
    """Return how many reports of a period were routed to each village, by category; needs a scope that sees all."""
    query = (
        sa.select(
            assignments.c.village_code,
            reports.c.category,
            sa.func.count(),
            sa.func.bool_or(reports.c.synthetic),
        )
        .join(assignments, assignments.c.report_id == reports.c.id)
        .where(assignments.c.village_code.is_not(None))
        .where(reports.c.captured_at >= period.since, reports.c.captured_at < period.until)
        .group_by(assignments.c.village_code, reports.c.category)
    )
    return [Tally(*row) for row in connection.execute(query)]


def names(connection: sa.Connection, at: datetime | None) -> dict[str, str]:
    """Return the names of the divisions in force at an instant (None: the newest), by code."""
    query = sa.select(divisions.c.code, divisions.c.name).where(in_force(divisions, at))
    return {code: name for code, name in connection.execute(query)}


def months_with_reports(connection: sa.Connection) -> list[date]:
    """Return the first days of the city's months in which any report was captured; needs a scope that sees all."""
    month = sa.cast(sa.func.date_trunc("month", sa.func.timezone(CITY_TIME, reports.c.captured_at)), sa.Date)
    return list(connection.scalars(sa.select(month).distinct().order_by(month)))


def append(connection: sa.Connection, figures: Sequence[Figure]) -> None:
    """Publish figures; what was published is never changed."""
    connection.execute(sa.insert(public_figures), [vars(figure) for figure in figures])


def hold(connection: sa.Connection) -> None:
    """Let one publication wait for another until the transaction ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("public_figures"))))


def months(connection: sa.Connection) -> list[date]:
    """Return the months that are published, oldest first."""
    column = public_figures.c.month
    return list(connection.scalars(sa.select(column).distinct().order_by(column)))


def published(connection: sa.Connection, month: date, *, within: str = "", levels: Collection[str]) -> list[Figure]:
    """Return what was published for a month of divisions whose codes begin with `within`, by level, code and group."""
    columns = [public_figures.c[name] for name in COLUMNS]
    query = sa.select(*columns).where(
        public_figures.c.month == month,
        public_figures.c.level.in_(list(levels)),
        public_figures.c.code.startswith(within, autoescape=True),
    )
    order = (public_figures.c.code, public_figures.c.category_group)
    return [Figure(**row._mapping) for row in connection.execute(query.order_by(*order))]
