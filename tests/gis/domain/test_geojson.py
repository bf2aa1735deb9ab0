import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.domain import geojson
from gis.domain.coordinates import snap
from gis.errors import InvalidGeometryError, WanggeError

SQUARE = [[122.98, 41.10], [122.99, 41.10], [122.99, 41.11], [122.98, 41.11], [122.98, 41.10]]
places = st.tuples(st.floats(122.0, 124.0), st.floats(40.0, 41.6))

# Where our verdict is another than the suite's label, and why.
OTHER_VERDICTS = {
    "invalid_exterior_not_ccw.geojson": "RFC 7946 3.1.6: readers should not reject another winding order",
    "invalid_interior_not_cw.geojson": "the same",
    "polygon_winding_order.geojson": "the same",
    "bad-polygon-interiorring-rhr.geojson": "the same",
    "excessive_precision_truncated.geojson": "many decimals are no fault in RFC 7946; they are snapped on entry",
    "geometrycollection_nested.geojson": "RFC 7946 3.1.8: to be avoided by writers, not forbidden",
    "geometrycollection_single.geojson": "the same",
    "issue82.geojson": "longitudes of -259 and latitudes of -141 are outside of our limits",
}
# What the suite calls problematic: read but for these.
PROBLEMATIC_REFUSED = {
    "problematic_4d_coordinates.geojson",  # two or three numbers are a position
    "problematic_outside_lat_lon_boundaries.geojson",
    "problematic_crs_defined.geojson",  # names EPSG:32632 while longitude and latitude are declared
}


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


def files_of(corpora, *patterns):
    return sorted(file for pattern in patterns for file in corpora.glob(pattern))


def test_good_files_of_the_suites_are_read(corpora):
    files = files_of(corpora, "geojson_ok/*/*.geojson", "geojson_bad/*/good/*.geojson", "geojson_bad/*/valid/*.geojson")
    assert len(files) == 16 + 18 + 22
    refused = {file.name for file in files if not is_read(file.read_bytes())}
    assert refused == {"issue82.geojson"}


def test_bad_files_of_the_suites_are_refused_with_a_pointer(corpora):
    files = files_of(corpora, "geojson_bad/*/bad/*.geojson", "geojson_bad/*/invalid_*/*.geojson")
    assert len(files) == 44 + 5 + 28
    read = {file.name for file in files if is_read(file.read_bytes())}
    assert read == set(OTHER_VERDICTS) - {"issue82.geojson"}


def test_problematic_files_of_the_suite_have_one_verdict(corpora):
    files = files_of(corpora, "geojson_bad/*/problematic_*/*.geojson")
    assert len(files) == 15 + 4
    refused = {file.name for file in files if not is_read(file.read_bytes())}
    assert refused == PROBLEMATIC_REFUSED
    for file in files:
        assert is_read(json.loads(file.read_bytes())) == (file.name not in refused)


def test_what_was_read_is_written_and_read_again(corpora):
    files = files_of(corpora, "geojson_ok/*/*.geojson", "geojson_bad/*/good/*.geojson", "geojson_bad/*/valid/*.geojson")
    for file in files:
        if file.name == "issue82.geojson":
            continue
        once = geojson.read(file.read_bytes())
        written = geojson.collection(geojson.feature(one.geometry, one.properties, id=one.id) for one in once)
        again = geojson.read(geojson.write(written))
        assert [(one.properties, one.id) for one in again] == [(one.properties, one.id) for one in once]
        for old, new in zip(once, again, strict=True):
            if old.geometry is None or old.geometry.is_empty:
                assert new.geometry is None
            else:
                assert new.geometry.normalize().equals_exact(old.geometry.normalize(), 1e-7)


def test_texts_that_cannot_be_stored_are_faults():
    feature = '{"type": "Feature", "properties": {"note": "a\\u0000b"}, "geometry": null}'
    assert pointers_of(feature) == ["/properties/note"]
    assert pointers_of(json.loads(feature)) == ["/properties/note"]
    assert pointers_of('{"type": "Feature", "type": "Feature", "properties": {}, "geometry": null}') == ["/type"]


def test_eastings_are_read_under_a_declared_code_only():
    point = {"type": "Point", "coordinates": [499118.034, 4552645.018]}
    assert pointers_of(point) == ["/coordinates"]
    assert geojson.read(point, crs=4550)[0].geometry == shapely.Point(499118.034, 4552645.018)
    assert pointers_of({"type": "Point", "coordinates": [1e12, 0]}, crs=4550) == ["/coordinates"]


@pytest.mark.parametrize(
    ("name", "crs", "verdict"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", None, True),
        ("EPSG:4326", None, True),
        ("urn:ogc:def:crs:EPSG::4490", None, True),
        ("urn:ogc:def:crs:EPSG::4550", None, False),
        ("urn:ogc:def:crs:EPSG::4550", 4550, True),
        ("EPSG:4326", 4550, False),
        ("somewhere", None, False),
        (None, None, False),
    ],
)
def test_a_crs_member_of_older_files_must_agree_with_the_declaration(name, crs, verdict):
    document = collected() | {"crs": {"type": "name", "properties": {"name": name}}}
    assert is_read(document, crs=crs) == verdict
    if not verdict:
        assert pointers_of(document, crs=crs) == ["/crs"]


@pytest.mark.parametrize("member", ["EPSG:4326", [], {}, {"properties": []}, {"properties": {"name": {}}}, 4326])
def test_a_crs_member_that_cannot_be_understood_is_refused(member):
    assert pointers_of(collected() | {"crs": member}) == ["/crs"]


@given(st.lists(places, min_size=3, max_size=12, unique=True))
def test_shapes_of_the_lattice_come_back_to_the_last_bit(corners):
    for shape in (shapely.LineString(corners), shapely.MultiPoint(corners), shapely.Polygon(corners)):
        snapped = shapely.transform(shape, snap)
        back = geojson.read(geojson.write(geojson.geometry(snapped)))[0].geometry
        assert shapely.transform(back, snap).normalize() == shapely.orient_polygons(snapped).normalize()


def test_outer_rings_are_written_counterclockwise_and_holes_clockwise():
    hole = [[122.982, 41.102], [122.982, 41.104], [122.984, 41.104], [122.982, 41.102]]
    for shape in (shapely.Polygon(SQUARE, [hole]), shapely.Polygon(SQUARE[::-1], [hole[::-1]])):
        rings = geojson.geometry(shapely.MultiPolygon([shape]))["coordinates"][0]
        assert [shapely.LinearRing(ring).is_ccw for ring in rings] == [True, False]


def test_heights_and_empty_parts_are_not_written():
    assert geojson.geometry(shapely.Point(122.99, 41.11, 22)) == {"type": "Point", "coordinates": [122.99, 41.11]}
    assert geojson.geometry(shapely.Polygon()) is None
    assert geojson.geometry(None) is None
    parts = shapely.GeometryCollection([shapely.Point(), shapely.Point(1, 2)])
    assert geojson.geometry(parts)["geometries"] == [{"type": "Point", "coordinates": [1, 2]}]
    assert geojson.point(122.98951, np.float64(41.123456789)) == {
        "type": "Point",
        "coordinates": [122.98951, 41.1234568],
    }


def test_numbers_that_are_not_finite_are_never_written():
    with pytest.raises(InvalidGeometryError):
        geojson.geometry(shapely.Point(np.nan, 41.11))
    with pytest.raises(ValueError, match="JSON"):
        geojson.write(geojson.feature(None, {"value": float("inf")}))


def test_a_frame_becomes_features_of_plain_json():
    frame = gpd.GeoDataFrame(
        {
            "id": np.array([7, 8]),
            "name": ["沙河", None],
            "at": pd.to_datetime(["2026-01-02T03:04:05+08:00", None]),
            "share": [0.5, np.nan],
            "stack": [("a", "b"), ()],
        },
        geometry=[shapely.Point(122.99, 41.11), None],
        crs="EPSG:4490",
    )
    rows = frame.drop(columns="geometry").to_dict("records")
    features = [geojson.feature(shape, row, id=row["id"]) for shape, row in zip(frame.geometry, rows, strict=True)]
    document = geojson.collection(features, next=None)
    assert document["next"] is None
    assert document["features"][0]["id"] == 7
    assert document["features"][0]["properties"] == {
        "id": 7,
        "name": "沙河",
        "at": "2026-01-01T19:04:05Z",
        "share": 0.5,
        "stack": ["a", "b"],
    }
    assert document["features"][1]["properties"]["at"] is None
    assert document["features"][1]["geometry"] is None
    assert "沙河" in geojson.write(document)
    assert len(geojson.read(geojson.write(document))) == 2


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.array([1.5, 2.0]), [1.5, 2.0]),
        (np.bool_(True), True),
        (pd.NaT, None),
        (pd.NA, None),
        (float("nan"), None),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, tzinfo=UTC), "2026-01-02T03:00:00Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=8))), "2026-01-01T19:00:00Z"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": np.float64("nan"), 1: {2}}, {"a": None, "1": [2]}),
        ("text", "text"),
        (None, None),
    ],
)
def test_values_become_plain_json(value, expected):
    assert geojson.plain(value) == expected
