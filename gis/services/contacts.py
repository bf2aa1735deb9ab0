"""Contacts of reporters: taken in with a report, masked, shown for a reason, corrected, withdrawn, forgotten."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from gis.db import contacts as stored
from gis.db import follows, reports
from gis.db.contacts import Sealed
from gis.domain.audit import Actor
from gis.domain.contacts import (
    Consent,
    Contact,
    Given,
    addressed,
    check,
    check_reason,
    dialled,
    masked,
    pack,
    unpack,
)
from gis.domain.staff import Scope
from gis.errors import Fault, InvalidInputError, NotFoundError, StorageUnavailableError
from gis.files.vault import Key, Vault
from gis.services import audit

TELEPHONE, EMAIL = "telephone", "email"


def take_in(connection: sa.Connection, report_id: UUID, given: Given, *, vault: Vault | None, now: datetime) -> None:
    """Store what came with a new report: the contact sealed, and the hash that its reporter follows it by.

    Raises `InvalidInputError` for what cannot be a contact, or a secret that another report is followed with.
    """
    if given.contact is not None:
        if given.consent is None or vault is None:
            raise ValueError("a contact is stored with a consent, and sealed")
        check(given.contact, given.consent, now=now)
        _keep(connection, report_id, given.contact, given.consent, vault)
    if given.follow_sha256 is not None and not follows.append(connection, report_id, given.follow_sha256):
        detail = "Another report is followed with this secret; make a new one for each report."
        raise InvalidInputError(detail, [Fault("/follow_sha256", detail)])


def show(connection: sa.Connection, report_id: UUID, *, vault: Vault, scope: Scope) -> Contact | None:
    """Return the contact of a report of a scope, masked; None where it has none. Raises `NotFoundError`."""
    if reports.find(connection, report_id, scope=scope) is None:
        raise NotFoundError(f"There is no report {report_id}.")
    sealed = stored.find(connection, report_id, scope=scope)
    return masked(opened(sealed, vault)) if sealed else None


def unmask(
    connection: sa.Connection, report_id: UUID, reason: str, *, vault: Vault, scope: Scope, by: Actor
) -> Contact:
    """Return the contact of a report of a scope as it was written; who looked and why is recorded with it.

    The reporter sees when, by which role and why. Raises `NotFoundError`, and `InvalidInputError` without a reason.
    """
    reason = check_reason(reason)
    # Held, so that an erasure comes before, or after and takes the reason along.
    if reports.is_erased(connection, report_id):
        raise NotFoundError(f"There is no contact of a report {report_id}.")
    contact = opened(get(connection, report_id, scope=scope), vault)
    audit.record(connection, replace(by.did("contact.unmasked", f"report:{report_id}"), reason=reason))
    return contact


def correct(
    connection: sa.Connection,
    report_id: UUID,
    contact: Contact,
    consent: Consent,
    *,
    vault: Vault,
    now: datetime,
    by: Actor,
) -> None:
    """Store the contact that its reporter gives now, in the place of any before.

    Raises `InvalidInputError`, and `NotFoundError` when the report was erased meanwhile.
    """
    check(contact, consent, now=now)
    if reports.is_erased(connection, report_id):
        raise NotFoundError("This report was erased.")
    _keep(connection, report_id, contact, consent, vault)
    audit.record(connection, by.did("contact.corrected", f"report:{report_id}"))


def withdraw(connection: sa.Connection, report_id: UUID, *, by: Actor) -> None:
    """Remove the contact of a report; nothing happens where there is none."""
    if stored.remove(connection, [report_id]):
        audit.record(connection, by.did("contact.withdrawn", f"report:{report_id}"))


def reports_of(connection: sa.Connection, told: str, *, vault: Vault) -> list[UUID]:
    """Return the reports whose reporter left a telephone or an e-mail address; none is opened for it."""
    found: dict[str, list[str]] = {TELEPHONE: [], EMAIL: []}
    kind, form = _form(told)
    found[kind] = vault.marks(kind, form(told))
    return stored.marked(connection, telephone=found[TELEPHONE], email=found[EMAIL])


def get(connection: sa.Connection, report_id: UUID, *, scope: Scope) -> Sealed:
    """Return the sealed contact of a report of a scope. Raises `NotFoundError`."""
    found = stored.find(connection, report_id, scope=scope)
    if found is None:
        raise NotFoundError(f"There is no contact of a report {report_id}.")
    return found


def opened(sealed: Sealed, vault: Vault) -> Contact:
    """Return a contact as it was written. Raises `StorageUnavailableError`: no key opens it, or it is another's."""
    try:
        return unpack(vault.open(sealed.sealed), str(sealed.report_id))
    except ValueError as error:
        raise StorageUnavailableError("A contact does not belong to its report.") from error


def sealing(contact: Contact, report_id: UUID, key: Key) -> dict[str, str | None]:
    """Return what a key makes of a contact: columns of its row."""
    telephone, email = contact.telephone, contact.email
    return {
        "sealed": key.seal(pack(contact, str(report_id))),
        "key_id": key.id,
        "telephone_mark": telephone and key.mark(TELEPHONE, dialled(telephone)),
        "email_mark": email and key.mark(EMAIL, addressed(email)),
    }


def _keep(connection: sa.Connection, report_id: UUID, contact: Contact, consent: Consent, vault: Vault) -> None:
    agreed = {"consent_version": consent.version, "consented_at": consent.at}
    key = vault.newest
    stored.keep(connection, report_id, **sealing(contact, report_id, key), **agreed)
    # A change of keys may have ended while this waited for it; from here on none can end before commit.
    if key.id not in vault.key_ids:
        stored.reseal(connection, report_id, **sealing(contact, report_id, vault.newest))


def _form(told: str) -> tuple[str, Callable[[str], str]]:
    return (EMAIL, addressed) if "@" in told else (TELEPHONE, dialled)
