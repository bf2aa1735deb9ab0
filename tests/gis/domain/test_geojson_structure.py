import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain import geojson
from gis.domain.geojson import Feature, Limits
from gis.errors import InvalidInputError, TooLargeError, WanggeError

SQUARE = [[122.98, 41.10], [122.99, 41.10], [122.99, 41.11], [122.98, 41.11], [122.98, 41.10]]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(
                ["type", "coordinates", "geometry", "geometries", "properties", "features", "bbox", "id", "crs"]
            ),
            inner | st.sampled_from(["Point", "Polygon", "Feature", "FeatureCollection", "GeometryCollection"]),
        )
    ),
    max_leaves=30,
)


def polygon(*rings):
    return {"type": "Polygon", "coordinates": list(rings)}


def collected(*geometries):
    features = [{"type": "Feature", "properties": {}, "geometry": geometry} for geometry in geometries]
    return {"type": "FeatureCollection", "features": features}


def pointers_of(document, **options):
    with pytest.raises(WanggeError) as refused:
        geojson.read(document, **options)
    return [fault.pointer for fault in refused.value.faults]


def is_read(document, **options):
    try:
        geojson.read(document, **options)
    except WanggeError as error:
        if not error.faults:
            raise
        return False
    return True


def test_every_fault_is_told_at_once_with_its_place():
    document = {
        "type": "FeatureCollection",
        "bbox": [1, 2, 3],
        "properties": {},
        "features": [
            {
                "type": "Feature",
                "id": {},
                "properties": [],
                "geometry": {"type": "Point", "coordinates": [122.99, "41"]},
            },
            {"type": "Feature", "properties": {}, "geometry": polygon(SQUARE[:4], SQUARE[:3])},
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[122.99, 41.11], [181, 41.11]]}},
            {"type": "Feature", "properties": {}},
            None,
            {"type": "Feature", "properties": {}, "geometry": {"type": "point", "coordinates": [1, 2], "features": []}},
        ],
    }
    assert pointers_of(document) == [
        "/properties",
        "/bbox",
        "/features/0/id",
        "/features/0/geometry/coordinates",
        "/features/0/properties",
        "/features/1/geometry/coordinates/0",
        "/features/1/geometry/coordinates/1",
        "/features/2/geometry/coordinates/1",
        "/features/2/properties",
        "/features/3/geometry",
        "/features/4",
        "/features/5/geometry/type",
    ]
    assert pointers_of(json.dumps(document)) == pointers_of(document)


def test_after_the_hundredth_fault_the_reading_ends():
    points = [{"type": "Point", "coordinates": [999, 999]}] * 5000
    assert len(pointers_of(collected(*points))) == 100


@pytest.mark.parametrize(
    "position",
    [
        [],
        [122.99],
        [122.99, 41.11, 0, 0],
        ["122.99", "41.11"],
        [True, False],
        [122.99, True],
        [122.99, None],
        [122.99, [41.11]],
        {"x": 1},
        [180.0000001, 41.11],
        [122.99, -90.0000001],
        [41.11, 122.99],
        [float("nan"), 41.11],
        [122.99, float("inf")],
        [122.99, 41.11, float("inf")],
        [10**400, 41.11],
        [122.99, 41.11, -(10**400)],
        [499118.0, 4552645.0],
    ],
)
@pytest.mark.parametrize("kind", ["Point", "LineString"])
def test_a_position_that_is_none_is_refused(kind, position):
    if position == [] and kind == "Point":
        return  # an empty array is no position but an empty geometry, RFC 7946 3.1
    coordinates = position if kind == "Point" else [[122.98, 41.10], position]
    where = "/coordinates" + ("/1" if kind == "LineString" else "")
    assert where in pointers_of({"type": kind, "coordinates": coordinates})


@pytest.mark.parametrize("position", [[180, 90], [-180, -90], [0, 0], [122.99, 41.11, 22], [122, 41]])
def test_positions_to_the_ends_of_the_earth_are_read(position):
    assert geojson.read({"type": "Point", "coordinates": position})[0].geometry.coords[0] == tuple(position[:2])


@given(json_values)
def test_any_value_is_read_or_refused_with_faults(value):
    document = value if isinstance(value, dict) else {"type": "Feature", "properties": {}, "geometry": value}
    is_read(document)
    is_read({"type": "Polygon", "coordinates": value})
    is_read({"type": "FeatureCollection", "features": value})


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"3", b'"Point"', b"{}", b'{"type": "Point"', b"\xff\xfe{}"])
def test_what_is_no_object_is_refused(content):
    assert not is_read(content)


@pytest.mark.parametrize("kind", ["Point", "MultiPoint", "LineString", "Polygon", "MultiLineString", "MultiPolygon"])
def test_empty_coordinates_are_no_geometry(kind):
    assert geojson.read({"type": kind, "coordinates": []}) == [Feature(None)]


def test_limits_are_allowed_and_one_more_is_too_large():
    points = {"type": "MultiPoint", "coordinates": [[122.99, 41.11]] * 10}
    assert is_read(points, limits=Limits(vertices=10))
    assert is_read(collected(points, points), limits=Limits(vertices=10))
    with pytest.raises(TooLargeError, match="9 vertices"):
        geojson.read(points, limits=Limits(vertices=9))
    rings = polygon(SQUARE, SQUARE, SQUARE)
    assert is_read(collected(rings, rings), limits=Limits(rings=3))
    with pytest.raises(TooLargeError, match="2 rings"):
        geojson.read(rings, limits=Limits(rings=2))
    assert is_read(collected(points, points), limits=Limits(features=2))
    with pytest.raises(TooLargeError, match="features"):
        geojson.read(collected(points, points), limits=Limits(features=1))
    with pytest.raises(TooLargeError, match="bytes"):
        geojson.read(json.dumps(points), max_bytes=20)


def test_published_limits_are_those_of_the_documentation():
    assert Limits() == Limits(features=10_000, vertices=100_000, rings=1_000)
    point = {"type": "Point", "coordinates": [122.99, 41.11]}
    assert len(geojson.read(collected(*[point] * 10_000))) == 10_000
    assert not is_read(collected(*[point] * 10_001))
    assert is_read({"type": "MultiPoint", "coordinates": [[122.99, 41.11]] * 100_000})
    assert not is_read({"type": "MultiPoint", "coordinates": [[122.99, 41.11]] * 100_001})


def test_collections_nested_too_deeply_are_refused_parsed_or_not():
    nested = {"type": "Point", "coordinates": [122.99, 41.11]}
    for _ in range(300):
        nested = {"type": "GeometryCollection", "geometries": [nested]}
    assert not is_read(nested)
    with pytest.raises(TooLargeError):
        geojson.read(json.dumps(nested))


def test_a_document_that_is_only_wrong_is_not_called_too_large():
    document = {"type": "MultiPoint", "coordinates": [[122.99, 41.11], [999, 0]]}
    with pytest.raises(InvalidInputError):
        geojson.read(document, limits=Limits(vertices=1))
