"""`wangge audit` in a terminal."""

import csv
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db.cluster import OWNER
from gis.domain.audit import Entry
from gis.services import audit


@pytest.fixture
def home(engine: sa.Engine, tmp_path: Path) -> Path:
    """A home whose database has a log of five rows."""
    with engines.transaction(engine) as connection:
        for number in range(5):
            audit.record(connection, Entry("account.disabled", f"account:{number}", reason="=1+1"))
    return tmp_path


@pytest.fixture
def wangge(engine: sa.Engine, home: Path):
    url = engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(home)}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", "audit", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    return run


def as_owner(engine: sa.Engine, *statements: str) -> None:
    owner = engines.connect(engine.url.set(username=OWNER).render_as_string(hide_password=False))
    with owner.begin() as connection:
        for statement in ("alter table audit disable trigger append_only", *statements):
            connection.execute(sa.text(statement))
    owner.dispose()


def test_a_whole_log_is_told_with_its_rows_and_heads(wangge, home: Path) -> None:
    assert "No head was signed yet" in wangge("verify").stdout
    signed = wangge("head")
    assert signed.stdout.startswith("row 5 "), signed.stderr
    assert stat.S_IMODE((home / "keys" / "audit-ed25519.pem").stat().st_mode) == 0o600
    done = wangge("verify")
    assert (done.returncode, done.stdout) == (0, "The audit log is whole: 5 rows, 1 signed heads.\n")


def test_a_tampered_row_is_named_and_the_exit_code_is_1(wangge, engine: sa.Engine) -> None:
    as_owner(engine, "update audit set role = 'auditor' where position = 3")
    done = wangge("verify")
    assert done.returncode == 1
    assert done.stdout == "row 3                changed    what it says does not fit its hash\n"


def test_a_cut_tail_is_named_by_the_signed_head(wangge, engine: sa.Engine) -> None:
    wangge("head")
    as_owner(
        engine,
        "delete from audit_texts where position > 3",
        "delete from audit where position > 3",
        "update audit_head set position = 3, hash = (select hash from audit where position = 3)",
    )
    done = wangge("verify")
    assert done.returncode == 1
    assert done.stdout.startswith("rows 4-5 ")


def test_an_export_is_inert_and_is_recorded(wangge, engine: sa.Engine, tmp_path: Path) -> None:
    target = tmp_path / "log.csv"
    done = wangge("export", "-o", str(target), "--subject", "account", "--since", "2020-01-01")
    assert done.returncode == 0, done.stderr
    with target.open(encoding="utf-8", newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["'=1+1"] * 5
    with engines.transaction(engine) as connection:
        newest = audit.page(connection, audit.Wanted(), limit=1)[0]
    assert newest.row.action == "audit.exported"
    assert newest.texts is not None
    assert '"subject":"account"' in newest.texts.shown


def test_another_suffix_is_refused_in_one_sentence(wangge, tmp_path: Path) -> None:
    done = wangge("export", "-o", str(tmp_path / "log.xlsx"))
    assert done.returncode == 1
    assert done.stderr == "error: The audit log is written as .csv or .jsonl, not .xlsx.\n"
