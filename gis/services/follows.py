"""Follow (查询进展): what a reporter without an account sees of a report, by a secret that only the reporter has."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from gis.db import contacts as stored_contacts
from gis.db import follows as stored
from gis.db import sessions
from gis.domain.audit import Actor, Wanted
from gis.domain.contacts import Consent, Contact, masked
from gis.domain.credentials import digest
from gis.domain.decisions import Decision, LoadedPlan
from gis.domain.networks import sender
from gis.domain.reports import Report
from gis.domain.staff import EVERYWHERE
from gis.errors import TooOftenError
from gis.files.vault import Vault
from gis.services import audit, contacts, decisions, reports
from gis.services.sessions import TRIES_FROM_ADDRESS, TRIES_WITHIN

# As the audit log names a reporter who shows the secret: there is no account, and no address is kept.
REPORTER = Actor("", "citizen")
LOOKS_SHOWN = 100


@dataclass(frozen=True)
class Look:
    """One look at the clear contact: when, in which roles, and why; `reason` is None when it was erased."""

    at: datetime
    role: str
    reason: str | None


@dataclass(frozen=True)
class Followed:
    """What a reporter sees: the own report, where it went, the contact masked, and who looked at it."""

    report: Report
    decision: Decision
    contact: Contact | None
    consent: Consent | None
    looks: list[Look]


def find(connection: sa.Connection, secret: str, *, address: str) -> UUID | None:
    """Return the report that is followed with a secret; None when there is none, which is counted.

    An address from which as many failed as may fail to sign in is told to wait: `TooOftenError`. A right secret is
    always answered, and wrong ones keep nobody from signing in.
    """
    found = stored.find(connection, digest(secret))
    if found is None:
        guesser = f"follow {sender(address)}"
        _, failed = sessions.failures(connection, (), guesser, within=TRIES_WITHIN)
        if failed >= TRIES_FROM_ADDRESS:
            wait_s = int(TRIES_WITHIN.total_seconds())
            raise TooOftenError("Too many secrets from here were wrong; wait ten minutes.", retry_after_s=wait_s)
        sessions.fail(connection, digest(secret), guesser)
    return found


def read(connection: sa.Connection, report_id: UUID, *, vault: Vault, loaded: LoadedPlan | None) -> Followed:
    """Return what a reporter sees of a report. Raises `NotFoundError`."""
    report = reports.get(connection, report_id, scope=EVERYWHERE)
    sealed = stored_contacts.find(connection, report_id, scope=EVERYWHERE)
    return Followed(
        report,
        decisions.of_report(connection, report, loaded=loaded),
        masked(contacts.opened(sealed, vault)) if sealed else None,
        Consent(sealed.consent_version, sealed.consented_at) if sealed else None,
        looks(connection, report_id),
    )


def looks(connection: sa.Connection, report_id: UUID) -> list[Look]:
    """Return the looks at the contact of a report, the newest first."""
    wanted = Wanted(action="contact.unmasked", subject=f"report:{report_id}")
    found = audit.page(connection, wanted, limit=LOOKS_SHOWN)
    return [Look(one.row.at, one.row.role or "", one.texts.reason if one.texts else None) for one in found]
