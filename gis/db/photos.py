"""Photos: which are kept; the files themselves lie outside of the database."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import photos


def remember(connection: sa.Connection, sha256: str, *, width_px: int, height_px: int) -> bool:
    """Note a kept photo; return whether it is new."""
    row = insert(photos).values(sha256=sha256, width_px=width_px, height_px=height_px)
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def exists(connection: sa.Connection, sha256: str) -> bool:
    """Return whether a photo is kept."""
    return bool(connection.scalar(sa.select(sa.exists().where(photos.c.sha256 == sha256))))
