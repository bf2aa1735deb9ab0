"""Who may do what: every route, every role, and every place a thing can lie in beside an area."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from api import access
from api.access import NOBODY_ROLE, ROWS
from api.app import create_app
from gis.domain.staff import ROLES, Grant
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.conftest import CITY

TOWN, VILLAGE, OTHER_VILLAGE = "210304015000", "210304015017", "210304015011"
SignIn = Callable[..., dict[str, str]]
# What each route is asked, where it needs something; no answer is judged but for whether it was allowed.
ASKED: dict[str, dict[str, Any]] = {
    "/route": {"params": {"x": 123.024, "y": 41.152, "datum": "cgcs2000"}},
    "/search": {"params": {"q": "沙河"}},
    "/patrols/coverage": {"params": {"within": VILLAGE}},
    "/cameras/coverage": {"params": {"within": VILLAGE}},
    "/posts/answering": {"params": {"area": VILLAGE}},
    "/maps/hotspots.html": {"params": {"within": VILLAGE}},
    "/maps/patrols.html": {"params": {"within": VILLAGE}},
    "/maps/cameras.html": {"params": {"within": VILLAGE}},
}
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/route"): {"json": {"datum": "cgcs2000", "points": [[123.024, 41.152]]}},
    ("POST", "/reports"): {"json": None},
    ("PUT", "/photos"): {"content": b"no picture"},
    ("POST", "/reports/{id}/decision"): {"json": {"grid": VILLAGE, "reason": "looked it up"}},
    ("POST", "/reports/{id}/contact/unmask"): {"json": {"reason": "to call back"}},
    ("PUT", "/follow/contact"): {"json": {}},
    ("POST", "/accounts"): {"json": {"name": ""}},
    ("POST", "/accounts/{name}/keys"): {"json": {}},
    ("POST", "/accounts/{name}/{change}"): {},
    ("POST", "/posts"): {"json": {"area": VILLAGE, "person": "nobody"}},
    ("POST", "/posts/{id}/substitute"): {"json": {"person": "nobody", "last_on": "2026-01-01"}},
    ("POST", "/posts/{id}/{change}"): {"json": {}},
    ("POST", "/rosters"): {"content": b"no roster"},
    ("POST", "/consents"): {"json": {"purpose": "track", "version": 1}},
    ("POST", "/register/assessments"): {"json": {}},
    ("POST", "/register/breaches"): {"json": {}},
    ("PUT", "/register/assessments/{number}"): {"json": {}},
    ("PUT", "/register/breaches/{number}"): {"json": {}},
    ("POST", "/session"): {"json": {"name": "nobody", "password": "x"}},
    ("POST", "/session/activation"): {"json": {"code": "x", "password": "x"}},
    ("POST", "/session/password"): {"json": {"present": "x", "wanted": "x"}},
    ("POST", "/session/oidc/code"): {"json": {"code": "x"}},
    ("POST", "/session/oidc/link"): {"json": {"password": "x"}},
    ("PUT", "/identities/{name}"): {"json": {"subject": "x"}},
    ("POST", "/session/second-factor"): {"json": {"sealed": "x", "code": "x"}},
}
FILLED = {
    "{id}": str(uuid.UUID(int=1)),
    "{sha256}": "0" * 64,
    "{code}": VILLAGE,
    "{revision}/{z}/{x}/{y}": "1/0/0/0",
    "{revision}": "1",
    "{layer}": "grids",
    "{name}": "nobody",
    "{change}": "disable",
    "{purpose}": "track",
    "{number}": "1",
}


@pytest.fixture(scope="module")
def closed(settings: Settings) -> Any:
    """A door that is open to nobody who has not signed in."""
    app = create_app(replace(settings, open_map=False, open_reporting=False))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client: httpx.Client, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    given = dict(BODIES.get((method, path), {}) or ASKED.get(path, {}))
    for name, value in FILLED.items():
        path = path.replace(name, value)
    if (method, path) == ("POST", "/reports"):
        given = {"json": body()}
    if path == "/events":
        method = "HEAD"
    return client.request(method, path, headers=headers, **given)


def test_every_row_has_a_cell_for_every_role_and_every_route_has_a_row() -> None:
    for row in ROWS.values():
        assert list(row) == [NOBODY_ROLE, *ROLES]


@pytest.mark.parametrize(
    "table", ["no ci\nGET / all", "no\nGET / perhaps", "no\nGET / all\nGET / all", "zz\nGET / all"]
)
def test_a_table_that_is_not_whole_is_refused(table: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        access.read(table)


@pytest.mark.parametrize("role", [NOBODY_ROLE, *ROLES])
def test_a_role_may_what_its_column_says_and_nothing_else(closed: TestClient, signed_in: SignIn, role: str) -> None:
    for (method, path), row in ROWS.items():
        # Signing out would end what the next rows ask with.
        if (method, path) == ("DELETE", "/session"):
            continue
        headers = {} if role == NOBODY_ROLE else signed_in(Grant(role, CITY))
        answer = ask(closed, method, path, headers)
        expected = row[role] if role == NOBODY_ROLE else max(row[role], row["citizen"])
        refused = 401 if role == NOBODY_ROLE else 403
        allowed = expected == "all" or (role != NOBODY_ROLE and expected in ("in", "map", "say"))
        # A sign-in that fails says so in a header; that is an answer, not a refusal to be asked.
        is_refused = answer.status_code == refused and "X-Sign-In" not in answer.headers
        assert is_refused is not allowed, (method, path, answer.status_code)


@pytest.mark.parametrize("role", [NOBODY_ROLE, "citizen"])
def test_nothing_is_read_from_who_may_not(closed: TestClient, signed_in: SignIn, role: str) -> None:
    headers = {"Content-Type": "text/plain"} | ({} if role == NOBODY_ROLE else signed_in(Grant(role, CITY)))
    refused = 401 if role == NOBODY_ROLE else 403
    read: list[bytes] = []

    def content() -> Iterator[bytes]:
        read.append(b"{")
        yield b"{"

    asked = [key for key, given in BODIES.items() if given and ROWS[key][role] in ("-", "say", "map")]
    if role != NOBODY_ROLE:
        asked = [key for key in asked if ROWS[key][role] == "-"]
    for method, path in asked:
        for name, value in FILLED.items():
            path = path.replace(name, value)
        answer = closed.request(method, path, headers=headers, content=content())
        assert (answer.status_code, read) == (refused, []), (method, path)
    assert len(asked) > 10


@pytest.fixture(scope="module")
def report(client: TestClient) -> dict[str, Any]:
    """A report in the first village of the town, with the codes of all that it lies in."""
    kept: dict[str, Any] = client.post("/reports", json=body()).json()
    return kept


SCOPED = [role for role in ROLES if ROWS["GET", "/reports"][role] == "in"]


@pytest.mark.parametrize("role", SCOPED)
@pytest.mark.parametrize("relation", ["own", "child", "sibling", "parent"])
def test_a_report_is_there_for_who_answers_for_its_area_or_one_around_it(
    client: TestClient, signed_in: SignIn, report: dict[str, Any], role: str, relation: str
) -> None:
    decision = report["decision"]
    village = decision["divisions"][-1]["code"]
    sibling = OTHER_VILLAGE if village == VILLAGE else VILLAGE
    # The thing lies in the area itself, in a child of it, beside it, or in its parent but not in it.
    neighbour = decision["grid"][:-3] + ("001" if not decision["grid"].endswith("001") else "002")
    area = {"own": decision["grid"], "child": TOWN, "sibling": sibling, "parent": neighbour}[relation]
    headers = signed_in(Grant(role, area))
    found = client.get(f"/reports/{report['id']}", headers=headers)
    listed = {one["properties"]["id"] for one in client.get("/reports?limit=1000", headers=headers).json()["features"]}
    if relation in ("own", "child"):
        assert found.status_code == 200
        assert report["id"] in listed
        return
    nothing = client.get(f"/reports/{uuid.UUID(int=7)}", headers=headers)
    assert found.status_code == nothing.status_code == 404
    assert _without_names(found, report["id"]) == _without_names(nothing, str(uuid.UUID(int=7)))
    assert report["id"] not in listed


def _without_names(answer: httpx.Response, id: str) -> dict[str, Any]:
    told = answer.json()
    return {name: str(value).replace(id, "") for name, value in told.items() if name != "trace_id"}


def test_hotspots_cameras_and_patrols_are_those_of_the_area(client: TestClient, signed_in: SignIn) -> None:
    period = {"since": "2026-04-01T00:00:00Z", "until": "2026-07-01T00:00:00Z"}

    def counted(area: str) -> tuple[int, int]:
        headers = signed_in(Grant("dispatcher", area))
        total = client.get("/hotspots", params=period, headers=headers).json()["total"]
        cameras = client.get("/cameras", headers=headers).json()["features"]
        return total, len(cameras)

    whole, here, there = counted(CITY), counted(VILLAGE), counted(OTHER_VILLAGE)
    assert counted(TOWN)[0] < whole[0]  # two of the reports lie outside of every town
    assert 0 < here[0] < whole[0]
    assert 0 < there[0] < whole[0]
    assert whole[1] == here[1] + there[1] > max(here[1], there[1])


def test_a_plain_map_is_open_where_it_is_said_to_be(client: TestClient, closed: TestClient) -> None:
    nobody = {"Authorization": ""}
    assert client.get("/grids", headers=nobody).status_code == 200
    assert closed.get("/grids").status_code == 401
    assert closed.get("/grids").headers["WWW-Authenticate"] == "Bearer"
    assert client.get("/reports", headers=nobody).status_code == 401


def test_a_page_that_needs_signing_in_leads_there_and_back(closed: TestClient) -> None:
    asked = closed.get("/maps/hotspots.html?lang=en", headers={"Accept": "text/html"}, follow_redirects=False)
    assert asked.status_code == 303
    assert asked.headers["Location"] == "/sign-in?back=%2Fmaps%2Fhotspots.html%3Flang%3Den"


def test_a_cookie_that_has_outlived_its_session_leads_to_signing_in_once(closed: TestClient) -> None:
    stale = {"Cookie": "wangge=no-such-session", "Accept": "text/html"}
    assert closed.get("/sign-in", headers=stale, follow_redirects=False).status_code == 200
    assert closed.get("/session", headers=stale).json()["name"] is None
    assert closed.get("/maps/hotspots.html", headers=stale, follow_redirects=False).status_code == 303


def test_tiles_of_a_closed_map_are_kept_by_nobody_between(closed: TestClient, client: TestClient) -> None:
    (tiles,) = [layer["tiles"] for layer in client.get("/layers").json()["layers"] if layer["name"] == "villages"]
    address = tiles.replace("{z}/{x}/{y}", "10/861/383")
    dispatcher = {"Authorization": client.headers["Authorization"]}
    assert client.get(address).headers["Cache-Control"].startswith("public")
    assert closed.get(address, headers=dispatcher).headers["Cache-Control"].startswith("private")
    assert closed.get(address).status_code == 401
