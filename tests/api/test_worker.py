import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from api import worker
from gis.db import engine as engines
from gis.db.tables import audit_head
from gis.domain import retention
from gis.services import audit, photos, tiles

JOBS = sa.text("select count(*) from procrastinate_jobs")
COMMAND = Path(sys.executable).with_name("wangge")


def until(engine, question):
    """Wait until the database answers yes."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with engine.connect() as connection:
            if connection.scalar(sa.text(question)):
                return
        time.sleep(0.1)
    raise AssertionError(f"never true: {question}")


@pytest.fixture
def queued(town_engine):
    with engines.transaction(town_engine) as connection:
        tiles.draw(connection, ["zones"])


def test_the_worker_makes_tiles_ahead_and_leaves_an_empty_queue(queued, settings, town_engine):
    worker.run(settings, town_engine, wait=False)
    assert list((settings.tiles / "counties").rglob("*.mvt.gz"))
    with town_engine.connect() as connection:
        assert connection.scalar(JOBS) == 0


def test_starting_the_worker_sweeps_what_nobody_names(settings, town_engine):
    old = settings.tiles / "counties" / "12345"
    old.mkdir(parents=True)
    (old / tiles.BORN).touch()
    worker.run(settings, town_engine, wait=False)
    assert not old.exists()


def test_the_worker_signs_the_head_of_the_audit_log_when_it_starts_and_daily(settings, town_engine):
    settings.audit_heads.unlink(missing_ok=True)
    worker.run(settings, town_engine, wait=False)
    heads, findings = audit.read_heads(settings.audit_heads, settings.keys)
    with town_engine.connect() as connection:
        end = connection.scalar(sa.select(audit_head.c.position))
    # Whoever loaded the town is in the log.
    assert end > 0
    assert [head.position for head in heads] == [end]
    assert findings == []
    crons = {
        task.task.name: task.cron
        for task in worker.create_worker(town_engine).periodic_registry.periodic_tasks.values()
    }
    assert crons[worker.SIGN_HEAD] == worker.DAILY


def test_the_command_ends_in_order_when_it_is_told_to(queued, settings, town_engine):
    environment = {**os.environ, "WANGGE_DATABASE_URL": settings.database_url, "WANGGE_HOME": str(settings.home)}
    done = subprocess.run([COMMAND, "worker", "--until-empty"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "tiles made ahead" in done.stderr
    running = subprocess.Popen([COMMAND, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    until(town_engine, "select count(*) = 1 from procrastinate_workers")
    running.send_signal(signal.SIGTERM)
    _, rest = running.communicate(timeout=20)
    assert running.returncode == 0, rest


def test_a_photo_that_no_report_named_for_a_day_is_removed(settings, town_engine):
    sha256 = "ab" * 32
    path = settings.photos / "ab" / f"{sha256}.jpg"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"picture")
    row = sa.text("insert into photos (sha256, width_px, height_px, stored_at) values (:sha, 1, 1, now() - :age)")
    with engines.transaction(town_engine) as connection:
        connection.execute(row, {"sha": sha256, "age": photos.ORPHAN_AFTER - timedelta(hours=1)})
    worker.sweep_now(settings, town_engine)
    assert path.exists()
    with engines.transaction(town_engine) as connection:
        connection.execute(sa.text("update photos set stored_at = now() - interval '2 days'"))
    worker.sweep_now(settings, town_engine)
    assert not path.exists()
    with town_engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from photos")) == 0


def test_the_worker_goes_on_after_its_connections_were_killed(settings, town_engine):
    environment = {**os.environ, "WANGGE_DATABASE_URL": settings.database_url, "WANGGE_HOME": str(settings.home)}
    running = subprocess.Popen([COMMAND, "worker"], env=environment, stderr=subprocess.PIPE, text=True)
    mine = (
        "from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database() and query ilike 'listen%'"
    )
    until(town_engine, f"select count(*) > 0 {mine}")
    with engines.transaction(town_engine) as connection:
        connection.execute(sa.text(f"select pg_terminate_backend(pid) {mine}"))
        tiles.draw(connection, ["zones"])
    until(town_engine, "select count(*) = 0 from procrastinate_jobs")
    running.send_signal(signal.SIGTERM)
    _, said = running.communicate(timeout=20)
    assert running.returncode == 0, said


def test_what_is_due_is_removed_and_figures_are_published_by_the_clock_at_night(settings, town_engine):
    old = sa.text("insert into events (at, kind, payload) values (now() - interval '31 days', 'test.old', '{}')")
    with engines.transaction(town_engine) as connection:
        connection.execute(old)
    worker.retain_now(settings, town_engine)
    worker.publish_now(settings, town_engine)
    worker.publish_now(settings, town_engine)
    with town_engine.connect() as connection:
        assert connection.scalar(sa.text("select count(*) from events where kind = 'test.old'")) == 0
        assert connection.scalar(sa.text("select count(distinct rule) from retention_runs")) == len(retention.RULES)
        assert connection.scalar(sa.text("select count(distinct month) from public_figures")) == 4
    tasks = worker.create_worker(town_engine).periodic_registry.periodic_tasks.values()
    crons = {task.task.name: task.cron for task in tasks}
    assert (crons[worker.RETAIN], crons[worker.PUBLISH]) == (worker.NIGHTLY, worker.DAILY)
