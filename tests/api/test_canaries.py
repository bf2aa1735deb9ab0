"""A name and a telephone planted in 1,000 reports come out of nothing, and after an erasure out of nothing at all.

What is searched: every answer of the doors to who may see reports, exports, printed maps, events, logs, errors, and a
dump of the database as text.
"""

import logging
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import create_app
from gis.db import engine as engines
from gis.db.cluster import Cluster
from gis.domain.audit import Actor
from gis.domain.reports import Wanted
from gis.domain.staff import EVERYWHERE
from gis.files.vault import Vault
from gis.services import audit, contacts, exports, photos, reporters, reports
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.gis.services.test_reports import RULE, said
from tests.reporters import EMAIL, NAME, TELEPHONE, contact_body, given, hashed, new_secret

COUNT = 1_000
# In every spelling that something of ours might give them.
CANARIES = (NAME, NAME.encode("unicode_escape").decode(), TELEPHONE, "12000004321", EMAIL, "canary")
WROTE = "喊示先生 call 120 0000 4321, canary.post@example.invalid"
BY = Actor("operator", "terminal")
PERIOD = {"since": "2026-01-01T00:00:00Z", "until": "2031-01-01T00:00:00Z"}
ANSWERS = (
    *("/reports?limit=1000", "/reports/{id}", "/reports/{id}/contact", "/grids?limit=10", "/divisions", "/plans"),
    *(
        "/layers",
        "/style.json",
        "/route?x=123.029&y=41.149&datum=cgcs2000",
        "/search?q=示先生",
        "/search?q=12000004321",
    ),
    *("/openapi.json", "/session", "/ready", "/maps/hotspots.html?within=210304015000", "/maps/patrols.html"),
)


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


@pytest.fixture(scope="module")
def server_log(cluster: Cluster) -> Callable[[], str]:
    """Return a function that tells what PostgreSQL has logged since the canaries were planted."""
    log = cluster.data / "server.log"
    began = log.stat().st_size
    return lambda: log.read_bytes()[began:].decode(errors="replace")


@pytest.fixture(scope="module")
def planted(town_engine: sa.Engine, settings: Settings, server_log: Callable[[], str]) -> list[UUID]:
    """Reports whose sender left the canaries as a contact; in the words of a tenth of them too."""
    vault, ids = Vault(settings.keys), []
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        for number in range(COUNT):
            one = said(text=WROTE if number % 10 == 0 else "路面破损")
            reports.submit(
                connection,
                one,
                now=datetime.now(UTC),
                loaded=None,
                rule=RULE,
                given=given(secret=new_secret()),
                vault=vault,
                by=BY,
            )
            ids.append(one.id)
        for report_id in ids[:20]:
            contacts.unmask(connection, report_id, "回访", vault=vault, scope=EVERYWHERE, by=BY)
    return ids


@pytest.fixture(scope="module")
def unworded(planted: list[UUID]) -> UUID:
    """A report that has the canaries in its contact alone."""
    return planted[1]


def dumped(settings: Settings) -> str:
    """Return the database as text: every row of every table of ours."""
    database = sa.make_url(str(settings.database_owner_url))
    address = {"host": str(database.query["host"]), "username": str(database.username)}
    command = ["pg_dump", "--data-only", f"--host={address['host']}", f"--username={address['username']}"]
    return subprocess.run([*command, str(database.database)], capture_output=True, check=True, text=True).stdout


def numbers_of(connection: sa.Connection) -> list[int]:
    found = reports.page(connection, Wanted(), scope=EVERYWHERE, before=None, limit=5_000)
    return [report.number for report in found]


def in_files(settings: Settings, cluster: Cluster) -> list[str]:
    """Return what is found in the bytes of the database's files, when the owner has made its tables anew."""
    owner = sa.create_engine(str(settings.database_owner_url), isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(sa.text("vacuum full reports, report_contacts, audit_texts"))
        number = connection.scalar(sa.text("select oid from pg_database where datname = current_database()"))
    owner.dispose()
    files = [path for path in (cluster.data / "base" / str(number)).iterdir() if path.is_file()]
    assert len(files) > 100
    return [canary for path in files for canary in found_in(path.read_bytes().decode(errors="ignore"))]


def answers(client: httpx.Client, id: UUID) -> Iterator[str]:
    for path in ANSWERS:
        answer = client.get(path.replace("{id}", str(id)))
        assert answer.status_code == 200, path
        yield f"{path} {answer.headers} {answer.text}".replace("q=示先生", "").replace("q=12000004321", "")


def test_before_an_erasure_a_contact_comes_out_of_nothing_but_the_look_that_is_recorded(
    client: httpx.Client, planted: list[UUID], unworded: UUID, settings: Settings, town_engine: sa.Engine
) -> None:
    for text in answers(client, unworded):
        assert found_in(text.replace(WROTE, "")) == [], text[:200]
    dump = dumped(settings).replace(WROTE, "")
    assert str(unworded) in dump
    assert found_in(dump) == []
    with town_engine.connect() as connection:
        events = str(connection.execute(sa.text("select * from events")).all())
    assert str(unworded) in events
    assert found_in(events) == []


def test_exports_hold_no_contact(town_engine: sa.Engine, planted: list[UUID], unworded: UUID, tmp_path: Path) -> None:
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        for noun in exports.NOUNS:
            exports.write(connection, noun, tmp_path / f"{noun}.csv", by=BY)
        audit.export(connection, audit.Wanted(), tmp_path / "audit.jsonl")
    texts = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert str(unworded) in texts["reports.csv"]
    assert {name: found_in(text.replace(WROTE, "")) for name, text in texts.items()} == {name: [] for name in texts}


def test_errors_and_logs_repeat_no_contact(
    settings: Settings, planted: list[UUID], caplog: pytest.LogCaptureFixture, server_log: Callable[[], str]
) -> None:
    caplog.set_level(logging.DEBUG)
    right = body(contact=contact_body(), follow_sha256=hashed(new_secret()))
    wrong: list[dict[str, Any]] = [
        {"contact": contact_body(telephone=f"{TELEPHONE} canary")},
        {"contact": contact_body(name=f"{NAME}\n")},
        {"contact": contact_body(email=f"{EMAIL} x")},
        {"contact": [NAME, TELEPHONE]},
        {"contact": TELEPHONE},
        {"contact": contact_body(call_back=TELEPHONE)},
        {"contact": contact_body(consent=TELEPHONE[:10])},
        {"contact": contact_body(consented_at=TELEPHONE)},
        {"follow_sha256": TELEPHONE},
    ]
    with ExitStack() as stack:
        client = stack.enter_context(TestClient(create_app(settings), raise_server_exceptions=False))
        assert client.post("/reports", json=right).status_code == 201
        refused = [client.post("/reports", json=body(**each)) for each in wrong]
        refused.append(client.post("/reports", json=right | {"text": "other"}))
        # A fault of ours while a contact is stored: the log has the statement and not its values.
        owner = engines.connect(str(settings.database_owner_url))
        with owner.begin() as connection:
            connection.execute(sa.text("alter table report_contacts rename column key_id to other"))
        failed = client.post("/reports", json=body(contact=contact_body(), text=WROTE))
        with owner.begin() as connection:
            connection.execute(sa.text("alter table report_contacts rename column other to key_id"))
        owner.dispose()
    assert [answer.status_code for answer in refused] == [422] * 9 + [409]
    assert failed.status_code == 500
    assert found_in(" ".join(answer.text for answer in [*refused, failed])) == []
    logged = caplog.text + "".join(str(record.exc_info) for record in caplog.records)
    assert "report_contacts" in logged
    assert found_in(logged) == []
    assert "report_contacts" in server_log()
    assert found_in(server_log()) == []


def test_after_an_erasure_they_are_nowhere_and_no_count_has_changed(
    client: httpx.Client,
    planted: list[UUID],
    settings: Settings,
    town_engine: sa.Engine,
    cluster: Cluster,
    server_log: Callable[[], str],
) -> None:
    vault = Vault(settings.keys)
    before = client.get("/hotspots", params=PERIOD).json()
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        ids = contacts.reports_of(connection, TELEPHONE, vault=vault)
        assert set(planted) <= set(ids)
        numbers = numbers_of(connection)
        done = reporters.erase(connection, ids, vault=vault, again=settings.erasures, by=BY, reason="request 17")
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        photos.discard(connection, done.photos, folder=settings.photos)
    assert client.get("/hotspots", params=PERIOD).json() == before
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        assert [
            one.number for one in reports.page(connection, Wanted(), scope=EVERYWHERE, before=None, limit=5_000)
        ] == numbers
        assert audit.verify(connection) == []
    dump = dumped(settings)
    assert all(str(report_id) in dump for report_id in planted)
    assert found_in(dump) == []
    assert found_in(client.get("/reports?limit=1000").text) == []
    files = [path.read_bytes().decode(errors="replace") for path in settings.home.rglob("*") if path.is_file()]
    assert [found_in(text) for text in files if found_in(text)] == []
    assert in_files(settings, cluster) == []
    assert found_in(server_log()) == []
