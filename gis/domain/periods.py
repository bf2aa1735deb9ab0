"""Period: a stretch of time that a map or a figure speaks of; and the years that a day may lie in. Chinese: 时段."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from gis.errors import InvalidInputError

CHINA = timezone(timedelta(hours=8))  # one time for the whole country, without summer time
USUAL_DAYS = 30
# A day or instant beyond these is a slip, or stands for none; the tables of posts and grants hold to them too.
FIRST_YEAR, LAST_YEAR = 1900, 2200
YEARS = f"between the years {FIRST_YEAR} and {LAST_YEAR}"


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


def is_in_years(on: date) -> bool:
    """Tell whether a day or instant lies in the years that one may lie in."""
    return FIRST_YEAR <= on.year <= LAST_YEAR


def ending(until: datetime, *, days: float) -> Period:
    """Return the period of `days` days of 24 hours that ends at the aware instant `until`."""
    return Period(until - timedelta(days=days), until)


def asked_for(since: datetime | None, until: datetime | None, *, now: datetime) -> Period:
    """Return the period that somebody asks for, the last 30 days where nothing is said.

    Instants without a time zone are China's time. InvalidInputError when the period ends before it begins.
    """
    last = _local(until) if until else now
    return Period(_local(since), last) if since else ending(last, days=USUAL_DAYS)


def _local(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=CHINA)
