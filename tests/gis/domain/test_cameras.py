"""Sectors point where the camera points, and coverage counts ground once."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from gis.domain import cameras
from gis.domain.coverage import in_metres
from gis.errors import InvalidInputError

ANSHAN = (122.99, 41.11)
GEOD = Geod(ellps="GRS80")


def camera_at(
    heading_deg: float = 0, view_deg: float = 60, range_m: float = 100, at: tuple[float, float] = ANSHAN
) -> gpd.GeoDataFrame:
    columns = {"code": ["c"], "name": ["c"], "heading_deg": [heading_deg], "view_deg": [view_deg], "range_m": [range_m]}
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries([shapely.Point(at)], crs=4490).rename("location"))


def several(*settings_of: tuple[float, float, float]) -> gpd.GeoDataFrame:
    one = camera_at()
    rows = one.loc[[0] * len(settings_of)].reset_index(drop=True)
    rows[["heading_deg", "view_deg", "range_m"]] = np.asarray(settings_of, dtype=float)
    return rows


def block(size_m: float = 300) -> gpd.GeoDataFrame:
    half = (size_m / 2 / 84_000, size_m / 2 / 111_060)
    boundary = shapely.box(ANSHAN[0] - half[0], ANSHAN[1] - half[1], ANSHAN[0] + half[0], ANSHAN[1] + half[1])
    return gpd.GeoDataFrame({"id": [1]}, geometry=gpd.GeoSeries([boundary], crs=4490).rename("boundary"))


@pytest.mark.parametrize(("heading_deg", "east", "north"), [(0, 0, 1), (90, 1, 0), (180, 0, -1), (270, -1, 0)])
def test_a_heading_is_clockwise_from_north(heading_deg: float, east: int, north: int) -> None:
    middle = cameras.sectors(camera_at(heading_deg)).iloc[0].centroid
    assert np.sign(round(middle.x - ANSHAN[0], 6)) == east
    assert np.sign(round(middle.y - ANSHAN[1], 6)) == north


def test_every_corner_of_the_arc_lies_at_the_range_on_the_ellipsoid() -> None:
    corners = shapely.get_coordinates(cameras.sectors(camera_at(33, 90, 250)).iloc[0].exterior)[1:-1]
    _, _, metres = GEOD.inv(*np.broadcast_arrays(*ANSHAN, corners[:, 0], corners[:, 1]))
    assert np.abs(np.asarray(metres) - 250).max() < 0.05


def test_the_arc_begins_and_ends_half_the_view_to_each_side() -> None:
    corners = shapely.get_coordinates(cameras.sectors(camera_at(350, 40, 200)).iloc[0].exterior)[1:-1]
    azimuth, _, _ = GEOD.inv(*np.broadcast_arrays(*ANSHAN, corners[:, 0], corners[:, 1]))
    assert sorted({round(float(azimuth[0]) % 360, 1), round(float(azimuth[-1]) % 360, 1)}) == [10.0, 330.0]


def test_a_dome_is_a_circle_around_its_camera_without_a_cut() -> None:
    dome = cameras.sectors(camera_at(0, 360, 100)).iloc[0]
    assert dome.is_valid
    assert dome.contains(shapely.Point(ANSHAN))
    assert shapely.area(in_metres(gpd.GeoSeries([dome], crs=4490)))[0] == pytest.approx(np.pi * 100**2, rel=0.002)


view = st.floats(1, 360)
heading = st.floats(-360, 720)
reach = st.floats(5, 500)


@settings(max_examples=100, deadline=None)
@given(heading, heading, view, reach)
def test_turning_a_camera_does_not_change_what_it_covers(
    one: float, other: float, view_deg: float, range_m: float
) -> None:
    turned = cameras.sectors(several((one, view_deg, range_m), (other, view_deg, range_m)))
    first, second = shapely.area(in_metres(turned))
    assert first == pytest.approx(second, rel=0.001)
    assert turned.is_valid.all()


@settings(max_examples=60, deadline=None)
@given(view, reach)
def test_a_sector_has_the_area_of_its_part_of_the_circle(view_deg: float, range_m: float) -> None:
    size = shapely.area(in_metres(cameras.sectors(camera_at(77, view_deg, range_m))))[0]
    assert size == pytest.approx(np.pi * range_m**2 * view_deg / 360, rel=0.003)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(heading, view, reach), min_size=1, max_size=6))
def test_together_cameras_cover_no_more_than_their_sum_and_no_less_than_the_best(
    rows: list[tuple[float, float, float]],
) -> None:
    together = cameras.coverage(block(), several(*rows))["share"].iloc[0]
    alone = [cameras.coverage(block(), several(row))["share"].iloc[0] for row in rows]
    assert 0 <= together <= 1
    assert max(alone) - 1e-9 <= together <= sum(alone) + 1e-9


def test_two_halves_of_a_circle_cover_as_much_as_the_dome() -> None:
    halves = cameras.coverage(block(), several((0, 180, 100), (180, 180, 100)))["share"].iloc[0]
    dome = cameras.coverage(block(), camera_at(0, 360, 100))["share"].iloc[0]
    assert halves == pytest.approx(dome, rel=0.001)


def test_a_camera_counts_for_every_area_that_it_looks_into() -> None:
    found = cameras.coverage(block(100), several((0, 60, 80), (90, 60, 80)))
    assert found["cameras"].iloc[0] == 2


@pytest.mark.parametrize("view_deg", [1e-300, 1e-9, 0.005, 359.992, 359.99999999999994, 360])
@pytest.mark.parametrize("range_m", [0.5, 5, 10_000])
def test_hairs_and_all_but_circles_are_valid_shapes(view_deg: float, range_m: float) -> None:
    seen = cameras.sectors(camera_at(123, view_deg, range_m))
    assert seen.is_valid.all()
    assert shapely.area(in_metres(seen))[0] > 0


def test_only_cameras_whose_sector_reaches_an_area_look_in() -> None:
    here, away = camera_at(0, 60, 80), camera_at(0, 60, 80, at=(123.1, 41.11))
    assert cameras.looking_in(block(), cameras.sectors(here)).tolist() == [True]
    assert cameras.looking_in(block(), cameras.sectors(away)).tolist() == [False]
    assert cameras.looking_in(block().iloc[:0], cameras.sectors(here)).tolist() == [False]


def test_no_cameras_leave_areas_uncovered() -> None:
    found = cameras.coverage(block(), camera_at().iloc[:0])
    assert found.to_dict("records") == [{"cameras": 0, "share": 0.0}]


@pytest.mark.parametrize(
    ("heading_deg", "view_deg", "range_m"),
    [(0, 0, 10), (0, 361, 10), (0, 60, 0), (0, 60, 10_001), (float("nan"), 60, 10), (0, 60, float("inf"))],
)
def test_a_camera_that_draws_nothing_is_refused(heading_deg: float, view_deg: float, range_m: float) -> None:
    with pytest.raises(InvalidInputError):
        cameras.sectors(camera_at(heading_deg, view_deg, range_m))
