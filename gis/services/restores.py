"""Restores: a backup that was checked, back into an empty database and its folder."""

import hashlib
from pathlib import Path

import sqlalchemy as sa

from gis.db import dumps, statistics
from gis.db import photos as stored_photos
from gis.errors import DatabaseFilledError, DatabaseUnavailableError, NotFoundError, StorageUnavailableError
from gis.files import archives, whole
from gis.files import photos as photo_files
from gis.services.backups import PART, PHOTO, Contents, Identities, Progress
from gis.settings import TRUTH, Settings


def refuse_filled(connection: sa.Connection) -> None:
    """Refuse a database that has tables of ours; needs the owner's role.

    Raises
    ------
    DatabaseFilledError : says what to do.
    """
    if found := dumps.counts(connection):
        raise DatabaseFilledError(
            f"The database has {len(found)} tables with {sum(found.values()):,} rows already, and nothing is put over "
            "them; name an empty one: another WANGGE_HOME, or one that `wangge db prepare` made in "
            "WANGGE_DATABASE_URL and WANGGE_DATABASE_OWNER_URL."
        )


def begin(connection: sa.Connection) -> None:
    """Make an empty database ready for `restore`, which must see this committed; raises what `refuse_filled` raises."""
    refuse_filled(connection)
    dumps.withhold_rights(connection)


def give_up(connection: sa.Connection) -> None:
    """Undo `begin` when `restore` raised."""
    dumps.return_rights(connection)


def restore(
    path: Path,
    identities: Identities,
    contents: Contents,
    settings: Settings,
    *,
    owner_url: str,
    progress: Progress,
) -> None:
    """Put the photos and then the database of a checked backup in their places; `contents` is what `check` returned.

    The database is one for which `begin` was committed. It is filled whole or not at all. Photos come first, so that no
    row is without its file; when the database fails they stay and harm nobody.

    Raises
    ------
    StorageUnavailableError, DatabaseUnavailableError : says what; and what `archives.read` raises.
    """
    whole.new_folder(settings.home)
    with archives.read(path, identities) as members, dumps.restoring(owner_url, contents.entries) as receiver:
        done, total = 0, contents.photo_bytes + contents.dump_bytes
        for member in members:
            if photo := PHOTO.fullmatch(member.name):
                photo_files.put_back(settings.photos, photo[1], member.pieces)
            elif member.name == TRUTH:
                with whole.new_file(settings.home / TRUTH, replace=True) as file:
                    file.writelines(member.pieces)
            elif PART.fullmatch(member.name):
                for piece in member.pieces:
                    receiver.feed(piece)
            done += member.size
            progress("restoring", min(done, total), total)


def settle(connection: sa.Connection, contents: Contents, settings: Settings) -> None:
    """Compare what was restored with what the backup says, and gather statistics; needs the owner's role.

    Raises
    ------
    DatabaseUnavailableError : a table has another number of rows; names it.
    StorageUnavailableError : photos are not on disk as they were written.
    """
    found, wanted = dumps.counts(connection), contents.manifest.tables
    differing = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
    if differing:
        name = differing[0]
        raise DatabaseUnavailableError(
            f"The restored database differs from the backup: {name} has {found.get(name)} rows, not {wanted.get(name)}."
        )
    spoiled = sum(not _is_sound(settings.photos, sha256) for sha256 in stored_photos.kept(connection))
    if spoiled > contents.spoiled + contents.photos_missing:
        raise StorageUnavailableError(f"{spoiled} restored photos are not on disk as they are in the backup.")
    statistics.gather(connection)


def _is_sound(folder: Path, sha256: str) -> bool:
    try:
        with photo_files.find(folder, sha256).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except (NotFoundError, OSError):
        return False
