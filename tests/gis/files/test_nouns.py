"""Rows of a noun have its columns, typed, or the file is refused with every wrong cell."""

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from gis.domain.grids import CRS, GRID_COLUMNS
from gis.errors import InvalidGeometryError, InvalidInputError, NotFoundError, UnsupportedFormatError
from gis.files.nouns import as_noun
from gis.files.plans import noun_files, read_plan

AREA, POINT = shapely.box(122.99, 41.11, 122.991, 41.111), shapely.Point(122.99, 41.11)


def rows(shape: shapely.Geometry | None = AREA, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({name: [value] for name, value in columns.items()}, geometry=[shape], crs=CRS)


def pointers(frame: gpd.GeoDataFrame, noun: str) -> list[str]:
    with pytest.raises(InvalidInputError) as refused:
        as_noun(frame, noun)
    return [fault.pointer for fault in refused.value.faults]


def test_what_a_file_does_not_say_has_a_default() -> None:
    grid = as_noun(rows(code="210304015017101001", village_code=210304015017), "grids").iloc[0]
    assert (grid["kind"], grid["urban"], grid["households"], grid["synthetic"]) == ("comprehensive", True, 0, False)
    assert grid["village_code"] == "210304015017"
    assert list(as_noun(rows(code="1", village_code="2"), "grids").columns) == [*GRID_COLUMNS, "boundary"]


def test_every_wrong_cell_is_named_at_once() -> None:
    frame = rows(code=None, village_code="2", kind="other", households="many", urban="perhaps")
    assert set(pointers(frame, "grids")) == {
        f"row 1, column {name}" for name in ("code", "kind", "households", "urban")
    }


def test_a_missing_column_is_named() -> None:
    assert pointers(rows(name="x"), "divisions") == ["column code", "column level"]


def test_columns_about_persons_refuse_the_file() -> None:
    assert pointers(rows(code="1", village_code="2", 联系电话="x"), "grids") == ["column 联系电话"]
    assert pointers(rows(POINT, id="1", reporter_name="x"), "reports") == ["column reporter_name"]


def test_columns_that_nobody_asked_for_are_left_out_and_that_is_said() -> None:
    said: list[str] = []
    frame = as_noun(rows(code="Z", name="示例", colour="red"), "zones", say=said.append)
    assert list(frame.columns) == ["code", "name", "synthetic", "boundary"]
    assert "colour" in said[0]


@pytest.mark.parametrize(("noun", "shape"), [("zones", POINT), ("zones", None), ("cameras", AREA)])
def test_geometry_of_another_kind_is_refused(noun: str, shape: shapely.Geometry | None) -> None:
    facts = {"code": "21030400081326000001", "name": "x", "heading_deg": 1, "view_deg": 1, "range_m": 1}
    with pytest.raises(InvalidGeometryError, match="row 1"):
        as_noun(rows(shape, **facts), noun)


@pytest.mark.parametrize("instant", ["2026-06-30T09:00:00", "yesterday", "2026-06-30"])
def test_an_instant_says_its_offset(instant: str) -> None:
    facts = {"id": "a0000000-0000-4000-8000-000000000001", "channel": "worker", "category": "road"}
    assert pointers(rows(POINT, captured_at=instant, **facts), "reports") == ["row 1, column captured_at"]
    taken = as_noun(rows(POINT, captured_at="2026-06-30T09:00:00+08:00", **facts), "reports")
    assert taken["captured_at"].iloc[0] == pd.Timestamp("2026-06-30T01:00:00Z")


def test_a_lone_part_of_a_multi_polygon_is_a_polygon() -> None:
    frame = as_noun(rows(shapely.MultiPolygon([AREA]), code="Z", name="示例"), "zones")
    assert frame.geometry.iloc[0].geom_type == "Polygon"


def test_a_folder_is_read_by_the_names_of_its_files(town: Path, tmp_path: Path) -> None:
    assert set(noun_files(town)) == {
        *("divisions", "zones", "grids", "streets", "waters"),
        *("buildings", "addresses", "cameras", "patrols", "reports"),
    }
    with pytest.raises(NotFoundError):
        noun_files(tmp_path)
    (tmp_path / "a.csv").write_text("code,wkt\n")
    with pytest.raises(UnsupportedFormatError, match="--as"):
        noun_files(tmp_path / "a.csv")
    (tmp_path / "zones.csv").write_text("")
    (tmp_path / "zones.geojson").write_text("")
    with pytest.raises(UnsupportedFormatError, match="twice"):
        noun_files(tmp_path)


def test_an_analyst_reads_a_plan_without_a_database(town: Path) -> None:
    plan = read_plan(town, datum="cgcs2000")
    assert (len(plan.grids), len(plan.of_kind("dedicated")), len(plan.level2), len(plan.divisions)) == (45, 3, 4, 5)
    assert plan.grids["id"].is_unique
    alone = read_plan(town / "grids.geojson", datum="cgcs2000")
    assert alone.divisions.empty
    assert len(alone.grids) == 45


def test_a_row_without_geometry_is_said_to_have_none() -> None:
    with pytest.raises(InvalidGeometryError, match="The row has no geometry"):
        as_noun(rows(None, code="Z", name="x"), "zones")


@pytest.mark.parametrize("value", [{"a": 1}, ["a"], True])
def test_an_object_a_list_or_a_flag_is_no_text(value: object) -> None:
    assert pointers(rows(code="Z", name=value), "zones") == ["row 1, column name"]


@pytest.mark.parametrize("value", [True, {"a": 1}, [1]])
def test_true_is_no_number(value: object) -> None:
    assert pointers(rows(name="x", floors=value), "buildings") == ["row 1, column floors"]


def test_what_an_export_adds_to_reports_is_passed_over_in_silence() -> None:
    said: list[str] = []
    facts = {"id": "a0000000-0000-4000-8000-000000000001", "channel": "worker", "category": "road"}
    told = {"captured_at": "2026-06-30T09:00:00Z", "grid": "1", "grid_id": 1, "revision": 1}
    as_noun(rows(POINT, **facts, **told), "reports", say=said.append)
    assert said == []
