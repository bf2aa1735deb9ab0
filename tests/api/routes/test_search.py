from dataclasses import replace

import pytest
import shapely
from fastapi.testclient import TestClient

from api.app import create_app
from gis.domain.coordinates import from_cgcs2000


def search(client, q, **more):
    answer = client.get("/search", params={"q": q, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_whole_code_is_found_first(client):
    grid = client.get("/grids", params={"limit": 1, "kind": "comprehensive"}).json()["features"][0]
    first = search(client, grid["properties"]["code"])[0]
    assert (first["kind"], first["code"], first["name"]) == (
        "grid",
        grid["properties"]["code"],
        grid["properties"]["name"],
    )
    assert first["bbox"] == pytest.approx(grid["bbox"])
    assert shapely.geometry.shape(grid["geometry"]).covers(shapely.Point(first["center"]))
    assert [each["level"] for each in first["chain"]] == ["city", "county", "town", "village"]


def test_the_start_of_a_code_finds_the_larger_before_the_smaller(client):
    found = search(client, "210304015017")
    assert [each["kind"] for each in found][:2] == ["division", "level2"]
    assert len(found) <= 20
    assert all(each["code"].startswith("210304015017") for each in found)


def test_a_part_of_a_chinese_name_is_found(client):
    found = search(client, "新工")
    assert found[0]["code"] == "210304015017"
    assert all("新工" in each["name"] for each in found)


def test_full_width_digits_count_as_plain_ones(client):
    assert search(client, "２１０３０４０１５０１７") == search(client, "210304015017")


def test_a_zone_is_found(client):
    zone = search(client, "区")
    assert "zone" in {each["kind"] for each in zone}


@pytest.mark.parametrize("q", ["%", "_", "%%", "\\", "2103%17", "'", "/", "' or '1'='1", "新%"])
def test_a_wildcard_is_a_plain_character(client, q):
    assert search(client, q) == []


@pytest.mark.parametrize("q", ["", "   ", "　"])
def test_nothing_finds_nothing(client, q):
    assert search(client, q) == []


@pytest.mark.parametrize("datum", ["wgs84", "cgcs2000", "gcj02", "bd09", "epsg:4550"])
@pytest.mark.parametrize("between", [",", "，", ", ", " ", ";"])
def test_a_coordinate_is_found_in_any_datum(client, datum, between):
    village = client.get("/divisions/210304015017").json()
    lon, lat = village["properties"]["label"]
    x, y = from_cgcs2000(lon, lat, datum=datum)
    (found,) = search(client, f"{x:.8f}{between}{y:.8f}", datum=datum)
    assert found["kind"] == "coordinate"
    assert found["code"] is None
    assert found["center"] == pytest.approx([lon, lat], abs=2e-7)
    assert found["chain"][-1]["code"] == "210304015017"
    west, south, east, north = found["bbox"]
    assert west < lon < east
    assert south < lat < north


def test_a_coordinate_outside_the_city_has_no_chain(client):
    (found,) = search(client, "100,30", datum="wgs84")
    assert found["chain"] == []


@pytest.mark.parametrize("datum", [None, "mars", "epsg:1"])
def test_a_coordinate_without_a_known_datum_is_refused(client, datum):
    answer = client.get("/search", params={"q": "122.99,41.11"} | ({"datum": datum} if datum else {}))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/datum"


@pytest.mark.parametrize("q", ["41.11,200", "30,100", "41.11,122.99"])
def test_a_coordinate_that_lies_nowhere_in_the_city_either_way_is_refused(client, q):
    answer = client.get("/search", params={"q": q, "datum": "wgs84"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/q"


@pytest.mark.parametrize("datum", [{}, {"datum": "wgs84"}, {"datum": "gcj02"}])
@pytest.mark.parametrize("q", ["2103 04", "210 304", "210,304", "21 0304 015017", "210304015 017", "２１０３　０４"])
def test_a_code_typed_in_groups_is_a_code(client, q, datum):
    digits = "".join(sign for sign in q if sign.isdigit())
    assert search(client, q, **datum) == search(client, digits) != []


@pytest.mark.parametrize("q", ["122 41", "123,41"])
def test_whole_degrees_are_a_coordinate(client, q):
    assert search(client, q, datum="wgs84")[0]["kind"] == "coordinate"


def test_whole_metres_are_a_coordinate_of_a_projected_datum(client):
    x, y = from_cgcs2000(123.03, 41.15, datum="epsg:4550")
    (found,) = search(client, f"{x:.0f} {y:.0f}", datum="epsg:4550")
    assert found["kind"] == "coordinate"


@pytest.mark.parametrize("q", ["500000 4550000", "9 9 9", "1 2 3 4", "000 000"])
def test_numbers_that_are_neither_place_nor_code_find_nothing(client, q):
    assert search(client, q) == []


def test_a_swapped_coordinate_of_the_city_is_answered_as_the_place_that_is_meant(client):
    (found,) = search(client, "41.15,123.03", datum="wgs84")
    assert found["kind"] == "swapped"
    assert found["center"] == pytest.approx([123.03, 41.15], abs=1e-5)
    assert found["chain"][-1]["level"] == "village"


@pytest.mark.parametrize("params", [{}, {"q": "a" * 101}, {"q": "x", "kind": "grid"}])
def test_bad_parameters_are_refused(client, params):
    assert client.get("/search", params=params).status_code == 422


def test_an_address_is_answered_with_score_parts_and_the_very_grid(client):
    first = search(client, "立山区鞍千路十八栋２单元１５楼")[0]
    assert (first["kind"], first["name"], first["code"]) == ("building", "鞍千路18号楼", None)
    assert first["score"] == 1
    assert first["matched"] == ["area", "street", "number", "unit", "floor"]
    standing = first["standing"]
    assert standing["grid"] == {"code": "210304015017101013", "name": "新工社区第一网格013"}
    assert (standing["stack"], standing["level2"], standing["dedicated"]) == ([], "210304015017101000", None)
    assert [each["name"] for each in first["chain"]] == ["鞍山市", "立山区", "沙河街道", "新工社区"]
    grid = client.get(f"/grids/{standing['grid']['code']}").json()
    assert shapely.geometry.shape(grid["geometry"]).covers(shapely.Point(first["center"]))


def test_a_tower_without_unit_and_floor_lists_what_they_would_tell(client):
    standing = search(client, "鞍千路18栋")[0]["standing"]
    assert standing["grid"] is None
    assert [(each["unit"], each["floor_from"]) for each in standing["stack"]] == [
        ("1单元", 1),
        ("1单元", 11),
        ("2单元", 1),
        ("2单元", 11),
    ]


def test_a_low_score_says_that_a_person_should_pick_on_the_map(client, settings):
    assert search(client, "鞍千路18栋")[0]["pick_on_map"] is False
    low = search(client, "鞍千路999栋")
    assert low
    assert all(each["pick_on_map"] and each["score"] < settings.address_score for each in low)


def test_where_a_score_is_sure_is_a_setting(settings, dispatcher):
    with TestClient(create_app(replace(settings, address_score=0.2)), headers=dispatcher) as lenient:
        assert search(lenient, "鞍千路999栋")[0]["pick_on_map"] is False


def test_areas_and_addresses_are_ranked_in_one_list_and_in_a_box(client):
    found = search(client, "新工")
    assert [each["score"] for each in found] == sorted((each["score"] for each in found), reverse=True)
    assert search(client, "新工", limit=2) == found[:2]
    assert search(client, "鞍千路18栋", bbox="120,40,120.1,40.1") == []
    assert search(client, "210304015017", bbox="120,40,120.1,40.1") == []
    assert search(client, "鞍千路18栋", bbox="123,41,123.1,41.2")[0]["name"] == "鞍千路18号楼"


@pytest.mark.parametrize("more", [{"limit": 0}, {"limit": 51}, {"bbox": "1,2,3"}, {"bbox": "123,41,122,42"}])
def test_a_limit_and_a_box_that_cannot_be_are_refused(client, more):
    assert client.get("/search", params={"q": "鞍千路", **more}).status_code == 422
