"""Decisions: which grid a point belongs to at an instant, with the names of all it found."""

from datetime import datetime

import sqlalchemy as sa

from gis.db import decisions as stored
from gis.db import plans
from gis.domain.decisions import Decision, LoadedPlan, decide
from gis.domain.reports import Report
from gis.domain.routing import Answer
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
    found = report.assignment
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
    return named(connection, answer, at=found.in_force_at, loaded=loaded)


def _shared(connection: sa.Connection, report: Report) -> Answer:
    """Return by whom the place is shared, a footprint or a border, under the plan that decided."""
    at = report.assignment.in_force_at
    return routing.route_in_database(connection, report.lon, report.lat, at=at, limit_m=0.0)
