"""The pieces together: commit before answer, a database that dies and returns, every refusal in one shape."""

import asyncio
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import ROUTES, create_app, routes_of
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import schema
from gis.db.tables import assignments, events, reports
from gis.errors import UnsafeServerError
from gis.settings import Settings
from tests.api.routes.test_reports import body, rows

REFUSE_AT_COMMIT = """
create function refuse() returns trigger language plpgsql as $$ begin raise exception 'planted'; end $$;
create constraint trigger planted after insert on reports deferrable initially deferred
    for each row execute function refuse();
"""


def opened(url: str, home: Path) -> Settings:
    return Settings(database_url=url, database_owner_url=None, home=home, open_map=True, open_reporting=True)


def owner_of(cluster: clusters.Cluster, engine: sa.Engine) -> sa.Engine:
    return engines.connect(cluster.address(clusters.OWNER, str(engine.url.database)))


@pytest.fixture
def failing_commit(cluster: clusters.Cluster, town_engine: sa.Engine) -> Iterator[None]:
    owner = owner_of(cluster, town_engine)
    with owner.begin() as connection:
        connection.execute(sa.text(REFUSE_AT_COMMIT))
    yield
    with owner.begin() as connection:
        connection.execute(sa.text("drop trigger planted on reports; drop function refuse()"))
    owner.dispose()


@pytest.mark.usefixtures("failing_commit")
def test_a_report_whose_commit_fails_is_not_answered_as_stored(client: TestClient, town_engine: sa.Engine) -> None:
    before = [rows(town_engine, table) for table in (reports, assignments, events)]
    answer = client.post("/reports", json=body())
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "planted" not in answer.text
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "trace_id"}
    assert [rows(town_engine, table) for table in (reports, assignments, events)] == before


def test_a_report_can_be_sent_again_after_a_failure(client: TestClient) -> None:
    assert client.post("/reports", json=body()).status_code == 201


@pytest.fixture
def own_cluster() -> Iterator[clusters.Cluster]:
    parent = Path("/var/lib/wangge") if os.geteuid() == 0 else Path(tempfile.gettempdir())
    home = Path(tempfile.mkdtemp(prefix="test-", dir=parent))
    home.chmod(0o755)
    made = clusters.Cluster(home)
    made.up()
    owner = engines.connect(made.address(clusters.OWNER))
    schema.migrate(owner)
    owner.dispose()
    yield made
    made.down()
    shutil.rmtree(home)


def test_while_the_database_is_down_the_door_says_so_and_recovers_by_itself(
    own_cluster: clusters.Cluster, tmp_path: Path
) -> None:
    settings = opened(own_cluster.address(clusters.APP), tmp_path)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        assert client.get("/ready").status_code == 200
        own_cluster.down()
        for refused in (client.get("/ready"), client.get("/grids"), client.post("/reports", json=body())):
            assert refused.status_code == 503
            assert refused.headers["Content-Type"] == "application/problem+json"
            assert int(refused.headers["Retry-After"]) > 0
        assert client.get("/live").status_code == 200
        own_cluster.up()
        assert client.get("/ready").status_code == 200
        assert client.get("/grids").status_code == 200


def test_an_empty_database_cannot_route_and_says_what_to_do(engine: sa.Engine, tmp_path: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    settings = opened(url, tmp_path)
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        refused = client.post("/reports", json=body())
        assert (refused.status_code, client.get("/ready").json()["plan"]) == (503, None)
        assert "load a city" in refused.json()["detail"]
        assert rows(engine, reports) == 0


def test_a_service_does_not_start_where_acknowledged_reports_could_be_lost(
    cluster: clusters.Cluster, engine: sa.Engine, tmp_path: Path
) -> None:
    name = engine.url.database
    server = sa.create_engine(cluster.address("postgres", "postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as superuser:
        superuser.execute(sa.text(f"alter database {name} set synchronous_commit = off"))
    server.dispose()
    engine.dispose()
    url = engine.url.render_as_string(hide_password=False)
    settings = Settings(database_url=url, database_owner_url=None, home=tmp_path)
    with pytest.raises(UnsafeServerError, match="synchronous_commit"), TestClient(create_app(settings)):
        pass


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/static/nothing.js", 404),
        ("GET", "/static/../../../etc/passwd", 404),
        ("GET", "/reports/", 404),
        ("DELETE", "/reports", 405),
        ("POST", "/static/app/shared/tokens.css", 405),
        ("GET", "/route", 422),
        ("POST", "/route", 415),
        ("GET", "/a%00b", 422),
        ("GET", "/reports?category=%00", 422),
        ("GET", "/reports/00000000-0000-4000-8000-000000000000", 404),
    ],
)
def test_every_refusal_is_a_problem_document_with_a_trace_id(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["trace_id"] == answer.headers["X-Trace-Id"]
    assert document["detail"]


@pytest.mark.parametrize(("method", "target"), [("OPTIONS", "*"), ("GET", "http://elsewhere.example/live")])
def test_a_target_that_is_no_path_is_refused_like_any_other(settings: Settings, method: str, target: str) -> None:
    sent: list[Any] = []
    scope = {"type": "http", "method": method, "path": target, "raw_path": target.encode(), "query_string": b""}
    scope |= {"headers": [], "http_version": "1.1", "scheme": "http", "server": ("127.0.0.1", 80), "root_path": ""}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(create_app(settings)(scope, receive, send))
    assert sent[0]["status"] == 404
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"


def test_a_refused_method_is_told_every_one_that_is_allowed(client: httpx.Client) -> None:
    for path, allowed in (
        ("/reports", "GET, HEAD, POST"),
        ("/session", "DELETE, GET, HEAD, POST"),
        ("/live", "GET, HEAD"),
    ):
        assert client.patch(path).headers["Allow"] == allowed


def test_what_a_caller_has_already_is_not_sent_again(client: httpx.Client) -> None:
    first = client.get("/reports", params={"limit": 5})
    again = client.get("/reports", params={"limit": 5}, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    client.post("/reports", json=body())
    changed = client.get("/reports", params={"limit": 5}, headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_long_answers_are_compressed_for_who_can_read_that(client: httpx.Client) -> None:
    path = "/reports?limit=100"
    assert client.get(path, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "identity"}).headers


@pytest.mark.parametrize("path", ["/live", "/reports", "/", "/static/app/shared/tokens.css", "/nowhere"])
def test_the_head_of_an_answer_is_that_of_the_answer(client: httpx.Client, path: str) -> None:
    plain = {"Accept-Encoding": "identity"}
    head, whole = client.head(path, headers=plain), client.get(path, headers=plain)
    assert (head.status_code, head.content) == (whole.status_code, b"")
    assert head.headers["Content-Type"] == whole.headers["Content-Type"]


def test_the_description_names_every_route_with_its_problems_and_examples(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    text = json.dumps(document)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
            problems = {status for status, answer in operation["responses"].items() if status >= "400"}
            assert path == "/live" or {"500", "503"} <= problems, (method, path)
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    assert {"example", "examples"} & set(parameter) or "enum" in parameter["schema"], (
                        path,
                        parameter["name"],
                    )
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(document["components"]["schemas"])


def test_the_list_of_routes_holds_every_one(client: TestClient) -> None:
    listed = {(method, path) for method, path, _, _ in routes_of(client.app)}
    assert {("GET", "/route"), ("POST", "/reports"), ("GET", "/events"), ("GET", "/"), ("GET", "/docs")} <= listed
    assert len(ROUTES) == len(set(ROUTES))
    assert all(purpose and who for _, _, who, purpose in routes_of(client.app))
