import pytest
import shapely

VILLAGES = {"210304015011", "210304015017"}


def listing(client, **params):
    return client.get("/divisions", params=params).json()["features"]


def test_villages_are_listed_without_geometry_with_box_label_and_counts(client):
    found = listing(client, level="village", geometry=False, limit=5000)
    assert {feature["id"] for feature in found} == VILLAGES
    for feature in found:
        assert feature["geometry"] is None
        west, south, east, north = feature["bbox"]
        lon, lat = feature["properties"]["label"]
        assert west < lon < east
        assert south < lat < north
    assert sum(feature["properties"]["grid_count"] for feature in found) == 42
    assert sum(feature["properties"]["dedicated_count"] for feature in found) == 3


def test_the_counts_of_a_division_are_the_sums_of_what_lies_below(client):
    by_level = {feature["properties"]["level"]: feature["properties"] for feature in listing(client)}
    villages = [feature["properties"] for feature in listing(client, level="village")]
    for name in ("grid_count", "dedicated_count", "level2_count"):
        total = sum(village[name] for village in villages)
        assert by_level["town"][name] == by_level["county"][name] == by_level["city"][name] == total


def test_a_label_lies_inside_its_division(client):
    for feature in listing(client):
        assert shapely.geometry.shape(feature["geometry"]).contains(shapely.Point(feature["properties"]["label"]))


def test_children_are_found_by_their_parent(client):
    town = listing(client, level="town")[0]
    assert {feature["id"] for feature in listing(client, parent=town["id"])} == VILLAGES


def test_pages_go_on_where_the_last_one_ended(client):
    first = client.get("/divisions", params={"limit": 3}).json()
    rest = client.get("/divisions", params={"limit": 3, "cursor": first["next"]}).json()
    assert rest["next"] is None
    codes = [feature["id"] for page in (first, rest) for feature in page["features"]]
    assert codes == [feature["id"] for feature in listing(client)]


def test_one_division_has_its_chain_from_the_city_down(client):
    feature = client.get("/divisions/210304015017").json()
    assert [each["level"] for each in feature["properties"]["chain"]] == ["city", "county", "town", "village"]
    assert feature["properties"]["chain"][-1]["name"] == feature["properties"]["name"]
    assert feature["geometry"]["type"] == "MultiPolygon"


def test_an_unknown_division_is_not_found_and_a_wrong_code_is_refused(client):
    assert client.get("/divisions/210399999999").status_code == 404
    assert client.get("/divisions/2103").status_code == 422
    assert client.get("/divisions/210304015017", params={"as_of": "1999-01-01T00:00:00Z"}).status_code == 404


@pytest.mark.parametrize("params", [{"level": "grid"}, {"parent": "1"}, {"limit": 5001}, {"geometry": "x"}, {"a": "b"}])
def test_bad_parameters_are_refused(client, params):
    answer = client.get("/divisions", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/query/{next(iter(params))}"
