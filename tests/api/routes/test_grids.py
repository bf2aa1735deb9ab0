import json

import numpy as np
import pytest
import shapely

from gis.domain.coordinates import snap


def pages(client, path, **params):
    """All features of a listing, page by page."""
    found, cursor = [], None
    while True:
        page = client.get(path, params=params | ({"cursor": cursor} if cursor else {})).json()
        found.append(page["features"])
        cursor = page["next"]
        if cursor is None:
            return found


def all_of(client, path, **params):
    return [feature for page in pages(client, path, **params) for feature in page]


def test_the_pages_of_a_listing_are_the_whole_town_by_permanent_id(client, town):
    found = pages(client, "/grids", limit=10)
    assert [len(page) for page in found] == [10, 10, 10, 10, 5]
    ids = [feature["id"] for page in found for feature in page]
    assert ids == sorted(set(ids))
    source = json.loads((town / "grids.geojson").read_text("utf-8"))
    assert {feature["properties"]["code"] for page in found for feature in page} == {
        feature["properties"]["code"] for feature in source["features"]
    }


def test_seven_decimals_out_and_snapped_in_are_the_stored_borders(client, town):
    source = json.loads((town / "grids.geojson").read_text("utf-8"))
    before = {each["properties"]["code"]: shapely.geometry.shape(each["geometry"]) for each in source["features"]}
    for feature in all_of(client, "/grids", limit=1000):
        shape = shapely.transform(shapely.geometry.shape(feature["geometry"]), snap)
        expected = shapely.transform(before[feature["properties"]["code"]], snap)
        assert shapely.equals(shape, expected)
        assert all(len(str(number).partition(".")[2]) <= 7 for number in np.ravel(feature["bbox"]))


def test_outer_rings_run_counterclockwise_as_rfc_7946_asks(client):
    for feature in all_of(client, "/grids", limit=1000):
        for part in shapely.get_parts(shapely.geometry.shape(feature["geometry"])):
            assert part.exterior.is_ccw


def test_a_grid_is_found_by_its_code_and_by_its_permanent_id(client):
    first = client.get("/grids", params={"limit": 1}).json()["features"][0]
    by_code = client.get(f"/grids/{first['properties']['code']}")
    by_id = client.get(f"/grids/{first['id']}")
    assert by_code.json() == by_id.json() == first
    assert by_code.headers["content-type"] == "application/geo+json"


@pytest.mark.parametrize(("kind", "count"), [("comprehensive", 42), ("dedicated", 3)])
def test_a_kind_is_asked_for(client, kind, count):
    found = all_of(client, "/grids", kind=kind)
    assert len(found) == count
    assert {feature["properties"]["kind"] for feature in found} == {kind}


def test_a_box_gives_the_grids_that_touch_it(client):
    every = all_of(client, "/grids")
    west, south, east, north = every[0]["bbox"]
    middle = shapely.box(west, south, (west + east) / 2, (south + north) / 2)
    found = all_of(client, "/grids", bbox=",".join(map(str, middle.bounds)))
    expected = {each["id"] for each in every if shapely.intersects(shapely.geometry.shape(each["geometry"]), middle)}
    assert {feature["id"] for feature in found} == expected
    assert 0 < len(found) < len(every)


def test_filters_by_village_level_two_and_code_agree_with_the_columns(client):
    one = all_of(client, "/grids", kind="comprehensive")[5]["properties"]
    for name, column in (("village", "village_code"), ("level2", "level2_code"), ("code", "code")):
        found = all_of(client, "/grids", **{name: one[column]})
        assert found
        assert {feature["properties"][column] for feature in found} == {one[column]}


def test_before_the_first_plan_there_were_no_grids(client):
    assert client.get("/grids", params={"as_of": "1999-01-01T00:00:00+08:00"}).json()["features"] == []
    code = client.get("/grids", params={"limit": 1}).json()["features"][0]["properties"]["code"]
    assert client.get(f"/grids/{code}", params={"as_of": "1999-01-01T00:00:00Z"}).status_code == 404


def test_a_listing_is_compressed_and_tagged(client):
    answer = client.get("/grids", params={"as_of": "2030-01-01T00:00:00Z"})
    assert answer.headers["content-encoding"] == "gzip"
    again = client.get(
        "/grids", params={"as_of": "2030-01-01T00:00:00Z"}, headers={"If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("params", "pointers"),
    [
        ({"bbox": "1,2,3"}, ["/query/bbox"]),
        ({"bbox": "nan,1,2,3"}, ["/query/bbox"]),
        ({"bbox": "123,41,122,42"}, ["/query/bbox"]),
        ({"kind": "private", "limit": 0}, ["/query/kind", "/query/limit"]),
        ({"limit": 1001}, ["/query/limit"]),
        ({"as_of": "2026-01-01T00:00:00"}, ["/query/as_of"]),
        ({"as_of": "yesterday"}, ["/query/as_of"]),
        ({"cursor": "x"}, ["/query/cursor"]),
        ({"village": "' or 1=1 --"}, ["/query/village"]),
        ({"colour": "red"}, ["/query/colour"]),
    ],
)
def test_all_bad_parameters_are_told_at_once(client, params, pointers):
    answer = client.get("/grids", params=params)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers


def test_a_cursor_of_other_filters_is_refused(client):
    cursor = client.get("/grids", params={"limit": 5}).json()["next"]
    answer = client.get("/grids", params={"limit": 5, "kind": "comprehensive", "cursor": cursor})
    assert answer.status_code == 422


@pytest.mark.parametrize("code", ["210304015017199999", "0", "999999999999999999", "9" * 40, "x"])
def test_an_unknown_grid_is_not_found(client, code):
    assert client.get(f"/grids/{code}").status_code == 404


@pytest.mark.parametrize("code", ["a b", "%25", "'", "a" * 41])
def test_what_cannot_be_a_code_is_refused(client, code):
    assert client.get(f"/grids/{code}").status_code == 422
