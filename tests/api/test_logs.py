"""The log tells what happened and when, and nothing of what anybody said."""

import io
import json
import logging
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api import logs
from api.access import ROWS
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.domain.staff import ROLES, Grant
from tests.api.routes.test_reports import body
from tests.conftest import CITY

TEXT, TOKEN, PASSWORD = "canary-text-金丝雀", "canary-token-5f2e", "canary-Password-9!"
TELEPHONE, NAME = "19900001234", "canary-name"
LON, LAT = "123.0246813", "41.1524679"
CANARIES = (TEXT, TOKEN, PASSWORD, TELEPHONE, NAME, LON, LAT, quote(TEXT), TEXT.encode("unicode_escape").decode())
FORGED = '\r\n{"at":"2026-01-01","event":"forged"}\n\x1b[2Jforged\u2028forged\u202e'
SAID = {"q": TEXT, "x": LON, "y": LAT, "datum": TELEPHONE, "token": TOKEN, "name": NAME, "bbox": f"{LON},{LAT},124,42"}
HEADERS = {"User-Agent": TEXT.encode(), "Referer": f"http://door.example/?q={TOKEN}", "X-Forwarded-For": TELEPHONE}
BODY = {"name": NAME, "password": PASSWORD, "telephone": TELEPHONE, "text": TEXT, "x": float(LON), "y": float(LAT)}
PLANTED = """
create function refuse_aloud() returns trigger language plpgsql
    as $$ begin raise exception 'refused %', new.text using errcode = '23514', constraint = 'no_canaries'; end $$;
create trigger planted_aloud before insert on reports for each row execute function refuse_aloud();
"""
SignIn = Callable[..., dict[str, str]]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Where the whole process logs as it does when it serves."""
    yield from logged_into(io.StringIO())


@pytest.fixture
def terminal() -> Iterator[io.StringIO]:
    """The same, read by a person."""
    yield from logged_into(Terminal())


def logged_into(stream: io.StringIO) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers, root.level
    logs.configure(stream=stream)
    yield stream
    root.handlers, _ = before, root.setLevel(level)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    """Return what was logged but of the plan, which a thread of its own loads."""
    told = [json.loads(line) for line in log.getvalue().split("\n")[:-1]]
    return [line for line in told if line["logger"] != "wangge.plan_index"]


@pytest.fixture
def failing_insert(cluster: clusters.Cluster, town_engine: sa.Engine) -> Iterator[None]:
    owner = engines.connect(cluster.address(clusters.OWNER, str(town_engine.url.database)))
    with owner.begin() as connection:
        connection.execute(sa.text(PLANTED))
    yield
    with owner.begin() as connection:
        connection.execute(sa.text("drop trigger planted_aloud on reports; drop function refuse_aloud()"))
    owner.dispose()


def test_a_line_tells_method_route_status_duration_trace_and_account(
    client: TestClient, signed_in: SignIn, log: io.StringIO
) -> None:
    answer = client.get(f"/reports/{uuid.uuid4()}", headers=signed_in(Grant("dispatcher", CITY)))
    (line,) = lines(log)
    assert (line["method"], line["route"], line["status"]) == ("GET", "/reports/{id}", 404)
    assert line["trace_id"] == answer.headers["X-Trace-Id"]
    assert line["duration_ms"] > 0
    assert line["account_id"] > 0
    assert line["at"].endswith("Z")


def test_every_answer_has_its_line_also_of_no_route(client: TestClient, log: io.StringIO) -> None:
    asked = [("HEAD", "/live"), ("GET", "/nowhere"), ("DELETE", "/live"), ("GET", "/a%00b"), ("GET", "/static/none")]
    statuses = [client.request(method, path).status_code for method, path in [*asked, ("WORD", "/live")]]
    assert [line["status"] for line in lines(log)] == statuses
    assert [line["method"] for line in lines(log)] == [*(method for method, _ in asked), "other"]
    assert [line["route"] for line in lines(log)] == ["/live", "", "/live", "", "/static/…", "/live"]


def ask_with_canaries(client: httpx.Client, method: str, path: str, headers: dict[str, Any]) -> None:
    for name in ("{id}", "{sha256}", "{code}", "{revision}", "{layer}", "{name}", "{change}", "{z}", "{x}", "{y}"):
        path = path.replace(name, quote(TEXT))
    method = "HEAD" if path == "/events" else method
    for given in ({"json": BODY}, {"json": {**body(), "text": TEXT}}, {"content": TEXT.encode()}):
        client.request(method, path, params=SAID, headers={**HEADERS, **headers}, **given)
    client.request(method, path, params={"x": LON, "y": LAT, "datum": "wgs84"}, headers={**HEADERS, **headers})


def test_nothing_that_is_said_to_any_route_is_in_the_log(
    client: TestClient, signed_in: SignIn, log: io.StringIO
) -> None:
    everybody = [Grant(role, CITY) for role in ROLES]
    asking = [{"Authorization": f"Bearer {TOKEN}"}, {"Authorization": "", "Cookie": f"wangge={TOKEN}"}]
    for headers in [*asking, signed_in(*everybody, name=NAME)]:
        for method, path in ROWS:
            if (method, path) != ("DELETE", "/session"):
                ask_with_canaries(client, method, path, headers)
    told = log.getvalue()
    assert len(lines(log)) == 3 * 4 * (len(ROWS) - 1)
    assert [canary for canary in CANARIES if canary in told] == []
    assert {line["route"] for line in lines(log)} == {path for _, path in ROWS if path != "/session"} | {"/session"}


@pytest.mark.usefixtures("failing_insert")
def test_an_error_is_told_by_class_place_and_trace_without_its_words(client: TestClient, log: io.StringIO) -> None:
    answer = client.post("/reports", json={**body(), "text": TEXT})
    assert answer.status_code == 500
    failed, line = lines(log)
    assert failed["trace_id"] == line["trace_id"] == answer.json()["trace_id"]
    assert (failed["level"], failed["error"]) == ("error", "sqlalchemy.exc.IntegrityError")
    assert (failed["sqlstate"], failed["constraint"]) == ("23514", "no_canaries")
    assert any("gis/services/reports.py" in frame for frame in failed["stack"])
    assert TEXT not in log.getvalue()


def test_a_line_break_in_a_request_makes_no_second_line(client: TestClient, log: io.StringIO) -> None:
    client.get(f"/{quote(FORGED)}")
    client.get(f"/grids/{quote(FORGED)}", params={FORGED: FORGED})
    client.post("/session", json={"name": FORGED, "password": FORGED})
    client.get("/live", headers={"X-Forwarded-For": FORGED.encode(), "User-Agent": FORGED.encode()})
    assert len(lines(log)) == 4
    assert "forged" not in log.getvalue()


def test_a_line_break_in_what_we_log_ourselves_is_written_as_an_escape(log: io.StringIO, terminal: io.StringIO) -> None:
    logs.configure(stream=log)
    logging.getLogger("wangge.photos").error("A photo was not kept: %s", FORGED)
    (line,) = lines(log)
    assert line["event"].startswith("A photo was not kept: \\u000d\\u000a")
    logs.configure(stream=terminal)
    logging.getLogger("wangge.photos").error("A photo was not kept: %s", FORGED)
    assert terminal.getvalue().count("\n") == 1
    assert not set("\r\u2028\u202e") & set(terminal.getvalue())
    assert "\x1b[2J" not in terminal.getvalue()


@pytest.mark.usefixtures("failing_insert")
def test_a_terminal_shows_the_stack_below_the_line(client: TestClient, terminal: io.StringIO) -> None:
    client.post("/reports", json={**body(), "text": TEXT})
    told = terminal.getvalue()
    assert "An answer failed." in told
    assert "gis/services/reports.py" in told
    assert "caused by" in told
    assert TEXT not in told
