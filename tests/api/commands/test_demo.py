"""`wangge demo`: shows first, loads whole, keeps what is there."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.domain import validity
from gis.services import inventory, plans, vacancies
from gis.settings import CHECKOUT

SMALL = ("--size", "small", "--reports", "500")


@pytest.fixture(scope="module")
def owner_url(cluster: clusters.Cluster, new_database: Callable[[str], str], empty_database: str) -> str:
    return cluster.address(clusters.OWNER, new_database(empty_database))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home") / "not made yet"


@pytest.fixture(scope="module")
def demo(owner_url: str, home: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    environment = {**os.environ, "WANGGE_DATABASE_URL": owner_url, "WANGGE_HOME": str(home)}

    def run(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", "demo", *options]
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, timeout=300)

    return run


@pytest.fixture(scope="module")
def loaded(demo: Callable[..., subprocess.CompletedProcess[str]], owner_url: str) -> Iterator[sa.Engine]:
    shown = demo(*SMALL)
    assert "Nothing was changed" in shown.stdout
    engine = engines.connect(owner_url)
    with engines.transaction(engine) as connection:
        assert inventory.take(connection)["plan in force"] is None
    done = demo(*SMALL, "--commit")
    assert done.returncode == 0, done.stderr
    assert "500 reports are loaded" in done.stdout
    yield engine
    engine.dispose()


def test_the_loaded_town_has_no_fault(loaded: sa.Engine) -> None:
    with engines.transaction(loaded) as connection:
        assert validity.faults(plans.in_force(connection)).empty


def test_every_noun_of_the_demo_arrives(loaded: sa.Engine) -> None:
    with engines.transaction(loaded) as connection:
        counts = inventory.take(connection)
    assert counts["reports"] == 500
    assert all(counts[noun] for noun in ("grids", "level2_grids", "zones", "streets", "waters", "buildings", "cameras"))


def test_every_past_report_has_its_assignment(loaded: sa.Engine) -> None:
    with engines.transaction(loaded) as connection:
        methods = dict(connection.execute(sa.text("select method, count(*) from assignments group by method")).all())
    assert sum(methods.values()) == 500
    assert methods["interior"] > 300


def test_every_area_is_held_but_for_those_that_are_vacant_on_purpose(loaded: sa.Engine, home: Path) -> None:
    truth = json.loads((home / "demo-truth.json").read_text(encoding="utf-8"))
    with engines.transaction(loaded) as connection:
        found = [one.code for one in vacancies.page(connection, limit=10_000)]
        assert found == truth["vacant"]
        rows = connection.execute(sa.text("select name, telephone, activation_hash, synthetic from accounts")).all()
        before = connection.scalar(sa.text("select count(*) from posts where upper(valid) is not null"))
    numbered = [row for row in rows if re.fullmatch(r"[0-9]{12}-[lsw]-[0-9]{3}", row.name)]
    assert len(rows) - len(numbered) == 11  # one of each role can sign in
    assert all(row.telephone.startswith("000") and row.activation_hash is None for row in numbered)
    assert all(row.synthetic for row in rows)
    assert before == 3  # leader, level-2 worker and worker have their posts from others


def test_a_second_run_keeps_the_data(loaded: sa.Engine, demo: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    again = demo(*SMALL, "--commit")
    assert "its data is kept" in again.stdout
    with engines.transaction(loaded) as connection:
        assert plans.current_revision(connection) == 1


def test_ctrl_c_ends_the_service_with_one_line_and_no_log(loaded: sa.Engine, owner_url: str, tmp_path: Path) -> None:
    served_by = owner_url.replace(clusters.OWNER, clusters.APP)
    urls = {"WANGGE_DATABASE_URL": served_by, "WANGGE_DATABASE_OWNER_URL": owner_url}
    ours = {**urls, "WANGGE_HOME": str(tmp_path), "WANGGE_PORT": "0"}
    environment = {**os.environ, **ours, "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", "from api.cli import main; main()", "demo", "--serve"]
    said = tmp_path / "said"
    with said.open("w") as output:
        served = subprocess.Popen(command, cwd=CHECKOUT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    deadline = time.monotonic() + 60
    while "Ctrl-C ends it" not in said.read_text() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(5)  # the worker comes later than the service, and sweeps as soon as it is there
    served.send_signal(signal.SIGINT)
    assert served.wait(timeout=30) == 0
    kept, address, ended = said.read_text().splitlines()
    assert "its data is kept" in kept
    assert address.endswith("(Ctrl-C ends it)")
    assert ended.startswith("Ended;")


def test_an_unknown_size_is_refused_in_words(demo: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    refused = demo("--size", "huge")
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
