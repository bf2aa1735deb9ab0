"""Posts through the HTTP door: each caller sees their own areas, and a change is felt with the next request."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api import paging
from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import accounts, posts
from tests.conftest import CITY, NUMBERS

TOWN, VILLAGE, OTHER = "210304015000", "210304015017", "210304015011"
SignIn = Callable[..., dict[str, str]]
LEAVES = iter(f"{VILLAGE}101{number:03d}" for number in range(1, 14))


@pytest.fixture
def leaf() -> str:
    """A grid that no other test here appoints to."""
    return next(LEAVES)


@pytest.fixture
def person(town_engine: sa.Engine) -> str:
    return add(town_engine)


@pytest.fixture(scope="module")
def administrator(signed_in: SignIn) -> dict[str, str]:
    return signed_in(Grant("administrator", CITY))


@pytest.fixture(scope="module")
def today(town_engine: sa.Engine) -> date:
    with engines.transaction(town_engine) as connection:
        return posts.today(connection)


def add(engine: sa.Engine) -> str:
    name = f"person-{next(NUMBERS)}"
    with engines.transaction(engine) as connection:
        accounts.add(connection, name, by=Actor("tester"))
    return name


def appoint(client: TestClient, area: str, name: str, **values: Any) -> dict[str, Any]:
    answer = client.post("/posts", json={"area": area, "person": name, **values})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def pointers(answer: httpx.Response) -> list[str]:
    return [fault["pointer"] for fault in answer.json()["errors"]]


def test_an_appointment_is_listed_and_answers(client: TestClient, leaf: str, person: str, today: date) -> None:
    made = appoint(client, leaf, person, note="new")
    assert made["role"] == "worker"
    assert made["area_name"].startswith("新工社区")
    assert (made["from_on"], made["last_on"]) == (str(today), None)
    assert client.get("/posts", params={"area": leaf}).json()["posts"] == [made]
    found = client.get("/posts/answering", params={"area": leaf}).json()
    assert (found["reason"], found["posts"], found["asked"]) == ("holder", [made], [leaf])
    assert found["explanation"]["zh"]
    again = client.post("/posts", json={"area": leaf, "person": person})
    assert again.status_code == 409
    assert person in again.json()["detail"]


def test_a_post_changes_hands_and_its_history_says_so(
    client: TestClient, town_engine: sa.Engine, leaf: str, person: str, today: date
) -> None:
    later, next_one = str(today + timedelta(3)), add(town_engine)
    first = appoint(client, leaf, person)
    address = f"/posts/{first['id']}"
    stand_in = {"person": next_one, "last_on": str(today + timedelta(1))}
    assert client.post(f"{address}/substitute", json=stand_in).json()["substitute"] is True
    assert client.get("/posts/answering", params={"area": leaf}).json()["posts"][0]["person"] == next_one
    new = client.post(f"{address}/hand-over", json={"person": next_one, "on": later}).json()
    assert client.post(f"/posts/{new['id']}/end", json={"on": later, "note": "a slip"}).status_code == 204
    history = client.get("/posts", params={"area": leaf, "history": True}).json()["posts"]
    assert [(one["person"], one["last_on"]) for one in history] == [
        (person, str(today + timedelta(2))),
        (next_one, str(today + timedelta(1))),
    ]


def test_a_transfer_moves_a_person_in_one_step(client: TestClient, leaf: str, person: str) -> None:
    post, target = appoint(client, leaf, person), next(LEAVES)
    moved = client.post(f"/posts/{post['id']}/transfer", json={"area": target}).json()
    assert (moved["area"], moved["person"]) == (target, person)
    assert client.get("/posts", params={"area": leaf}).json()["posts"] == []


def test_what_a_change_needs_is_told_with_its_place(client: TestClient, leaf: str, person: str) -> None:
    post = appoint(client, leaf, person)
    address = f"/posts/{post['id']}"
    assert pointers(client.post(f"{address}/hand-over", json={})) == ["/person"]
    assert pointers(client.post(f"{address}/transfer", json={"person": person})) == ["/person", "/area"]
    assert pointers(client.post(f"{address}/end", json={})) == ["/note"]
    assert pointers(client.post(f"{address}/end", json={"on": "2020-01-01", "note": "x"})) == ["/on"]
    assert pointers(client.post(f"{address}/substitute", json={"person": person})) == ["/last_on"]
    assert client.post(f"{address}/sack", json={}).status_code == 422
    for day in ("tomorrow", "20260101", 20260101, "0001-01-01", "2026-02-30"):
        assert pointers(client.post("/posts", json={"area": leaf, "person": person, "on": day})) == ["/on"]


def test_a_leader_finds_substitutes_in_the_village_and_appoints_nobody(
    client: TestClient, signed_in: SignIn, town_engine: sa.Engine, leaf: str, person: str, today: date
) -> None:
    post, leader, stranger = appoint(client, leaf, person), Grant("leader", VILLAGE), Grant("leader", OTHER)
    stand_in = {"person": add(town_engine), "last_on": str(today)}
    address = f"/posts/{post['id']}/substitute"
    assert client.post(address, json=stand_in, headers=signed_in(stranger)).status_code == 404
    assert client.post(address, json=stand_in, headers=signed_in(leader)).status_code == 201
    refused = client.post("/posts", json={"area": leaf, "person": person}, headers=signed_in(leader))
    assert refused.status_code == 403


def test_whoever_is_appointed_sees_the_grid_with_the_next_request(
    client: TestClient, signed_in: SignIn, leaf: str
) -> None:
    name = f"person-{next(NUMBERS)}"
    headers = signed_in(name=name)
    assert client.get("/posts", headers=headers).status_code == 403
    appoint(client, leaf, name)
    # The session ended with the right that changed.
    assert client.get("/posts", headers=headers).status_code == 401


def test_outside_of_the_callers_areas_nothing_is_there(
    client: TestClient, signed_in: SignIn, leaf: str, person: str
) -> None:
    post = appoint(client, leaf, person)
    elsewhere, inside = signed_in(Grant("dispatcher", OTHER)), signed_in(Grant("dispatcher", TOWN))
    assert client.get("/posts", headers=elsewhere).json()["posts"] == []
    assert post["id"] in {one["id"] for one in client.get("/posts?limit=500", headers=inside).json()["posts"]}
    nothing = client.post("/posts/999999/end", json={"note": "x"}, headers=elsewhere)
    there = client.post(f"/posts/{post['id']}/end", json={"note": "x"}, headers=elsewhere)
    assert there.status_code == nothing.status_code == 404
    assert there.json()["detail"].replace(str(post["id"]), "") == nothing.json()["detail"].replace("999999", "")
    for area in (leaf, VILLAGE + "101999"):
        assert client.get("/posts/answering", params={"area": area}, headers=elsewhere).status_code == 404
        new = client.post("/posts", json={"area": area, "person": person}, headers=elsewhere)
        assert new.status_code == 404
    assert client.get("/posts/vacancies", params={"within": VILLAGE}, headers=elsewhere).status_code == 404
    found = client.get("/posts/vacancies?limit=500", headers=elsewhere).json()
    assert {one["area"][:12] for one in found["vacancies"]} == {OTHER}
    assert [one["levels"]["grid"]["areas"] for one in found["divisions"]] == [19]


def test_pages_of_posts_and_vacancies_go_on_with_their_cursor(client: TestClient, leaf: str, person: str) -> None:
    appoint(client, leaf, person)
    appoint(client, next(LEAVES), person)
    for path, key in (("/posts", "posts"), ("/posts/vacancies", "vacancies")):
        whole = client.get(path, params={"limit": 500}).json()[key]
        pages: list[Any] = []
        cursor = None
        while True:
            answer = client.get(
                path, params={"limit": 1 if key == "posts" else 9} | ({"cursor": cursor} if cursor else {})
            )
            pages += answer.json()[key]
            cursor = answer.json()["next"]
            if cursor is None:
                break
        assert pages == whole
    assert client.get("/posts", params={"cursor": "x"}).status_code == 422


def test_vacancies_are_as_of_a_day_and_counted_by_level(
    client: TestClient, leaf: str, person: str, today: date
) -> None:
    appoint(client, leaf, person, last_on=str(today))
    now = client.get("/posts/vacancies", params={"within": VILLAGE, "level": "grid", "limit": 500}).json()
    assert leaf not in {one["area"] for one in now["vacancies"]}
    day = str(today + timedelta(1))
    then = client.get("/posts/vacancies", params={"within": VILLAGE, "level": "grid", "limit": 500, "on": day}).json()
    assert {one["area"]: one["since_on"] for one in then["vacancies"]}[leaf] == day
    counts = {one["code"]: one["levels"] for one in then["divisions"]}[VILLAGE]
    assert counts["grid"]["areas"] == 26
    assert counts["grid"]["vacant"] == len(then["vacancies"])


ROSTER = "登录名,电话,网格编码\nroster-leader,,{village}\nroster-one,00000009001,{village}200001\n"


def test_a_roster_is_looked_at_first_and_then_gives_its_codes_once(
    client: TestClient, administrator: dict[str, str]
) -> None:
    content = ROSTER.format(village=OTHER).encode()
    shown = client.post("/rosters", content=content, headers=administrator).json()
    assert (shown["rows"], shown["accounts_new"], shown["posts_new"], shown["fault_count"]) == (2, 2, 2, 0)
    assert client.get("/posts", params={"area": OTHER}).json()["posts"] == []
    done = client.post("/rosters?commit=true", content=content, headers=administrator)
    assert done.headers["Content-Type"] == "application/zip"
    assert done.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(done.content)) as packed:
        assert packed.namelist() == ["roster.json", f"{TOWN}.csv", f"{OTHER}.csv"]
        assert json.loads(packed.read("roster.json"))["posts_new"] == 2
        code = packed.read(f"{OTHER}.csv").decode("utf-8-sig").splitlines()[1].split(",")[-2]
    activated = client.post("/session/activation", json={"code": code, "password": "tuohe-river-1905"})
    assert activated.status_code in (200, 204)
    signed = client.post("/session", json={"name": "00000009001", "password": "tuohe-river-1905"})
    assert signed.json()["grants"] == [{"role": "worker", "area": OTHER + "200001"}]
    again = client.post("/rosters?commit=true", content=content, headers=administrator)
    with zipfile.ZipFile(io.BytesIO(again.content)) as packed:
        assert packed.namelist() == ["roster.json"]


def test_wrong_cells_are_shown_by_row_and_heading_and_refuse_a_commit(
    client: TestClient, administrator: dict[str, str]
) -> None:
    content = "登录名,网格编码\na b,{0}\nb,nowhere\n".replace("{0}", VILLAGE + "200002").encode()
    shown = client.post("/rosters", content=content, headers=administrator).json()
    assert [(one["row"], one["column"], one["value"]) for one in shown["faults"]] == [
        (2, "登录名", "a b"),
        (3, "网格编码", "nowhere"),
    ]
    refused = client.post("/rosters?commit=true", content=content, headers=administrator)
    assert refused.status_code == 422
    assert pointers(refused) == ["row 2, column 登录名", "row 3, column 网格编码"]


@pytest.mark.parametrize(
    ("content", "query", "status"),
    [
        (b"", "", 422),
        (b"PK\x03\x04 and no more", "", 422),
        (b"\x00\x01", "", 415),
        (b"name,area\n", "?on=2020-01-01", 422),
        (b"name,area\n", "?whole_of=210399000000", 404),
        (b"x" * 20_000_001, "", 413),
    ],
)
def test_what_is_no_roster_is_refused_in_words(
    client: TestClient, administrator: dict[str, str], content: bytes, query: str, status: int
) -> None:
    answer = client.post(f"/rosters{query}", content=content, headers=administrator)
    assert answer.status_code == status, answer.text
    assert answer.json()["detail"]


@pytest.mark.parametrize("path", ["/posts", "/posts/vacancies", "/posts/questions"])
@pytest.mark.parametrize("place", [{}, {"id": 5}, {"area": 7}, {"area": "x\0"}])
def test_a_forged_cursor_is_refused(client: TestClient, path: str, place: dict[str, Any]) -> None:
    shown = {"area": None, "person": None, "on": None, "below": False, "history": False}
    for filters in ({}, shown, {"level": None, "on": None, "within": None}):
        assert client.get(path, params={"cursor": paging.encode(place, filters=filters)}).status_code == 422


def test_nobody_is_called_from_another_area_and_no_session_of_theirs_ends(
    client: TestClient, signed_in: SignIn, leaf: str, person: str, today: date
) -> None:
    post = client.post("/posts", json={"area": leaf, "person": person}).json()
    name = f"elsewhere-{next(NUMBERS)}"
    elsewhere = signed_in(Grant("dispatcher", OTHER), name=name)
    leader = signed_in(Grant("leader", VILLAGE))
    asked = {"person": name, "last_on": str(today)}
    refused = client.post(f"/posts/{post['id']}/substitute", json=asked, headers=leader)
    absent = client.post(f"/posts/{post['id']}/substitute", json={**asked, "person": "nobody-here"}, headers=leader)
    assert (refused.status_code, absent.status_code) == (404, 404)
    assert refused.json()["detail"] == absent.json()["detail"].replace("nobody-here", name)
    assert client.get("/session", headers=elsewhere).json()["name"] == name
