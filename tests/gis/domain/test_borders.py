"""Borders tell distances as the plain formula does, and the nearest for who is outside."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import outlines
from gis.domain.borders import Borders
from gis.domain.cell_index import lattice
from gis.domain.outlines import STEP
from tests.meshes import mesh, telling_points


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_distances_are_those_of_the_plain_formula_to_the_last_bit(seed: int) -> None:
    layer = mesh(seed=seed, columns=3, rows=3, coarse=1)
    points, borders = telling_points(layer, seed=seed, count=30), Borders(layer)
    positions = np.random.default_rng(seed).integers(0, 9, len(points))
    expected = [
        outlines.distance_m(borders.rings.of(position), x, y)
        for (x, y), position in zip(points, positions.tolist(), strict=True)
    ]
    xs, ys = np.array(points, dtype=np.int32).T
    assert borders.distances(xs, ys, positions).tolist() == expected
    assert [borders.distance(x, y, int(at)) for (x, y), at in zip(points, positions, strict=True)] == expected


def test_the_border_of_nobody_is_at_no_distance() -> None:
    xs, ys = lattice(122.99, 41.11)
    assert np.isnan(Borders([]).distances(xs, ys, np.array([-1]))).all()
    assert Borders([]).nearest(xs, ys, 50.0)[0].tolist() == [-1]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), limit_m=st.floats(0.1, 400))
def test_the_nearest_boundary_within_the_limit_is_found_and_the_lowest_of_equals(seed: int, limit_m: float) -> None:
    layer = mesh(seed=seed, columns=3, rows=2, coarse=1)
    borders = Borders(layer)
    points = [point for point in telling_points(layer, seed=seed, count=60) if not borders.covering(*point)]
    xs, ys = np.array(points, dtype=np.int32).reshape(-1, 2).T
    found, metres = borders.nearest(xs, ys, limit_m)
    for place, (x, y) in enumerate(points):
        distances = [outlines.distance_m(borders.rings.of(position), x, y) for position in range(6)]
        best = distances.index(min(distances)) if min(distances) <= limit_m else -1
        assert found[place] == best
        assert np.isnan(metres[place]) if best < 0 else metres[place] == distances[best]


def test_every_boundary_that_covers_a_corner_is_named() -> None:
    layer = mesh(seed=9, columns=2, rows=2)
    (corner,) = {
        point
        for point in map(tuple, np.rint(shapely.get_coordinates(layer) / STEP).astype(int).tolist())
        if all(boundary.intersects(shapely.Point(point[0] * STEP, point[1] * STEP)) for boundary in layer)
    }
    assert Borders(layer).covering(*corner) == [0, 1, 2, 3]
