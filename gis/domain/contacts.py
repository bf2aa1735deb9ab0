"""Contact (联系方式): how a reporter wants to be called and reached. It is no part of a report and lies elsewhere.

A reporter gives it of free will and with a consent of its own (PIPL, articles 13, 14 and 17), may correct or withdraw
it at any time, and sees who looked at it and why.
"""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from gis.domain.reports import AHEAD_LIMIT
from gis.errors import Fault, InvalidInputError

NAME_LIMIT, TELEPHONE_LIMIT, EMAIL_LIMIT = 40, 25, 254
REASON_SHORTEST, REASON_LIMIT = 2, 200
# Versions of the notice that a reporter has agreed to; a phone that was offline may bring an older one.
CONSENTS = ("1",)
TELEPHONE = re.compile(r"\+?[0-9][0-9 ()-]*")
EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+")
# What a telephone in China may be written with in front; the rest tells whose it is.
COUNTRY = re.compile(r"^(\+86|0086|86(?=1[0-9]{10}$))")


@dataclass(frozen=True)
class Contact:
    """A contact as its reporter wrote it.

    Attributes
    ----------
    name : how to be called (称呼); empty for none.
    telephone, email : None where it was not given; one of them is there.
    call_back : wishes to be called back (希望回访).
    """

    name: str = ""
    telephone: str | None = None
    email: str | None = None
    call_back: bool = False


@dataclass(frozen=True)
class Consent:
    """What a reporter agreed to: the version of the notice (of `CONSENTS`) and the instant at which it was ticked."""

    version: str
    at: datetime


@dataclass(frozen=True)
class Given:
    """What comes beside a report and is no part of it: a contact with its consent, and what the reporter follows it by.

    Attributes
    ----------
    contact, consent : both or neither.
    follow_sha256 : SHA-256 of a secret that the reporter made; who shows the secret may follow the report.
    """

    contact: Contact | None = None
    consent: Consent | None = None
    follow_sha256: str | None = None


NOTHING = Given()


def check(contact: Contact, consent: Consent, *, now: datetime) -> None:
    """Refuse what cannot be a contact. Raises `InvalidInputError` with all that `faults` finds."""
    found = faults(contact, consent, now=now)
    if found:
        raise InvalidInputError(f"The contact has {len(found)} wrong value(s): {found[0].detail}", found)


def faults(contact: Contact, consent: Consent, *, now: datetime) -> list[Fault]:
    """Return all that is wrong with a contact; what was written is never repeated."""
    details = {
        "name": _name(contact.name),
        "telephone": _telephone(contact),
        "email": _email(contact.email),
        "consent": None if consent.version in CONSENTS else "Agree to the notice as it is shown now.",
        "consented_at": _instant(consent.at, now),
    }
    return [Fault(f"/{name}", detail) for name, detail in details.items() if detail]


def check_reason(reason: str) -> str:
    """Return a reason for a look at a contact, without spaces around it. Raises `InvalidInputError`."""
    kept = reason.strip()
    if not REASON_SHORTEST <= len(kept) <= REASON_LIMIT or not kept.isprintable():
        detail = f"A reason has {REASON_SHORTEST} to {REASON_LIMIT} characters on one line; the reporter reads it."
        raise InvalidInputError(detail, [Fault("/reason", detail)])
    return kept


def pack(contact: Contact, owner: str) -> str:
    """Return a contact as one text to be sealed; `owner` is what it belongs to, so that it opens nowhere else."""
    return json.dumps({"of": owner, **asdict(contact)}, ensure_ascii=False)


def unpack(text: str, owner: str) -> Contact:
    """Return the contact that was packed. Raises ValueError when it belongs to something else."""
    said: dict[str, Any] = json.loads(text)
    if said.pop("of") != owner:
        raise ValueError("this contact belongs to another report")
    return Contact(**said)


def masked(contact: Contact) -> Contact:
    """Return what is shown of a contact: ``张*``, ``138****1234``, ``a***@…``; how long it is stays untold."""
    return Contact(
        name=contact.name[:1] and f"{contact.name[:1]}*",
        telephone=contact.telephone and _masked_telephone(dialled(contact.telephone)),
        email=contact.email and f"{contact.email[:1]}***@…",
        call_back=contact.call_back,
    )


def dialled(telephone: str) -> str:
    """Return the digits by which a telephone is known, however it was written: no spaces, hyphens or China's 86."""
    bare = re.sub(r"[ ()-]", "", telephone)
    return COUNTRY.sub("", bare).lstrip("+")


def addressed(email: str) -> str:
    """Return the form by which an address of e-mail is known, however it was written."""
    return unicodedata.normalize("NFKC", email).casefold()


def _masked_telephone(digits: str) -> str:
    shown = (3, 4) if len(digits) >= 11 else (2, 2) if len(digits) >= 7 else (1, 1)
    return f"{digits[: shown[0]]}****{digits[-shown[1] :]}"


def _name(name: str) -> str | None:
    if len(name) > NAME_LIMIT:
        return f"The name has more than {NAME_LIMIT} characters."
    if name and (not name.isprintable() or not name.strip()):
        return "The name holds a character that cannot be printed, or spaces alone."
    return None


def _telephone(contact: Contact) -> str | None:
    if contact.telephone is None:
        return None if contact.email is not None else "A contact has a telephone or an e-mail address."
    digits = sum(letter.isdigit() for letter in contact.telephone)
    is_one = len(contact.telephone) <= TELEPHONE_LIMIT and TELEPHONE.fullmatch(contact.telephone)
    return None if is_one and 5 <= digits <= 20 else "A telephone is 5 to 20 digits, such as 0412-5550123."


def _email(email: str | None) -> str | None:
    is_one = email is None or (len(email) <= EMAIL_LIMIT and EMAIL.fullmatch(email) and email.isprintable())
    return None if is_one else "An e-mail address is a name, @ and a host, without spaces."


def _instant(at: datetime, now: datetime) -> str | None:
    if at.tzinfo is None:
        return "An instant needs its offset from UTC, such as +08:00."
    return "The consent lies in the future; check the sender's clock." if at > now + AHEAD_LIMIT else None
