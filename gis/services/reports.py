"""Reports (上报): take one in, exactly once; find them again."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gis.db import events, photos, routing_rules
from gis.db import reports as stored
from gis.domain.audit import Actor
from gis.domain.bulk_certainty import weigh_many
from gis.domain.categories import PUBLIC
from gis.domain.contacts import NOTHING, Given
from gis.domain.coordinates import snap, to_cgcs2000
from gis.domain.decisions import Decision, LoadedPlan
from gis.domain.reports import Report, Submission, Wanted, check, place_faults
from gis.domain.routing import PlanIndex, post_codes
from gis.domain.routing_rules import USUAL, Rule
from gis.domain.staff import EVERYWHERE, Scope
from gis.errors import ConflictError, Fault, InvalidGeometryError, InvalidInputError, NotFoundError
from gis.files.vault import Vault
from gis.services import audit, contacts, decisions

# What a bigint holds.
MOST_NUMBER = 2**63 - 1


def submit(
    connection: sa.Connection,
    submission: Submission,
    *,
    now: datetime,
    loaded: LoadedPlan | None,
    rule: Rule,
    given: Given = NOTHING,
    vault: Vault | None = None,
    by: Actor,
) -> tuple[Report, Decision, bool]:
    """Take in a report: convert its datum, route it as of its capture, store both and tell every screen.

    The sender's own id is the key: sent again, also at once by many, it is one row and the same answer. Returns the
    report, its decision and whether it is new. `rule` has the limits of the routing rule. The audit log
    says who sent it (`by`), and the digest of what was said, never the words.

    What is `given` beside it, sealed in `vault`, is kept with the first arrival alone and no part of what a repeat is
    told by: whoever knows a report could otherwise try telephones against it, or follow it in its sender's place.

    Raises
    ------
    InvalidInputError : with all faults at once.
    ConflictError : another body is stored under this id, or one that was erased.
    NoPlanError : no plan was ever published.
    """
    # Its sender made the id and may know the answer, wherever the report lies.
    known = stored.find(connection, submission.id, scope=EVERYWHERE)
    is_new = False
    if known is None:
        check(submission, now=now)
        is_new = _store(connection, submission, loaded=loaded, rule=rule, sender=by.id)
        known = get(connection, submission.id, scope=EVERYWHERE)
    if is_new and given != NOTHING:
        contacts.take_in(connection, submission.id, given, vault=vault, now=now)
    if known.erased_at is not None:
        raise ConflictError("A report under this id was erased; it is not taken in again.", id=submission.id)
    if known.digest != submission.digest():
        raise ConflictError("Another report is stored under this id; a new report needs a new id.", id=submission.id)
    decision = decisions.of_report(connection, known, loaded=loaded)
    if is_new:
        events.append(connection, "report.submitted", _news(known))
        told = {"channel": known.submission.channel, "category": known.submission.category, "sha256": known.digest}
        audit.record(connection, by.did("report.submitted", f"report:{submission.id}", number=known.number, **told))
    return known, decision, is_new


def check_channel(connection: sa.Connection, submission: Submission) -> None:
    """Refuse a channel of the staff from somebody of the public, who could count among its reports otherwise.

    A report that is here already is only repeated, perhaps by a phone whose session has ended since: it is let through.
    Raises `InvalidInputError` with a fault at ``/channel``.
    """
    if submission.channel == PUBLIC or stored.find(connection, submission.id, scope=EVERYWHERE):
        return
    detail = f"The channel {submission.channel} is for who has signed in with its role: sign in, or send {PUBLIC}."
    raise InvalidInputError(detail, [Fault("/channel", detail)])


def get(connection: sa.Connection, report_id: UUID, *, scope: Scope) -> Report:
    """Return a report; raises `NotFoundError`, for one that lies outside of the scope too."""
    report = stored.find(connection, report_id, scope=scope)
    if report is None:
        raise NotFoundError(f"There is no report {report_id}.")
    return report


def numbered(connection: sa.Connection, number: int, *, scope: Scope) -> Report:
    """Return a report by its number; raises `NotFoundError`, for one that lies outside of the scope too."""
    found = stored.before(connection, number + 1, limit=1, wanted=Wanted(), scope=scope) if number < MOST_NUMBER else []
    if not found or found[0].number != number:
        raise NotFoundError(f"There is no report {number}.")
    return found[0]


def page(connection: sa.Connection, wanted: Wanted, *, scope: Scope, before: int | None, limit: int) -> list[Report]:
    """Return at most `limit` wanted reports of a scope, newest first, numbered below `before` (None: the newest)."""
    return stored.before(connection, before, limit=limit, wanted=wanted, scope=scope)


def load(
    connection: sa.Connection,
    frame: gpd.GeoDataFrame,
    index: PlanIndex,
    *,
    rule: Rule = USUAL,
    synthetic: bool = False,
) -> int:
    """Take in many past reports at once, routed by one plan; return how many.

    `frame`: columns id, captured_at, channel, category, text, original_x, original_y, datum, accuracy_m, and the point
    `location` (EPSG:4490, on the lattice). They count as received when they were captured. `rule` has the limits by
    which accuracies are weighed; for snapping the index has its own.

    Raises
    ------
    ConflictError : an id is stored already; nothing is taken in.
    """
    rule = replace(rule, snap_limit_m=index.limit_m)
    archived = frame.assign(body_sha256=_digests(frame), received_at=frame["captured_at"], synthetic=synthetic)
    assigned = _assigned(frame, index, rule).assign(rule_id=routing_rules.number(connection, rule))
    stored.load(connection, archived, assigned)
    return len(frame)


def _assigned(frame: gpd.GeoDataFrame, index: PlanIndex, rule: Rule) -> pd.DataFrame:
    """Return the decisions on past reports, a row for each, by the columns in which they are stored."""
    points = frame.geometry
    answers = index.route_many(points.x.to_numpy(), points.y.to_numpy())
    answers = answers.rename(columns={"level2": "level2_code", "zone": "zone_code"})
    known = index.dedicated
    numbers = pd.Series(known.ids, index=known.codes, dtype="Int64")
    rows = answers.assign(
        report_id=frame["id"].to_numpy(),
        revision=index.plan.revision,
        dedicated_id=numbers.reindex(answers["dedicated"]).array,
        post_code=post_codes(answers),
    )
    accuracy_m = frame["accuracy_m"].to_numpy(dtype=float)
    return weigh_many(rows, points.x.to_numpy(), points.y.to_numpy(), accuracy_m, index, rule)


def _digests(frame: pd.DataFrame) -> list[str]:
    """Return the digests of archived reports, so that a sender who sends one again gets the same answer."""
    columns = ["id", "original_x", "original_y", "datum", "category", "captured_at", "text", "accuracy_m", "channel"]
    values = frame[columns].astype(object)
    rows = values.where(values.notna(), None).itertuples(index=False)
    return [Submission(UUID(number), *said).digest() for number, *said in rows]


def _store(
    connection: sa.Connection, submission: Submission, *, loaded: LoadedPlan | None, rule: Rule, sender: int | None
) -> bool:
    """Store a report and its assignment; False when another transaction was first."""
    lon, lat = _located(submission)
    held = photos.hold(connection, submission.photos)
    detail = "No such photo is stored; send the photo first."
    absent = [Fault(f"/photos/{place}", detail) for place, sha256 in enumerate(submission.photos) if sha256 not in held]
    if absent:
        raise InvalidInputError(detail, absent)
    if not stored.append(connection, submission, lon=lon, lat=lat):
        return False
    where, at = (lon, lat), submission.captured_at
    answer, certainty = decisions.settle(
        connection, where, submission.accuracy_m, at=at, loaded=loaded, rule=rule, sender=sender
    )
    stored.assign(connection, submission.id, answer, certainty, rule_id=routing_rules.number(connection, rule))
    photos.attach(connection, submission.id, submission.photos)
    return True


def _located(submission: Submission) -> tuple[float, float]:
    try:
        lon, lat = to_cgcs2000(submission.x, submission.y, datum=submission.datum)
    except InvalidGeometryError as error:
        faults = place_faults(submission.x, submission.y, datum=submission.datum)
        raise InvalidInputError(error.detail, faults) from error
    return float(snap(lon)), float(snap(lat))


def _news(report: Report) -> dict[str, object]:
    """Return what every open screen is told: where and what, never the text or a photo."""
    said = report.submission
    return {
        "id": str(said.id),
        "number": report.number,
        "location": [round(report.lon, 7), round(report.lat, 7)],
        "grid_id": report.assignment.grid_id,
        "grid": report.assignment.grid,
        "dedicated": report.assignment.dedicated,
        "method": report.assignment.method,
        "doubt": report.assignment.certainty.doubt,
        "areas": report.assignment.areas,
        "category": said.category,
        "channel": said.channel,
        "photo_count": len(said.photos),
        "captured_at": said.captured_at.isoformat(),
    }
