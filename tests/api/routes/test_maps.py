"""The three maps over HTTP, on the fixture town."""

import html
import re
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.domain.staff import Grant

SignIn = Callable[..., dict[str, str]]
TOWN = "210304015000"
VILLAGE = "210304015017"
PERIOD = {"since": "2026-04-01T00:00:00+08:00", "until": "2026-07-02T00:00:00+08:00"}
EVERYWHERE = "123.0,41.1,123.1,41.2"


def test_hotspots_count_every_report_of_the_period_once(client: TestClient) -> None:
    found = client.get("/hotspots", params=PERIOD).json()
    assert found["total"] == 120
    assert sum(grid["count"] for grid in found["grids"]) + found["left_out"] == 120
    assert sum(weight for _, _, weight in found["points"]) == 120
    counts = [grid["count"] for grid in found["grids"]]
    assert counts == sorted(counts, reverse=True)


def test_the_planted_cluster_is_the_first_hotspot_of_its_category(client: TestClient) -> None:
    garbage = client.get("/hotspots", params={**PERIOD, "category": "garbage", "limit": 1}).json()
    assert garbage["grids"][0]["count"] >= 10
    assert garbage["left_out"] == garbage["total"] - garbage["grids"][0]["count"]


def test_hotspots_within_a_village_leave_out_the_other_one(client: TestClient) -> None:
    town, village = (client.get("/hotspots", params={**PERIOD, "within": code}).json() for code in (TOWN, VILLAGE))
    assert 0 < village["total"] < town["total"]
    assert all(grid["code"].startswith(VILLAGE) for grid in village["grids"])


def test_without_a_period_the_last_30_days_are_meant(client: TestClient) -> None:
    period = client.get("/hotspots").json()["period"]
    assert set(period) == {"since", "until"}


def test_patrol_coverage_lists_each_footprint_once(client: TestClient) -> None:
    grids = client.get("/patrols/coverage", params={**PERIOD, "bbox": EVERYWHERE}).json()["grids"]
    assert len(grids) == len({grid["id"] for grid in grids}) == 39
    assert all(0 <= grid["share"] <= 1 for grid in grids)
    assert all((grid["days_since"] is None) == (grid["visits"] == 0) for grid in grids)
    assert any(grid["visits"] for grid in grids)


def test_a_wider_reach_passes_more_of_every_grid(client: TestClient) -> None:
    near, far = (
        client.get("/patrols/coverage", params={**PERIOD, "within": TOWN, "reach_m": reach}).json()["grids"]
        for reach in (10, 40)
    )
    assert all(wide["share"] >= narrow["share"] for narrow, wide in zip(near, far, strict=True))
    assert sum(grid["share"] for grid in far) > sum(grid["share"] for grid in near)


def test_cameras_are_points_and_sectors(client: TestClient) -> None:
    answer = client.get("/cameras", params={"bbox": EVERYWHERE})
    assert answer.headers["content-type"].startswith("application/geo+json")
    kinds = [(each["geometry"]["type"], each["properties"]["kind"]) for each in answer.json()["features"]]
    assert kinds.count(("Point", "camera")) == kinds.count(("Polygon", "sector")) == 8


def test_camera_coverage_is_a_share_of_each_grid(client: TestClient) -> None:
    grids = client.get("/cameras/coverage", params={"within": TOWN}).json()["grids"]
    assert len(grids) == 39
    assert all(0 <= grid["share"] <= 1 and (grid["share"] > 0) <= (grid["cameras"] > 0) for grid in grids)
    assert any(grid["share"] > 0 for grid in grids)


def test_a_box_with_nothing_in_it_is_an_empty_answer(client: TestClient) -> None:
    nowhere = {"bbox": "121.0,40.0,121.1,40.1"}
    assert client.get("/patrols/coverage", params=nowhere).json()["grids"] == []
    assert client.get("/cameras/coverage", params=nowhere).json() == {"grids": []}
    assert client.get("/cameras", params=nowhere).json()["features"] == []


@pytest.mark.parametrize(
    "path", ["/hotspots", "/patrols/coverage", "/cameras/coverage", "/maps/hotspots.html", "/maps/cameras.html"]
)
def test_an_unknown_division_is_a_404_problem(client: TestClient, path: str) -> None:
    answer = client.get(path, params={"within": "999999999999"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/hotspots", {"since": "2026-07-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}),
        ("/hotspots", {"category": "people"}),
        ("/hotspots", {"within": "21"}),
        ("/hotspots", {"since": "2026-07-01"}),
        ("/patrols/coverage", {"reach_m": "0"}),
        ("/patrols/coverage", {"reach_m": "NaN"}),
        ("/patrols/coverage", {"bbox": "1,2,3"}),
        ("/cameras", {"limit": "5001"}),
        ("/maps/hotspots.html", {"lang": "fr"}),
        ("/maps/hotspots.html", {"level": "counties"}),
        ("/maps/patrols.html", {"theme": "neon"}),
    ],
)
def test_a_question_without_sense_is_a_422_problem(client: TestClient, path: str, query: dict[str, str]) -> None:
    answer = client.get(path, params=query)
    assert answer.status_code == 422
    assert answer.json()["detail"]


@pytest.mark.parametrize("name", ["hotspots", "patrols", "cameras"])
@pytest.mark.parametrize(("lang", "tag"), [("zh", "zh-CN"), ("en", "en")])
def test_a_printed_map_speaks_its_language_and_names_its_sources(
    client: TestClient, name: str, lang: str, tag: str
) -> None:
    answer = client.get(f"/maps/{name}.html", params={**PERIOD, "lang": lang, "within": TOWN})
    assert answer.status_code == 200
    assert f'lang="{tag}"' in answer.text
    assert ("数据来源：geojson" if lang == "zh" else "Data: geojson") in answer.text
    assert "GS(2024)0650" not in answer.text
    assert ("未经审核" if lang == "zh" else "not a reviewed one") in answer.text
    assert "unsafe-inline" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("asked", "tag"), [("en-GB,en;q=0.9,zh;q=0.2", "en"), ("zh-CN", "zh-CN"), ("fr,en;q=0.1", "en"), ("fr", "zh-CN")]
)
def test_a_printed_map_speaks_the_readers_language(client: TestClient, asked: str, tag: str) -> None:
    answer = client.get("/maps/patrols.html", params=PERIOD, headers={"Accept-Language": asked})
    assert f'lang="{tag}"' in answer.text
    assert "Accept-Language" in answer.headers["vary"]


def test_a_language_that_is_given_counts_more_than_the_readers(client: TestClient) -> None:
    answer = client.get("/maps/cameras.html", params={"lang": "zh"}, headers={"Accept-Language": "en"})
    assert 'lang="zh-CN"' in answer.text


def test_ways_lead_to_the_same_question_on_the_other_maps(client: TestClient) -> None:
    query = {**PERIOD, "within": TOWN, "theme": "dark", "lang": "en"}
    page = client.get("/maps/hotspots.html", params=query).text
    ways = [httpx.URL(html.unescape(way)) for way in re.findall(r'<a href="([^"]+)"', page)]
    assert [way.path for way in ways] == ["patrols.html", "cameras.html", "hotspots.html"]
    assert [dict(way.params) for way in ways] == [query, query, {**query, "lang": "zh"}]
    for way in ways:
        assert client.get(f"/maps/{way}").status_code == 200


def test_a_printed_map_that_does_not_exist_is_not_found(client: TestClient) -> None:
    assert client.get("/maps/people.html").status_code in (404, 422)


@pytest.mark.parametrize("path", ["/hotspots?within=", "/patrols/coverage?within=", "/divisions?parent="])
@pytest.mark.parametrize(("short", "whole"), [("210304", "210304000000"), ("210304015", "210304015000")])
def test_a_shortened_code_is_told_how_to_write_it(client: TestClient, path: str, short: str, whole: str) -> None:
    refused = client.get(path + short)
    assert refused.status_code == 422
    assert f"write {whole}" in refused.json()["errors"][0]["detail"]
    assert "12 digits" in client.get(f"{path}21030x").json()["errors"][0]["detail"]


def test_a_camera_that_was_stored_with_an_endless_range_does_not_break_the_map(
    client: TestClient, cluster: clusters.Cluster, town_engine: sa.Engine
) -> None:
    owner = engines.connect(cluster.address(clusters.OWNER, str(town_engine.url.database)))
    for sql in ("range_m = 1e308, heading_deg = 361", "range_m = 50, heading_deg = 0"):
        with owner.begin() as connection:
            connection.execute(sa.text(f"update cameras set {sql} where code = (select min(code) from cameras)"))
        assert client.get("/cameras").status_code == 200
        assert client.get("/cameras/coverage").status_code == 200
    owner.dispose()


@pytest.mark.parametrize("path", ["/patrols/coverage", "/cameras/coverage"])
@pytest.mark.parametrize(
    ("role", "area"),
    [("leader", VILLAGE), ("level2", f"{VILLAGE}101000"), ("dispatcher", TOWN), ("leader", "Z01"), ("leader", "Z99")],
)
def test_coverage_tells_of_grids_of_ones_own_alone_and_of_those_what_the_city_is_told(
    client: TestClient, signed_in: SignIn, path: str, role: str, area: str
) -> None:
    if (role, path) == ("level2", "/cameras/coverage"):
        role = "leader"
    everywhere = client.get(path, params=PERIOD if "patrols" in path else {}).json()["grids"]
    headers = signed_in(Grant(role, area))
    own = client.get(path, params=PERIOD if "patrols" in path else {}, headers=headers).json()["grids"]
    begin = {VILLAGE: VILLAGE, f"{VILLAGE}101000": f"{VILLAGE}101", TOWN: "210304015"}.get(area)
    if begin is not None:
        assert own == [grid for grid in everywhere if grid["code"].startswith(begin)]
    assert all(grid in everywhere for grid in own)
    assert (len(own) > 0) is (area != "Z99")


def test_a_printed_map_names_the_areas_of_whoever_prints_it(client: TestClient, signed_in: SignIn) -> None:
    for name in ("hotspots", "patrols", "cameras"):
        page = client.get(f"/maps/{name}.html", params=PERIOD, headers=signed_in(Grant("leader", VILLAGE)))
        assert "新工" in page.text or "示例" in page.text
        assert "全市" not in page.text
