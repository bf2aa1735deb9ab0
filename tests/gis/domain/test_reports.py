"""What a report may be, and when two are the same."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.reports import Submission, check
from gis.errors import InvalidInputError

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
SAID = Submission(UUID(int=1), 122.99, 41.11, "wgs84", "road", NOW, text="路面破损")


def test_a_sound_report_is_taken() -> None:
    check(SAID, now=NOW)


def test_all_faults_are_named_at_once() -> None:
    wrong = replace(
        SAID,
        category="weather",
        channel="pigeon",
        datum="mars",
        text="\0",
        accuracy_m=float("nan"),
        captured_at=NOW + timedelta(hours=1),
    )
    with pytest.raises(InvalidInputError) as refused:
        check(wrong, now=NOW)
    names = ("category", "channel", "datum", "text", "captured_at", "accuracy_m")
    assert [fault.pointer for fault in refused.value.faults] == [f"/{name}" for name in names]


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("", True),
        ("x" * 2_000, True),
        ("x" * 2_001, False),
        ("\ud83d", False),
        ("\u202e😀\u200b", True),
        ("a\0", False),
    ],
)
def test_a_text_is_kept_whole_or_refused(text: str, taken: bool) -> None:
    assert refusals(replace(SAID, text=text)) == ([] if taken else ["/text"])


@pytest.mark.parametrize(
    ("captured_at", "taken"),
    [
        (NOW + timedelta(minutes=5), True),
        (NOW + timedelta(minutes=5, seconds=1), False),
        (datetime(2000, 1, 1, tzinfo=UTC), True),
        (datetime(1999, 12, 31, tzinfo=UTC), False),
        (datetime(2026, 6, 1), False),
    ],
)
def test_an_instant_is_aware_and_neither_ahead_nor_ancient(captured_at: datetime, taken: bool) -> None:
    assert refusals(replace(SAID, captured_at=captured_at)) == ([] if taken else ["/captured_at"])


def refusals(submission: Submission) -> list[str]:
    try:
        check(submission, now=NOW)
    except InvalidInputError as error:
        return [fault.pointer for fault in error.faults]
    return []


def test_the_same_instant_in_another_zone_is_the_same_report() -> None:
    there = replace(SAID, captured_at=NOW.astimezone(timezone(timedelta(hours=8))))
    assert there.digest() == SAID.digest()


@given(
    name=st.sampled_from(["x", "y", "accuracy_m"]),
    value=st.floats(allow_nan=False, allow_infinity=False),
)
def test_another_number_is_another_body(name: str, value: float) -> None:
    other = replace(SAID, **{name: value})
    assert (other.digest() == SAID.digest()) == (getattr(SAID, name) == value)


@given(text=st.text())
def test_another_text_is_another_body(text: str) -> None:
    assert (replace(SAID, text=text).digest() == SAID.digest()) == (text == SAID.text)
