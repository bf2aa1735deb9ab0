import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from gis.domain.coordinates import (
    CHINA,
    STEPS_PER_DEGREE,
    Datum,
    convert_rows,
    from_cgcs2000,
    from_lattice,
    metres_per_degree,
    parse_datum,
    snap,
    to_cgcs2000,
    to_lattice,
)
from gis.errors import InvalidGeometryError, UnknownDatumError

# Longitude and latitude: true, GCJ-02, BD-09; then easting and northing in EPSG:4550, easting in EPSG:4529, and
# EPSG:3857. Computed once with another implementation of the published formulas.
VECTORS = [
    (
        (122.9895, 41.1087),
        (122.99497664, 41.11060507),
        (123.00134755, 41.11695802),
        (499118.034, 4552645.018, 41499118.034),
        (13691128.513, 5028388.134),
    ),
    (
        (123.0300, 41.1500),
        (123.03567160, 41.15205795),
        (123.04220006, 41.15794738),
        (502518.325, 4557232.029, 41502518.325),
        (13695636.952, 5034491.869),
    ),
    (
        (122.6850, 40.8820),
        (122.69017914, 40.88366775),
        (122.69676799, 40.88934130),
        (473450.188, 4527516.832, 41473450.188),
        (13657231.728, 4994952.240),
    ),
    (
        (123.2810, 40.2900),
        (123.28665609, 40.29143176),
        (123.29322969, 40.29714237),
        (523893.872, 4461767.772, 41523893.872),
        (13723578.144, 4908174.214),
    ),
]
longitudes = st.floats(-180, 180)
latitudes = st.floats(-90, 90)
in_china = st.tuples(st.floats(73, 137), st.floats(1.5, 55))


def metres_apart(lon, lat, other_lon, other_lat):
    per_lon, per_lat = metres_per_degree(lat)
    return np.hypot((np.subtract(lon, other_lon)) * per_lon, np.subtract(lat, other_lat) * per_lat)


@pytest.mark.parametrize("vector", VECTORS)
def test_gcj02_and_bd09_agree_with_the_published_formulas_both_ways(vector):
    true, gcj02, bd09, _, _ = vector
    for datum, there in (("gcj02", gcj02), ("bd09", bd09)):
        assert from_cgcs2000(*true, datum=datum) == pytest.approx(there, abs=5.1e-9)
        assert to_cgcs2000(*there, datum=datum) == pytest.approx(true, abs=6e-9)


@pytest.mark.parametrize("vector", VECTORS)
def test_projected_coordinates_are_easting_then_northing_whatever_the_registry_says(vector):
    true, _, _, (easting, northing, zoned), mercator = vector
    assert from_cgcs2000(*true, datum="epsg:4550") == pytest.approx((easting, northing), abs=1e-3)
    assert from_cgcs2000(*true, crs=4529) == pytest.approx((zoned, northing), abs=1e-3)
    assert from_cgcs2000(*true, crs=3857) == pytest.approx(mercator, abs=1e-3)
    assert to_cgcs2000(easting, northing, crs=4550) == pytest.approx(true, abs=1e-8)
    assert to_cgcs2000(zoned, northing, crs=4529) == pytest.approx(true, abs=1e-8)
    assert to_cgcs2000(*true, crs=4490) == true


def test_in_anshan_the_shifts_are_as_large_as_they_were_measured_to_be():
    lon, lat = np.random.default_rng(1).uniform((122.19, 40.0), (123.77, 41.57), (20_000, 2)).T
    gcj02, bd09 = from_cgcs2000(lon, lat, datum="gcj02"), from_cgcs2000(lon, lat, datum="bd09")
    shift_m = metres_apart(lon, lat, *gcj02)
    assert 435 < shift_m.min() < 440
    assert shift_m.mean() == pytest.approx(503, abs=2)
    assert 573 < shift_m.max() < 578
    further_m = metres_apart(lon, lat, *bd09)
    assert 1235 < further_m.min() < further_m.max() < 1425
    assert further_m.mean() == pytest.approx(1326, abs=2)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_in_all_of_china_the_inverse_returns_to_what_floats_can_tell_apart(datum):
    lon, lat = np.random.default_rng(2).uniform((72.2, 1.0), (137.5, 55.5), (50_000, 2)).T
    back = to_cgcs2000(*from_cgcs2000(lon, lat, datum=datum), datum=datum)
    error_m = metres_apart(lon, lat, *back)
    assert error_m.max() < 1e-8
    assert error_m.mean() < 1e-9


@given(in_china, st.sampled_from(["gcj02", "bd09"]))
def test_any_place_in_china_survives_the_way_there_and_back_on_the_lattice(place, datum):
    lon, lat = snap(place[0]), snap(place[1])
    back_lon, back_lat = to_cgcs2000(*from_cgcs2000(lon, lat, datum=datum), datum=datum)
    assert metres_apart(lon, lat, back_lon, back_lat) < 1e-6  # the formula has a root at 105 degrees east
    assert (snap(back_lon), snap(back_lat)) == (lon, lat)


@given(longitudes, latitudes, st.sampled_from(["gcj02", "bd09"]))
def test_outside_of_china_the_datums_are_one(lon, lat, datum):
    west, south, east, north = CHINA
    if west - 0.2 <= lon <= east + 0.2 and south - 0.2 <= lat <= north + 0.2:
        return
    assert from_cgcs2000(lon, lat, datum=datum) == (lon, lat)
    assert to_cgcs2000(lon, lat, datum=datum) == (lon, lat)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_at_the_edge_of_the_box_every_true_position_is_found_again(datum):
    west, south, east, north = CHINA
    lon = np.array([west, east, west, east, 100.0, 100.0])
    lat = np.array([south, south, north, north, south, north])
    back = to_cgcs2000(*from_cgcs2000(lon, lat, datum=datum), datum=datum)
    assert metres_apart(lon, lat, *back).max() < 1e-6


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "epsg:4550", "wgs84"])
def test_a_point_gets_the_same_bits_alone_and_among_others(datum):
    lon, lat = np.random.default_rng(3).uniform((122.19, 40.0), (123.77, 41.57), (501, 2)).T
    x, y = from_cgcs2000(lon, lat, datum=datum)
    together = to_cgcs2000(x, y, datum=datum)
    alone = [to_cgcs2000(one, other, datum=datum) for one, other in zip(x, y, strict=True)]
    strided = to_cgcs2000(np.repeat(x, 3)[::3], np.column_stack([y, y])[:, 0], datum=datum)
    assert np.array_equal(np.array(alone).T, together)
    assert np.array_equal(strided, together)


@given(longitudes, latitudes)
def test_seven_decimals_out_and_snapping_in_again_lose_nothing(lon, lat):
    for degrees in (snap(lon), snap(lat)):
        assert snap(round(float(degrees), 7)) == degrees
        assert snap(float(f"{degrees:.7f}")) == degrees


@given(st.lists(longitudes, max_size=20))
def test_snapping_is_exact_near_and_done_once(values):
    snapped = snap(values)
    assert np.array_equal(snapped * STEPS_PER_DEGREE, np.rint(snapped * STEPS_PER_DEGREE))
    assert np.array_equal(snap(snapped), snapped)
    assert (np.abs(snapped - values) <= 0.5 / STEPS_PER_DEGREE).all()
    assert not np.signbit(snapped[snapped == 0]).any()


@given(st.lists(longitudes, max_size=20))
def test_the_lattice_in_whole_numbers_is_the_lattice_in_degrees(values):
    steps = to_lattice(values)
    assert steps.dtype == np.int32
    assert np.array_equal(from_lattice(steps), snap(values))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_never_reaches_the_lattice(value):
    with pytest.raises(InvalidGeometryError):
        snap([122.99, value])
    with pytest.raises(InvalidGeometryError):
        to_lattice(value)
    with pytest.raises(InvalidGeometryError):
        to_cgcs2000(122.99, value, datum="wgs84")
    with pytest.raises(InvalidGeometryError):
        from_cgcs2000(value, 41.11, datum="gcj02")


@pytest.mark.parametrize("value", [10**400, "a", 1 + 2j, object(), None])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(InvalidGeometryError):
        to_cgcs2000(value, 41.11, datum="wgs84")


def test_a_place_that_a_projection_cannot_express_is_refused():
    with pytest.raises(InvalidGeometryError, match="outside"):
        from_cgcs2000(33.0, 0.0, crs=4550)


def test_beyond_half_a_turn_there_is_no_lattice():
    with pytest.raises(InvalidGeometryError):
        to_lattice([180.0000001])


@pytest.mark.parametrize("latitude", [-90.0, -41.11, 0.0, 41.11, 89.9, 90.0])
def test_metres_per_degree_are_those_of_the_geodesic(latitude):
    geod = Geod(ellps="GRS80")
    per_lon, per_lat = metres_per_degree(latitude)
    step = 1e-4
    east_m = geod.inv(122.99, latitude, 122.99 + step, latitude)[2]
    assert per_lon * step == pytest.approx(east_m, abs=1e-6)
    if abs(latitude) < 89.99:
        north_m = geod.inv(122.99, latitude - step / 2, 122.99, latitude + step / 2)[2]
        assert per_lat * step == pytest.approx(north_m, abs=1e-6)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wgs84", Datum("wgs84")),
        ("WGS-84", Datum("wgs84")),
        ("GCJ-02", Datum("gcj02")),
        (" bd_09 ", Datum("bd09")),
        ("CGCS2000", Datum("cgcs2000")),
        ("EPSG:4550", Datum("epsg", 4550)),
        (Datum("gcj02"), Datum("gcj02")),
    ],
)
def test_a_datum_is_known_by_its_usual_spellings(text, expected):
    assert parse_datum(text) == expected
    assert parse_datum(str(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [None, "", "wgs", "gcj02 ;", "epsg:", "epsg:4550x", "epsg:１２３４", "epsg:0000", "epsg:999999", "\0", "4550"],
)
def test_a_datum_that_is_not_declared_or_not_known_is_refused(text):
    with pytest.raises(UnknownDatumError):
        parse_datum(text)


@pytest.mark.parametrize("code", [-1, 0, 7030, 4978, 4979, 5773, 10**9])
def test_a_system_of_reference_that_is_no_plane_map_is_refused(code):
    with pytest.raises(UnknownDatumError):
        parse_datum(None, crs=code)


def test_a_datum_and_a_code_together_are_refused():
    with pytest.raises(UnknownDatumError, match="not both"):
        to_cgcs2000(122.99, 41.11, datum="wgs84", crs=4490)


def test_every_bad_row_is_a_fault_of_its_own():
    with pytest.raises(InvalidGeometryError) as refused:
        to_cgcs2000([122.99, 181, np.nan, 122.99], [41.11, 41.11, 41.11, 91], datum="wgs84")
    assert [fault.pointer for fault in refused.value.faults] == ["/1", "/2", "/3"]
    assert ["longitude" in refused.value.faults[0].detail, "latitude" in refused.value.faults[2].detail] == [True, True]


def test_rows_are_converted_beside_those_that_cannot_be():
    lon, lat, reasons = convert_rows([499118.034, 1e300, np.nan], [4552645.018, 0, 0], datum="epsg:4550")
    assert (lon[0], lat[0]) == pytest.approx((122.9895, 41.1087), abs=1e-8)
    assert np.isnan([*lon[1:], *lat[1:]]).all()
    assert reasons[0] == ""
    assert "outside" in reasons[1]
    assert "finite" in reasons[2]


def test_no_rows_at_all_are_fine():
    for datum in ("wgs84", "gcj02", "bd09", "epsg:4550"):
        lon, lat, reasons = convert_rows([], [], datum=datum)
        assert (lon.size, lat.size, reasons.size) == (0, 0, 0)
