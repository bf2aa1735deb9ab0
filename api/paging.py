"""Cursors: a listing's place marker that a client hands back unread.

A cursor holds the place after the last row that was sent and a fingerprint of the filters it belongs to, so that a
cursor of one listing cannot be slipped into another. Places are values of columns that never change (a permanent id, a
code, an instant), never a row count: rows that come or go meanwhile neither repeat nor hide others.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from gis.errors import Fault, InvalidInputError

Place = dict[str, int | str]


def encode(place: Mapping[str, int | str], *, filters: Mapping[str, object]) -> str:
    """Return the opaque cursor of a `place` in the listing that `filters` describe."""
    text = json.dumps([_fingerprint(filters), dict(place)], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(cursor: str, *, filters: Mapping[str, object], like: Mapping[str, int | str]) -> Place:
    """Return the place that `encode` hid in `cursor`: it has the names of `like`, with values of the same kind.

    A cursor can be forged; its numbers are those that a table can count, and `at` is an instant.

    Raises
    ------
    InvalidInputError : the cursor was not made here, or was made for other filters.
    """
    try:
        fingerprint, place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        sound = isinstance(place, dict) and all(_is_sound(name, value) for name, value in place.items())
        sound = sound and all(type(place.get(name)) is type(value) for name, value in like.items())
    except (ValueError, TypeError, RecursionError):
        sound = False
    if not sound or fingerprint != _fingerprint(filters):
        detail = "The cursor does not belong to this listing; leave it out to begin again."
        raise InvalidInputError(detail, [Fault("/query/cursor", detail)])
    return dict(place)


def _is_sound(name: str, value: object) -> bool:
    """Tell whether a table can be asked for a value. Raises ValueError for an instant that is none."""
    if name == "at":
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    if isinstance(value, str):
        return "\0" not in value and value.isprintable()
    return type(value) is int and 0 <= value < 2**63


def _fingerprint(filters: Mapping[str, object]) -> str:
    """Return a short hash of the filters that are set; their order does not matter."""
    text = json.dumps(sorted((name, str(value)) for name, value in filters.items() if value is not None))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
