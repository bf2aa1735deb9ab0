import json

import pytest

from gis.domain import geojson, places

GRID = places.Place(
    7,
    {"code": "210302001001101003", "name": '胜利"社区\\', "urban": True, "building": None, "floor_from": 3},
    (122.99, 41.11, 122.990000012, 41.12),
    '{"type":"Point","coordinates":[122.99,41.11]}',
)


def test_a_place_is_a_feature_that_our_own_strict_reader_reads():
    (read,) = geojson.read(places.feature(GRID))
    assert read.id == 7
    assert read.properties == GRID.properties
    assert (read.geometry.x, read.geometry.y) == (122.99, 41.11)


def test_a_box_has_seven_decimals():
    assert json.loads(places.feature(GRID))["bbox"] == [122.99, 41.11, 122.99, 41.12]


def test_a_place_without_geometry_is_a_feature_with_null():
    assert json.loads(places.feature(places.Place("21", {}, (0, 0, 1, 1))))["geometry"] is None


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_collection_holds_its_places_and_what_stands_beside_them(count):
    found = json.loads(places.collection([GRID] * count, next=None, as_of="2026-11-23T00:00:00Z"))
    assert len(found["features"]) == count
    assert found["next"] is None
    assert len(geojson.read(json.dumps(found))) == count
