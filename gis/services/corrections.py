"""Corrections: put another grid in the place of the one a report was routed to; what was decided, and whether it holds.

A correction stays: nothing reroutes a report whose method is ``corrected``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from gis.db import corrections as stored
from gis.db import reports as reported
from gis.db import routing_rules
from gis.domain.audit import Actor
from gis.domain.certainty import CORRECTED
from gis.domain.corrections import Believed, check_reason
from gis.domain.decisions import Decision, LoadedPlan
from gis.domain.replays import Difference, differences
from gis.domain.reports import Report
from gis.domain.routing import Answer
from gis.domain.routing_rules import Rule
from gis.domain.staff import EVERYWHERE, Scope
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.services import audit, decisions, reports


@dataclass(frozen=True)
class Explained:
    """A decision on a report, and what the same rule says today of the same inputs.

    Attributes
    ----------
    decision : as it was stored, by name; `believed` when.
    rule : the one that decided; the one of today where none was kept.
    rule_is_kept : false of decisions from before rules were kept.
    replayed : the decision of the rule that was replayed; of a correction the one before it, None where there is none.
    differences : what a replay gives otherwise; empty where it is the same.
    names : of the alternatives, by permanent number.
    """

    report: Report
    decision: Decision
    believed: Believed
    rule: Rule
    rule_is_kept: bool
    replayed: Believed | None
    differences: tuple[Difference, ...]
    names: Mapping[int, str]


def explain(
    connection: sa.Connection,
    report: Report,
    *,
    rule: Rule,
    known_at: datetime | None = None,
    loaded: LoadedPlan | None = None,
) -> Explained:
    """Return the decision that was believed at an instant (None: now), replayed by the plan and rule that took it.

    `rule` : that of today, for decisions from before rules were kept.
    Raises `NotFoundError` where the report was not known yet.
    """
    believed = everything(connection, report)
    shown = believed[-1]
    if known_at is not None:
        shown = next((one for one in reversed(believed) if one.from_at <= known_at), None) or _too_early(report)
    of_rule = [one for one in believed if one.from_at <= shown.from_at and one.assignment.method != CORRECTED]
    replayed = of_rule[-1] if of_rule else None
    decision = decisions.stored_decision(connection, report, shown.assignment, loaded=loaded, reason=shown.reason)
    rule_id = None if replayed is None else replayed.assignment.rule_id
    used = rule if rule_id is None else routing_rules.get(connection, rule_id)
    found = _differences(connection, report, replayed, used)
    ids = [one.grid_id for one in shown.assignment.certainty.alternatives]
    names = decisions.grid_names(connection, ids, at=shown.assignment.in_force_at)
    return Explained(report, decision, shown, used, rule_id is not None, replayed, found, names)


def everything(connection: sa.Connection, report: Report) -> list[Believed]:
    """Return all that was ever decided on a report, oldest first; the last one holds."""
    number = report.submission.id
    reason = stored.reason(connection, number) if report.assignment.method == CORRECTED else ""
    holds = Believed(report.assignment, stored.since(connection, number), None, reason)
    return [*stored.earlier(connection, number), holds]


def correct(
    connection: sa.Connection, report_id: UUID, code: str, reason: str, *, at: datetime, scope: Scope, by: Actor
) -> Report:
    """Put a comprehensive grid in force in the place of the grid of a report, for a reason; return the report.

    The decision before is kept with the time in which it was believed. The report lies in `scope`; the grid may lie
    elsewhere, since a report is often corrected out of the area that it came to by mistake.

    Raises
    ------
    NotFoundError : there is no such report in the scope.
    InvalidInputError : no such grid, the grid that it has already, or no reason.
    """
    kept = check_reason(reason)
    reported.lock(connection, [report_id])
    report = reports.get(connection, report_id, scope=scope)
    answer = _in_grid(connection, report, code, at)
    stored.correct(connection, report_id, answer, by=by.id, reason=kept)
    corrected = reports.get(connection, report_id, scope=EVERYWHERE)
    entry = by.did("decision.corrected", f"report:{report_id}", grid=answer.grid, earlier=report.assignment.grid)
    audit.record(connection, replace(entry, reason=kept))
    return corrected


def _in_grid(connection: sa.Connection, report: Report, code: str, at: datetime) -> Answer:
    """Return the answer that a report lies in a grid of the plan in force. Raises `InvalidInputError`."""
    answer = decisions.in_grid(connection, (report.lon, report.lat), code, at=at)
    if answer is None:
        detail = f"There is no comprehensive grid {code[:40]} in force."
        raise InvalidInputError(detail, [Fault("/grid", detail)])
    if answer.grid_id == report.assignment.grid_id and report.assignment.dedicated_id is None:
        detail = "The report is in this grid already."
        raise InvalidInputError(detail, [Fault("/grid", detail)])
    return answer


def _too_early(report: Report) -> Believed:
    raise NotFoundError(f"Report {report.submission.id} was not known then.")


def _differences(
    connection: sa.Connection, report: Report, replayed: Believed | None, rule: Rule
) -> tuple[Difference, ...]:
    if replayed is None:
        return ()
    answer, certainty = decisions.again(connection, report, replayed.assignment, rule)
    return differences(report, replayed.assignment, answer, certainty, rule)
