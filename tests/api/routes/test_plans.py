from datetime import timedelta

import pytest

from gis.db import engine as engines
from gis.domain.changes import replacement
from gis.services import plans
from tests.staff import BY


def rename(engine, grid_id, name, *, after=None):
    """Publish one grid under another name, now or some time after the plan in force."""
    with engines.transaction(engine) as connection:
        present = plans.in_force(connection)
        wanted = present.grids.copy()
        wanted.loc[wanted["id"] == grid_id, "name"] = name
        at = present.in_force_at + after if after else plans.clock(connection)
        plans.publish(connection, replacement(present.grids, wanted), in_force_at=at, note="a name", by=BY)


@pytest.fixture(scope="module")
def published(client, town_engine):
    first = client.get("/grids", params={"limit": 1}).json()["features"][0]
    rename(town_engine, first["id"], "renamed 1", after=timedelta(microseconds=1))
    return [plan["revision"] for plan in client.get("/plans").json()["plans"]]


def test_plans_are_listed_the_newest_first(client, published):
    assert published == sorted(published, reverse=True)
    assert len(published) == 2
    newest = client.get("/plans").json()["plans"][0]
    assert newest["note"] == "a name"
    assert newest["in_force_at"].endswith("Z")


def test_pages_of_plans_go_on_where_the_last_one_ended(client, published):
    first = client.get("/plans", params={"limit": 1}).json()
    rest = client.get("/plans", params={"limit": 1, "cursor": first["next"]}).json()
    assert [plan["revision"] for plan in first["plans"] + rest["plans"]] == published
    assert rest["next"] is None


def test_one_plan_tells_what_became_of_what(client, published):
    plan = client.get(f"/plans/{published[0]}").json()
    assert plan["revision"] == published[0]
    assert plan["lineage_complete"] is True
    assert all(0 < row["area_share"] <= 1 for row in plan["lineage"])


def test_a_publication_gives_the_map_new_tile_addresses(client, published):
    layers = {layer["name"]: layer for layer in client.get("/layers").json()["layers"]}
    assert layers["grids"]["revision"] == published[0]
    assert client.get(f"/tiles/grids/{published[1]}/3/0/0").status_code == 404


@pytest.mark.parametrize(("revision", "status"), [("999", 404), ("0", 422), ("x", 422), ("9" * 30, 422)])
def test_an_unknown_plan_is_a_problem(client, revision, status):
    assert client.get(f"/plans/{revision}").status_code == status


def test_a_grid_is_shown_as_it_was(client, published):
    plans_now = client.get("/plans").json()["plans"]
    first = client.get("/grids", params={"limit": 1}).json()["features"][0]
    then = client.get(f"/grids/{first['id']}", params={"as_of": plans_now[1]["in_force_at"]}).json()
    assert first["properties"]["name"] == "renamed 1"
    assert then["properties"]["name"] != "renamed 1"
    assert then["geometry"] == first["geometry"]


def test_pages_show_one_instant_though_a_plan_is_published_between_them(client, town_engine, published):
    first = client.get("/grids", params={"limit": 1, "kind": "comprehensive"}).json()
    second_id = client.get("/grids", params={"limit": 2, "kind": "comprehensive"}).json()["features"][1]["id"]
    rename(town_engine, second_id, "between two pages")
    params = {"limit": 1, "kind": "comprehensive", "cursor": first["next"]}
    rest = client.get("/grids", params=params).json()
    assert rest["as_of"] == first["as_of"]
    assert [feature["id"] for feature in rest["features"]] == [second_id]
    assert rest["features"][0]["properties"]["name"] != "between two pages"
    assert client.get(f"/grids/{second_id}").json()["properties"]["name"] == "between two pages"
