"""The network access log: every request is noted beside its answer, and the service cannot read what it wrote."""

import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.access_log import AccessLog
from api.app import create_app
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db.tables import access_log, accounts
from gis.domain.access_log import PATH_LENGTH, Access, storable
from gis.domain.staff import Grant
from gis.settings import Settings
from tests.conftest import CITY

PLACE = {"x": "123.024", "y": "41.152", "datum": "cgcs2000"}


@pytest.fixture(scope="module")
def owner_engine(settings: Settings) -> Iterator[sa.Engine]:
    """The role that owns the module's database."""
    engine = engines.connect(str(settings.database_owner_url))
    yield engine
    engine.dispose()


def rows(engine: sa.Engine) -> list[sa.Row]:
    with engine.connect() as connection:
        return list(connection.execute(sa.select(access_log).order_by(access_log.c.at)))


def access(path: str = "/route") -> Access:
    return Access(datetime.now(UTC), "GET", path, 200, None, "10.0.0.1", "t")


def test_a_request_is_written_with_who_from_where_and_how_it_ended_and_no_secret(
    settings: Settings, owner_engine: sa.Engine, town_engine: sa.Engine, signed_in: Callable[..., dict[str, str]]
) -> None:
    headers = signed_in(Grant("dispatcher", CITY), name="traced")
    with TestClient(create_app(settings), client=("192.0.2.7", 1)) as client:
        known = client.get("/route", params=PLACE, headers=headers)
        client.get("/reports", params={"limit": "1", "category": "garbage"})
        client.request("HEAD", "/grids", headers=headers)
        client.get("/nowhere/at/all")
        client.get(f"/follow/photos/{'a' * 64}")
        client.head(f"/reports/{UUID(int=7)}/photos", headers=headers)
        client.get("/live")
        client.get("/static/app/shared/tokens.css")
    found = rows(owner_engine)
    assert [(row.method, row.path, row.status) for row in found] == [
        ("GET", "/route", 200),
        ("GET", "/reports", 401),
        ("HEAD", "/grids", 200),
        ("GET", "", 404),
        ("GET", "/follow/photos/{sha256}", 404),
        ("HEAD", "/reports/{id}/photos", 404),
    ]
    with town_engine.connect() as connection:
        account_id = connection.scalar(sa.select(accounts.c.id).where(accounts.c.name == "traced"))
    assert [row.account_id for row in found] == [account_id, None, account_id, None, None, account_id]
    assert {row.address for row in found} == {"192.0.2.7"}
    assert found[0].trace_id == known.headers["X-Trace-Id"]
    token = headers["Authorization"].removeprefix("Bearer ")
    assert not any(token in str(tuple(row)) or "limit" in row.path for row in found)


def test_the_service_cannot_read_the_log_and_the_network_role_reads_nothing_else(
    cluster: clusters.Cluster, town_engine: sa.Engine
) -> None:
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), town_engine.connect() as connection:
        connection.execute(sa.select(access_log))
    network = engines.connect(cluster.address(clusters.NETWORK, str(town_engine.url.database)))
    with network.connect() as connection:
        connection.execute(sa.select(access_log))
        tables = connection.scalars(
            sa.text(
                "select tablename from pg_tables where schemaname = 'public' and tablename <> 'spatial_ref_sys'"
                " and has_table_privilege(schemaname || '.' || tablename, 'select, insert, update, delete')"
            )
        )
        assert tables.all() == ["access_log"]
        assert connection.scalar(sa.text("select has_table_privilege('access_log', 'insert, update, delete')")) is False
    network.dispose()


def test_to_prepare_a_database_again_lets_a_new_network_role_read_what_was_migrated_before(
    cluster: clusters.Cluster, town_engine: sa.Engine, owner_engine: sa.Engine
) -> None:
    allowed = sa.select(sa.func.has_table_privilege(clusters.NETWORK, "access_log", "select"))
    with owner_engine.begin() as connection:
        connection.execute(sa.text(f"revoke all on access_log from {clusters.NETWORK}"))
        assert connection.scalar(allowed) is False
    clusters.prepare(cluster.address("postgres", "postgres"), str(town_engine.url.database))
    with owner_engine.connect() as connection:
        assert connection.scalar(allowed) is True


def test_what_is_over_the_bound_is_dropped_and_told(
    town_engine: sa.Engine, owner_engine: sa.Engine, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.access_log.EVERY_S", 0.05)
    noted = AccessLog(waiting=3)
    for number in range(5):
        noted.note(access(f"/bound/{number}"))
    with caplog.at_level(logging.WARNING, "wangge.access"):
        noted.start(town_engine)
        time.sleep(0.5)
        noted.stop()
    assert noted.dropped == 2
    assert "2 requests were not written" in caplog.text
    written = [row.path for row in rows(owner_engine) if row.path.startswith("/bound/")]
    assert written == ["/bound/0", "/bound/1", "/bound/2"]


def test_a_database_that_is_away_is_waited_for_and_nothing_is_lost(
    cluster: clusters.Cluster, town_engine: sa.Engine, owner_engine: sa.Engine, caplog: pytest.LogCaptureFixture
) -> None:
    away = engines.connect(cluster.address(clusters.APP, "no_such_database"))
    noted = AccessLog()
    noted.note(access("/away"))
    with caplog.at_level(logging.WARNING, "wangge.access"):
        noted.write(away)
    assert "waits" in caplog.text
    assert noted.dropped == 0
    noted.write(town_engine)
    away.dispose()
    assert [row.path for row in rows(owner_engine) if row.path == "/away"] == ["/away"]


@pytest.mark.parametrize("path", ["/a\0b", "/\ud800", "/" + "x" * 10_000])
def test_any_path_that_can_be_asked_can_be_written(town_engine: sa.Engine, path: str) -> None:
    noted = AccessLog()
    noted.note(access(storable(path)))
    noted.write(town_engine)
    assert noted.dropped == 0
    assert len(storable(path)) <= PATH_LENGTH
