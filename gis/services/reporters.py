"""Reporters (上报人): everything that is kept of one, handed out or erased at the reporter's wish (PIPL 45 and 47)."""

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from gis.db import contacts as stored_contacts
from gis.db import events as stored_events
from gis.db import follows as stored_follows
from gis.db import photos as stored_photos
from gis.db import reports as stored
from gis.domain.audit import Actor, Wanted
from gis.domain.reports import Report
from gis.domain.staff import EVERYWHERE
from gis.errors import NotFoundError
from gis.files import erasures
from gis.files import photos as photo_files
from gis.files.vault import Vault
from gis.services import audit, contacts, follows, photos, reports

AUDIT_PAGE = 1_000


@dataclass(frozen=True)
class Erasure:
    """What an erasure did: how many reports were not erased before, and the photos whose files `discard` removes."""

    reports: int
    photos: tuple[str, ...]


def known(connection: sa.Connection, report_ids: Sequence[UUID]) -> list[Report]:
    """Return those of these reports that are stored, in the order given."""
    found = (stored.find(connection, report_id, scope=EVERYWHERE) for report_id in report_ids)
    return [report for report in found if report is not None]


def export(
    connection: sa.Connection, report_ids: Sequence[UUID], *, vault: Vault, folder: Path, by: Actor, reason: str
) -> dict[str, Any]:
    """Return all that is kept of a reporter in these reports, as JSON values; photos below `folder` in base 64.

    That it was handed out is recorded, with the reason. Raises `NotFoundError`.
    """
    # So that an erasure comes before, or after and takes the reason along.
    stored.lock(connection, report_ids)
    told = [
        _told(connection, reports.get(connection, report_id, scope=EVERYWHERE), vault, folder)
        for report_id in report_ids
    ]
    for report_id in report_ids:
        audit.record(connection, replace(by.did("reporter.exported", f"report:{report_id}"), reason=reason))
    return {"reports": told}


def erase(
    connection: sa.Connection,
    report_ids: Sequence[UUID],
    *,
    vault: Vault,
    again: Path,
    by: Actor,
    reason: str,
) -> Erasure:
    """Erase the reporter of these reports: contact, words, photos, and what the audit log and events tell of them.

    Where, when and what kind stay, so no count changes; a keyed hash stays of the body, and one row of the audit log
    with the reason. Photos that no other report names are forgotten; once this is committed, `photos.discard` removes
    their files. The ids go on the list `again`, by which they are erased once more after a restore, before that: where
    the commit fails the list holds one whose reporter wished it all the same, and it never lacks one that was erased.
    Raises `NotFoundError`.
    """
    # Before they are read, so that of several who erase one at once a single one does.
    stored.lock(connection, report_ids)
    found = [reports.get(connection, report_id, scope=EVERYWHERE) for report_id in dict.fromkeys(report_ids)]
    fresh = [report for report in found if report.erased_at is None]
    ids = [report.submission.id for report in fresh]
    for report in fresh:
        stored.erase(connection, report.submission.id, digest=vault.mark("erased", report.digest))
        audit.erase_texts(connection, _positions(connection, report.submission.id))
    # After the reports, which are locked by now, so that no contact comes in beside.
    stored_contacts.remove(connection, ids)
    stored_follows.remove(connection, ids)
    hashes = {sha256 for report in fresh for sha256 in report.submission.photos}
    erasures.append(again, ids)
    stored_photos.detach(connection, ids)
    forgotten = photos.forget(connection, hashes)
    if ids:
        stored_events.forget(connection, ids)
    for report_id in ids:
        audit.record(connection, replace(by.did("report.erased", f"report:{report_id}"), reason=reason))
    return Erasure(len(fresh), tuple(forgotten))


def erased_before(path: Path) -> list[UUID]:
    """Return the reports on a list of erasures; raises what `files.erasures.read` raises."""
    return erasures.read(path)


def _positions(connection: sa.Connection, report_id: UUID) -> list[int]:
    """Return the positions of all rows of the audit log about a report."""
    wanted = Wanted(subject=f"report:{report_id}")
    found: list[int] = []
    while page := audit.page(connection, wanted, before=found[-1] if found else None, limit=AUDIT_PAGE):
        found += [one.row.position for one in page]
    return found


def _told(connection: sa.Connection, report: Report, vault: Vault, folder: Path) -> dict[str, Any]:
    said = report.submission
    return {
        "id": str(said.id),
        "number": report.number,
        "received_at": _iso(report.received_at),
        "captured_at": _iso(said.captured_at),
        "channel": said.channel,
        "category": said.category,
        "text": said.text,
        "original": [said.x, said.y],
        "datum": said.datum,
        "accuracy_m": said.accuracy_m,
        "location": [report.lon, report.lat],
        "grid": report.assignment.grid,
        "erased_at": report.erased_at and _iso(report.erased_at),
        "photos": _photos(said.photos, folder),
        "contact": _contact(connection, said.id, vault),
        "looks_at_contact": [
            {"at": _iso(look.at), "role": look.role, "reason": look.reason}
            for look in follows.looks(connection, said.id)
        ],
    }


def _contact(connection: sa.Connection, report_id: UUID, vault: Vault) -> dict[str, Any] | None:
    sealed = stored_contacts.find(connection, report_id, scope=EVERYWHERE)
    if sealed is None:
        return None
    agreed = {"consent": sealed.consent_version, "consented_at": _iso(sealed.consented_at)}
    return {**asdict(contacts.opened(sealed, vault)), **agreed, "stored_at": _iso(sealed.stored_at)}


def _photos(hashes: Sequence[str], folder: Path) -> list[dict[str, str | None]]:
    return [{"sha256": sha256, "jpeg_base64": _encoded(folder, sha256)} for sha256 in hashes]


def _encoded(folder: Path, sha256: str) -> str | None:
    """Return a photo in base 64; None when its file is gone."""
    try:
        return base64.b64encode(photo_files.find(folder, sha256).read_bytes()).decode()
    except NotFoundError:
        return None


def _iso(at: datetime) -> str:
    return at.isoformat()
