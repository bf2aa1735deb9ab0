"""Exact tests of segments and rings agree with shapely on whole numbers."""

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.demo.crossings import area_m2, touch

PLACES = st.tuples(st.integers(-6, 6), st.integers(-6, 6))


@given(PLACES, PLACES, PLACES, PLACES)
def test_segments_touch_when_shapely_says_so(a, b, c, d) -> None:
    xy = np.array([a, b, c, d], np.int64)
    expected = shapely.LineString([a, b]).intersects(shapely.LineString([c, d]))
    if a != b and c != d:
        assert touch(xy, 0, 1, 2, 3) == expected


def test_area_is_positive_counter_clockwise() -> None:
    square = np.array([[0.0, 0], [3, 0], [3, 2], [0, 2]])
    assert area_m2(square, np.arange(4)) == 6
    assert area_m2(square, np.arange(4)[::-1].copy()) == -6
