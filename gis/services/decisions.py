"""Decisions: which grid a point belongs to at an instant, with the names of all it found."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from gis.db import corrections, plans, posts
from gis.db import decisions as stored
from gis.db import routing as near
from gis.domain.borders import reach
from gis.domain.certainty import CORRECTED, OWN_GRID, Certainty, certain, is_whole, moved, weigh
from gis.domain.decisions import Decision, LoadedPlan, decide
from gis.domain.reports import Assignment, Report
from gis.domain.routing import Answer, Candidate
from gis.domain.routing_rules import Rule
from gis.errors import NoPlanError
from gis.services import routing


def answer_at(
    connection: sa.Connection, lon: float, lat: float, *, at: datetime, loaded: LoadedPlan | None, limit_m: float
) -> tuple[Answer, datetime]:
    """Return where a point (CGCS2000 degrees on the lattice) belonged at an instant, and since when that plan holds.

    The plan in force then decides; before the first plan, the first. The `loaded` plan is asked when it is that very
    one, and the database otherwise: both give the same answer. Points up to `limit_m` metres outside are snapped.

    Raises
    ------
    NoPlanError : no plan was ever published.
    """
    plan = plans.newest(connection, at) or plans.oldest(connection)
    if plan is None:
        raise NoPlanError("No plan is in force yet; load a city first.")
    if loaded is not None and loaded.revision == plan.revision:
        return loaded.index.route(lon, lat), plan.in_force_at
    answer = routing.route_in_database(connection, lon, lat, at=plan.in_force_at, limit_m=limit_m)
    return answer, plan.in_force_at


def settle(
    connection: sa.Connection,
    point: tuple[float, float],
    accuracy_m: float | None,
    *,
    at: datetime,
    loaded: LoadedPlan | None,
    rule: Rule,
    sender: int | None = None,
) -> tuple[Answer, Certainty]:
    """Return where a point (longitude, latitude on the lattice) belonged at an instant, its accuracy weighed.

    `sender` : the account that was there; the grids in which it held a post that day are its own.
    Raises what `answer_at` does.
    """
    answer, in_force_at = answer_at(connection, *point, at=at, loaded=loaded, limit_m=rule.snap_limit_m)
    if is_whole(answer, accuracy_m) and (sender is None or answer.method != "stacked"):
        return answer, certain(accuracy_m)
    own = () if sender is None else posts.grids_of(connection, sender, at)
    around = _near(connection, answer, accuracy_m, at=in_force_at, loaded=loaded, rule=rule)
    return weigh(answer, accuracy_m, around, rule=rule, own=own)


def again(connection: sa.Connection, report: Report, taken: Assignment, rule: Rule) -> tuple[Answer, Certainty]:
    """Return what a rule decides of a report today, from what is kept with it, by the plan that decided then."""
    at, accuracy_m = taken.in_force_at, report.submission.accuracy_m
    answer = routing.route_in_database(connection, report.lon, report.lat, at=at, limit_m=rule.snap_limit_m)
    is_own = taken.method == OWN_GRID
    if is_whole(answer, accuracy_m) and not is_own:
        return answer, certain(accuracy_m)
    around = _near(connection, answer, accuracy_m, at=at, loaded=None, rule=rule)
    return weigh(answer, accuracy_m, around, rule=rule, own=[taken.grid] if is_own and taken.grid else ())


def in_grid(connection: sa.Connection, point: tuple[float, float], code: str, *, at: datetime) -> Answer | None:
    """Return the answer that a point belongs to a comprehensive grid of the plan at an instant, by hand.

    None where that plan has no such grid. Raises `NoPlanError`.
    """
    plan = plans.newest(connection, at) or plans.oldest(connection)
    if plan is None:
        raise NoPlanError("No plan is in force yet; load a city first.")
    grid = near.grid_of_code(connection, code, at=plan.in_force_at)
    if grid is None:
        return None
    base = Answer(point=point, method=CORRECTED, revision=plan.revision)
    return replace(moved(base, grid), method=CORRECTED)


def grid_names(connection: sa.Connection, ids: list[int], *, at: datetime) -> dict[int, str]:
    """Return the names that grids had at an instant, by permanent number."""
    return {number: grid.name for number, grid in stored.names_at(connection, at, grid_ids=ids).grids.items()}


def _near(
    connection: sa.Connection,
    answer: Answer,
    accuracy_m: float | None,
    *,
    at: datetime,
    loaded: LoadedPlan | None,
    rule: Rule,
) -> list[Candidate]:
    """Return the grids that a disc may meet; of one that decides nothing those at its middle."""
    radius_m = accuracy_m if accuracy_m is not None and accuracy_m <= rule.imprecise_m else 0.0
    lon, lat = answer.point
    if loaded is not None and loaded.revision == answer.revision:
        return loaded.neighbourhood.around(lon, lat, radius_m)
    east, north = (float(degrees) for degrees in reach(lat, radius_m))
    return near.grids_near(connection, (lon - east, lat - north, lon + east, lat + north), at=at)


def at(
    connection: sa.Connection, lon: float, lat: float, *, at: datetime, loaded: LoadedPlan | None, limit_m: float
) -> Decision:
    """Return `answer_at` with the names that held then; raises the same."""
    answer, in_force_at = answer_at(connection, lon, lat, at=at, loaded=loaded, limit_m=limit_m)
    return named(connection, answer, at=in_force_at, loaded=loaded)


def named(connection: sa.Connection, answer: Answer, *, at: datetime, loaded: LoadedPlan | None = None) -> Decision:
    """Return an answer with the names that held at an instant; from memory where the plan that answered is there."""
    if loaded is not None and loaded.revision == answer.revision:
        return decide(answer, loaded.names)
    names = stored.names_at(
        connection,
        at,
        grid_ids=[number for number in (answer.grid_id, answer.dedicated_id) if number is not None],
        level2=[answer.level2] if answer.level2 else [],
        villages=[answer.village_code] if answer.village_code else [],
        zone_codes=[answer.zone] if answer.zone else [],
    )
    return decide(answer, names)


def of_report(connection: sa.Connection, report: Report, *, loaded: LoadedPlan | None = None) -> Decision:
    """Return the decision that was stored with a report, in the names of the plan that took it."""
    reason = corrections.reason(connection, report.submission.id) if report.assignment.method == CORRECTED else ""
    return stored_decision(connection, report, report.assignment, loaded=loaded, reason=reason)


def stored_decision(
    connection: sa.Connection,
    report: Report,
    found: Assignment,
    *,
    loaded: LoadedPlan | None = None,
    reason: str = "",
) -> Decision:
    """Return a decision that was ever stored with a report, in the names of the plan that took it."""
    shared = _shared(connection, report) if found.method in ("stacked", "border") else None
    answer = Answer(
        point=(report.lon, report.lat),
        grid_id=found.grid_id,
        grid=found.grid,
        stack=shared.stack if shared else (),
        neighbours=shared.neighbours if shared else (),
        dedicated_id=found.dedicated_id,
        dedicated=found.dedicated,
        level2=found.level2,
        village_code=found.village_code,
        zone=found.zone,
        revision=found.revision,
        method=found.method,
        distance_m=found.distance_m,
    )
    decision = named(connection, answer, at=found.in_force_at, loaded=loaded)
    return replace(decision, certainty=found.certainty, reason=reason)


def _shared(connection: sa.Connection, report: Report) -> Answer:
    """Return by whom the place is shared, a footprint or a border, under the plan that decided."""
    at = report.assignment.in_force_at
    return routing.route_in_database(connection, report.lon, report.lat, at=at, limit_m=0.0)
