"""Coordinates are placed once, exactly, and what tells against their declaration is said."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.coordinates import parse_datum, snap
from gis.errors import InvalidGeometryError, UnknownDatumError
from gis.files.placement import place

ANSHAN = (122.9895, 41.1087)
# The same place in metres: domain facts computed with PROJ.
EAST, NORTH = 499118.034, 4552645.018


def placed(*shapes: shapely.Geometry, datum: str = "cgcs2000", keep_invalid: bool = False) -> tuple[list, list[str]]:
    said: list[str] = []
    found = place(
        np.array(shapes, dtype=object),
        parse_datum(datum),
        where=lambda row: f"row {row + 1}",
        say=said.append,
        keep_invalid=keep_invalid,
    )
    return list(found), said


def near(point: shapely.Point) -> bool:
    return (point.x, point.y) == pytest.approx(ANSHAN, abs=2e-7)


@pytest.mark.parametrize(
    ("x", "y", "datum", "words"),
    [
        (*ANSHAN, "wgs84", []),
        (*ANSHAN[::-1], "wgs84", ["swapped"]),
        (*ANSHAN[::-1], "epsg:4490", ["swapped"]),
        (EAST, NORTH, "epsg:4550", []),
        (NORTH, EAST, "epsg:4550", ["swapped"]),
        (EAST + 41e6, NORTH, "epsg:4550", ["zone number in front", "epsg:4529"]),
        (NORTH, EAST + 41e6, "epsg:4550", ["swapped", "epsg:4529"]),
        (EAST + 41e6, NORTH, "epsg:4529", []),
        (EAST, NORTH, "epsg:4529", ["no zone number", "epsg:4550"]),
        (13691128.513, 5028388.134, "epsg:3857", []),
    ],
)
def test_swapped_axes_and_zone_numbers_are_recognised_and_said(
    x: float, y: float, datum: str, words: list[str]
) -> None:
    (point,), said = placed(shapely.Point(x, y), datum=datum)
    assert near(point)
    assert len(said) == bool(words)
    assert all(word in said[0] for word in words)


@pytest.mark.parametrize(("x", "y", "datum"), [(EAST, NORTH, "wgs84"), (1e5, 1e5, "epsg:4550"), (*ANSHAN, "epsg:4550")])
def test_numbers_that_fit_the_declared_system_in_no_way_are_refused(x: float, y: float, datum: str) -> None:
    with pytest.raises(UnknownDatumError):
        placed(shapely.Point(x, y), datum=datum)


@given(st.tuples(st.floats(122.2, 123.7), st.floats(40.0, 41.5)))
def test_every_vertex_lies_on_the_lattice_where_snap_puts_it(at: tuple[float, float]) -> None:
    (line,), _ = placed(shapely.LineString([at, (122.5, 40.5)]))
    assert line.coords[0] == tuple(snap(at))


def test_a_ring_that_crosses_itself_is_refused_with_its_row_and_the_place() -> None:
    bow = shapely.Polygon([(122, 41), (123, 42), (123, 41), (122, 42)])
    with pytest.raises(InvalidGeometryError) as refused:
        placed(shapely.box(122, 41, 123, 42), bow, bow)
    assert [fault.pointer for fault in refused.value.faults] == ["row 2", "row 3"]
    assert "Self-intersection[122.5 41.5]" in refused.value.faults[0].detail
    kept, _ = placed(bow, keep_invalid=True)
    assert not kept[0].is_valid


def test_what_falls_together_on_the_lattice_is_refused_not_mended() -> None:
    thin = shapely.Polygon([(122, 41), (122.001, 41), (122.001, 41 + 1e-9), (122, 41 + 1e-9)])
    with pytest.raises(InvalidGeometryError, match="On the lattice"):
        placed(thin)


def test_two_vertices_a_hair_apart_become_one() -> None:
    (ring,), _ = placed(shapely.Polygon([(122, 41), (122 + 1e-12, 41), (123, 41), (123, 42)]))
    assert shapely.get_num_coordinates(ring) == 4


def test_coordinates_beyond_the_globe_name_their_row() -> None:
    with pytest.raises(InvalidGeometryError) as refused:
        placed(shapely.Point(*ANSHAN), shapely.Point(181, 41))
    assert refused.value.faults[0].pointer == "row 2"
    with pytest.raises(InvalidGeometryError, match="finite"):
        placed(shapely.Point(*ANSHAN), shapely.Point(np.nan, 41))


def test_heights_are_left_out_and_that_is_said() -> None:
    (point,), said = placed(shapely.Point(*ANSHAN, 30))
    assert not point.has_z
    assert "heights" in said[0]


def test_missing_and_empty_geometry_stays_missing() -> None:
    found, _ = placed(None, shapely.Point(), shapely.Point(*ANSHAN))
    assert found[:2] == [None, None]
    assert near(found[2])


TINY = [(123.02, 41.15), (123.02000001, 41.15), (123.02000001, 41.15000001), (123.02, 41.15)]


@pytest.mark.parametrize("keep_invalid", [False, True])
@pytest.mark.parametrize(
    "shape",
    [
        shapely.Polygon(TINY),
        shapely.MultiPolygon([shapely.Polygon(TINY), shapely.box(123, 41, 123.01, 41.01)]),
        shapely.Polygon(shapely.box(123, 41, 124, 42).exterior, [TINY]),
        shapely.Polygon([(123, 41), (123.01, 41.01), (123.02, 41.02), (123, 41)]),
    ],
)
def test_a_ring_that_falls_together_on_the_lattice_is_refused_by_row(
    shape: shapely.Geometry, keep_invalid: bool
) -> None:
    with pytest.raises(InvalidGeometryError, match="row 2: "):
        placed(shapely.box(123, 41, 123.01, 41.01), shape, keep_invalid=keep_invalid)


def test_a_bow_tie_has_not_fallen_together() -> None:
    tie = shapely.Polygon([(123, 41), (123.1, 41.1), (123.1, 41), (123, 41.1)])
    assert len(placed(tie, keep_invalid=True)[0]) == 1
