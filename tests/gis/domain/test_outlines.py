"""Edges on the lattice tell inside, border and distance exactly."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import coordinates
from gis.domain.outlines import STEP, covers, distance_m, on_border, rings_of
from tests.meshes import Point, degrees, mesh, telling_points

SQUARE = shapely.box(122.99, 41.11, 123.0, 41.12)


def steps(lon: float, lat: float) -> Point:
    return round(lon / STEP), round(lat / STEP)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), bends=st.integers(0, 6), size=st.sampled_from([64, 1000, 4096, 100_000]))
def test_covers_and_border_agree_with_geos_on_every_kind_of_point(seed: int, bends: int, size: int) -> None:
    polygons = mesh(seed=seed, columns=2, rows=2, bends=bends, size=size, coarse=1)
    polygons = [polygon for polygon in polygons if polygon.is_valid]
    rings = rings_of(polygons)
    points = telling_points(polygons, seed=seed, count=12)
    for number, polygon in enumerate(polygons):
        for (x, y), point in zip(points, shapely.points(*degrees(points)), strict=True):
            assert covers(rings.of(number), x, y) == polygon.covers(point)
            assert on_border(rings.of(number), x, y) == polygon.boundary.intersects(point)


def test_holes_and_parts_count_and_their_borders_belong_to_the_area() -> None:
    hole = shapely.box(122.994, 41.114, 122.996, 41.116)
    island = shapely.box(123.01, 41.11, 123.02, 41.12)
    boundary = shapely.set_precision(shapely.MultiPolygon([SQUARE - hole, island]), STEP)
    edges = rings_of([boundary]).of(0)
    assert not covers(edges, *steps(122.995, 41.115))
    assert covers(edges, *steps(122.994, 41.115))
    assert covers(edges, *steps(123.015, 41.115))
    assert not covers(edges, *steps(123.005, 41.115))


def test_an_edge_is_the_same_edge_seen_from_both_neighbours() -> None:
    west, east = mesh(seed=5, columns=2, rows=1)
    rings = rings_of([west, east])
    shared = {tuple(edge) for edge in rings.of(0).tolist()} & {tuple(edge) for edge in rings.of(1).tolist()}
    assert len(shared) == 4
    assert all(ay <= by for _, ay, _, by in rings.of(0).tolist())


def test_the_start_of_a_ring_and_its_direction_change_nothing() -> None:
    (polygon,) = mesh(seed=8, columns=1, rows=1)
    ring = shapely.get_coordinates(polygon)[:-1]
    turned = shapely.Polygon(np.roll(ring, 5, axis=0)[::-1])
    original, other = rings_of([polygon]).of(0), rings_of([turned]).of(0)
    assert sorted(map(tuple, original.tolist())) == sorted(map(tuple, other.tolist()))


@pytest.mark.parametrize("metres", [0.02, 1.0, 10.0, 50.0, 400.0])
@pytest.mark.parametrize("azimuth", [0, 30, 90, 135, 180, 225, 300])
def test_the_distance_to_a_corner_is_the_geodesic_one(metres: float, azimuth: float) -> None:
    lon, lat, _ = pyproj.Geod(ellps="GRS80").fwd(123.0, 41.12, azimuth, metres)
    corner = np.array([[*steps(123.0, 41.12), *steps(123.0, 41.12 + 4 * STEP)]])
    reached = pyproj.Geod(ellps="GRS80").inv(*(value * STEP for value in steps(lon, lat)), *(corner[0, :2] * STEP))[2]
    assert distance_m(corner, *steps(lon, lat)) == pytest.approx(reached, rel=2e-4, abs=0.06)


def test_the_distance_is_zero_on_the_border_and_nowhere_else() -> None:
    (polygon,) = mesh(seed=4, columns=1, rows=1, size=200_000, coarse=1)
    edges = rings_of([polygon]).of(0)
    for x, y in telling_points([polygon], seed=4, count=200):
        assert (distance_m(edges, x, y) == 0) == on_border(edges, x, y)


def test_one_metre_beside_a_straight_border_is_one_metre_away() -> None:
    edges = rings_of([SQUARE]).of(0)
    _, per_lat = coordinates.metres_per_degree(41.11)
    x, y = steps(122.995, 41.11)
    assert distance_m(edges, x, y - 100) == pytest.approx(100 * STEP * per_lat, rel=1e-6)


def test_edges_right_round_the_earth_do_not_overflow() -> None:
    world = rings_of([shapely.box(-180, -90, 180, 90)]).of(0)
    assert covers(world, *steps(-179.9, 89.9))
    assert covers(world, *steps(180, -90))
    assert covers(rings_of([shapely.Polygon([(-180, -90), (180, 90), (-180, 90)])]).of(0), *steps(0, 0))


def test_points_without_length_are_no_edges() -> None:
    ring = [(122.99, 41.11), (122.99, 41.11), (123.0, 41.11), (123.0, 41.12), (122.99, 41.11)]
    assert len(rings_of([shapely.Polygon(ring)]).of(0)) == 3
