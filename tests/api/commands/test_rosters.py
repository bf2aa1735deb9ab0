"""`wangge user import`: shows first, then writes whole or not at all, with codes for the leaders alone."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.settings import CHECKOUT
from tests.conftest import seeing_all

Run = Callable[..., subprocess.CompletedProcess[str]]
VILLAGE = "210304015017"
ROSTER = f"登录名,网格编码\nxingong-l,{VILLAGE}\nxingong-w,{VILLAGE}101001\n"


@pytest.fixture
def wangge(town_engine: sa.Engine, tmp_path: Path) -> Run:
    url = town_engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(tmp_path)}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", "user", "import", *options]
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=120)

    return run


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


def posts(engine: sa.Engine) -> int:
    with engines.transaction(seeing_all(engine)) as connection:
        return int(connection.scalar(sa.text("select count(*) from posts")) or 0)


def test_a_roster_is_shown_and_then_written_with_codes_by_leader(
    wangge: Run, roster: Path, town_engine: sa.Engine, tmp_path: Path
) -> None:
    shown = wangge(str(roster))
    assert shown.returncode == 0, shown.stderr
    assert "2 new, 0 known" in shown.stdout
    assert "Nothing was changed" in shown.stdout
    assert posts(town_engine) == 0
    without = wangge(str(roster), "--commit")
    assert without.returncode != 0
    assert "--codes" in without.stderr
    codes = tmp_path / "codes"
    done = wangge(str(roster), "--commit", "--codes", str(codes))
    assert done.returncode == 0, done.stderr
    assert posts(town_engine) == 2
    assert sorted(path.name for path in codes.iterdir()) == ["210304015000.csv", f"{VILLAGE}.csv"]
    code = (codes / f"{VILLAGE}.csv").read_text(encoding="utf-8-sig").splitlines()[1].split(",")[-2]
    assert code not in done.stdout + done.stderr
    again = wangge(str(roster), "--commit", "--codes", str(codes))
    assert again.returncode != 0
    assert "something already" in again.stderr
    assert "comparing" not in again.stderr  # it is told before the sheet is read
    same = wangge(str(roster), "--commit")
    assert (same.returncode, "nobody is new" in same.stdout) == (0, True), same.stderr


def test_wrong_cells_are_told_by_row_and_heading_and_nothing_is_written(
    wangge: Run, roster: Path, town_engine: sa.Engine, tmp_path: Path
) -> None:
    before = posts(town_engine)
    roster.write_text(ROSTER + "a b,nowhere\n", encoding="utf-8")
    refused = wangge(str(roster), "--commit", "--codes", str(tmp_path / "codes"))
    assert refused.returncode != 0
    assert "row 4, column 登录名" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert posts(town_engine) == before
    assert not (tmp_path / "codes").exists()
    missing = wangge(str(tmp_path / "no.csv"))
    assert missing.returncode != 0
    assert "cannot be read" in missing.stderr
