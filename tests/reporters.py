"""What a reporter sends beside a report, for tests; the telephone begins like none that can be dialled."""

import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from gis.domain.contacts import Consent, Contact, Given

NAME, TELEPHONE, EMAIL = "示先生", "120 0000 4321", "canary.post@example.invalid"
# Before whatever the tests take for now, however long they run.
CONSENTED_AT = datetime.now(UTC) - timedelta(minutes=2)
CONTACT = Contact(NAME, TELEPHONE, EMAIL, call_back=True)


def consent() -> Consent:
    return Consent("1", CONSENTED_AT)


def given(contact: Contact | None = CONTACT, secret: str | None = None) -> Given:
    return Given(contact, consent() if contact else None, hashed(secret) if secret else None)


def contact_body(**more: Any) -> dict[str, Any]:
    agreed = {"consent": "1", "consented_at": consent().at.isoformat()}
    return {"name": NAME, "telephone": TELEPHONE, "email": EMAIL, "call_back": True, **agreed} | more


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
