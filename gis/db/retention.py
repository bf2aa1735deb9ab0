"""What is due under the rules of retention, and its removal in batches; the record of what was removed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from gis.db.moments import CITY_TIME
from gis.db.tables import (
    accounts,
    api_keys,
    assessments,
    audit,
    audit_looks,
    audit_texts,
    breaches,
    consents,
    events,
    grids,
    patrol_visits,
    patrols,
    report_contacts,
    retention_runs,
    sessions,
    sign_in_failures,
    used_attempts,
)
from gis.domain.patrols import REACH_M
from gis.domain.retention import Standing

BATCH = 5_000
# A track crosses some dozens of grids, and each is measured.
TRACKS_A_BATCH = 200
# More degrees than the reach of a worker's sight, in any direction; what is near is measured in metres afterwards.
REACH_DEG = 0.0005


@dataclass(frozen=True)
class _Rows:
    """The rows of a rule.

    Attributes
    ----------
    since : instant from which their days are counted.
    where : which rows of the table the rule is about.
    source : what they are selected from, where that is not their table alone.
    cleared : columns that are set to null instead of the row being deleted.
    """

    table: sa.Table
    since: sa.ColumnElement[Any]
    where: tuple[sa.ColumnElement[bool], ...] = ()
    source: sa.FromClause | None = None
    cleared: tuple[str, ...] = ()

    def keys(self, *conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
        return self._from(*self.table.primary_key).where(*conditions)

    def standing(self, until: datetime) -> sa.Select[Any]:
        is_due, left = self.since <= until, self.since > until
        count, oldest = sa.func.count().filter(is_due), sa.func.min(self.since).filter(left)
        return self._from(count.label("due"), oldest.label("oldest_at"))

    def removal(self, until: datetime, limit: int) -> sa.Delete | sa.Update:
        due: list[sa.ColumnElement[bool]] = [
            sa.tuple_(*self.table.primary_key).in_(self.keys(self.since <= until).limit(limit))
        ]
        if self.source is None:
            # Of the row itself: somebody may have renewed it since it was found.
            due += [self.since <= until, *self.where]
        if self.cleared:
            return sa.update(self.table).where(*due).values(dict.fromkeys(self.cleared))
        return sa.delete(self.table).where(*due)

    def _from(self, *columns: Any) -> sa.Select[Any]:
        source = self.table if self.source is None else self.source
        return sa.select(*columns).select_from(source).where(*self.where)


def _last(table: sa.Table) -> sa.ColumnElement[Any]:
    return sa.func.greatest(table.c.recorded_at, table.c.corrected_at)


_ROWS: Mapping[str, _Rows] = {
    "tracks": _Rows(patrols, patrols.c.ended_at, (~patrols.c.synthetic,)),
    "contacts": _Rows(report_contacts, report_contacts.c.stored_at),
    "sessions": _Rows(sessions, sessions.c.expires_at),
    "api_keys": _Rows(api_keys, api_keys.c.expires_at),
    "sign_in_failures": _Rows(sign_in_failures, sign_in_failures.c.at),
    "used_attempts": _Rows(used_attempts, used_attempts.c.used_at),
    "telephones": _Rows(accounts, accounts.c.disabled_at, (accounts.c.telephone.is_not(None),), cleared=("telephone",)),
    "events": _Rows(events, events.c.at),
    "audit_looks": _Rows(audit_looks, audit_looks.c.at),
    "audit_texts": _Rows(
        audit_texts, audit.c.at, source=audit_texts.join(audit, audit.c.position == audit_texts.c.position)
    ),
    "consents": _Rows(consents, consents.c.withdrawn_at),
    "assessments": _Rows(assessments, _last(assessments)),
    "breaches": _Rows(breaches, _last(breaches)),
    "retention_runs": _Rows(retention_runs, retention_runs.c.at),
}
# The service may not read the access log; functions of its owner say how it stands, and remove no more than is due.
_ACCESS_LOG: Mapping[str, tuple[bool, Callable[..., Any]]] = {
    "access_log": (False, sa.func.access_log_purge),
    "sender_addresses": (True, sa.func.access_log_forget_senders),
}
NAMES = (*_ROWS, *_ACCESS_LOG)


def standing(connection: sa.Connection, rule: str, until: datetime) -> tuple[int, datetime | None]:
    """Return how many rows of a rule are as old as `until` or older, and the instant of the oldest that is younger."""
    if rule in _ACCESS_LOG:
        senders, _ = _ACCESS_LOG[rule]
        found = sa.func.access_log_standing(until, senders).table_valued("due", "oldest_at")
        due, oldest_at = connection.execute(sa.select(found.c.due, found.c.oldest_at)).one()
    else:
        due, oldest_at = connection.execute(_ROWS[rule].standing(until)).one()
    return int(due), oldest_at


def remove(connection: sa.Connection, rule: str, until: datetime) -> int:
    """Remove one batch of the rows of a rule that are as old as `until` or older; return how many went."""
    if rule == "tracks":
        return _remove_tracks(connection, until)
    if rule in _ACCESS_LOG:
        _, removal = _ACCESS_LOG[rule]
        return int(connection.scalar(sa.select(removal(until, BATCH))) or 0)
    return connection.execute(_ROWS[rule].removal(until, BATCH)).rowcount


def _remove_tracks(connection: sa.Connection, until: datetime) -> int:
    """Remove tracks; their visits of each grid, as its border was then, are added to those of its month."""
    removal = _ROWS["tracks"].removal(until, TRACKS_A_BATCH)
    gone = removal.returning(patrols.c.id, patrols.c.ended_at, patrols.c.track).cte("gone")
    near = sa.and_(
        grids.c.valid.contains(gone.c.ended_at),
        sa.func.upper_inf(grids.c.known),
        grids.c.boundary.op("&&")(sa.func.ST_Expand(gone.c.track, REACH_DEG)),
        sa.func.ST_DWithin(sa.func.geography(grids.c.boundary), sa.func.geography(gone.c.track), REACH_M),
    )
    month = sa.cast(sa.func.date_trunc("month", sa.func.timezone(CITY_TIME, gone.c.ended_at)), sa.Date)
    visits = (
        sa.select(grids.c.id, month, sa.func.count()).select_from(gone.join(grids, near)).group_by(grids.c.id, month)
    )
    added = insert(patrol_visits).from_select(["grid_id", "month", "visits"], visits)
    total = patrol_visits.c.visits + added.excluded.visits
    added = added.on_conflict_do_update(index_elements=["grid_id", "month"], set_={"visits": total})
    kept = added.returning(patrol_visits.c.grid_id).cte("kept")
    count = sa.select(sa.func.count()).select_from(gone).add_cte(kept)
    return int(connection.scalar(count) or 0)


def record(connection: sa.Connection, at: datetime, standings: list[Standing]) -> None:
    """Store what a run removed."""
    rows = [{**vars(each), "at": at} for each in standings]
    connection.execute(sa.insert(retention_runs), rows)


def last_runs(connection: sa.Connection) -> dict[str, Standing]:
    """Return the last run of each rule that was ever run, by rule."""
    columns = [retention_runs.c[name] for name in ("rule", "days", "due", "deleted", "oldest_at", "at")]
    query = sa.select(*columns).ext(distinct_on(retention_runs.c.rule))
    rows = connection.execute(
        query.order_by(retention_runs.c.rule, retention_runs.c.at.desc(), retention_runs.c.id.desc())
    )
    return {row.rule: Standing(**row._mapping) for row in rows}
