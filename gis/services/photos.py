"""Photos: take one in, find one again by its hash, tell how those of a report fit it, sweep what nobody names.

A row may wait for its file's end and never the other way round: files come before their row is committed, and go after
its end is. What is cut between leaves a file too much, which the next sweep takes.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from gis.db import photos as stored
from gis.domain.audit import Actor
from gis.domain.photos import Fit, Origin, ReportPhoto, fit
from gis.domain.staff import EVERYWHERE, Scope
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.files import photos as files
from gis.files.photo_decoder import Photo
from gis.services import audit, reports

# A phone sends photos and then their report, and sends again what the server let go.
ORPHAN_AFTER = timedelta(days=1)
# Longer than a photo may take between its file and its row.
STRAY_AFTER = timedelta(minutes=10)
# Each file that goes takes an advisory lock until the transaction ends; PostgreSQL has room for some thousands.
SWEPT_AT_ONCE = 2_000


@dataclass
class Sweep:
    """What a sweep found; all but `missing` is what it removes.

    Attributes
    ----------
    orphans : hashes of photos that no report named within `ORPHAN_AFTER`; `discard` removes their files.
    strays : photos with files and without a row, as a cut transaction leaves them.
    halves : files whose writing was cut off.
    missing : hashes of photos that a report names and whose file is gone.
    """

    orphans: tuple[str, ...] = ()
    strays: int = 0
    halves: int = 0
    missing: tuple[str, ...] = ()


def keep(connection: sa.Connection, photo: Photo, *, folder: Path, by: Actor) -> bool:
    """Note a cleaned photo and write its file below `folder`; return whether it is new. Needs every scope.

    The file is on disk before the row is committed, so no report can name a photo that is not there; it is written
    after the row is locked, so no sweep can take it. The same picture sent twice is one photo, and what its first
    upload told of place and time stays.
    """
    is_new = stored.remember(connection, photo.sha256, width_px=photo.width_px, height_px=photo.height_px)
    if is_new and photo.origin is not None:
        stored.note_origin(connection, photo.sha256, photo.origin)
    files.keep(folder, photo)
    if is_new:
        audit.record(connection, by.did("photo.stored", f"photo:{photo.sha256}", bytes=len(photo.content)))
    return is_new


def find(
    connection: sa.Connection,
    sha256: str,
    *,
    scope: Scope,
    folder: Path,
    preview: bool = False,
    by: Actor,
) -> Path:
    """Return the path of a photo that a report of a scope names, or of its preview, and record the look.

    Raises `NotFoundError`.
    """
    if not stored.is_shown(connection, sha256, scope=scope):
        raise NotFoundError(f"There is no photo {sha256}.")
    path = files.find(folder, sha256, preview=preview)
    audit.looked(connection, by, "photo.viewed", f"photo:{sha256}", every=audit.LOOK_EVERY)
    return path


def require_files(hashes: Sequence[str], *, folder: Path) -> None:
    """Refuse photos whose file is gone, with a fault for each; the sender still has them and sends them again.

    A row can be left without its file by a disk that lost it, or by a database that came back without the folder.
    Raises `InvalidInputError`.
    """
    detail = "The file of this photo is gone; send the photo again."
    gone = [place for place, sha256 in enumerate(hashes) if not files.is_there(folder, sha256)]
    if gone:
        raise InvalidInputError(detail, [Fault(f"/photos/{place}", detail) for place in gone])


def of_report(connection: sa.Connection, report_id: UUID, *, scope: Scope) -> list[tuple[ReportPhoto, Fit]]:
    """Return the photos of a report of a scope, each with how it fits the report; raises `NotFoundError`."""
    report = reports.get(connection, report_id, scope=scope)
    captured_at = report.submission.captured_at
    return [
        (photo, fit(photo.origin or Origin(), lon=report.lon, lat=report.lat, captured_at=captured_at))
        for photo in stored.of_report(connection, report_id)
    ]


def sweep(connection: sa.Connection, folder: Path, *, commit: bool, by: Actor) -> Sweep:
    """Remove orphaned photos, files without a row and halves of files; without `commit` only count them.

    Needs every scope: a photo is an orphan when no report names it, not when none in some area does. Rows and files
    stay locked until the caller commits, so that a report that names one of them waits and learns that it is gone. The
    files of orphans are left to `discard`, in a transaction after this one: should this one not be committed, the rows
    are back. At most `SWEPT_AT_ONCE` orphans go, the others next time. What was removed is recorded; make it the last
    statement.
    """
    orphans = stored.lock_orphans(connection, older_than=ORPHAN_AFTER)
    if commit:
        orphans = orphans[:SWEPT_AT_ONCE]
        stored.forget(connection, orphans)
    swept = Sweep(orphans=tuple(orphans))
    for prefix in files.PREFIXES:
        _sweep_folder(connection, folder, prefix, swept, commit=commit)
    removed = {"orphans": len(orphans), "strays": swept.strays, "halves": swept.halves}
    if commit and any(removed.values()):
        audit.record(connection, by.did("photo.swept", "photo:all", **removed))
    return swept


def forget(connection: sa.Connection, hashes: Collection[str]) -> list[str]:
    """Forget those of these photos that no report names any more, however new; return them, for `discard`.

    Needs every scope, as `sweep` does.
    """
    orphans = stored.lock_orphans(connection, older_than=timedelta(0), among=hashes)
    stored.forget(connection, orphans)
    return orphans


def discard(connection: sa.Connection, hashes: Collection[str], *, folder: Path) -> None:
    """Remove the files of photos that were forgotten, in a transaction after the one that forgot them.

    One that was sent again meanwhile has a row, or a lock on its way to one, and stays.
    """
    for sha256 in hashes:
        if stored.is_unknown(connection, sha256):
            files.remove(folder, sha256)


def _sweep_folder(connection: sa.Connection, folder: Path, prefix: str, swept: Sweep, *, commit: bool) -> None:
    known, found = set(stored.kept(connection, beginning=prefix)), set()
    ours = known | {sha256 for sha256 in swept.orphans if sha256.startswith(prefix)}
    strays = set()
    for held in files.held(folder, prefix, older_than=STRAY_AFTER):
        if held.sha256 is None:
            swept.halves += 1
            if commit:
                held.path.unlink(missing_ok=True)
        elif held.sha256 not in ours and stored.is_unknown(connection, held.sha256):
            strays.add(held.sha256)
            if commit:
                held.path.unlink(missing_ok=True)
        elif not held.is_preview:
            found.add(held.sha256)
    swept.strays += len(strays)
    lost = [sha256 for sha256 in sorted(known - found) if not files.is_there(folder, sha256)]
    swept.missing += tuple(sha256 for sha256 in lost if stored.is_shown(connection, sha256, scope=EVERYWHERE))
