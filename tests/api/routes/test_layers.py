import shapely

from gis.domain.tiles import LAYERS


def test_every_layer_of_the_town_says_where_its_tiles_are(client):
    found = client.get("/layers").json()
    assert [layer["name"] for layer in found["layers"]] == list(LAYERS)
    for layer in found["layers"]:
        assert layer["tiles"].startswith(f"/tiles/{layer['name']}/{layer['revision']}/{{z}}/{{x}}/{{y}}")
        assert layer["minzoom"] <= layer["maxzoom"] == 16
        assert layer["title"]["zh"]
        assert layer["count"] > 0


def test_the_bounds_are_those_of_the_town(client):
    found = client.get("/layers").json()
    city = client.get("/divisions", params={"level": "county"}).json()["features"]
    west, south, east, north = shapely.union_all([shapely.box(*feature["bbox"]) for feature in city]).bounds
    for bound, side in zip(found["bounds"], (west, south, east, north), strict=True):
        assert abs(bound - side) < 1e-4


def test_the_plan_in_force_is_named(client):
    assert client.get("/layers").json()["revision"] == client.get("/plans").json()["plans"][0]["revision"]
