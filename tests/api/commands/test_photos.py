"""`wangge photos sweep` says what it would do, does it when told to, and names what is gone."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from api.cli import app
from gis.db import engine as engines
from gis.settings import Settings

ORPHAN, LOST = "ab" * 32, "cd" * 32


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Settings:
    assert settings.database_url is not None
    monkeypatch.setenv("WANGGE_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("WANGGE_HOME", str(settings.home))
    return settings


def orphan(settings: Settings, engine: sa.Engine) -> Path:
    path = settings.photos / "ab" / f"{ORPHAN}.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    row = "insert into photos (sha256, width_px, height_px, stored_at) values (:sha, 1, 1, now() - interval '25 hours')"
    with engines.transaction(engine) as connection:
        connection.execute(sa.text(row), {"sha": ORPHAN})
    return path


def test_a_sweep_changes_nothing_until_it_is_told_to(environment: Settings, town_engine: sa.Engine) -> None:
    path = orphan(environment, town_engine)
    look = CliRunner().invoke(app, ["photos", "sweep"])
    assert look.exit_code == 0, look.output
    assert "1 photos that no report names to remove" in look.output
    assert "add --commit" in look.output
    assert path.exists()
    done = CliRunner().invoke(app, ["photos", "sweep", "--commit"])
    assert "1 photos that no report names removed" in done.output
    assert not path.exists()
    assert "0 photos that no report names to remove" in CliRunner().invoke(app, ["photos", "sweep"]).output


def test_a_photo_of_a_report_that_is_gone_is_named_and_the_exit_code_tells(
    environment: Settings, town_engine: sa.Engine
) -> None:
    with engines.transaction(town_engine) as connection:
        connection.execute(
            sa.text("insert into photos (sha256, width_px, height_px) values (:sha, 1, 1)"), {"sha": LOST}
        )
        named = "insert into report_photos select id, 1, :sha from reports order by number limit 1"
        connection.execute(sa.text(named), {"sha": LOST})
    told = CliRunner().invoke(app, ["photos", "sweep"])
    assert told.exit_code == 1
    assert LOST in told.output
