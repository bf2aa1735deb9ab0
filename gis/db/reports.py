"""Reports and the assignments that decided where they belong."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.copying import SRID, copy_frame, copy_rows
from gis.db.photos import photos_of
from gis.db.scopes import inside
from gis.db.tables import assignments, grids, plans, reports
from gis.domain.certainty import Certainty
from gis.domain.reports import CERTAINTY_COLUMNS, DECISION_COLUMNS, Assignment, Report, Submission, Wanted
from gis.domain.routing import Answer
from gis.domain.staff import Scope

ARCHIVE_COLUMNS = (
    "id",
    "body_sha256",
    "captured_at",
    "received_at",
    "channel",
    "category",
    "text",
    "original_x",
    "original_y",
    "datum",
    "accuracy_m",
    "synthetic",
)
ASSIGNMENT_COLUMNS = ("report_id", *DECISION_COLUMNS, *CERTAINTY_COLUMNS)


def append(connection: sa.Connection, submission: Submission, *, lon: float, lat: float) -> bool:
    """Store a report unless its id is taken; return whether it was stored.

    Where another transaction stores the same id this waits for its end, so of many senders at once exactly one is told
    that its report is new.
    """
    row = insert(reports).values(
        id=submission.id,
        body_sha256=submission.digest(),
        captured_at=submission.captured_at,
        channel=submission.channel,
        category=submission.category,
        text=submission.text,
        location=_point(lon, lat),
        original_x=submission.x,
        original_y=submission.y,
        datum=submission.datum,
        accuracy_m=submission.accuracy_m,
    )
    stored = row.on_conflict_do_nothing(index_elements=["id"]).returning(reports.c.id)
    return connection.execute(stored).first() is not None


def assign(
    connection: sa.Connection, report_id: UUID, answer: Answer, certainty: Certainty, *, rule_id: int | None
) -> None:
    """Store where a report was routed, by which plan and rule, and how sure that is."""
    row = decision_row(answer, certainty, rule_id=rule_id)
    connection.execute(sa.insert(assignments).values(report_id=report_id, **row))


def decision_row(answer: Answer, certainty: Certainty, *, rule_id: int | None) -> dict[str, Any]:
    """Return a decision by the columns in which it is stored."""
    return {
        "revision": answer.revision,
        "method": answer.method,
        "grid_id": answer.grid_id,
        "dedicated_id": answer.dedicated_id,
        "level2_code": answer.level2,
        "village_code": answer.village_code,
        "zone_code": answer.zone,
        "post_code": answer.post_code,
        "distance_m": answer.distance_m,
        "rule_id": rule_id,
        "share": certainty.share,
        "alternatives": _packed(certainty),
        "doubt": certainty.doubt,
    }


def _packed(certainty: Certainty) -> Any:
    """Return the alternatives for their column; no JSON null where there are none."""
    return certainty.packed() or sa.null()


def erase(connection: sa.Connection, report_id: UUID, *, digest: str) -> None:
    """Remove what a sender wrote and showed; where, when and what kind stay, and `digest` in place of the body's."""
    gone = {"text": "", "body_sha256": digest, "erased_at": sa.func.now()}
    connection.execute(sa.update(reports).where(reports.c.id == report_id).values(**gone))


def lock(connection: sa.Connection, report_ids: Sequence[UUID]) -> None:
    """Let nobody change these reports until the transaction ends; always in one order, so that two never wait alike."""
    rows = sa.select(reports.c.id).where(reports.c.id.in_(report_ids)).order_by(reports.c.id)
    connection.execute(rows.with_for_update())


def is_erased(connection: sa.Connection, report_id: UUID) -> bool:
    """Tell whether a report was erased, or is not there; nobody erases it from here until the transaction ends."""
    row = sa.select(reports.c.erased_at).where(reports.c.id == report_id).with_for_update()
    found = connection.execute(row).first()
    return found is None or found.erased_at is not None


def find(connection: sa.Connection, report_id: UUID, *, scope: Scope) -> Report | None:
    """Return a report of a scope with its assignment, or None."""
    row = connection.execute(_kept().where(reports.c.id == report_id, inside(assignments, scope))).first()
    return _report(row) if row else None


def before(connection: sa.Connection, number: int | None, *, limit: int, wanted: Wanted, scope: Scope) -> list[Report]:
    """Return at most `limit` wanted reports of a scope below `number` (None: from the newest), newest first."""
    query = (
        _kept().where(inside(assignments, scope), *_conditions(wanted)).order_by(reports.c.number.desc()).limit(limit)
    )
    if number is not None:
        query = query.where(reports.c.number < number)
    return [_report(row) for row in connection.execute(query)]


def _kept() -> sa.Select[Any]:
    grid, dedicated = codes_then(assignments)
    columns = [column for column in reports.c if column.name != "location"]
    return (
        sa.select(
            *columns,
            sa.func.ST_X(reports.c.location).label("lon"),
            sa.func.ST_Y(reports.c.location).label("lat"),
            *(column for column in assignments.c if column.name != "report_id"),
            plans.c.in_force_at,
            grid.label("grid"),
            dedicated.label("dedicated"),
            photos_of(reports.c.id).label("photos"),
        )
        .join(assignments, assignments.c.report_id == reports.c.id)
        .join(plans, plans.c.revision == assignments.c.revision)
    )


def codes_then(table: sa.Table) -> tuple[sa.ScalarSelect[Any], sa.ScalarSelect[Any]]:
    """Return the codes that the grid and the dedicated grid of a decision had in the plan which decided."""
    believed = sa.func.upper_inf(grids.c.known)
    held = sa.select(grids.c.code).where(grids.c.valid.contains(plans.c.in_force_at), believed).limit(1)
    grid, dedicated = (held.where(grids.c.id == table.c[name]) for name in ("grid_id", "dedicated_id"))
    return grid.correlate(table, plans).scalar_subquery(), dedicated.correlate(table, plans).scalar_subquery()


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.bbox is not None:
        found.append(reports.c.location.op("&&")(sa.func.ST_MakeEnvelope(*wanted.bbox, SRID)))
    if wanted.category is not None:
        found.append(reports.c.category == wanted.category)
    if wanted.channel is not None:
        found.append(reports.c.channel == wanted.channel)
    if wanted.since is not None:
        found.append(reports.c.captured_at >= wanted.since)
    if wanted.until is not None:
        found.append(reports.c.captured_at < wanted.until)
    if wanted.grid is not None:
        found.append(reports.c.id.in_(_routed_to(wanted.grid)))
    return found


def _routed_to(code: str) -> sa.CompoundSelect[Any]:
    """Return the ids of the reports of a grid; a union, since an `or` of two columns would read every assignment."""
    ids = sa.select(grids.c.id).where(grids.c.code == code)
    comprehensive = sa.select(assignments.c.report_id).where(assignments.c.grid_id.in_(ids))
    return comprehensive.union(sa.select(assignments.c.report_id).where(assignments.c.dedicated_id.in_(ids)))


def _point(lon: float, lat: float) -> sa.ColumnElement[Any]:
    return sa.func.ST_SetSRID(sa.func.ST_MakePoint(lon, lat), SRID)


def _report(row: sa.Row[Any]) -> Report:
    return Report(
        submission=Submission(
            id=row.id,
            x=row.original_x,
            y=row.original_y,
            datum=row.datum,
            category=row.category,
            captured_at=row.captured_at,
            text=row.text,
            accuracy_m=row.accuracy_m,
            channel=row.channel,
            photos=tuple(row.photos),
        ),
        number=row.number,
        received_at=row.received_at,
        lon=row.lon,
        lat=row.lat,
        digest=row.body_sha256,
        synthetic=row.synthetic,
        assignment=assignment_of(row),
        erased_at=row.erased_at,
    )


def assignment_of(row: sa.Row[Any]) -> Assignment:
    """Return the decision in a row of assignments, or of their history, with its plan and codes."""
    return Assignment(
        revision=row.revision,
        in_force_at=row.in_force_at,
        method=row.method,
        grid_id=row.grid_id,
        grid=row.grid,
        dedicated_id=row.dedicated_id,
        dedicated=row.dedicated,
        level2=row.level2_code,
        village_code=row.village_code,
        zone=row.zone_code,
        post_code=row.post_code,
        distance_m=row.distance_m,
        rule_id=row.rule_id,
        certainty=Certainty.unpacked(row.share, row.alternatives, row.doubt),
    )


def load(connection: sa.Connection, frame: gpd.GeoDataFrame, assigned: pd.DataFrame) -> None:
    """Append many past reports with their assignments by COPY; nobody is told of them.

    `frame` has `ARCHIVE_COLUMNS` and `location` (EPSG:4490); `assigned` has `ASSIGNMENT_COLUMNS`.

    Raises
    ------
    ConflictError
        When an id is stored already.
    """
    copy_frame(connection, reports, frame, [*ARCHIVE_COLUMNS, "location"])
    values = assigned[list(ASSIGNMENT_COLUMNS)].astype(object)
    rows = values.where(values.notna(), None).itertuples(index=False)
    copy_rows(connection, assignments, ASSIGNMENT_COLUMNS, rows)
