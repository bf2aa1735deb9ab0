"""The command line: light, teaching, and plain about what went wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
import typer

from api import cli
from gis.db.cluster import APP, Cluster
from gis.errors import Fault, InvalidInputError
from gis.settings import CHECKOUT

HEAVY = ("numba", "numpy", "pandas", "geopandas", "scipy", "sqlalchemy", "shapely", "fastapi", "folium", "pyarrow")


def wangge(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from api.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=CHECKOUT,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", **environment},
    )


def test_help_imports_no_heavy_library() -> None:
    run = "import sys\nsys.argv = ['wangge', '--help']\nfrom api.cli import main\ntry:\n    main()\nfinally:\n"
    show = f"{run}    print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True, cwd=CHECKOUT)
    assert "LOADED []" in done.stdout


def test_help_teaches_every_command_with_examples() -> None:
    done = wangge("--help")
    assert done.returncode == 0
    for name, _ in cli.COMMANDS:
        assert name in done.stdout
    assert "wangge serve" in done.stdout


@pytest.mark.parametrize("name", [name for name, _ in cli.COMMANDS])
def test_every_command_has_help(name: str) -> None:
    assert wangge(name, "--help").returncode == 0


def test_what_can_be_understood_is_one_sentence_and_exit_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = typer.Typer()

    @faulty.command()
    def fail() -> None:
        raise InvalidInputError("The file has no code.", [Fault("row 12, column code", "It is empty.")])

    monkeypatch.setattr(cli, "app", faulty)
    monkeypatch.setattr(sys, "argv", ["wangge"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr()
    assert ended.value.code == 1
    assert said.err.splitlines() == ["error: The file has no code.", "  row 12, column code: It is empty."]
    assert said.out == ""


def test_what_nobody_foresaw_is_one_sentence_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = typer.Typer()

    @faulty.command()
    def fail() -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(cli, "app", faulty)
    monkeypatch.setattr(sys, "argv", ["wangge"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said = capsys.readouterr().err
    assert ended.value.code == 1
    assert "division by zero" in said
    assert "Traceback" not in said


def test_a_database_that_is_not_there_is_one_sentence_and_exit_1(tmp_path: Path) -> None:
    gone = f"postgresql://nobody@/nothing?host={tmp_path}"
    done = wangge("serve", "--port", "0", WANGGE_DATABASE_URL=gone, WANGGE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("error: The database cannot be reached")


def test_tables_that_were_never_made_are_named_with_what_to_do(cluster: Cluster, tmp_path: Path) -> None:
    address = cluster.address("postgres", "postgres")
    server = sa.create_engine(address, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("create extension if not exists postgis"))
    server.dispose()
    served = cluster.address(APP, "postgres")
    done = wangge("serve", "--port", "0", WANGGE_DATABASE_URL=served, WANGGE_HOME=str(tmp_path))
    assert done.returncode == 1
    assert "run `wangge db migrate`" in done.stderr


def test_routes_lists_every_route_without_a_database(tmp_path: Path) -> None:
    done = wangge("routes", WANGGE_HOME=str(tmp_path))
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert any(line.split()[:3] == ["POST", "/reports", "signed"] for line in lines)
    assert not list(tmp_path.iterdir())


def test_openapi_is_written_to_a_file_without_a_database(tmp_path: Path) -> None:
    target = tmp_path / "openapi.json"
    done = wangge("openapi", "-o", str(target), WANGGE_HOME=str(tmp_path / "home"))
    assert done.returncode == 0
    assert '"/reports"' in target.read_text(encoding="utf-8")
    assert not (tmp_path / "home").exists()
