"""Corrections (更正): decisions on reports that somebody put in the place of others, and what was believed before."""

from dataclasses import dataclass
from datetime import datetime

from gis.domain.reports import Assignment
from gis.errors import Fault, InvalidInputError

REASON_SHORTEST, REASON_LIMIT = 2, 200


@dataclass(frozen=True)
class Believed:
    """A decision and when it was believed.

    Attributes
    ----------
    from_at, until_at : known time; `until_at` is None for the one that holds.
    reason : why it was put in the place of another; empty for one that the rule took.
    """

    assignment: Assignment
    from_at: datetime
    until_at: datetime | None = None
    reason: str = ""


def check_reason(reason: str) -> str:
    """Return the reason for a correction, without spaces around it.

    Raises `InvalidInputError` with a fault at ``/reason``.
    """
    kept = reason.strip()
    if not REASON_SHORTEST <= len(kept) <= REASON_LIMIT or not kept.isprintable():
        detail = f"A reason has {REASON_SHORTEST} to {REASON_LIMIT} characters on one line: why this grid?"
        raise InvalidInputError(detail, [Fault("/reason", detail)])
    return kept
