"""Dividing a ring: whatever the ring, the pieces cover it edge to edge and nest in their groups."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.demo.borders import area_of, rings_of
from gis.domain.demo.dividing import divide
from gis.domain.demo.layout import NO_KERNELS, kernel, style
from gis.domain.demo.plane import from_metres
from gis.domain.demo.shapes import polygons


def ring_of(seed: int):
    rng = np.random.default_rng(seed)
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    away = 600 * (1 + sum(rng.uniform(0, 0.2) * np.sin(k * angle + rng.uniform(0, 6)) for k in (2, 3, 5)))
    return from_metres(np.column_stack((away * np.cos(angle), away * np.sin(angle))))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 6), st.booleans())
def test_pieces_cover_the_ring_edge_to_edge_and_nest_in_their_groups(seed: int, count: int, groups: int, packed: bool):
    ring = ring_of(seed)
    group = np.sort(np.arange(count) * min(groups, count) // count)
    rng = np.random.default_rng(seed)
    kernels = kernel(np.zeros(2), count * 0.6, 60.0) if packed else NO_KERNELS
    wish = style(count / area_of(ring), 0.06, 0.2, np.zeros(2), (0.4, 0.5), 0.0)
    done = divide(ring, np.ones(count), group, rng.normal(0, 250, (6 * count, 2)), kernels, wish, seed)
    leaves = polygons(rings_of(done.leaves, done.leaf_starts, done.xy))
    whole = polygons([ring])[0]
    assert shapely.is_valid(leaves).all()
    assert shapely.coverage_is_valid(leaves)
    assert shapely.coverage_union_all(leaves).equals(whole)
    for number, outer in enumerate(polygons(rings_of(done.groups, done.group_starts, done.xy))):
        union = shapely.coverage_union_all(leaves[group == number])
        assert {*map(tuple, shapely.get_coordinates(union))} == {*map(tuple, shapely.get_coordinates(outer))}
