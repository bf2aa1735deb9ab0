"""Period: a stretch of time that a map or a figure speaks of. Chinese: 时段."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gis.errors import InvalidInputError


@dataclass(frozen=True)
class Period:
    """A half-open stretch of time `[since, until)`.

    Attributes
    ----------
    since, until : aware instants, `since` before `until`; InvalidInputError otherwise.
    """

    since: datetime
    until: datetime

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise InvalidInputError("A period needs instants with a time zone, such as 2026-11-01T00:00:00+08:00")
        if self.since >= self.until:
            raise InvalidInputError(f"A period must end after it begins: {self.since} is not before {self.until}")

    @property
    def days(self) -> float:
        """Length in days of 24 hours."""
        return (self.until - self.since) / timedelta(days=1)


def ending(until: datetime, *, days: float) -> Period:
    """Return the period of `days` days of 24 hours that ends at the aware instant `until`."""
    return Period(until - timedelta(days=days), until)
