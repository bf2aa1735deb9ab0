"""Public figures: made for a month once, published for good, read from their table alone."""

from calendar import monthrange
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from gis.db import figures as stored
from gis.domain.audit import Actor
from gis.domain.codes import division_level
from gis.domain.figures import GROUP_OF, GROUPS, LAG_DAYS, Figure, Order, shown, summed, tree_of
from gis.domain.periods import CHINA, Period
from gis.domain.staff import LEVEL_DIGITS, prefix
from gis.errors import ConflictError, NotFoundError
from gis.files.vault import Vault
from gis.services import audit

LEVELS = tuple(LEVEL_DIGITS)


def due(connection: sa.Connection, now: datetime) -> list[date]:
    """Return the months with reports that are over and not published yet; needs a scope that sees all."""
    known = set(stored.months(connection))
    return [month for month in stored.months_with_reports(connection) if month not in known and _is_over(month, now)]


def preview(connection: sa.Connection, month: date, *, vault: Vault) -> list[Figure]:
    """Return the figures of a month as they would be published; needs a scope that sees all.

    The key of the `vault` orders what may be hidden beside small counts, anew in each month and group.
    """
    period = _period(month)
    # Before the first plan the divisions of today stand for those of then, as they do where reports are routed.
    names = stored.names(connection, period.until) or stored.names(connection, None)
    tally = stored.tally(connection, period)
    made = {found.village for found in tally if found.synthetic}
    counts: dict[str, Counter[str]] = {group: Counter() for group in GROUPS}
    for found in tally:
        counts[GROUP_OF[found.category]][found.village] += found.count
    known = {code for code in names if division_level(code) == "village"}
    children = tree_of(sorted(known | {village for group in counts.values() for village in group}))
    synthetic = summed(dict.fromkeys(made, 1), children)
    return [
        Figure(month, code, division_level(code), names.get(code, code), group, count, synthetic[code] > 0)
        for group in GROUPS
        for code, count in shown(summed(counts[group], children), children, order=_order(vault, month, group)).items()
    ]


def publish(connection: sa.Connection, month: date, now: datetime, *, vault: Vault, by: Actor) -> list[Figure]:
    """Publish the figures of a month, for good, and return them; needs a scope that sees all.

    Raises `ConflictError` for a month that is published already, or not over for `LAG_DAYS` yet.
    """
    stored.hold(connection)
    if month in stored.months(connection):
        raise ConflictError(f"The figures of {month:%Y-%m} are published already, and never change.")
    if not _is_over(month, now):
        raise ConflictError(f"{month:%Y-%m} is not over for {LAG_DAYS} days yet.")
    figures = preview(connection, month, vault=vault)
    if not figures:
        raise NotFoundError(f"There was no division in {month:%Y-%m}.")
    stored.append(connection, figures)
    hidden = sum(figure.count is None for figure in figures)
    audit.record(connection, by.did("figures.published", f"month:{month:%Y-%m}", figures=len(figures), hidden=hidden))
    return figures


def months(connection: sa.Connection) -> list[date]:
    """Return the months that are published, oldest first."""
    return stored.months(connection)


def read(
    connection: sa.Connection, month: date | None = None, *, within: str | None = None, levels: Sequence[str] = LEVELS
) -> list[Figure]:
    """Return the published figures of a month (None: the newest) in a division and below.

    Raises `NotFoundError` where nothing is published.
    """
    known = stored.months(connection)
    if not known or (month is not None and month not in known):
        raise NotFoundError("No figures are published for this month.")
    area = prefix(within) if within else ""
    return stored.published(connection, month or known[-1], within="" if area == "*" else area, levels=levels)


def _order(vault: Vault, month: date, group: str) -> Order:
    return lambda code: vault.mark("figures", f"{month}:{group}:{code}")


def _period(month: date) -> Period:
    """Return a month of the city as instants."""
    following = month + timedelta(days=monthrange(month.year, month.month)[1])
    return Period(*(datetime(day.year, day.month, 1, tzinfo=CHINA) for day in (month, following)))


def _is_over(month: date, now: datetime) -> bool:
    return _period(month).until + timedelta(days=LAG_DAYS) <= now
