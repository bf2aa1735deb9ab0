"""A period has a beginning before its end, and both know their time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.domain.periods import Period, ending
from gis.errors import InvalidInputError

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def test_a_period_of_30_days_ends_when_it_is_told() -> None:
    period = ending(NOON, days=30)
    assert (period.until, period.days) == (NOON, 30)


@pytest.mark.parametrize("since", [NOON, NOON + timedelta(seconds=1)])
def test_a_period_that_does_not_end_after_it_begins_is_refused(since: datetime) -> None:
    with pytest.raises(InvalidInputError, match="must end after"):
        Period(since, NOON)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="time zone"):
        Period(datetime(2026, 11, 1), NOON)
