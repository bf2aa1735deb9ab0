"""`wangge import`, `export` and `check`: one sentence for errors, nothing written without --commit."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.settings import Settings


def wangge(settings: Settings, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "WANGGE_DATABASE_URL": str(settings.database_url),
        "WANGGE_DATABASE_OWNER_URL": str(settings.database_owner_url or settings.database_url),
        "WANGGE_HOME": str(settings.home),
        "COLUMNS": "200",
    }
    command = [sys.executable, "-c", "from api.cli import main; main()", *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, input=typed)


@pytest.fixture
def torn(town: Path, tmp_path: Path) -> Path:
    """The town's folder with one grid missing."""
    folder = tmp_path / "torn"
    folder.mkdir()
    for name in ("divisions", "grids"):
        document = json.loads((town / f"{name}.geojson").read_text())
        if name == "grids":
            del document["features"][3]
        (folder / f"{name}.geojson").write_text(json.dumps(document))
    return folder


def test_a_dry_run_says_what_would_change_and_changes_nothing(settings: Settings, town: Path) -> None:
    done = wangge(settings, "import", str(town), "--datum", "cgcs2000")
    assert done.returncode == 0, done.stderr
    assert "Nothing was changed; add --commit to do it." in done.stderr


def test_the_datum_is_asked_for_in_one_sentence(settings: Settings, town: Path) -> None:
    done = wangge(settings, "import", str(town))
    assert done.returncode == 1
    assert "No datum is declared" in done.stderr
    assert "Traceback" not in done.stderr


def test_faults_are_a_table_and_a_file_with_their_places(settings: Settings, torn: Path, tmp_path: Path) -> None:
    path = tmp_path / "faults.geojson"
    done = wangge(settings, "import", str(torn), "--datum", "cgcs2000", "--faults", str(path), "--commit")
    assert done.returncode == 1
    assert "缝隙" in done.stderr
    assert "nothing was written" in done.stderr
    feature = json.loads(path.read_text())["features"][0]
    assert feature["properties"]["kind"] == "gap"
    assert feature["geometry"]["type"] == "Point"


def test_a_repair_is_proposed_with_its_area_and_not_written_unasked(settings: Settings, torn: Path) -> None:
    done = wangge(settings, "import", str(torn), "--datum", "cgcs2000", "--clean")
    assert done.returncode == 0, done.stderr
    assert "The repair changes" in done.stderr
    assert "Nothing was changed" in done.stderr


def test_a_large_repair_is_confirmed(settings: Settings, torn: Path) -> None:
    done = wangge(settings, "import", str(torn), "--datum", "cgcs2000", "--clean", "--commit", typed="n\n")
    assert done.returncode == 1
    assert "by more than 0.1 %" in done.stderr
    assert "Done." not in done.stderr


def test_a_plan_is_checked_from_files_and_from_the_database(settings: Settings, town: Path, torn: Path) -> None:
    assert wangge(settings, "check").returncode == 0
    assert wangge(settings, "check", str(town), "--datum", "cgcs2000").returncode == 0
    done = wangge(settings, "check", str(torn), "--datum", "cgcs2000")
    assert done.returncode == 1
    assert "gap" in done.stdout


def test_all_is_exported_to_a_folder_and_imported_again(settings: Settings, tmp_path: Path) -> None:
    done = wangge(settings, "export", "all", "-o", str(tmp_path / "out"), "--format", "gpkg")
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "out").iterdir())) == 11
    again = wangge(settings, "import", str(tmp_path / "out"), "--datum", "cgcs2000", "--commit")
    assert again.returncode == 0, again.stderr
    assert "Done." in again.stderr


def test_one_noun_is_exported_to_a_file(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "grids.geojson"
    done = wangge(settings, "export", "grids", "-o", str(path))
    assert done.returncode == 0, done.stderr
    grids = gpd.read_file(path)
    assert len(grids) == 45
    assert shapely.is_valid(grids.geometry.to_numpy()).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["import", "nowhere", "--datum", "wgs84"], "nowhere"),
        (["export", "people", "-o", "a.csv"], "people"),
        (["export", "grids", "-o", "a.dwg"], "suffix"),
        (["check", "nowhere", "--datum", "wgs84"], "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(settings: Settings, words: list[str], said: str) -> None:
    done = wangge(settings, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_an_import_says_what_it_replaces(settings: Settings, town: Path) -> None:
    done = wangge(settings, "import", str(town / "streets.geojson"), "--datum", "cgcs2000")
    assert "replaces all 8 streets of the city" in done.stderr
    said = " ".join(wangge(settings, "import", "--help").stdout.replace("│", " ").split())
    assert "replaces all that the city has of them" in said


def test_a_preview_tells_the_faults_of_all_files_at_once(settings: Settings, town: Path, tmp_path: Path) -> None:
    for noun, column, value in (("cameras", "range_m", 1e308), ("buildings", "floors", -1)):
        document = json.loads((town / f"{noun}.geojson").read_text())
        document["features"][2]["properties"][column] = value
        (tmp_path / f"{noun}.geojson").write_text(json.dumps(document))
    done = wangge(settings, "import", str(tmp_path), "--datum", "cgcs2000")
    assert done.returncode == 1
    assert "cameras.geojson: row 3, column range_m: " in done.stderr
    assert "buildings.geojson: row 3, column floors: " in done.stderr


def test_a_check_of_a_file_suspects_the_wrong_datum_where_a_city_is_known(
    settings: Settings, town: Path, tmp_path: Path
) -> None:
    grids = str(town / "grids.geojson")
    assert "The data seem to be in cgcs2000" in wangge(settings, "check", grids, "--datum", "gcj02").stdout
    nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
    away = replace(settings, database_url=nowhere, database_owner_url=nowhere)
    done = wangge(away, "check", grids, "--datum", "gcj02")
    assert (done.returncode, "seem" in done.stdout) == (0, False), done.stderr


def test_what_fails_around_an_import_is_one_sentence(settings: Settings, town: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    nowhere = f"postgresql://nobody@/nothing?host={tmp_path}"
    away = replace(settings, database_url=nowhere, database_owner_url=nowhere)
    private = {"database_url": "", "database_owner_url": ""}
    for told, words, said in (
        (away, ["import", str(town), "--datum", "cgcs2000"], "The database cannot be reached"),
        (settings, ["export", "grids", "-o", "/nonexist/x.gpkg"], "There is no folder /nonexist"),
        (settings, ["export", "grids", "-o", "/nonexist/x.csv"], "There is no folder /nonexist"),
        (settings, ["export", "grids", "-o", "/proc/x.geojson"], "/proc/x.geojson cannot be written"),
        (settings, ["openapi", "-o", "/nonexist/x.json"], "/nonexist/x.json: No such file or directory."),
        (replace(settings, home=Path("/proc/nope"), **private), ["serve", "--port", "0"], "kept in /proc/nope"),
        (replace(settings, home=tmp_path / "file", **private), ["db", "up"], "File exists"),
    ):
        done = wangge(told, *words)
        assert done.returncode == 1
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
