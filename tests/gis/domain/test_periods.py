"""A period has a beginning before its end, and both know their time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.domain.periods import CHINA, Period, asked_for, ending
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


def test_nobody_saying_when_means_the_last_30_days() -> None:
    assert asked_for(None, None, now=NOON) == ending(NOON, days=30)


def test_a_day_without_a_time_zone_begins_at_midnight_in_china() -> None:
    period = asked_for(datetime(2026, 11, 1), datetime(2026, 11, 2), now=NOON)
    assert period.since == datetime(2026, 11, 1, tzinfo=CHINA) == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert period.days == 1
