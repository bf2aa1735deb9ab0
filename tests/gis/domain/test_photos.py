"""What photos say of place and time: taken as far as it is sure, and never a reason to fail."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.coordinates import from_cgcs2000, snap
from gis.domain.photos import FAR_M, Fit, Origin, fit, read_origin

PLACE = {
    "latitude": [41.0, 9.0, 6.3],
    "latitude_ref": "N",
    "longitude": [123.0, 1.0, 45.5],
    "longitude_ref": "E",
}
CLOCK = {"original": "2026:05:04 09:00:00", "offset": "+08:00"}
SATELLITE = {"gps_date": "2026:05:04", "gps_time": [1.0, 0.0, 30.5]}
NAMES = [*PLACE, *CLOCK, *SATELLITE, "map_datum", "error_m"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=6,
)


def test_degrees_minutes_and_seconds_are_a_place_on_the_lattice() -> None:
    origin = read_origin(PLACE | {"error_m": [12.5]})
    assert origin is not None
    assert origin.lat == pytest.approx(41 + 9 / 60 + 6.3 / 3600, abs=1e-7)
    assert origin.lon == pytest.approx(123 + 1 / 60 + 45.5 / 3600, abs=1e-7)
    assert (origin.lon, origin.lat) == (float(snap(origin.lon)), float(snap(origin.lat)))
    assert (origin.datum, origin.accuracy_m) == ("wgs84", 12.5)


def test_south_and_west_are_negative() -> None:
    origin = read_origin(PLACE | {"latitude_ref": "s", "longitude_ref": "W"})
    assert origin is not None
    assert origin.lat is not None
    assert origin.lon is not None
    assert origin.lat < 0
    assert origin.lon < 0


@pytest.mark.parametrize(
    "other",
    [
        {"latitude_ref": ""},
        {"latitude_ref": None},
        {"longitude_ref": "N"},
        {"latitude": None},
        {"latitude": []},
        {"latitude": [math.nan, 0.0, 0.0]},
        {"latitude": [math.inf]},
        {"latitude": [91.0]},
        {"latitude": [-41.0]},
        {"latitude": [90.0, 0.0, 1.0]},
        {"longitude": [123.0, 61.0]},
        {"longitude": [181.0]},
        {"longitude": [True]},
        {"longitude": [10**400]},
        {"latitude": [0.0], "longitude": [0.0, 0.0]},
        {"map_datum": "TOKYO"},
    ],
)
def test_half_a_place_or_one_that_cannot_be_is_none(other: dict[str, object]) -> None:
    assert read_origin(PLACE | other) is None


@pytest.mark.parametrize(
    ("said", "datum"), [("WGS-84", "wgs84"), ("WGS84\0", "wgs84"), ("CGCS2000", "cgcs2000"), ("GCJ-02", "gcj02")]
)
def test_a_declared_datum_is_converted_from(said: str, datum: str) -> None:
    origin = read_origin(PLACE | {"map_datum": said})
    assert origin is not None
    assert origin.datum == datum
    there = from_cgcs2000(origin.lon, origin.lat, datum=datum)
    assert there == pytest.approx((123 + 1 / 60 + 45.5 / 3600, 41 + 9 / 60 + 6.3 / 3600), abs=2e-7)


def test_a_clock_with_its_offset_is_an_instant() -> None:
    assert read_origin(CLOCK) == Origin(taken_at=datetime(2026, 5, 4, 1, tzinfo=UTC))


def test_the_satellites_time_stands_in_for_an_offset_that_nobody_told() -> None:
    expected = Origin(taken_at=datetime(2026, 5, 4, 1, 0, 30, tzinfo=UTC))
    assert read_origin({"original": CLOCK["original"], **SATELLITE}) == expected


def test_a_clock_without_offset_stays_a_text() -> None:
    assert read_origin({"original": "2026:05:04 09:00:00"}) == Origin(taken_local="2026-05-04 09:00:00")


@pytest.mark.parametrize(
    "tags",
    [
        {},
        {"original": "0000:00:00 00:00:00"},
        {"original": "2026:02:30 09:00:00"},
        {"original": "1970:01:01 00:00:00"},
        {"original": "    :  :     :  :  "},
        {"original": "2026-05-04 09:00:00"},
        {"gps_date": "1999:99:99", "gps_time": [99.0, 99.0, 99.0]},
        {"gps_date": "2026:05:04", "gps_time": [24.0, 0.0, 0.0]},
        {"gps_date": "2026:05:04", "gps_time": [1.0]},
        {"error_m": [5.0]},
    ],
)
def test_what_is_no_time_is_none(tags: dict[str, object]) -> None:
    assert read_origin(tags) is None


@pytest.mark.parametrize("offset", ["+99:99", "Z", "8", "+8:00", "", None])
def test_an_offset_that_is_none_is_not_guessed(offset: object) -> None:
    assert read_origin(CLOCK | {"offset": offset}) == Origin(taken_local="2026-05-04 09:00:00")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), ANYTHING))
def test_nothing_that_a_stranger_writes_is_a_failure(tags: dict[str, object]) -> None:
    origin = read_origin(tags)
    if origin is not None and origin.lon is not None:
        assert origin.lat is not None
        assert math.isfinite(origin.lon)
        assert abs(origin.lon) <= 180
        assert abs(origin.lat) <= 90


@settings(deadline=None)
@given(
    st.floats(0, 90),
    st.floats(0, 180),
    st.sampled_from("NS"),
    st.sampled_from("EW"),
    st.sampled_from(["", "GCJ-02", "BD-09"]),
)
def test_a_place_anywhere_on_earth_is_read_or_none(lat: float, lon: float, north: str, east: str, datum: str) -> None:
    tags = {"latitude": [lat], "longitude": [lon], "latitude_ref": north, "longitude_ref": east, "map_datum": datum}
    origin = read_origin(tags)
    assert (origin is None) == ((lat, lon) == (0, 0))


def test_a_photo_from_far_away_and_long_ago_is_marked() -> None:
    captured_at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    near = fit(Origin(captured_at, None, 123.0, 41.0, "wgs84"), lon=123.0, lat=41.001, captured_at=captured_at)
    assert near.distance_m == pytest.approx(111.1, abs=0.2)
    assert (near.is_far, near.is_old) == (False, False)
    taken_at = captured_at - timedelta(days=1, seconds=1)
    far = fit(Origin(taken_at, None, 123.0, 41.0, "wgs84"), lon=123.0, lat=41.002, captured_at=captured_at)
    assert far.distance_m is not None
    assert far.distance_m > FAR_M
    assert (far.is_far, far.is_old) == (True, True)


def test_what_a_photo_does_not_tell_is_not_judged() -> None:
    local = Origin(taken_local="2020-05-04 09:00:00")
    assert fit(local, lon=123, lat=41, captured_at=datetime.now(UTC)) == Fit(None, None, None)
