"""What a request may hold, at the limit and one beyond, at every door that takes it."""

import json
import uuid
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.access import ROWS
from api.bodies import limit_of
from gis.db import engine as engines
from gis.domain.limits import BODY_BYTES, FEATURES, JSON_DEPTH, PHOTO_BYTES, POINTS_BYTES, RINGS, VERTICES
from gis.domain.staff import Grant
from gis.errors import DatabaseUnavailableError
from gis.services.register import TEXT_LENGTH
from tests.api.routes.test_reports import body
from tests.conftest import CITY

JSON = {"Content-Type": "application/json"}
DOORS = ("/route", "/reports", "/accounts", "/session", "/session/activation", "/session/password")


def padded(size: int) -> bytes:
    return b'{"a":"' + b"x" * (size - 8) + b'"}'


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("announced", [True, False])
def test_a_body_ends_at_the_limit_of_its_path(client: httpx.Client, signed_in: Any, door: str, announced: bool) -> None:
    headers = JSON | signed_in(Grant("administrator", CITY))

    def send(content: bytes) -> httpx.Response:
        given: Any = content if announced else iter([content[:-1], content[-1:]])
        return client.post(door, content=given, headers=headers)

    assert send(padded(limit_of(door))).status_code in (401, 422)
    beyond = send(padded(limit_of(door) + 1))
    assert (beyond.status_code, beyond.json()["detail"]) == (413, f"The body is over {limit_of(door):,} bytes.")


def test_only_paths_that_need_it_take_more_than_a_small_body() -> None:
    large = {"/route", "/photos", "/rosters", "/register/assessments", "/register/assessments/{number}"}
    large |= {"/register/breaches", "/register/breaches/{number}"}
    assert {path for method, path in ROWS if method in ("POST", "PUT") and limit_of(path) > BODY_BYTES} == large
    assert limit_of("/route") == POINTS_BYTES


def test_the_longest_assessment_is_taken_even_in_escapes(client: httpx.Client, signed_in: Any) -> None:
    texts = ("title", "processing", "purpose", "ground", "risks", "measures", "conclusion")
    sent = {name: "𠀀" * TEXT_LENGTH for name in texts} | {"assessed_on": "2026-11-26"}
    headers = JSON | signed_in(Grant("administrator", CITY))
    assert client.post("/register/assessments", content=json.dumps(sent), headers=headers).status_code == 201


def test_a_photo_ends_at_its_own_limit(client: httpx.Client) -> None:
    assert client.put("/photos", content=bytes(PHOTO_BYTES)).status_code == 415
    assert client.put("/photos", content=bytes(PHOTO_BYTES + 1)).status_code == 413


@pytest.mark.parametrize("door", DOORS)
def test_a_body_nests_to_the_limit(client: httpx.Client, signed_in: Any, door: str) -> None:
    headers = JSON | signed_in(Grant("administrator", CITY))

    def nested(depth: int) -> str:
        return "[" * depth + "]" * depth

    assert client.post(door, content=nested(JSON_DEPTH), headers=headers).status_code == 422
    assert client.post(door, content=nested(JSON_DEPTH + 1), headers=headers).status_code == 413


def points(count: int) -> dict[str, Any]:
    point = {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [123.02, 41.15]}}
    return {"type": "FeatureCollection", "features": [point] * count}


def test_ten_thousand_points_are_routed_and_not_one_more(client: Any) -> None:
    assert client.app.state.plan_index.wait_for(1, timeout_s=30)
    pairs = [[123.02, 41.15]] * FEATURES
    assert client.post("/route", json={"datum": "wgs84", "points": pairs}).status_code == 200
    assert client.post("/route", json={"datum": "wgs84", "points": [*pairs, pairs[0]]}).status_code == 422
    assert client.post("/route?datum=wgs84", json=points(FEATURES)).status_code == 200
    assert client.post("/route?datum=wgs84", json=points(FEATURES + 1)).status_code == 413


@pytest.mark.parametrize(
    ("kind", "within", "beyond"),
    [
        ("MultiPoint", [[0, 0]] * VERTICES, [[0, 0]] * (VERTICES + 1)),
        ("Polygon", [[[0, 0], [1, 0], [1, 1], [0, 0]]] * RINGS, [[[0, 0], [1, 0], [1, 1], [0, 0]]] * (RINGS + 1)),
    ],
)
def test_a_feature_has_its_vertices_and_rings_and_not_one_more(
    client: httpx.Client, kind: str, within: Any, beyond: Any
) -> None:
    # Only points can be routed, so what is within the limits is refused for another reason.
    assert client.post("/route?datum=wgs84", json={"type": kind, "coordinates": within}).status_code == 422
    assert client.post("/route?datum=wgs84", json={"type": kind, "coordinates": beyond}).status_code == 413


@pytest.mark.parametrize(
    ("position", "status"),
    [
        ([180, 90], 200),
        ([-180, -90], 200),
        ([180.0000001, 0], 422),
        ([0, -90.0000001], 422),
        ([123.02, 41.15, 7], 200),
        ([123.02, 41.15, 7, 7], 422),
    ],
)
def test_a_position_has_two_or_three_numbers_in_range(client: httpx.Client, position: Any, status: int) -> None:
    document = {"type": "Point", "coordinates": position}
    assert client.post("/route?datum=wgs84", json=document).status_code == status
    if len(position) == 2:
        said = {**body(), "id": str(uuid.uuid4()), "x": position[0], "y": position[1], "datum": "wgs84"}
        assert client.post("/reports", json=said).status_code == (201 if status == 200 else 422)
        asked = {"x": position[0], "y": position[1], "datum": "wgs84"}
        assert client.get("/route", params=asked).status_code == status


def test_a_question_that_takes_the_database_too_long_is_stopped(town_engine: sa.Engine) -> None:
    url = town_engine.url.render_as_string(hide_password=False)
    engine = engines.connect(url, statement_limit_s=1)
    with pytest.raises(DatabaseUnavailableError, match="too long"), engines.transaction(engine) as connection:
        connection.execute(sa.text("select pg_sleep(5)"))
    with engines.transaction(engine, statement_limit_s=4) as connection:
        connection.execute(sa.text("select pg_sleep(1.2)"))
    engine.dispose()


def test_requests_wait_five_seconds_for_the_database_and_loads_a_minute(client: Any) -> None:
    of_loads = engines.connect(client.app.state.engine.url)
    for engine, limit in ((client.app.state.engine, "5s"), (of_loads, "1min")):
        with engines.transaction(engine) as connection:
            assert connection.scalar(sa.text("show statement_timeout")) == limit
    of_loads.dispose()


def test_a_tile_is_drawn_where_nothing_can_be_changed(town_engine: sa.Engine) -> None:
    with (
        pytest.raises(sa.exc.InternalError, match="read-only"),
        engines.transaction(town_engine, read_only=True) as connection,
    ):
        connection.execute(sa.text("delete from events"))
