"""Whether a consent covers what was recorded."""

from datetime import UTC, datetime, timedelta

import pytest

from gis.domain import notices
from gis.domain.categories import Name
from gis.domain.notices import NOTICES, Consent, Notice, covers, current
from gis.errors import NotFoundError

DAY = timedelta(days=1)
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
SECOND = datetime(2026, 9, 1, tzinfo=UTC)


def test_every_notice_is_told_in_both_languages_and_versions_only_grow() -> None:
    for versions in NOTICES.values():
        assert [notice.version for notice in versions] == list(range(1, len(versions) + 1))
        assert sorted(versions, key=lambda notice: notice.since) == list(versions)
        for notice in versions:
            assert notice.text.zh.count("\n") == notice.text.en.count("\n") > 2


def test_a_consent_covers_a_shift_that_lies_within_it() -> None:
    given = [Consent("track", 1, NOON, NOON + DAY)]
    assert covers(given, "track", NOON, NOON + DAY)
    assert not covers(given, "track", NOON - timedelta(seconds=1), NOON + DAY)
    assert not covers(given, "track", NOON, NOON + DAY + timedelta(seconds=1))
    assert not covers([], "track", NOON, NOON)


def test_two_consents_with_a_day_between_do_not_cover_what_goes_over_it() -> None:
    given = [Consent("track", 1, NOON, NOON + DAY), Consent("track", 1, NOON + 2 * DAY)]
    assert covers(given, "track", NOON + 3 * DAY, NOON + 4 * DAY)
    assert not covers(given, "track", NOON, NOON + 3 * DAY)


def test_a_new_version_asks_again_and_leaves_what_was_before_covered(monkeypatch: pytest.MonkeyPatch) -> None:
    new = Notice(2, SECOND, Name("新", "New"), Name("新", "New"))
    monkeypatch.setitem(notices.NOTICES, "track", (*NOTICES["track"], new))
    given = [Consent("track", 1, NOON)]
    assert current("track", SECOND - DAY).version == 1
    assert current("track", SECOND).version == 2
    assert covers(given, "track", NOON, SECOND + DAY)
    assert not covers(given, "track", SECOND, SECOND + DAY)
    assert covers([Consent("track", 2, NOON)], "track", NOON, NOON + DAY)


def test_nobody_is_asked_for_what_has_no_notice() -> None:
    with pytest.raises(NotFoundError, match="track"):
        current("face", NOON)
