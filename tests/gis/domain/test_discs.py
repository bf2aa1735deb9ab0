"""The area that a disc and polygons share, held against buffers of many segments and against laws."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.affinity import scale, translate

from gis.domain.coordinates import metres_per_degree
from gis.domain.discs import areas_m2

LON, LAT = 123.0, 41.0
PER_LON, PER_LAT = (float(metres) for metres in metres_per_degree(LAT))
SEGMENTS = 2_000
metres = st.floats(-300, 300).map(lambda value: round(value, 2))
polygons = st.lists(st.tuples(metres, metres), min_size=3, max_size=9).map(
    lambda corners: shapely.MultiPoint(corners).convex_hull
)


def in_degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """Return a shape in metres around the centre as it lies in degrees."""
    return translate(scale(shape, 1 / PER_LON, 1 / PER_LAT, origin=(0, 0)), LON, LAT)


def shared_m2(shape: shapely.Geometry, radius_m: float) -> float:
    return float(areas_m2([in_degrees(shape)], LON, LAT, radius_m)[0])


def areal(shape: shapely.Geometry) -> bool:
    return bool(shape.geom_type == "Polygon" and shape.area > 1)


@settings(deadline=None)
@given(polygons.filter(areal), st.floats(1, 400))
def test_it_is_what_a_buffer_of_many_segments_says(shape: shapely.Geometry, radius_m: float) -> None:
    disc = shapely.Point(0, 0).buffer(radius_m, quad_segs=SEGMENTS)
    # A polygon of 4 n sides lacks the part (pi / 2n)^2 / 6 of its circle.
    bound = np.pi * radius_m**2 * (np.pi / (2 * SEGMENTS)) ** 2 / 6 + 1e-3
    assert shared_m2(shape, radius_m) == pytest.approx(shape.intersection(disc).area, abs=bound, rel=1e-6)


@settings(deadline=None)
@given(polygons.filter(areal), polygons.filter(areal), st.floats(1, 400))
def test_parts_share_as_much_as_the_whole(shape: shapely.Geometry, cut: shapely.Geometry, radius_m: float) -> None:
    parts = [part for part in (shape.intersection(cut), shape.difference(cut)) if part.area > 0]
    parts = [shapely.MultiPolygon([p for p in shapely.get_parts(part) if p.geom_type == "Polygon"]) for part in parts]
    total = sum(shared_m2(part, radius_m) for part in parts)
    assert total == pytest.approx(shared_m2(shape, radius_m), abs=1e-3, rel=1e-6)


@settings(deadline=None)
@given(st.floats(-170, 170), st.floats(-60, 60), st.floats(1, 100))
def test_the_place_on_earth_changes_nothing(lon: float, lat: float, radius_m: float) -> None:
    per_lon, per_lat = (float(metres) for metres in metres_per_degree(lat))
    square = shapely.box(lon, lat, lon + 200 / per_lon, lat + 200 / per_lat)
    assert areas_m2([square], lon, lat, radius_m)[0] == pytest.approx(np.pi * radius_m**2 / 4, rel=1e-6)


def test_a_hole_is_left_out_and_several_parts_are_added() -> None:
    ring = shapely.box(-50, -50, 50, 50).difference(shapely.Point(0, 0).buffer(20, quad_segs=SEGMENTS))
    assert shared_m2(ring, 30) == pytest.approx(np.pi * (30**2 - 20**2), rel=1e-5)
    halves = shapely.MultiPolygon([shapely.box(-90, -90, -1, 90), shapely.box(1, -90, 90, 90)])
    assert shared_m2(halves, 10) == pytest.approx(np.pi * 100 - 2 * (1 * np.sqrt(99) + 100 * np.arcsin(0.1)), rel=1e-6)


def test_a_centre_on_a_corner_or_an_edge_is_no_special_case() -> None:
    assert shared_m2(shapely.box(0, 0, 90, 90), 10) == pytest.approx(np.pi * 25, rel=1e-6)
    assert shared_m2(shapely.box(-90, 0, 90, 90), 10) == pytest.approx(np.pi * 50, rel=1e-6)
    assert shared_m2(shapely.box(20, 20, 90, 90), 10) == pytest.approx(0.0, abs=1e-9)


def test_many_discs_at_once_are_each_what_one_is() -> None:
    shapes = [in_degrees(shapely.box(0, 0, 5 * n, 30)) for n in range(1, 5)]
    radii = np.array([5.0, 10.0, 20.0, 40.0])
    found = areas_m2(shapes, LON, LAT, radii)
    assert found == pytest.approx([areas_m2([s], LON, LAT, r)[0] for s, r in zip(shapes, radii, strict=True)])
    assert areas_m2([], LON, LAT, 5.0).shape == (0,)
