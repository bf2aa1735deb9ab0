"""Photos: which are kept, which report names them, and what they say of place and time; the files lie outside."""

from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.copying import SRID
from gis.db.scopes import inside
from gis.db.tables import assignments, photo_origins, photos, report_photos
from gis.domain.photos import Origin, ReportPhoto
from gis.domain.staff import Scope


def remember(connection: sa.Connection, sha256: str, *, width_px: int, height_px: int) -> bool:
    """Note a kept photo; return whether it is new. A known one counts as sent just now, and no sweep takes it.

    Until the transaction ends no sweep takes its file for one that nobody knows.
    """
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_lock_of(sha256))))
    row = insert(photos).values(sha256=sha256, width_px=width_px, height_px=height_px)
    again = row.on_conflict_do_update(index_elements=[photos.c.sha256], set_={"stored_at": sa.func.now()})
    # PostgreSQL numbers in `xmax` who replaced a row: nobody, when it is new.
    return bool(connection.scalar(again.returning(sa.literal_column("xmax = 0"))))


def note_origin(connection: sa.Connection, sha256: str, origin: Origin) -> None:
    """Note where and when a photo says that it was taken."""
    place = None
    if origin.lon is not None:
        place = sa.func.ST_SetSRID(sa.func.ST_MakePoint(origin.lon, origin.lat), SRID)
    row = sa.insert(photo_origins).values(
        sha256=sha256,
        taken_at=origin.taken_at,
        taken_local=origin.taken_local,
        location=place,
        datum=origin.datum,
        accuracy_m=origin.accuracy_m,
    )
    connection.execute(row)


def hold(connection: sa.Connection, hashes: Sequence[str]) -> set[str]:
    """Return which of these photos are kept; no sweep takes those until the transaction ends."""
    if not hashes:
        return set()
    known = sa.select(photos.c.sha256).where(photos.c.sha256.in_(hashes)).order_by(photos.c.sha256)
    return set(connection.scalars(known.with_for_update(read=True, key_share=True)))


def attach(connection: sa.Connection, report_id: UUID, hashes: Sequence[str]) -> None:
    """Note that a report names photos, in this order."""
    if hashes:
        rows = [{"report_id": report_id, "position": place, "sha256": one} for place, one in enumerate(hashes, 1)]
        connection.execute(sa.insert(report_photos), rows)


def detach(connection: sa.Connection, report_ids: Collection[UUID]) -> None:
    """Note that reports name no photos any more."""
    connection.execute(sa.delete(report_photos).where(report_photos.c.report_id.in_(list(report_ids))))


def photos_of(report_id: sa.Column[Any]) -> sa.ColumnElement[list[str]]:
    """Return the hashes of the photos of a report, in the sender's order, as a value of a query over reports."""
    named = sa.select(report_photos.c.sha256).where(report_photos.c.report_id == report_id)
    ordered = named.order_by(report_photos.c.position).correlate(report_id.table)
    return sa.func.array(ordered.scalar_subquery(), type_=sa.ARRAY(sa.Text))


def of_report(connection: sa.Connection, report_id: UUID) -> list[ReportPhoto]:
    """Return the photos of a report, in the sender's order."""
    query: sa.Select[Any] = (
        sa.select(
            photos.c.sha256,
            photos.c.width_px,
            photos.c.height_px,
            photo_origins.c.sha256.label("told"),
            photo_origins.c.taken_at,
            photo_origins.c.taken_local,
            sa.func.ST_X(photo_origins.c.location).label("lon"),
            sa.func.ST_Y(photo_origins.c.location).label("lat"),
            photo_origins.c.datum,
            photo_origins.c.accuracy_m,
        )
        .join(report_photos, report_photos.c.sha256 == photos.c.sha256)
        .outerjoin(photo_origins, photo_origins.c.sha256 == photos.c.sha256)
        .where(report_photos.c.report_id == report_id)
        .order_by(report_photos.c.position)
    )
    return [_photo(row) for row in connection.execute(query)]


def _photo(row: sa.Row[Any]) -> ReportPhoto:
    origin = Origin(row.taken_at, row.taken_local, row.lon, row.lat, row.datum, row.accuracy_m)
    return ReportPhoto(row.sha256, row.width_px, row.height_px, origin if row.told else None)


def is_shown(connection: sa.Connection, sha256: str, *, scope: Scope) -> bool:
    """Return whether a report of a scope names a photo."""
    decided = report_photos.join(assignments, assignments.c.report_id == report_photos.c.report_id)
    named = sa.select(sa.literal(True)).select_from(decided)
    found = named.where(report_photos.c.sha256 == sha256, inside(assignments, scope)).limit(1)
    return bool(connection.scalar(found))


def kept(connection: sa.Connection, *, beginning: str = "") -> Iterator[str]:
    """Yield the hash of every kept photo that begins so, in order, without holding them all in memory."""
    hashes = sa.select(photos.c.sha256).where(photos.c.sha256.startswith(beginning)).order_by(photos.c.sha256)
    yield from connection.scalars(hashes.execution_options(yield_per=1_000))


# --- sweeping ---------------------------------------------------------------------------------------------------------


def lock_orphans(
    connection: sa.Connection, *, older_than: timedelta, among: Collection[str] | None = None
) -> list[str]:
    """Return the photos that were sent longer ago and that no report names, locked until the transaction ends.

    `among` narrows to some.

    The scope must be everything. A photo that a report is about to name is passed over; a report that names a locked
    one waits, and then learns that it is gone.
    """
    named = sa.exists().where(report_photos.c.sha256 == photos.c.sha256)
    old = sa.select(photos.c.sha256).where(photos.c.stored_at <= sa.func.now() - older_than, ~named)
    if among is not None:
        old = old.where(photos.c.sha256.in_(_listed(among)))
    locked = list(connection.scalars(old.with_for_update(skip_locked=True)))
    # Asked again now that nobody can name them any more: one may have been named before it was locked.
    still = sa.select(photos.c.sha256).where(photos.c.sha256.in_(_listed(locked)), ~named)
    return list(connection.scalars(still))


def forget(connection: sa.Connection, hashes: Collection[str]) -> None:
    """Forget photos that no report names, and what they said of themselves."""
    connection.execute(sa.delete(photos).where(photos.c.sha256.in_(_listed(hashes))))


def is_unknown(connection: sa.Connection, sha256: str) -> bool:
    """Return whether a photo has no row and is not being sent either; it will not be until the transaction ends."""
    if not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(_lock_of(sha256)))):
        return False
    return not connection.scalar(sa.select(sa.exists().where(photos.c.sha256 == sha256)))


def _listed(hashes: Collection[str]) -> sa.Select[Any]:
    return sa.select(sa.func.unnest(sa.literal(list(hashes), sa.ARRAY(sa.Text))))


def _lock_of(sha256: str) -> int:
    """Return the number of a photo's advisory lock; two photos that share one only wait for each other."""
    return int(sha256[:16], 16) - 2**63
