"""`wangge register`, `retention`, `figures` and `access-log` in a terminal."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db.tables import access_log, metadata
from gis.domain.register import REGISTER
from gis.domain.retention import RULES
from gis.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wangge(settings: Settings) -> Run:
    """Run a command on the module's copy of the town; `more` are settings of its own."""
    given = {
        "WANGGE_DATABASE_URL": str(settings.database_url),
        "WANGGE_DATABASE_OWNER_URL": str(settings.database_owner_url),
        "WANGGE_HOME": str(settings.home),
    }

    def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", *arguments]
        environment = {**os.environ, "COLUMNS": "200", **given, **more}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def counted(engine: sa.Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.text(query)) or 0)


def test_the_register_is_printed_and_as_csv_has_a_row_for_each_column(wangge: Run) -> None:
    printed = wangge("register", "--table", "patrols").stdout
    assert "PIPL" not in printed
    assert "track" in printed
    assert "a track: sensitive personal information" in printed
    rows = list(csv.DictReader(io.StringIO(wangge("register", "--csv").stdout)))
    assert len(rows) == sum(len(table.columns) for table in metadata.tables.values())
    assert {row["table"] for row in rows} == {entry.table for entry in REGISTER}
    refused = wangge("register", "--table", "residents")
    assert (refused.returncode, refused.stderr) == (1, "error: The register knows no table residents.\n")


def test_a_run_of_retention_shows_first_and_removes_with_commit(wangge: Run, town_engine: sa.Engine) -> None:
    old = "insert into sign_in_failures (at, name_hash, address) values (now() - interval '2 days', 'h', '10.0.0.1')"
    with town_engine.begin() as connection:
        connection.execute(sa.text(old))
    shown = wangge("retention", "run")
    assert "Nothing was removed; add --commit to do it." in shown.stdout
    assert counted(town_engine, "select count(*) from sign_in_failures") == 1
    done = wangge("retention", "run", "--commit")
    assert done.returncode == 0, done.stderr
    assert counted(town_engine, "select count(*) from sign_in_failures") == 0
    told = wangge("retention", "report").stdout
    (line,) = [line for line in told.splitlines() if line.startswith("sign_in_failures")]
    assert line.split()[-5:-2] == ["1", "1", "-"]
    assert all(any(line.startswith(name) for line in told.splitlines()) for name in RULES)


def test_a_rule_cannot_be_made_longer_than_it_is(wangge: Run) -> None:
    refused = wangge("retention", "run", WANGGE_RETENTION_TRACKS_DAYS="60")
    assert refused.returncode == 1
    assert "WANGGE_RETENTION_TRACKS_DAYS: This is kept 0 to 30 days, not 60." in refused.stderr
    unread = wangge("retention", "report", WANGGE_RETENTION_EVENTS_DAYS="a week")
    assert "WANGGE_RETENTION_EVENTS_DAYS is a number of days" in unread.stderr


def test_figures_are_shown_first_and_published_with_commit(wangge: Run, town_engine: sa.Engine) -> None:
    assert "2026-06       25 figures" in wangge("figures", "make", "--month", "2026-06").stdout
    assert counted(town_engine, "select count(*) from public_figures") == 0
    assert wangge("figures", "make", "--month", "2026-06", "--commit").returncode == 0
    assert counted(town_engine, "select count(*) from public_figures") == 25
    again = wangge("figures", "make", "--month", "2026-06", "--commit")
    assert "published already" in again.stderr
    rest = wangge("figures", "make", "--commit").stdout
    assert [line.split()[0] for line in rest.splitlines()] == ["2026-04", "2026-05", "2026-07"]
    assert "No month is over" in wangge("figures", "make").stdout
    assert wangge("figures", "make", "--month", "June").returncode == 2


def test_who_is_responsible_exports_a_period_of_the_access_log_and_that_is_audited(
    wangge: Run, settings: Settings, tmp_path: Path
) -> None:
    owner = engines.connect(str(settings.database_owner_url))
    with owner.begin() as connection:
        for day in (1, 2, 3):
            row = {"at": datetime(2026, 5, day, tzinfo=UTC), "method": "GET", "path": "=cmd", "status": 404}
            connection.execute(sa.insert(access_log).values(**row, address="192.0.2.7", trace_id="t"))
    path = tmp_path / "may.csv"
    asked = ("access-log", "export", "-o", str(path), "--since", "2026-05-01", "--until", "2026-05-03")
    done = wangge(*asked)
    assert "2 requests" in done.stdout, done.stderr
    with path.open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [row["at"][:10] for row in told] == ["2026-05-01", "2026-05-02"]
    assert (told[0]["path"], told[0]["address"]) == ("'=cmd", "192.0.2.7")
    assert counted(owner, "select count(*) from audit where action = 'access_log.exported'") == 1
    assert "is there already" in wangge(*asked).stderr
    owner.dispose()
