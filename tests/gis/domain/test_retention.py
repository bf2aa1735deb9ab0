"""Rules of retention: what an operator may shorten, and what the law does not let go."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.domain import retention
from gis.domain.retention import RULES
from gis.errors import InvalidInputError


def test_an_operator_may_make_a_rule_shorter() -> None:
    chosen = retention.rules({"tracks": 7})
    assert chosen["tracks"].days == 7
    assert chosen["events"] == RULES["events"]


@pytest.mark.parametrize(
    ("name", "days"), [("tracks", 31), ("access_log", 183), ("access_log", 185), ("assessments", 1095), ("tracks", -1)]
)
def test_no_rule_goes_above_its_most_or_below_what_a_law_wants_kept(name: str, days: int) -> None:
    with pytest.raises(InvalidInputError, match=f"WANGGE_RETENTION_{name.upper()}_DAYS: This is kept"):
        retention.rules({name: days})


def test_a_name_that_is_no_rule_is_refused_with_those_that_are() -> None:
    with pytest.raises(InvalidInputError, match="sender_addresses"):
        retention.rules({"residents": 1})


def test_tracks_go_after_thirty_days_and_the_network_log_after_six_months_whatever_the_calendar() -> None:
    assert RULES["tracks"].days == 30
    for month in range(1, 13):
        end = datetime(2027, month, 28, tzinfo=UTC)
        half_a_year_before = end.replace(year=2027 - (month <= 6), month=(month - 7) % 12 + 1)
        assert timedelta(0) <= half_a_year_before - RULES["access_log"].until(end) <= timedelta(days=3)


def test_what_the_law_wants_kept_is_kept_so_long() -> None:
    three_years = timedelta(days=RULES["assessments"].least_days)
    assert datetime(2027, 3, 1, tzinfo=UTC) + three_years >= datetime(2030, 3, 1, tzinfo=UTC)
