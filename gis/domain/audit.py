"""The audit log: who did what to what, and when; each row is hashed together with the hash of the row before.

A row holds numbers, codes and hashes only. What people wrote, where they came from and the values that may be read lie
in `Texts`, which can be erased: the row keeps their salted hash, and the salt goes with them. How a chain is checked
stands in `audit_chain`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gis.errors import Fault, InvalidInputError

GENESIS = "0" * 64
SALT_BYTES = 16
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), default=str)


@dataclass(frozen=True)
class Entry:
    """One change, or one look at something sensitive, before it is recorded.

    Attributes
    ----------
    action : what was done, such as ``account.disabled``: words in lower case, parted by dots.
    subject : what it was done to, such as ``account:17``; numbers and codes, never a name.
    actor_id : account that did it; None for nobody who is signed in.
    actor_name : name as signed in; erasable.
    role : role that allowed it.
    address : network address of the request, or the terminal; erasable.
    reason : why, in the actor's words; erasable.
    before, after : values by name; only their salted hashes are kept. Never give a password or another secret.
    shown : names of those values that are kept readable beside the hashes, until they are erased.

    Raises
    ------
    InvalidInputError : a text holds NUL or half a surrogate pair, which no table keeps.
    """

    action: str
    subject: str
    actor_id: int | None = None
    actor_name: str = ""
    role: str | None = None
    address: str = ""
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in ("subject", "actor_name", "address", "reason")}
        faults = [Fault(f"/{name}", "This text cannot be stored.") for name, text in given.items() if _is_odd(text)]
        if faults:
            raise InvalidInputError("A text of the audit log holds NUL or half a surrogate pair.", faults)


@dataclass(frozen=True)
class Actor:
    """Who does something, as every entry about it says; see `Entry` for the meanings."""

    name: str
    role: str | None = None
    id: int | None = None
    address: str = ""

    def did(self, action: str, subject: str, **values: object) -> Entry:
        """Return the entry of an action of this actor; `values` are those after it, and stay readable."""
        return Entry(
            action,
            subject,
            actor_id=self.id,
            actor_name=self.name,
            role=self.role,
            address=self.address,
            after=values,
            shown=frozenset(values),
        )


# Who has not signed in, and leaves no address either; and whatever asks the services without a door.
UNNAMED = Actor("")


@dataclass(frozen=True)
class Head:
    """The end of a chain at an instant: how many rows there are, and the hash of the last. An empty chain ends at 0."""

    position: int
    hash: str
    at: datetime

    def signed_bytes(self) -> bytes:
        """Return what is signed when a head is kept outside the database."""
        return _canonical({"position": self.position, "hash": self.hash, "at": _instant(self.at)})


@dataclass(frozen=True)
class Row:
    """One row of the chain; positions count from 1 without a gap. `before` and `after` are salted hashes by name."""

    position: int
    at: datetime
    actor_id: int | None
    role: str | None
    action: str
    subject: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    texts_hash: str
    previous_hash: str
    hash: str


@dataclass(frozen=True)
class Texts:
    """What may be erased of a row; `shown` is a JSON text of the readable values, ``{"after": {}, "before": {}}``."""

    salt: bytes
    actor_name: str
    address: str
    reason: str
    shown: str

    def digest(self) -> str:
        """Return the salted hash that the row keeps."""
        return _salted(self.salt, [self.actor_name, self.address, self.reason, self.shown])


@dataclass(frozen=True)
class Recorded:
    """A row with its texts; None when they were erased."""

    row: Row
    texts: Texts | None


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for; None of a filter means all.

    `action` and `subject` are whole, or the first word: ``account`` finds ``account.disabled`` and ``account:17``.
    `since` is included, `until` is not; `after` is a position that is not included. `actor_name` is whole, of those
    who have no account; `text` is part of what is readable and not erased, in upper or lower case.
    """

    actor_id: int | None = None
    actor_name: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    text: str | None = None


def look_key(entry: Entry) -> str:
    """Return what entries have in common that are the same look of the same account; to a reader it says nothing."""
    return hashlib.sha256(_canonical([entry.actor_id, entry.action, entry.subject])).hexdigest()


def seal(entry: Entry, head: Head, salt: bytes) -> tuple[Row, Texts]:
    """Return the entry as the row that follows `head`, and its texts, at the instant of the head.

    `salt` is random, of this row alone.
    """
    shown = {
        side: _readable(values, entry.shown) for side, values in (("before", entry.before), ("after", entry.after))
    }
    texts = Texts(salt, entry.actor_name, entry.address, entry.reason, _canonical(shown).decode())
    row = Row(
        position=head.position + 1,
        at=head.at,
        actor_id=entry.actor_id,
        role=entry.role,
        action=entry.action,
        subject=entry.subject,
        before={name: value_hash(salt, name, value) for name, value in entry.before.items()},
        after={name: value_hash(salt, name, value) for name, value in entry.after.items()},
        texts_hash=texts.digest(),
        previous_hash=head.hash,
        hash="",
    )
    return replace(row, hash=link(head.hash, row)), texts


def value_hash(salt: bytes, name: str, value: object) -> str:
    """Return the salted hash of a value under its name; who knows a value can so show that it was this one."""
    return _salted(salt, [name, value])


def row_bytes(row: Row) -> bytes:
    """Return the canonical bytes of all that a row says: a JSON array with sorted names, in ASCII.

    The position is not among them: it follows from the links, so a row keeps its hash wherever it is put.
    """
    said = (row.actor_id, row.role, row.action, row.subject, row.before, row.after, row.texts_hash)
    return _canonical([_instant(row.at), *said])


def link(previous_hash: str, row: Row) -> str:
    """Return the hash of a row that follows a row with `previous_hash`: SHA-256 of both, in hexadecimal."""
    # The bytes of a row hold no line break, so the last one parts the two in one way only.
    return hashlib.sha256(previous_hash.encode() + b"\n" + row_bytes(row)).hexdigest()


def _salted(salt: bytes, value: object) -> str:
    return hashlib.sha256(salt + _canonical(value)).hexdigest()


def _canonical(value: object) -> bytes:
    return _JSON.encode(value).encode("ascii")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _readable(values: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name in names}


def _is_odd(text: str) -> bool:
    return "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text)
