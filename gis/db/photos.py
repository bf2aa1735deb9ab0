"""Photos: which are kept; the files themselves lie outside of the database."""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import photos, reports


def remember(connection: sa.Connection, sha256: str, *, width_px: int, height_px: int) -> bool:
    """Note a kept photo; return whether it is new. A known one counts as sent just now, and no sweep takes it."""
    row = insert(photos).values(sha256=sha256, width_px=width_px, height_px=height_px)
    again = row.on_conflict_do_update(index_elements=[photos.c.sha256], set_={"stored_at": sa.func.now()})
    # PostgreSQL numbers in `xmax` who replaced a row: nobody, when it is new.
    return bool(connection.scalar(again.returning(sa.literal_column("xmax = 0"))))


def drop_orphans(connection: sa.Connection, *, older_than: timedelta) -> list[str]:
    """Forget the photos that were sent longer ago and that no report names; return their hashes."""
    named = sa.exists().where(reports.c.photo_sha256 == photos.c.sha256)
    orphans = sa.select(photos.c.sha256).where(photos.c.stored_at < sa.func.now() - older_than, ~named)
    locked = orphans.with_for_update(skip_locked=True).cte("orphans")
    gone = sa.delete(photos).where(photos.c.sha256.in_(sa.select(locked.c.sha256)))
    return list(connection.scalars(gone.returning(photos.c.sha256)))


def is_shown(connection: sa.Connection, sha256: str) -> bool:
    """Return whether a report within the transaction's scope names a photo."""
    return bool(connection.scalar(sa.select(sa.exists().where(reports.c.photo_sha256 == sha256))))


def kept(connection: sa.Connection) -> Iterator[str]:
    """Yield the hash of every kept photo, in order, without holding them all in memory."""
    hashes = sa.select(photos.c.sha256).order_by(photos.c.sha256)
    yield from connection.scalars(hashes.execution_options(yield_per=1_000))


def exists(connection: sa.Connection, sha256: str) -> bool:
    """Return whether a photo is kept."""
    return bool(connection.scalar(sa.select(sa.exists().where(photos.c.sha256 == sha256))))
