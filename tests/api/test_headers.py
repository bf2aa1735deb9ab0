"""Every answer of every route, a refusal too, tells the browser what it may do; no other site changes anything."""

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access import ROWS
from api.app import create_app
from gis.domain.staff import ROLES, Grant
from gis.settings import Settings
from tests.api.doors import Door, doors
from tests.conftest import CITY

# Folium writes scripts and styles into its pages, and Swagger's page writes styles; nothing else needs either.
UNSAFE = {"/maps/": ("script-src", "style-src"), "/docs": ("style-src",)}
BESIDE = (
    ("GET", "/nowhere", 404),
    ("GET", "/static/app/shared/tokens.css", 200),
    ("GET", "/static/vendor/vendor.json", 200),
    ("GET", "/static/none.js", 404),
    ("GET", "/openapi.json", 200),
    ("PATCH", "/reports", 405),
    ("POST", "/static/app/shared/tokens.css", 405),
    ("GET", "/a%00b", 422),
    ("OPTIONS", "/reports", 405),
)


@pytest.fixture(scope="module")
def every_door(client: Any) -> list[Door]:
    """Every operation that is described, and every page."""
    described = doors(client.get("/openapi.json").json())
    known = {(door.method, door.path) for door in described}
    places: Any = {"path": {}, "query": {}, "header": {}}
    return described + [Door(method, path, places, places) for method, path in ROWS if (method, path) not in known]


def check(answer: httpx.Response, path: str) -> None:
    headers = answer.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    unsafe = {name for name, sources in policy.items() if "unsafe" in sources or "*" in sources}
    assert unsafe == set(next((names for begin, names in UNSAFE.items() if path.startswith(begin)), ())), path
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == "'none'"
    assert "http" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Server" not in headers
    assert len(headers["X-Trace-Id"]) == 32
    if answer.status_code >= 400:
        assert headers["Content-Type"] == "application/problem+json", path
        assert headers["Cache-Control"] == "no-store", path
        if answer.content:
            assert answer.json()["trace_id"] == headers["X-Trace-Id"], path


@pytest.mark.parametrize("who", ["nobody", "everybody"])
def test_every_answer_of_every_route_carries_the_security_headers(
    client: Any, every_door: list[Door], signed_in: Any, who: str
) -> None:
    headers = signed_in(*(Grant(role, CITY) for role in ROLES)) if who == "everybody" else {"Authorization": ""}
    for door in every_door:
        if door.method != "DELETE":
            check(door.send(client, headers), door.path)
            for place in ("path", "query"):
                for name in door.names(place):
                    check(door.asked(place, name, "'\"><script>").send(client, headers), door.path)


@pytest.mark.parametrize(("method", "path", "status"), BESIDE)
def test_what_is_no_route_carries_them_too(client: httpx.Client, method: str, path: str, status: int) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    check(answer, path)


def test_refusals_of_size_and_packing_carry_them_too(client: httpx.Client) -> None:
    too_long = client.post("/reports", content=b"x", headers={"Content-Length": "99999999"})
    packed = client.post("/reports", content=b"x", headers={"Content-Encoding": "gzip"})
    assert (too_long.status_code, packed.status_code) == (413, 415)
    check(too_long, "/reports")
    check(packed, "/reports")


def test_only_over_https_a_browser_is_told_to_stay_there(settings: Settings) -> None:
    app = create_app(settings)
    with TestClient(app, base_url="https://door.example") as safe, TestClient(app) as plain:
        assert safe.get("/live").headers["Strict-Transport-Security"] == "max-age=63072000"
        assert safe.get("/nowhere").headers["Strict-Transport-Security"] == "max-age=63072000"
        assert "Strict-Transport-Security" not in plain.get("/live").headers


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_no_page_of_another_site_changes_anything_with_a_cookie(
    client: Any, every_door: list[Door], signed_in: Any, elsewhere: dict[str, str]
) -> None:
    token = signed_in(*(Grant(role, CITY) for role in ROLES))["Authorization"].removeprefix("Bearer ")
    asked = 0
    with_cookie = TestClient(client.app, headers={"Cookie": f"wangge={token}"})
    for door in every_door:
        if door.method != "GET":
            answer = door.send(with_cookie, elsewhere)
            assert answer.status_code == 403, (door.method, door.path)
            assert "another site" in answer.json()["detail"]
            asked += 1
    assert asked >= 10
    assert with_cookie.get("/session").json()["name"] is not None
