import re

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.domain import tiles
from gis.errors import NotFoundError

ANSHAN = (122.99, 41.11)
LON = st.floats(-180, 180)
LAT = st.floats(-85, 85)


def points(*pairs):
    return np.array([shapely.Point(pair) for pair in pairs], dtype=object)


def cover(side, *, vertices=12, size_m=75.0, seed=7):
    """A cover of side x side areas around Anshan in web Mercator whose shared borders wind, node by node the same."""
    random = np.random.default_rng(seed)
    corner = shapely.get_coordinates(tiles.to_mercator(points(ANSHAN)))[0]
    nodes = np.stack(np.meshgrid(*[np.arange(side + 1.0)] * 2, indexing="ij"), -1) * size_m + corner
    nodes = nodes + random.uniform(-0.2, 0.2, nodes.shape) * size_m
    along = np.arange(1, vertices)[:, None] / vertices

    def winding(start, end):
        inner = start[..., None, :] * (1 - along) + end[..., None, :] * along
        inner = inner + np.cumsum(random.normal(0, 0.01, inner.shape), -2) * size_m * np.sin(np.pi * along)
        return np.concatenate([start[..., None, :], inner], -2)

    def back(arc, end):
        return np.concatenate([end[..., None, :], arc[..., :0:-1, :]], -2)

    across, up = winding(nodes[:-1], nodes[1:]), winding(nodes[:, :-1], nodes[:, 1:])
    sides = [across[:, :-1], up[1:], back(across[:, 1:], nodes[1:, 1:]), back(up[:-1], nodes[:-1, 1:])]
    rings = np.concatenate([*sides, across[:, :-1, :1]], -2)
    return shapely.polygons(rings.reshape(side * side, -1, 2))


def drawn(name, shapes, kinds=None):
    layer = tiles.LAYERS[name]
    kinds = np.array(kinds if kinds is not None else ["any"] * len(shapes))
    return {detail: (rows, simple) for detail, rows, simple in tiles.simplified(layer, shapes, kinds)}


@given(LON, LAT)
def test_mercator_by_closed_formula_is_what_proj_says(lon, lat):
    expected = pyproj.Transformer.from_crs(4326, 3857, always_xy=True).transform(lon, lat)
    assert shapely.get_coordinates(tiles.to_mercator(points((lon, lat))))[0] == pytest.approx(expected, abs=1e-6)


@given(LON, LAT)
def test_mercator_and_back_is_the_same_place(lon, lat):
    there = tiles.to_mercator(points((lon, lat)))
    assert shapely.get_coordinates(tiles.to_degrees(there))[0] == pytest.approx((lon, lat), abs=1e-9)


def test_the_poles_are_drawn_on_the_edge_of_the_square():
    north = shapely.get_coordinates(tiles.to_mercator(points((0, 90))))[0]
    assert north[1] == pytest.approx(tiles.HALF_WORLD_M)


@given(LON, LAT, st.integers(0, tiles.MAX_ZOOM))
def test_a_point_lies_in_the_bounds_of_its_own_tile(lon, lat, zoom):
    west, south, east, north = tiles.address_of(lon, lat, zoom).bounds_xy
    x, y = shapely.get_coordinates(tiles.to_mercator(points((lon, lat))))[0]
    assert west - 1e-6 <= x <= east + 1e-6
    assert south - 1e-6 <= y <= north + 1e-6


def test_the_tile_of_anshan_at_zoom_10_is_the_known_one():
    assert tiles.address_of(*ANSHAN, 10) == tiles.Address(10, 861, 383)


@pytest.mark.parametrize(
    "parts",
    [
        ("17", "0", "0"),
        ("23", "0", "0"),
        ("2", "4", "0"),
        ("2", "0", "4"),
        ("-1", "0", "0"),
        ("2", "-1", "0"),
        ("2", "1.0", "0"),
        ("2", "1e0", "0"),
        ("02", "1", "1"),
        ("2", "+1", "1"),
        ("2", "", "1"),
        ("2", "٣", "1"),
        ("2", "²", "1"),
        ("2", "..", "1"),
        ("2", "9" * 5000, "1"),
    ],
)
def test_what_is_no_tile_is_not_found(parts):
    with pytest.raises(NotFoundError, match="no such tile"):
        tiles.address(*parts)


def test_a_tile_address_is_read():
    assert tiles.address("16", "65535", "0") == tiles.Address(16, 65535, 0)


def test_an_unknown_layer_is_not_found_and_the_known_ones_are_named():
    with pytest.raises(NotFoundError, match="counties"):
        tiles.layer("people")


@pytest.mark.parametrize("layer", tiles.LAYERS.values(), ids=lambda layer: layer.name)
def test_every_layer_serves_all_its_zooms_and_kinds_appear_where_a_detail_begins(layer):
    assert layer.details[-1] == tiles.MAX_ZOOM
    assert list(layer.details) == sorted(set(layer.details))
    assert layer.minzoom <= layer.details[0]
    assert re.fullmatch(r"[a-z0-9]+", layer.name)
    for first in layer.kinds_from.values():
        assert first - 1 in layer.details


def test_the_smallest_detail_that_is_not_below_the_zoom_is_served():
    assert [tiles.LAYERS["grids"].detail_at(zoom) for zoom in (12, 13, 14, 15, 16)] == [None, 13, 14, 16, 16]


@given(LON, LAT, st.floats(0, 0.2), st.floats(0, 0.2), st.integers(0, 12))
def test_the_tiles_that_cover_a_box_hold_its_corners(lon, lat, width, height, zoom):
    corners = shapely.get_coordinates(tiles.to_mercator(points((lon, lat), (lon + width, lat + height)))).ravel()
    covering = list(tiles.covering(tuple(corners), zoom))
    assert tiles.address_of(lon, lat, zoom) in covering
    assert tiles.address_of(min(lon + width, 180), lat + height, zoom) in covering
    assert len(covering) == len(set(covering))


def test_a_simplified_cover_is_lighter_and_still_a_cover():
    shapes = cover(12)
    assert shapely.coverage_is_valid(shapes)
    details = drawn("grids", shapes)
    sizes = [int(shapely.get_num_coordinates(details[detail][1]).sum()) for detail in (16, 14, 13)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[2] < sizes[0] / 2
    for detail in (13, 14, 16):
        assert shapely.coverage_is_valid(details[detail][1])
        assert shapely.is_valid(details[detail][1]).all()


def test_simplifying_moves_no_border_by_more_than_two_pixels():
    shapes = cover(12)
    for detail, (_, simple) in drawn("grids", shapes).items():
        moved = shapely.hausdorff_distance(shapely.union_all(shapes).boundary, shapely.union_all(simple).boundary)
        assert moved <= 2 * tiles.pixel_m(detail)


def test_the_finest_detail_is_the_full_geometry():
    shapes = cover(4)
    assert shapely.equals_exact(drawn("villages", shapes)[16][1], shapes, 0).all()


def test_lanes_are_left_out_where_only_trunk_roads_are_drawn():
    line = shapely.LineString([(0, 0), (5000, 0)])
    details = drawn("streets", np.array([line] * 4, dtype=object), ["lane", "trunk", "side", "main"])
    assert {detail: rows.tolist() for detail, (rows, _) in details.items()} == {
        16: [0, 1, 2, 3],
        14: [0, 1, 2, 3],
        13: [1, 2, 3],
        12: [1, 3],
        10: [1],
    }


def test_a_layer_without_rows_draws_nothing_at_every_detail():
    details = drawn("grids", np.empty(0, dtype=object))
    assert {detail: len(rows) for detail, (rows, _) in details.items()} == {16: 0, 14: 0, 13: 0}


def test_a_label_lies_inside_its_area_even_where_the_centroid_does_not():
    horseshoe = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 30)
    shapes = np.array([shapely.box(0, 0, 4, 4), horseshoe - shapely.box(10, 5, 20, 30)], dtype=object)
    labels = tiles.label_points(shapes)
    assert shapely.equals(labels[0], shapely.Point(2, 2))
    assert shapely.contains(shapes, labels).all()


def test_stacked_grids_are_drawn_once_as_the_one_with_the_lowest_id():
    tower, field = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    turned = shapely.Polygon([(1, 1), (0, 1), (0, 0), (1, 0)])
    rows, counts = tiles.footprints(np.array([tower, field, turned, tower], dtype=object), np.array([9, 4, 3, 12]))
    assert rows.tolist() == [2, 1]
    assert counts.tolist() == [3, 1]


def test_neighbours_on_the_map_are_neighbours_in_the_drawing_order():
    shapes = cover(16)
    order = tiles.drawing_order(shapes)
    assert sorted(order) == list(range(len(shapes)))
    steps = shapely.distance(shapely.centroid(shapes[order][1:]), shapely.centroid(shapes[order][:-1]))
    shuffled = np.random.default_rng(1).permutation(shapes)
    assert steps.mean() < shapely.distance(shuffled[1:], shuffled[:-1]).mean() / 3
