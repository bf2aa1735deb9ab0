"""Photos: take one in, clean; find one again by its hash."""

from pathlib import Path

import sqlalchemy as sa

from gis.db import photos as stored
from gis.errors import NotFoundError
from gis.files import photos as files
from gis.files.photos import Photo


def keep(connection: sa.Connection, data: bytes, *, folder: Path) -> tuple[Photo, bool]:
    """Clean a photo, write its file below `folder` and note it; return it and whether it is new.

    The file is on disk before the row is committed, so no report can name a photo that is not there. The same picture
    sent twice is one photo. Raises what `files.photos.clean` raises.
    """
    photo = files.clean(data)
    files.keep(folder, photo)
    return photo, stored.remember(connection, photo.sha256, width_px=photo.width_px, height_px=photo.height_px)


def find(connection: sa.Connection, sha256: str, *, folder: Path) -> Path:
    """Return the path of a kept photo; raises `NotFoundError`."""
    if not stored.exists(connection, sha256):
        raise NotFoundError(f"There is no photo {sha256}.")
    return files.find(folder, sha256)
