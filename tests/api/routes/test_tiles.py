import gzip

import mapbox_vector_tile
import pytest

from gis.domain import tiles
from gis.settings import Settings

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"


@pytest.fixture(scope="module")
def layers(client):
    return {layer["name"]: layer for layer in client.get("/layers").json()["layers"]}


@pytest.fixture(scope="module")
def middle(client):
    west, south, east, north = client.get("/layers").json()["bounds"]
    return (west + east) / 2, (south + north) / 2


def path_of(layers, name, place, zoom):
    address = tiles.address_of(*place, zoom)
    return layers[name]["tiles"].format(z=address.z, x=address.x, y=address.y)


def decoded(answer):
    return mapbox_vector_tile.decode(answer.content)


def test_a_tile_holds_grids_with_their_permanent_ids_and_nothing_but_code_name_and_kind(client, layers, middle):
    answer = client.get(path_of(layers, "grids", middle, 15))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == MEDIA_TYPE
    drawn = decoded(answer)
    assert set(drawn) == {"grids", "grids_labels"}
    features = drawn["grids"]["features"]
    assert {name for feature in features for name in feature["properties"]} == {"code", "name", "kind"}
    for feature in features[:3]:
        grid = client.get(f"/grids/{feature['properties']['code']}").json()
        assert grid["id"] == feature["id"]


def test_stacked_grids_are_drawn_once_and_marked(client, layers, middle):
    found = [
        feature
        for zoom_15 in tiles.covering(tiles.address_of(*middle, 13).bounds_xy, 15)
        for answer in [client.get(f"/tiles/grids/1/15/{zoom_15.x}/{zoom_15.y}")]
        if answer.status_code == 200
        for feature in decoded(answer)["grids"]["features"]
        if feature["properties"]["kind"] == "stacked"
    ]
    assert len({feature["id"] for feature in found}) == 1
    assert layers["grids"]["count"] == 39


def test_a_label_stands_in_one_tile_only(client, layers, middle):
    seen = []
    for zoom in (15, 16):
        labels = []
        for address in tiles.covering(tiles.address_of(*middle, 12).bounds_xy, zoom):
            answer = client.get(f"/tiles/grids/1/{zoom}/{address.x}/{address.y}")
            if answer.status_code == 200:
                labels += [feature["id"] for feature in decoded(answer).get("grids_labels", {}).get("features", [])]
        seen.append(sorted(labels))
        assert len(labels) == len(set(labels))
    assert seen[0] == seen[1]
    assert len(seen[0]) == 39


@pytest.mark.parametrize("name", tiles.LAYERS)
def test_every_layer_of_the_town_is_drawn_at_its_deepest_zoom(client, layers, middle, name):
    answers = [
        client.get(f"/tiles/{name}/{layers[name]['revision']}/16/{address.x}/{address.y}")
        for address in tiles.covering(tiles.address_of(*middle, 13).bounds_xy, 16)
    ]
    full = [answer for answer in answers if answer.status_code == 200]
    assert full
    assert all(name in decoded(answer) for answer in full)


def test_a_tile_is_cached_for_ever_and_a_caller_who_has_it_is_told_so(client, layers, middle):
    path = path_of(layers, "villages", middle, 13)
    first = client.get(path)
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""


def test_a_tile_is_kept_on_disk_compressed_by_revision(client, layers, middle, settings: Settings):
    client.get(path_of(layers, "towns", middle, 12))
    at = tiles.address_of(*middle, 12)
    kept = settings.tiles / "towns" / str(layers["towns"]["revision"]) / "12" / str(at.x) / f"{at.y}.mvt.gz"
    assert "towns" in mapbox_vector_tile.decode(gzip.decompress(kept.read_bytes()))
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_a_caller_who_does_not_read_gzip_gets_the_plain_tile(client, layers, middle):
    path = path_of(layers, "towns", middle, 12)
    packed, plain = client.get(path), client.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_a_tile_in_which_nothing_lies_has_no_content(client, layers):
    answer = client.get(path_of(layers, "grids", (100.0, 30.0), 14))
    assert answer.status_code == 204
    assert answer.content == b""


def test_below_its_first_zoom_a_layer_draws_nothing(client, layers, middle):
    assert client.get(path_of(layers, "grids", middle, 12)).status_code == 204


@pytest.mark.parametrize(
    "path",
    [
        "/tiles/people/1/14/0/0",
        "/tiles/grids/999/14/0/0",
        "/tiles/grids/0/14/0/0",
        "/tiles/grids/x/14/0/0",
        "/tiles/grids/-1/14/0/0",
        f"/tiles/grids/{'9' * 30}/14/0/0",
        "/tiles/grids/1/17/0/0",
        "/tiles/grids/1/23/0/0",
        "/tiles/grids/1/2/4/0",
        "/tiles/grids/1/2/0/4",
        "/tiles/grids/1/2/-1/0",
        "/tiles/grids/1/2/1.0/0",
        "/tiles/grids/1/2/%2e%2e/0",
        "/tiles/grids/1/2/0/0/0",
        "/tiles/grids,grids/1/2/0/0",
        "/tiles/grids%00/1/2/0/0",
    ],
)
def test_what_is_no_tile_is_a_problem_document(client, path):
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_parameter_is_refused(client):
    answer = client.get("/tiles/grids/1/14/0/0?simplify=1")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/simplify"
