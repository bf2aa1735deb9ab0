"""Where a point belongs: by GET, by POST, from memory and from the database."""

import gzip
import json
import time
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import pytest

from gis.domain.coordinates import from_cgcs2000

INSIDE = (123.0304266, 41.1497866)
TOWER = (123.0298718, 41.1503114)
NEAR = (123.0236669, 41.1510562)
FAR = (123.0609879, 41.1661956)
# JSON by its grammar, but two readers may read two things; refused at every door.
READ_TWO_WAYS = ("y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json")


def ask(caller: httpx.Client, place: tuple[float, float], **more: Any) -> dict[str, Any]:
    answer = caller.get("/route", params={"x": place[0], "y": place[1], "datum": "cgcs2000", **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_an_answer_names_the_grid_and_all_above_it_and_says_why(caller: httpx.Client) -> None:
    answer = ask(caller, (123.0290, 41.1490))
    assert answer["grid"].startswith("210304015")
    assert [division["level"] for division in answer["divisions"]] == ["city", "county", "town", "village"]
    assert answer["divisions"][0]["name"] == "鞍山市"
    assert answer["level2"]["code"] == answer["grid"][:15] + "000"
    assert answer["method"] in ("interior", "border")
    assert answer["distance_m"] > 0
    assert answer["grid"] in answer["explanation"]["zh"]
    assert answer["grid"] in answer["explanation"]["en"]


def test_a_tower_names_all_the_grids_on_its_footprint(caller: httpx.Client) -> None:
    answer = ask(caller, TOWER)
    assert answer["method"] == "stacked"
    assert len(answer["stack"]) == 4


def test_a_point_near_the_town_is_snapped_and_one_far_away_is_outside(caller: httpx.Client) -> None:
    near, far = ask(caller, NEAR), ask(caller, FAR)
    assert near["method"] == "snapped"
    assert 0 < near["distance_m"] <= 50
    assert (far["method"], far["grid"], far["divisions"]) == ("outside", None, [])


def test_a_dedicated_grid_is_named_beside_the_comprehensive_one(caller: httpx.Client) -> None:
    answer = ask(caller, (123.0249461, 41.1510083))
    assert answer["dedicated"]["category"] == "school"
    assert answer["grid"] is not None


@pytest.mark.parametrize("datum", ["wgs84", "gcj02", "bd09", "epsg:4550"])
def test_the_same_place_gets_the_same_answer_in_every_datum(caller: httpx.Client, datum: str) -> None:
    x, y = (float(value) for value in from_cgcs2000(123.0290, 41.1490, datum=datum))
    assert ask(caller, (x, y), datum=datum)["grid"] == ask(caller, (123.0290, 41.1490))["grid"]


def test_memory_and_database_answer_alike(caller: httpx.Client, town: Path) -> None:
    grids = gpd.read_file(town / "grids.geojson")
    corners = [ring for shape in grids.geometry for ring in shape.exterior.coords[:3]]
    centres = [(point.x, point.y) for point in grids.representative_point()]
    for place in [*corners[:40], *centres, TOWER, NEAR, FAR]:
        now, then = ask(caller, place), ask(caller, place, at="2020-01-01T00:00:00Z")
        assert now == then


def test_many_points_are_answered_in_their_order(caller: httpx.Client) -> None:
    points = [list(place) for place in (INSIDE, FAR, TOWER, NEAR)]
    answer = caller.post("/route", json={"datum": "cgcs2000", "points": points}).json()
    assert [one["method"] for one in answer["answers"]][1:] == ["outside", "stacked", "snapped"]
    assert answer["plan"] == answer["answers"][0]["plan"]
    assert "explanation" not in answer["answers"][0]
    explained = caller.post("/route?explain=true", json={"datum": "cgcs2000", "points": points}).json()
    assert explained["answers"][2] == ask(caller, TOWER)


def test_geojson_points_are_answered_like_plain_ones(caller: httpx.Client) -> None:
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": list(TOWER)}}
    document = {"type": "FeatureCollection", "features": [feature]}
    answer = caller.post("/route", params={"datum": "cgcs2000"}, json=document).json()
    assert [one["method"] for one in answer["answers"]] == ["stacked"]


def test_ten_thousand_points_are_answered_and_one_more_is_refused(caller: httpx.Client) -> None:
    points = [[123.0237 + 0.0000012 * n, 41.1471 + 0.0000006 * n] for n in range(10_000)]
    answer = caller.post("/route", json={"datum": "wgs84", "points": points})
    assert len(answer.json()["answers"]) == 10_000
    refused = caller.post("/route", json={"datum": "wgs84", "points": [*points, [123, 41]]})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/points"


def test_no_points_are_no_answers(caller: httpx.Client) -> None:
    assert caller.post("/route", json={"datum": "wgs84", "points": []}).json()["answers"] == []


def test_all_faults_of_a_question_are_told_at_once(caller: httpx.Client) -> None:
    problem = caller.get("/route", params={"x": "nan", "datum": "mars"}).json()
    assert {fault["pointer"] for fault in problem["errors"]} == {"/query/x", "/query/y", "/query/datum"}


def test_a_point_without_a_datum_is_refused(caller: httpx.Client) -> None:
    assert caller.get("/route", params={"x": 123, "y": 41}).status_code == 422
    assert caller.post("/route", json={"points": [[123, 41]]}).json()["errors"][0]["pointer"] == "/datum"
    collection = {"type": "FeatureCollection", "features": []}
    assert caller.post("/route", json=collection).json()["errors"][0]["pointer"] == "/query/datum"


@pytest.mark.parametrize(("x", "y", "datum"), [(181, 41, "wgs84"), (41.1, 123.0, "wgs84"), (1e300, 41, "epsg:4550")])
def test_coordinates_that_the_datum_cannot_hold_are_refused(
    caller: httpx.Client, x: float, y: float, datum: str
) -> None:
    assert caller.get("/route", params={"x": x, "y": y, "datum": datum}).status_code == 422
    refused = caller.post("/route", json={"datum": datum, "points": [[123, 41], [x, y]]})
    assert refused.status_code == 422
    assert any(fault["pointer"] == "/points/1" for fault in refused.json()["errors"])


def test_only_points_can_be_routed(caller: httpx.Client) -> None:
    line = {"type": "LineString", "coordinates": [[123, 41], [123.1, 41]]}
    document = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry": line}]}
    refused = caller.post("/route", params={"datum": "wgs84"}, json=document)
    assert refused.json()["errors"] == [
        {"pointer": "/features/0/geometry", "detail": "Only a Point that is not empty can be routed."}
    ]


def test_every_document_of_the_corpus_is_read_or_refused(caller: httpx.Client, corpora: Path) -> None:
    documents = sorted((corpora / "json_bad" / "test_parsing").glob("*.json"))
    assert len(documents) == 318
    for path in documents:
        for door in ("/route?datum=wgs84", "/reports"):
            began = time.perf_counter()
            answer = caller.post(door, content=path.read_bytes(), headers={"Content-Type": "application/json"})
            assert 400 <= answer.status_code < 500, (path.name, door, answer.status_code)
            assert answer.headers["Content-Type"] == "application/problem+json"
            if path.name.startswith("n_"):
                assert answer.status_code in (400, 413, 422), path.name
            if path.name.startswith("y_"):
                assert answer.status_code == (400 if path.name in READ_TWO_WAYS else 422), (path.name, answer.text)
            assert time.perf_counter() - began < 1, path.name


def test_every_geojson_file_of_the_corpus_is_read_or_refused_as_points(caller: httpx.Client, corpora: Path) -> None:
    files = [*(corpora / "geojson_bad").rglob("*.*json"), *(corpora / "geojson_ok").rglob("*.*json")]
    assert len(files) > 100
    for path in files:
        answer = caller.post(
            "/route?datum=wgs84", content=path.read_bytes(), headers={"Content-Type": "application/geo+json"}
        )
        assert answer.status_code in (200, 400, 413, 422), (path.name, answer.status_code)
        assert caller.post(
            "/reports", content=path.read_bytes(), headers={"Content-Type": "application/json"}
        ).is_client_error
        if "geojson_ok" in path.parts and _only_points(path):
            assert answer.status_code == 200, (path.name, answer.text)


def _only_points(path: Path) -> bool:
    document = json.loads(path.read_text())
    features = document.get("features", [document])
    kinds = {(feature.get("geometry") or feature).get("type") for feature in features}
    return kinds == {"Point"}


@pytest.mark.parametrize(("x", "y", "named"), [(181, 41, ["/query/x"]), (123, 91, ["/query/y"])])
def test_only_the_coordinate_that_is_out_of_range_is_named(
    caller: httpx.Client, x: float, y: float, named: list[str]
) -> None:
    problem = caller.get("/route", params={"x": x, "y": y, "datum": "wgs84"}).json()
    assert [fault["pointer"] for fault in problem["errors"]] == named


def named(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {fault["pointer"] for fault in answer.json()["errors"]}


def test_faults_of_the_query_and_of_the_body_are_told_together(caller: httpx.Client) -> None:
    wrong = {"datum": "mars", "points": [[123, "north"]]}
    told = named(caller.post("/route?bogus=1&explain=maybe&datum=zz&explain=1", json=wrong))
    assert told == {"/query/bogus", "/query/explain", "/query/datum", "/datum", "/points/0/1"}
    far = {"datum": "wgs84", "points": [[500, 500]]}
    assert named(caller.post("/route?explain=maybe", json=far)) == {"/query/explain", "/points/0"}
    broken = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}}]}
    assert named(caller.post("/route?datum=zz", json=broken)) == {"/query/datum", "/features/0/geometry"}
    assert named(caller.get("/route?x=500&y=500&datum=wgs84&at=noon")) == {"/query/x", "/query/y", "/query/at"}


def test_longitude_and_latitude_are_both_named_where_both_are_wrong(caller: httpx.Client) -> None:
    refused = caller.post("/route", json={"datum": "wgs84", "points": [[500, 500]]})
    assert named(refused) == {"/points/0"}
    assert "longitude" in refused.json()["errors"][0]["detail"]
    assert "latitude" in refused.json()["errors"][0]["detail"]


def test_two_datums_that_contradict_each_other_are_refused(caller: httpx.Client) -> None:
    points = {"datum": "wgs84", "points": [list(INSIDE)]}
    assert named(caller.post("/route?datum=gcj02", json=points)) == {"/query/datum"}
    assert caller.post("/route?datum=WGS-84", json=points).status_code == 200


def test_geojson_out_of_range_or_in_another_system_is_refused(caller: httpx.Client) -> None:
    document: dict[str, Any] = {"type": "Point", "coordinates": [500, 500]}
    assert named(caller.post("/route?datum=wgs84", json=document)) == {"/features/0/geometry/coordinates"}
    document = {"type": "Point", "coordinates": list(INSIDE), "crs": {"properties": {"name": "EPSG:4550"}}}
    assert named(caller.post("/route?datum=wgs84", json=document)) == {"/crs"}


def test_a_name_that_stands_twice_is_named_with_its_place(caller: httpx.Client) -> None:
    kind = {"Content-Type": "application/json"}
    for text, place in (('{"a":1,"datum":"a","datum":"b"}', "/datum"), ('{"points":[{"x":1,"x":2}]}', "/points/0/x")):
        refused = caller.post("/route", content=text, headers=kind)
        assert refused.status_code == 400
        assert [fault["pointer"] for fault in refused.json()["errors"]] == [place]
        assert repr(place.rpartition("/")[2]) in refused.json()["detail"]


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip"])
def test_a_packed_body_is_not_read(caller: httpx.Client, coding: str) -> None:
    kind = {"Content-Type": "application/json", "Content-Encoding": coding}
    refused = caller.post("/route", content=gzip.compress(b"{}"), headers=kind)
    assert refused.status_code == 415
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.headers["Accept-Encoding"] == "identity"
    kind["Content-Encoding"] = "identity"
    assert caller.post("/route", content=b'{"datum":"wgs84","points":[]}', headers=kind).status_code == 200
