"""The index in memory answers as the plain tests do, to the last bit."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import outlines
from gis.domain.cell_index import CellIndex, lattice
from gis.domain.cell_kernels import compiled
from gis.domain.outlines import STEP
from gis.errors import InvalidGeometryError
from gis.settings import CHECKOUT
from tests.meshes import Point, degrees, mesh, telling_points

SQUARE = shapely.box(122.99, 41.11, 123.0, 41.12)


def by_plain_tests(boundaries: list[shapely.Polygon], ids: list[int], points: list[Point]) -> list[int]:
    edges = outlines.edges_of(boundaries)
    answers = []
    for x, y in points:
        covering = [number for place, number in enumerate(ids) if outlines.covers(edges.of(place), x, y)]
        answers.append(min(covering, default=-1))
    return answers


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    shape=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    bends=st.integers(0, 9),
    size=st.sampled_from([64, 500, 4096, 60_000]),
    data=st.data(),
)
def test_a_cover_with_gaps_is_answered_as_by_plain_tests(
    seed: int, shape: tuple[int, int], bends: int, size: int, data: st.DataObject
) -> None:
    everything = mesh(seed=seed, columns=shape[0], rows=shape[1], bends=bends, size=size, coarse=1)
    kept = data.draw(st.lists(st.sampled_from(range(len(everything))), min_size=1, unique=True))
    boundaries = [everything[place] for place in kept]
    ids = data.draw(st.lists(st.integers(0, 10**12), min_size=len(kept), max_size=len(kept), unique=True))
    points = telling_points(boundaries, seed=seed, count=60)
    index = CellIndex.build(boundaries, ids)
    assert index.locate(*degrees(points)).tolist() == by_plain_tests(boundaries, ids, points)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), layers=st.integers(2, 4))
def test_boundaries_that_overlap_have_holes_or_parts_are_answered_as_by_plain_tests(seed: int, layers: int) -> None:
    boundaries: list[shapely.Polygon] = []
    for layer in range(layers):
        cells = mesh(seed=seed + layer, columns=3, rows=3, bends=layer, size=4096 // (layer + 1), coarse=1)
        ring = shapely.coverage_union_all(cells[:4] + cells[5:])
        boundaries += [cells[4], ring, shapely.MultiPolygon([cells[0], cells[8]])]
    ids = np.random.default_rng(seed).permutation(len(boundaries)).tolist()
    points = telling_points([part for shape in boundaries for part in shapely.get_parts(shape)], seed=seed, count=60)
    index = CellIndex.build(boundaries, ids)
    assert index.locate(*degrees(points)).tolist() == by_plain_tests(boundaries, ids, points)


def test_a_crowded_city_is_answered_as_by_geos() -> None:
    boundaries = mesh(seed=1, columns=30, rows=30, bends=10, size=2000, coarse=1)
    points = telling_points(boundaries, seed=2, count=3000)
    index = CellIndex.build(boundaries, range(len(boundaries)))
    lon, lat = degrees(points)
    found, owner = shapely.STRtree(boundaries).query(shapely.points(lon, lat), predicate="covered_by")
    expected = np.full(len(points), len(boundaries))
    np.minimum.at(expected, found, owner)
    assert (index.locate(lon, lat) == np.where(expected == len(boundaries), -1, expected)).all()


def test_the_order_of_grids_and_the_turn_of_rings_change_nothing() -> None:
    boundaries = mesh(seed=3, columns=4, rows=4)
    turned = [shapely.Polygon(np.roll(shapely.get_coordinates(one)[:-1], 3, axis=0)[::-1]) for one in boundaries]
    lon, lat = degrees(telling_points(boundaries, seed=3, count=300))
    straight = CellIndex.build(boundaries, range(16)).locate(lon, lat)
    assert (CellIndex.build(turned[::-1], range(15, -1, -1)).locate(lon, lat) == straight).all()


def test_an_empty_layer_covers_nothing() -> None:
    index = CellIndex.build([], [])
    assert index.locate([122.99], [41.11]).tolist() == [-1]
    assert np.isnan(index.distance_m([122.99], [41.11], [7])).all()
    assert index.nearest(*lattice(122.99, 41.11), 50.0)[0].tolist() == [-1]


def test_points_far_outside_even_at_the_end_of_the_earth_are_outside() -> None:
    index = CellIndex.build([SQUARE], [7])
    assert index.locate([-180, 180, 0, 122.995], [90, -90, 0, -41.115]).tolist() == [-1] * 4


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 41.11), (122.99, float("inf")), (500.0, 41.11)])
def test_what_is_no_degree_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidGeometryError):
        CellIndex.build([SQUARE], [7]).locate([lon], [lat])


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_distances_are_those_of_the_plain_formula_to_the_last_bit(seed: int) -> None:
    boundaries = mesh(seed=seed, columns=3, rows=3, coarse=1)
    points = telling_points(boundaries, seed=seed, count=30)
    index = CellIndex.build(boundaries, range(9))
    ids = np.random.default_rng(seed).integers(0, 9, len(points))
    expected = [
        outlines.distance_m(index.edges.of(int(number)), x, y) for (x, y), number in zip(points, ids, strict=True)
    ]
    assert index.distance_m(*degrees(points), ids).tolist() == expected


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), limit_m=st.floats(0.1, 400))
def test_the_nearest_boundary_within_the_limit_is_found_and_the_lowest_of_equals(seed: int, limit_m: float) -> None:
    boundaries = mesh(seed=seed, columns=3, rows=2, coarse=1)
    index = CellIndex.build(boundaries, range(6))
    points = [point for point in telling_points(boundaries, seed=seed, count=60) if index.position(*point) < 0]
    xs, ys = np.array(points, dtype=np.int32).reshape(-1, 2).T
    found, metres = index.nearest(xs, ys, limit_m)
    for place, (x, y) in enumerate(points):
        distances = [outlines.distance_m(index.edges.of(number), x, y) for number in range(6)]
        best = distances.index(min(distances)) if min(distances) <= limit_m else -1
        assert found[place] == best
        assert np.isnan(metres[place]) if best < 0 else metres[place] == distances[best]


def test_threads_share_one_index() -> None:
    boundaries = mesh(seed=6, columns=10, rows=10)
    index = CellIndex.build(boundaries, range(100))
    lon, lat = degrees(telling_points(boundaries, seed=6, count=2000))
    expected = index.locate(lon, lat)
    with ThreadPoolExecutor(4) as pool:
        assert all((answer == expected).all() for answer in pool.map(lambda _: index.locate(lon, lat), range(8)))


def test_every_boundary_that_covers_a_corner_is_named() -> None:
    boundaries = mesh(seed=9, columns=2, rows=2)
    (corner,) = {
        point
        for point in map(tuple, np.rint(shapely.get_coordinates(boundaries) / STEP).astype(int).tolist())
        if all(boundary.intersects(shapely.Point(point[0] * STEP, point[1] * STEP)) for boundary in boundaries)
    }
    assert CellIndex.build(boundaries, [5, 6, 7, 8]).covering(*corner) == [0, 1, 2, 3]


def test_a_new_process_finds_the_kernels_compiled(tmp_path: Path) -> None:
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path / "kernels"), "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-m", "gis.domain.cell_index"]
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, timeout=180)
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kernels").rglob("*.nb*")}
    assert kept
    subprocess.run(command, check=True, cwd=tmp_path, env=environment, timeout=180)
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "kernels").rglob("*.nb*")} == kept


def test_where_no_compiled_kernel_can_be_kept_it_is_compiled_all_the_same() -> None:
    names: dict[str, Any] = {}
    exec("def double(x):\n    return 2 * x", names)  # of no file, so numba has no place beside it
    assert compiled("int64(int64)")(names["double"])(21) == 42


def test_the_index_of_a_city_is_small() -> None:
    boundaries = mesh(seed=1, columns=40, rows=40, bends=12, size=2500, coarse=1)
    index = CellIndex.build(boundaries, range(len(boundaries)))
    assert index.nbytes < 120 * len(index.edges.ends)
