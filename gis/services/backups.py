"""Backups: everything that is kept, in one encrypted file, checked; `restores` puts it back.

An archive holds `manifest.json`, `demo-truth.json` where there is one, every photo that has a row, and the dump of the
database in parts that make a file of pg_dump's custom format when they are joined.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from pyrage import x25519

from gis.db import dumps, schema
from gis.db import photos as stored_photos
from gis.domain.audit import Actor
from gis.errors import (
    BackupTooNewError,
    DatabaseUnavailableError,
    NotABackupError,
    NotFoundError,
    StorageUnavailableError,
)
from gis.files import archives, keys, whole
from gis.files import photos as photo_files
from gis.files.archives import Member
from gis.services import audit
from gis.settings import TRUTH, Settings

FORMAT = 1
MANIFEST = "manifest.json"
MANIFEST_LIMIT_BYTES = 1 << 20
PART = re.compile(r"database/[0-9]{6}")
PHOTO = re.compile(r"photos/([0-9a-f]{64})\.jpg")
# tar wants to know the size of a member before its content; a part is what is held in memory for that.
PART_BYTES = 16 << 20

Identities = Sequence[x25519.Identity]
# Called with the name of a step, how much is done, and of how much; None where that is not known.
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes
    ----------
    format : version of the form of backups.
    migration : newest migration of the database.
    database : its name.
    made_at : the instant as of which everything is, ISO 8601, UTC.
    tables : number of rows by schema and name of every table.
    """

    format: int
    migration: str
    database: str
    made_at: str
    tables: dict[str, int]


@dataclass
class Contents:
    """What was found in a backup when all of it was read.

    Attributes
    ----------
    manifest : what it says of itself.
    entries : list of what the dump holds, as pg_restore writes it.
    photos, photo_bytes, dump_bytes : what came by.
    spoiled : photos whose content is not what their name says; so they were found on disk.
    """

    manifest: Manifest
    entries: list[str]
    photos: int = 0
    photo_bytes: int = 0
    dump_bytes: int = 0
    spoiled: int = 0

    @property
    def photos_missing(self) -> int:
        """How many photos have a row in the database and no file."""
        return self.manifest.tables.get("public.photos", 0) - self.photos


def keep_key(settings: Settings) -> bool:
    """Make the key of backups where there is none; return whether it was made."""
    return keys.keep(settings.backup_key)


def recipients(settings: Settings) -> list[str]:
    """Return the public names of our key; raises what `keys.identities` raises."""
    return [str(identity.to_public()) for identity in keys.identities(settings.backup_key)]


def identities(settings: Settings, path: Path | None) -> Identities:
    """Return what opens backups: the identities in the file at `path`, or our own key when that is None."""
    return keys.identities(path or settings.backup_key)


def default_target(settings: Settings) -> Path:
    """Return a name with date and time (UTC) for a new backup, in the folder of backups, which is made.

    Raises `StorageUnavailableError` when it cannot be made.
    """
    whole.new_folder(settings.backups)
    return settings.backups / f"wangge-{datetime.now(UTC):%Y-%m-%d-%H%M%S}.age"


def make(
    connection: sa.Connection,
    target: Path,
    settings: Settings,
    *,
    owner_url: str,
    recipients: Sequence[str] = (),
    progress: Progress,
) -> Contents:
    """Write a backup to `target`, encrypted to our key and to `recipients`, read it back, and only then name it.

    `connection` is a new transaction of the owner of the tables at `owner_url`; all is as of its instant. The file is
    read back with our own key, which is made where there is none.

    Raises
    ------
    ConflictError : `target` is there already.
    StorageUnavailableError : the disk is full or the folder is not there.
    DatabaseUnavailableError : the database has no tables, or is not dumped.
    """
    keep_key(settings)
    ours = keys.identities(settings.backup_key)
    known = [identity.to_public() for identity in ours] + keys.recipients(recipients)
    with whole.new_file(target) as file:
        archives.write(file, _members(connection, settings, owner_url, progress), known)
        whole.settle(file)
        return check(Path(str(file.name)), ours, progress=progress)


def check(path: Path, identities: Identities, *, progress: Progress) -> Contents:
    """Read a backup to its last byte and return what is in it; nothing is written.

    Raises
    ------
    NotFoundError, NotABackupError, WrongKeyError, BackupCutOffError, BackupDamagedError : as `archives.read`.
    BackupTooNewError : a newer program made it.
    """
    with archives.read(path, identities) as members, dumps.listing() as (receiver, entries):
        manifest = _manifest(next(members, None), path)
        contents = Contents(manifest, entries)
        total = path.stat().st_size
        for member in members:
            _look(member, contents, receiver, path)
            progress("checking", contents.photo_bytes + contents.dump_bytes, total)
        progress("checking", total, total)
    return contents


def record(
    connection: sa.Connection,
    what: str,
    path: Path,
    contents: Contents,
    *,
    recipients: Sequence[str] = (),
    by: Actor,
) -> None:
    """Record that a backup was made (``backup.made``) or put back (``backup.restored``), by the hash of its file.

    `recipients` are the public names of those who may open it besides us.
    """
    if not schema.has_table(connection, "audit_head"):
        # One backs up before one migrates, also from before there was a log.
        return
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    told = {"file": path.name, "as_of": contents.manifest.made_at, "recipients": list(recipients)}
    audit.record(connection, by.did(what, f"backup:{sha256}", **told))


def _members(connection: sa.Connection, settings: Settings, owner_url: str, progress: Progress) -> Iterator[Member]:
    snapshot = dumps.freeze(connection)
    manifest = _manifest_of(connection)
    yield _whole_member(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode())
    if (settings.home / TRUTH).is_file():
        yield _whole_member(TRUTH, (settings.home / TRUTH).read_bytes())
    photos = manifest.tables.get("public.photos", 0)
    for number, sha256 in enumerate(stored_photos.kept(connection), 1):
        yield from _photo(settings.photos, sha256)
        progress("photos", number, photos)
    done = 0
    for number, part in enumerate(_parts(dumps.dump(owner_url, snapshot))):
        yield _whole_member(f"database/{number:06}", part)
        done += len(part)
        progress("database", done, None)


def _manifest_of(connection: sa.Connection) -> Manifest:
    migration = schema.present(connection)
    if migration is None:
        raise DatabaseUnavailableError("The database has no tables of ours, so there is nothing to back up.")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Manifest(FORMAT, migration, dumps.name_of(connection), made_at, dumps.counts(connection))


def _whole_member(name: str, content: bytes) -> Member:
    return Member(name, len(content), [content])


def _photo(folder: Path, sha256: str) -> Iterator[Member]:
    """Yield the member of a photo; none when its file is gone, which the reader of the backup counts."""
    try:
        path = photo_files.find(folder, sha256)
        with path.open("rb") as file:
            yield Member(f"photos/{sha256}.jpg", path.stat().st_size, _pieces(file, path))
    except (NotFoundError, FileNotFoundError):
        # A sweep may take a photo that no report names at any time.
        return


def _pieces(file: IO[bytes], path: Path) -> Iterator[bytes]:
    try:
        yield from iter(lambda: file.read(archives.PIECE_BYTES), b"")
    except OSError as error:
        raise StorageUnavailableError(f"The photo {path} cannot be read: {error.strerror}.") from error


def _parts(pieces: Iterable[bytes]) -> Iterator[bytes]:
    part = bytearray()
    for piece in pieces:
        part += piece
        if len(part) >= PART_BYTES:
            yield bytes(part)
            part.clear()
    if part:
        yield bytes(part)


def _manifest(member: Member | None, path: Path) -> Manifest:
    """Read the manifest, which comes first, and refuse what this program does not know."""
    if member is None or member.name != MANIFEST or member.size > MANIFEST_LIMIT_BYTES:
        raise NotABackupError(f"{path} is not a backup of Wangge.")
    try:
        told = json.loads(b"".join(member.pieces))
        if told["format"] > FORMAT:
            raise BackupTooNewError(
                f"{path} has format {told['format']}, and this program knows {FORMAT}; take a newer one."
            )
        manifest = Manifest(**{field.name: told[field.name] for field in fields(Manifest)})
    except (ValueError, KeyError, TypeError) as error:
        raise NotABackupError(f"{path} is not a backup of Wangge: its manifest cannot be read.") from error
    if not schema.knows(manifest.migration):
        raise BackupTooNewError(
            f"{path} is of migration {manifest.migration}, and this program knows {schema.newest()}; take a newer one."
        )
    return manifest


def _look(member: Member, contents: Contents, receiver: dumps.Receiver, path: Path) -> None:
    """Read one member to its end and count it."""
    if photo := PHOTO.fullmatch(member.name):
        digest = hashlib.sha256()
        for piece in member.pieces:
            digest.update(piece)
        contents.photos += 1
        contents.photo_bytes += member.size
        contents.spoiled += digest.hexdigest() != photo[1]
    elif PART.fullmatch(member.name):
        for piece in member.pieces:
            receiver.feed(piece)
        contents.dump_bytes += member.size
    elif member.name not in (TRUTH, archives.LIST):
        raise NotABackupError(f"{path} is not a backup of Wangge: it holds {member.name}.")
