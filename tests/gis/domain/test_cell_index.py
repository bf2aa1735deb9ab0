"""The index in memory answers as the plain tests do, to the last bit."""

import os
import subprocess
import sys
from collections.abc import Sequence
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

Layer = Sequence[shapely.Polygon | shapely.MultiPolygon]
SQUARE = shapely.box(122.99, 41.11, 123.0, 41.12)


def by_plain_tests(layer: Layer, points: list[Point]) -> list[int]:
    rings = outlines.rings_of(layer)
    return [
        min((place for place in range(len(layer)) if outlines.covers(rings.of(place), x, y)), default=-1)
        for x, y in points
    ]


def built(*layers: Layer) -> CellIndex:
    return CellIndex.build([outlines.rings_of(layer) for layer in layers])


def located(layer: Layer, points: list[Point]) -> list[int]:
    places: list[int] = built(layer).locate(*degrees(points)).positions[0].tolist()
    return places


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
    layer = [everything[place] for place in kept]
    points = telling_points(layer, seed=seed, count=60)
    assert located(layer, points) == by_plain_tests(layer, points)


def overlapping(seed: int, times: int) -> list[shapely.Polygon | shapely.MultiPolygon]:
    """Return boundaries with holes and parts over each other, `times` three of them, in any order."""
    shapes: list[shapely.Polygon | shapely.MultiPolygon] = []
    for time in range(times):
        cells = mesh(seed=seed + time, columns=3, rows=3, bends=time % 6, size=4096 // (time + 1), coarse=1)
        ring = shapely.coverage_union_all(cells[:4] + cells[5:])
        shapes += [cells[4], ring, shapely.MultiPolygon([cells[0], cells[8]])]
    return [shapes[place] for place in np.random.default_rng(seed).permutation(len(shapes))]


def points_of(layer: Layer, *, seed: int) -> list[Point]:
    return telling_points([part for shape in layer for part in shapely.get_parts(shape)], seed=seed, count=60)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32), times=st.integers(2, 20))
def test_boundaries_that_overlap_have_holes_or_parts_are_answered_as_by_plain_tests(seed: int, times: int) -> None:
    layer = overlapping(seed, times)
    points = points_of(layer, seed=seed)
    assert located(layer, points) == by_plain_tests(layer, points)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), sizes=st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_layers_are_answered_in_one_pass_each_by_itself(seed: int, sizes: list[int]) -> None:
    layers = [overlapping(seed + place, size) if size else [] for place, size in enumerate(sizes)]
    points = points_of([SQUARE, *(shape for layer in layers for shape in layer)], seed=seed)
    found = built(*layers).locate(*degrees(points))
    assert found.positions.tolist() == [by_plain_tests(layer, points) for layer in layers]


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_point_is_told_to_be_on_the_border_of_the_boundary_that_has_it(seed: int) -> None:
    layer = overlapping(seed, 3)
    points, rings = points_of(layer, seed=seed), outlines.rings_of(layer)
    found = built(layer, [SQUARE]).locate(*degrees(points))
    owners = found.positions[0].tolist()
    expected = [
        owner >= 0 and outlines.on_border(rings.of(owner), x, y) for owner, (x, y) in zip(owners, points, strict=True)
    ]
    assert found.on_border.tolist() == expected


def test_an_edge_that_a_boundary_has_twice_turns_nothing_over_and_is_border_all_the_same() -> None:
    halves = shapely.MultiPolygon([shapely.box(122.99, 41.11, 122.995, 41.12), shapely.box(122.995, 41.11, 123, 41.12)])
    found = built([halves]).locate([122.9975, 122.995, 123.01], [41.115] * 3)
    assert found.positions[0].tolist() == [0, 0, -1]
    assert found.on_border.tolist() == [False, True, False]


def test_a_crowded_city_is_answered_as_by_geos() -> None:
    layer = mesh(seed=1, columns=30, rows=30, bends=10, size=2000, coarse=1)
    points = telling_points(layer, seed=2, count=3000)
    found, owner = shapely.STRtree(layer).query(shapely.points(*degrees(points)), predicate="covered_by")
    expected = np.full(len(points), len(layer))
    np.minimum.at(expected, found, owner)
    assert located(layer, points) == np.where(expected == len(layer), -1, expected).tolist()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), shift=st.tuples(st.integers(-(10**8), 10**8), st.integers(-(10**8), 10**8)))
def test_where_the_city_lies_and_how_rings_turn_change_nothing(seed: int, shift: Point) -> None:
    layer = mesh(seed=seed, columns=4, rows=4)
    points = telling_points(layer, seed=seed, count=60)
    elsewhere = [
        shapely.Polygon(np.roll(shapely.get_coordinates(one)[:-1], 3, axis=0)[::-1] + np.array(shift) * STEP)
        for one in layer
    ]
    assert located(elsewhere, [(x + shift[0], y + shift[1]) for x, y in points]) == located(layer, points)


def test_points_in_any_order_get_the_answers_that_each_gets_alone() -> None:
    layer = mesh(seed=3, columns=12, rows=12, size=40_000)
    points = telling_points(layer, seed=3, count=2000)
    index = built(layer, overlapping(3, 2))
    alone = [index.at(x, y) for x, y in points]
    for order in (
        np.arange(len(points)),
        np.random.default_rng(4).permutation(len(points)),
        np.lexsort(np.array(points).T),
    ):
        xs, ys = np.array(points, dtype=np.int32)[order].T
        found = index.at_lattice(xs, ys)
        together = np.vstack([found.positions, found.on_border]).T
        assert together.tolist() == [alone[place] for place in order]


def test_a_saved_index_is_mapped_and_answers_the_same(tmp_path: Path) -> None:
    layer = mesh(seed=5, columns=8, rows=8)
    points = telling_points(layer, seed=5, count=500)
    index = built(layer)
    index.save(tmp_path / "cells")
    mapped = CellIndex.mapped(tmp_path / "cells")
    assert mapped.locate(*degrees(points)).positions.tolist() == index.locate(*degrees(points)).positions.tolist()


def test_an_empty_layer_covers_nothing() -> None:
    assert built([]).at(*(int(steps[0]) for steps in lattice(122.99, 41.11))) == [-1, 0]
    assert built([], [SQUARE]).locate([122.99], [41.11]).positions.tolist() == [[-1], [0]]


def test_points_far_outside_even_at_the_end_of_the_earth_are_outside() -> None:
    found = built([SQUARE]).locate([-180, 180, 0, 122.995], [90, -90, 0, -41.115])
    assert found.positions.tolist() == [[-1] * 4]


def test_a_boundary_right_round_the_earth_covers_its_ends() -> None:
    found = built([shapely.box(-180, -90, 180, 90)]).locate([-180, 180, 0, 123], [90, -90, 0, 41.1])
    assert found.positions.tolist() == [[0] * 4]


def test_points_that_cannot_be_written_to_or_lie_apart_in_memory_are_read() -> None:
    points = np.tile([122.995, 41.115], (6, 1))
    points.setflags(write=False)
    assert built([SQUARE]).locate(points[:, 0], points[:, 1]).positions.tolist() == [[0] * 6]
    assert built([SQUARE]).at_lattice(*np.rint(points / STEP).astype(np.int32).T).positions.tolist() == [[0] * 6]


@pytest.mark.parametrize(("lon", "lat"), [(float("nan"), 41.11), (122.99, float("inf")), (500.0, 41.11)])
def test_what_is_no_degree_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(InvalidGeometryError):
        built([SQUARE]).locate([lon], [lat])


def test_threads_share_one_index() -> None:
    layer = mesh(seed=6, columns=10, rows=10)
    index, points = built(layer), degrees(telling_points(layer, seed=6, count=2000))
    expected = index.locate(*points).positions.tolist()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: index.locate(*points).positions.tolist(), range(8))
    assert all(answer == expected for answer in found)


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
    rings = outlines.rings_of(mesh(seed=1, columns=40, rows=40, bends=12, size=2500, coarse=1))
    assert CellIndex.build([rings]).table.nbytes < 60 * len(rings.vertices)
