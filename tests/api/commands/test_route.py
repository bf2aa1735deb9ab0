"""`wangge route` in a terminal."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import engine as engines
from gis.db.tables import assignments
from gis.domain.staff import EVERYWHERE
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.drawing import drawn, place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "areas.geojson").write_text(drawn("AB", first_id=1)[["name", "boundary"]].to_crs(4326).to_json())
    (lon, lat), (west, south) = place(0.5, 0.5), place(1.5, 0.5)
    (tmp_path / "points.csv").write_text(f"x,y\n{lon:.7f},{lat:.7f}\n{west:.7f},{south:.7f}\n")
    return tmp_path


def wangge(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from api.cli import main; main()", "route", *words]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, env=variables)


def test_points_are_routed_into_any_polygons_without_a_database(folder: Path) -> None:
    done = wangge(
        folder, "points.csv", "--datum", "wgs84", "--grids", "areas.geojson", "--code-field", "name", "-o", "out.csv"
    )
    assert (done.returncode, done.stdout) == (0, "2 rows to out.csv: 2 interior.\n"), done.stderr
    assert "areas.geojson is read as EPSG:4326, by RFC 7946" in done.stderr
    assert pd.read_csv(folder / "out.csv")["grid"].tolist() == ["A", "B"]


def test_against_the_plan_in_force_the_chain_is_added(folder: Path, settings: Settings, town: Path) -> None:
    assert settings.database_url
    reports = town / "reports.geojson"
    done = wangge(
        folder, str(reports), "--datum", "cgcs2000", "-o", "out.parquet", WANGGE_DATABASE_URL=settings.database_url
    )
    assert done.returncode == 0, done.stderr
    out, given = gpd.read_parquet(folder / "out.parquet"), gpd.read_file(reports)
    assert out["id"].tolist() == given["id"].tolist()
    assert out["method"].tolist()[-8:] == [
        "border",
        "border",
        "stacked",
        "interior",
        "interior",
        "interior",
        "snapped",
        "outside",
    ]
    assert out.loc[out["method"] != "outside", ["grid", "village", "town", "county", "plan"]].notna().all(axis=None)
    assert out["dedicated"].tail(5).notna().tolist() == [True, True, True, False, False]
    lost = gpd.read_parquet(folder / "out.unrouted.parquet")
    assert len(lost) == (out["method"] == "outside").sum()


def test_without_a_name_the_output_lies_beside_the_points(folder: Path) -> None:
    done = wangge(folder, "points.csv", "--crs", "4490", "--grids", "areas.geojson", "--code-field", "name")
    assert done.returncode == 0, done.stderr
    assert (folder / "points.routed.csv").is_file()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["points.csv", "-o", "out.csv"], "No datum is declared"),
        (["points.csv", "--datum", "mars"], "'mars' is not a known datum"),
        (["points.csv", "--datum", "wgs84", "--crs", "4490"], "not both"),
        (
            ["none.csv", "--datum", "wgs84", "--grids", "areas.geojson", "--code-field", "name"],
            "There is no file none.csv",
        ),
        (["points.csv", "--datum", "wgs84", "--grids", "areas.geojson"], "no column code. Columns: name"),
        (["points.csv", "--datum", "wgs84", "--grids", "none.gpkg"], "There is no file none.gpkg"),
        (
            ["points.csv", "--datum", "wgs84", "--grids", "areas.geojson", "--code-field", "name", "-o", "out.docx"],
            "the suffix of a file of points is one of",
        ),
    ],
)
def test_what_is_not_clear_is_one_sentence_and_exit_1(folder: Path, words: list[str], said: str) -> None:
    done = wangge(folder, *words)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_decision_is_explained_by_number_and_id_and_decided_again(
    folder: Path, settings: Settings, client: TestClient, town_engine: sa.Engine
) -> None:
    kept = client.post("/reports", json=body(accuracy_m=150)).json()
    home = {"WANGGE_DATABASE_URL": str(settings.database_url), "WANGGE_HOME": str(settings.home)}
    done = wangge(folder, "explain", str(kept["number"]), **home)
    assert done.returncode == 0, done.stderr
    assert "Decided again: the same." in done.stdout
    assert kept["decision"]["explanation"]["zh"] in done.stdout
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        row = sa.update(assignments).where(assignments.c.report_id == uuid.UUID(kept["id"]))
        connection.execute(row.values(village_code="210304015011"))
    changed = wangge(folder, "explain", kept["id"], "--json", **home)
    assert changed.returncode == 1
    assert [one["name"] for one in json.loads(changed.stdout)["replay"]["differences"]] == ["village_code"]
    assert wangge(folder, "explain", "999999999", **home).returncode != 0
