"""Photos: take one in, clean; find one again by its hash."""

from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from gis.db import photos as stored
from gis.domain.audit import UNNAMED, Actor
from gis.errors import NotFoundError
from gis.files import photos as files
from gis.files.photos import Photo
from gis.services import audit

# A phone sends a photo and then its report; both may wait long for a network, never this long apart.
ORPHAN_AFTER = timedelta(days=7)


def keep(connection: sa.Connection, data: bytes, *, folder: Path, by: Actor = UNNAMED) -> tuple[Photo, bool]:
    """Clean a photo, write its file below `folder` and note it; return it and whether it is new.

    The file is on disk before the row is committed, so no report can name a photo that is not there; it is written
    after the row is locked, so no sweep can take it. The same picture sent twice is one photo. Raises what
    `files.photos.clean` raises.
    """
    photo = files.clean(data)
    is_new = stored.remember(connection, photo.sha256, width_px=photo.width_px, height_px=photo.height_px)
    files.keep(folder, photo)
    if is_new:
        audit.record(connection, by.did("photo.stored", f"photo:{photo.sha256}", bytes=len(photo.content)))
    return photo, is_new


def find(connection: sa.Connection, sha256: str, *, folder: Path, by: Actor = UNNAMED) -> Path:
    """Return the path of a photo that a report within the scope names, and record the look; raises `NotFoundError`."""
    if not stored.is_shown(connection, sha256):
        raise NotFoundError(f"There is no photo {sha256}.")
    path = files.find(folder, sha256)
    audit.looked(connection, by, "photo.viewed", f"photo:{sha256}", every=audit.LOOK_EVERY)
    return path


def sweep(connection: sa.Connection, folder: Path, *, by: Actor = UNNAMED) -> int:
    """Remove the photos that no report named within `ORPHAN_AFTER`; return how many.

    Their rows are locked until the caller commits, so that the same photo, sent again meanwhile, is written anew.
    """
    orphans = stored.drop_orphans(connection, older_than=ORPHAN_AFTER)
    for sha256 in orphans:
        files.remove(folder, sha256)
    if orphans:
        audit.record(connection, by.did("photo.swept", "photo:orphans", count=len(orphans)))
    return len(orphans)
