"""Shares of areas are shares of ground, and overlaps count once."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.coverage import covered_share, in_metres

# Metres in steps of a centimetre: finer than any measurement here.
square_xy = st.builds(
    lambda x, y, side: shapely.box(x, y, x + side, y + side),
    st.integers(0, 10_000).map(lambda cm: cm / 100),
    st.integers(0, 10_000).map(lambda cm: cm / 100),
    st.integers(50, 8_000).map(lambda cm: cm / 100),
)
AREA_XY = np.asarray([shapely.box(20, 20, 80, 80)], dtype=object)


def share_of(shapes_xy: list[shapely.Polygon]) -> float:
    return float(covered_share(AREA_XY, np.asarray(shapes_xy, dtype=object))[0])


def test_half_an_area_under_a_shape_is_a_share_of_one_half() -> None:
    assert share_of([shapely.box(20, 20, 50, 80)]) == pytest.approx(0.5)


def test_the_same_shape_twice_counts_once() -> None:
    half = shapely.box(20, 20, 50, 80)
    assert share_of([half, half]) == pytest.approx(0.5)


def test_an_area_that_no_shape_touches_has_share_zero() -> None:
    assert share_of([shapely.box(90, 90, 95, 95)]) == 0


def test_no_shapes_at_all_leave_every_share_at_zero() -> None:
    assert share_of([]) == 0


def test_an_area_without_size_has_share_zero() -> None:
    flat = np.asarray([shapely.Polygon([(0, 0), (1, 0), (0, 0)])], dtype=object)
    assert covered_share(flat, AREA_XY).tolist() == [0.0]


@settings(max_examples=200, deadline=None)
@given(st.lists(square_xy, max_size=8))
def test_a_share_is_between_0_and_1_and_never_above_the_sum_of_its_shapes(shapes_xy: list[shapely.Polygon]) -> None:
    together = share_of(shapes_xy)
    assert 0 <= together <= 1
    assert together <= sum(share_of([shape]) for shape in shapes_xy) + 1e-9
    assert together >= max((share_of([shape]) for shape in shapes_xy), default=0) - 1e-9


@settings(max_examples=100, deadline=None)
@given(st.lists(square_xy, max_size=6), square_xy)
def test_one_more_shape_never_makes_a_share_smaller(shapes_xy: list[shapely.Polygon], more: shapely.Polygon) -> None:
    assert share_of([*shapes_xy, more]) >= share_of(shapes_xy) - 1e-9


def test_a_minute_of_latitude_in_anshan_is_1851_metres() -> None:
    meridian = gpd.GeoSeries([shapely.LineString([(122.99, 41.10), (122.99, 41.10 + 1 / 60)])], crs=4490)
    assert shapely.length(in_metres(meridian))[0] == pytest.approx(1850.9, abs=0.5)
