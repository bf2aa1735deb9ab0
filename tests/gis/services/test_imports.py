"""Files come into the city whole or not at all, and what is there already is left where it is."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa
from geopandas.testing import assert_geodataframe_equal

from gis.db import engine as engines
from gis.db import events, listings
from gis.domain.routing_rules import Rule
from gis.errors import InvalidInputError, PlanFaultsError, UnknownDatumError
from gis.files.frames import write_frame
from gis.files.plans import read_noun
from gis.services import addresses, exports, history, imports, inventory, plans, previews
from gis.services.previews import Options
from tests.staff import BY

EAST, WEST = "210304015011", "210304015017"


def town_frame(town: Path, noun: str) -> gpd.GeoDataFrame:
    return read_noun(town / f"{noun}.geojson", noun, datum="cgcs2000")


def written(frame: gpd.GeoDataFrame, folder: Path, noun: str, suffix: str = ".gpkg") -> Path:
    write_frame(frame, folder / f"{noun}{suffix}")
    return folder / f"{noun}{suffix}"


def counted(shown: previews.Preview) -> dict[str, tuple[int, int, int]]:
    return {count.noun: (count.added, count.changed, count.dropped) for count in shown.counts}


def test_a_folder_is_imported_whole(owner: sa.Connection, town: Path) -> None:
    imports.load(owner, town, datum="cgcs2000", by=BY)
    held = inventory.take(owner)
    expected = {"divisions": 5, "zones": 1, "level2_grids": 4, "grids": 45, "streets": 8, "waters": 2, "buildings": 93}
    assert {name: held[name] for name in expected} == expected
    assert (held["cameras"], held["patrols"], held["reports"]) == (8, 14, 120)
    kinds = Counter(event.kind for event in events.after(owner, 0, 100))
    assert kinds == {"plan.published": 1, "layers.loaded": 3}


def test_a_preview_writes_nothing(owner: sa.Connection, town: Path) -> None:
    shown = previews.preview(owner, town, datum="cgcs2000")
    assert counted(shown)["grids"] == (45, 0, 0)
    assert inventory.take(owner)["grids"] == 0


def test_the_same_files_again_change_no_plan_and_add_no_report(town_owner: sa.Connection, town: Path) -> None:
    before = inventory.take(town_owner)
    shown = imports.load(town_owner, town, datum="cgcs2000", by=BY)
    assert {noun: counted(shown)[noun] for noun in ("divisions", "zones", "grids", "reports")} == {
        "divisions": (0, 0, 0),
        "zones": (0, 0, 0),
        "grids": (0, 0, 0),
        "reports": (0, 0, 0),
    }
    after = inventory.take(town_owner)
    assert {**after, "events": 0} == {**before, "events": 0}


def test_every_report_is_routed_on_entry_by_the_hard_places_too(town_owner: sa.Connection) -> None:
    rows = exports.frame(town_owner, "reports")
    found = dict(zip(rows["text"], rows["method"], strict=True))
    assert found["在两社区交界上（示例）"] == "border"
    assert found["在网格界址点上（示例）"] == "border"
    assert found["在叠置网格的楼内（示例）"] == "stacked"
    assert found["在城界外约三十米（示例）"] == "snapped"
    assert found["在城界外两公里多（示例）"] == "outside"
    park = rows.set_index("text").loc["在跨社区的公园内（示例）"]
    dedicated = plans.in_force(town_owner).of_kind("dedicated").set_index("id")["code"]
    assert dedicated[park["dedicated_id"]] == f"{WEST}200002"
    assert rows["revision"].eq(1).all()


def test_a_plan_with_faults_is_refused_whole_with_their_places(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    grids = town_frame(town, "grids")
    path = written(grids.drop(index=3), tmp_path, "grids")
    before = inventory.take(town_owner)
    with pytest.raises(PlanFaultsError, match="1 × gap") as refused:
        imports.load(town_owner, path, datum="cgcs2000", by=BY)
    faults = refused.value.facts["faults_table"]
    assert faults["location"].iloc[0].within(grids["boundary"].iloc[3])
    assert inventory.take(town_owner) == before


def test_a_repair_is_shown_with_its_area_and_written_when_asked(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    grids = town_frame(town, "grids")
    path = written(grids.drop(index=3), tmp_path, "grids")
    shown = imports.load(town_owner, path, datum="cgcs2000", options=Options(clean=True), by=BY)
    assert shown.repair is not None
    lost = grids.to_crs(4550).area.iloc[3]
    assert shown.repair["changed_m2"].max() == pytest.approx(lost, rel=0.001)
    assert len(plans.in_force(town_owner).grids) == 44


def test_a_file_of_one_village_leaves_the_others_alone(town_owner: sa.Connection, town: Path, tmp_path: Path) -> None:
    grids = town_frame(town, "grids")
    mine = grids[grids["village_code"] == EAST].copy()
    mine["name"] = mine["name"] + "新"
    shown = imports.load(town_owner, written(mine, tmp_path, "grids"), datum="cgcs2000", by=BY)
    assert counted(shown)["grids"] == (0, len(mine), 0)
    held = plans.in_force(town_owner).grids.set_index("code")
    assert held.loc[mine["code"], "name"].tolist() == mine["name"].tolist()
    assert held.loc[mine["code"], "id"].tolist() == mine["id"].tolist()


def test_a_renamed_division_makes_a_new_plan_and_keeps_the_old_name_in_the_past(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    before = plans.in_force(town_owner)
    tree = town_frame(town, "divisions")
    tree.loc[tree["code"] == EAST, "name"] = "新沿河社区"
    imports.load(town_owner, written(tree, tmp_path, "divisions"), datum="cgcs2000", by=BY)
    after = plans.in_force(town_owner)
    assert (after.revision or 0) > (before.revision or 0)
    assert after.divisions.set_index("code").loc[EAST, "name"] == "新沿河社区"
    then = plans.in_force(town_owner, before.in_force_at + timedelta(microseconds=1))
    assert then.divisions.set_index("code").loc[EAST, "name"] == "沿河社区"


def test_a_level2_file_gives_names(owner: sa.Connection, town: Path, tmp_path: Path) -> None:
    for noun in ("divisions", "grids"):
        written(town_frame(town, noun), tmp_path, noun)
    level2 = town_frame(town, "grids").dropna(subset="level2_code").drop_duplicates("level2_code")
    named = level2.assign(code=level2["level2_code"], name="示例二级网格")[["code", "name", "village_code", "boundary"]]
    written(named, tmp_path, "level2")
    imports.load(owner, tmp_path, datum="cgcs2000", by=BY)
    assert set(plans.in_force(owner).level2["name"]) == {"示例二级网格"}


def test_grids_without_divisions_are_refused(owner: sa.Connection, town: Path) -> None:
    with pytest.raises(InvalidInputError, match="divisions first"):
        imports.load(owner, town / "grids.geojson", datum="cgcs2000", by=BY)


def test_a_plain_city_needs_no_divisions(owner: sa.Connection, town: Path) -> None:
    imports.load(owner, town / "grids.geojson", datum="cgcs2000", options=Options(profile="plain"), by=BY)
    assert len(plans.in_force(owner).grids) == 45


def test_the_wrong_datum_is_suspected_aloud(town_owner: sa.Connection, town: Path, tmp_path: Path) -> None:
    grids = town_frame(town, "grids")
    write_frame(grids, tmp_path / "grids.geojson", datum="gcj02")
    said: list[str] = []
    shown = previews.preview(town_owner, tmp_path / "grids.geojson", datum="wgs84", say=said.append)
    assert any("gcj02" in remark for remark in said)
    assert len(shown.faults)
    right = previews.preview(town_owner, tmp_path / "grids.geojson", datum="gcj02", say=said.append)
    assert right.faults.empty


def test_no_datum_no_import(owner: sa.Connection, town: Path) -> None:
    with pytest.raises(UnknownDatumError):
        previews.preview(owner, town)


def test_reports_with_values_that_none_can_have_are_refused_by_row(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    reports = town_frame(town, "reports").head(3)
    reports["id"] = ["a0000000-0000-4000-8000-00000000000" + digit for digit in "123"]
    reports["category"] = ["road", "people", "road"]
    with pytest.raises(InvalidInputError, match="row 2, column category"):
        imports.load(town_owner, written(reports, tmp_path, "reports"), datum="cgcs2000", by=BY)
    with pytest.raises(InvalidInputError, match="row 1, column id: This is not a UUID"):
        imports.load(town_owner, written(reports.head(1).assign(id="x"), tmp_path, "reports"), datum="cgcs2000", by=BY)


def test_reports_without_original_coordinates_keep_their_place_as_such(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    report = town_frame(town, "reports").head(1)[["id", "captured_at", "channel", "category", "location"]]
    report = report.assign(id="a0000000-0000-4000-8000-000000000009")
    imports.load(town_owner, written(report, tmp_path, "reports"), datum="cgcs2000", by=BY)
    kept = exports.frame(town_owner, "reports").set_index("id").loc["a0000000-0000-4000-8000-000000000009"]
    assert (kept["original_x"], kept["original_y"], kept["datum"]) == (
        report.geometry.iloc[0].x,
        report.geometry.iloc[0].y,
        "cgcs2000",
    )


def test_a_past_report_is_decided_by_the_plan_that_was_in_force_then(
    owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    for noun in ("divisions", "grids"):
        written(town_frame(town, noun), tmp_path, noun)
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    imports.load(owner, tmp_path, datum="cgcs2000", options=Options(in_force_at=first), by=BY)
    grids = town_frame(town, "grids")
    grids["name"] = grids["name"] + "新"
    written(grids, tmp_path, "grids")
    imports.load(owner, tmp_path, datum="cgcs2000", options=Options(in_force_at=second), by=BY)
    count = history.load(owner, town_frame(town, "reports"), rule=Rule())
    assert count == 120
    rows = exports.frame(owner, "reports")
    newest = plans.current_revision(owner)
    assert ((rows["captured_at"] >= second) == (rows["revision"] == newest)).all()
    assert rows["revision"].nunique() == 2


@pytest.mark.parametrize("code", ["123", "21030400081326000001x"])
def test_a_camera_has_a_code_of_gb_t_28181(owner: sa.Connection, town: Path, tmp_path: Path, code: str) -> None:
    cameras = town_frame(town, "cameras")
    cameras.loc[2, "code"] = code
    with pytest.raises(InvalidInputError, match="row 3, column code"):
        previews.preview(owner, written(cameras, tmp_path, "cameras"), datum="cgcs2000")


def test_columns_by_other_names_are_named(town_owner: sa.Connection, tmp_path: Path) -> None:
    (tmp_path / "街道.csv").write_text('MC,LX,wkt\n示例路,lane,"LINESTRING (122.99 41.11, 122.991 41.11)"\n')
    options = Options(noun="streets", renamed={"MC": "name", "LX": "category"})
    imports.load(town_owner, tmp_path / "街道.csv", datum="cgcs2000", options=options, by=BY)
    streets = exports.frame(town_owner, "streets")
    assert streets["name"].tolist() == ["示例路"]
    assert shapely.get_num_coordinates(streets.geometry.iloc[0]) == 2


def test_a_gazetteer_of_points_takes_the_place_of_the_old_one(town_owner: sa.Connection, tmp_path: Path) -> None:
    file = tmp_path / "门牌.csv"
    file.write_text("DZ,lon,lat\n鞍千路32栋,123.0299,41.1503\n鞍千路33号,123.0250,41.1503\n")
    options = Options(noun="addresses", renamed={"DZ": "name", "lon": "x", "lat": "y"})
    imports.load(town_owner, file, datum="cgcs2000", options=options, by=BY)
    kept = exports.frame(town_owner, "addresses")
    assert kept[["kind", "name"]].to_numpy().tolist() == [["building", "鞍千路32栋"], ["building", "鞍千路33号"]]
    tree = listings.tree(town_owner, None)
    assert [each.entry.name for each in addresses.find(town_owner, "鞍千路三十二栋", tree, limit=1)] == ["鞍千路32栋"]
    assert addresses.find(town_owner, "园北路1栋", tree, limit=1) == []


def test_a_gazetteer_with_one_wrong_row_is_refused_whole(town_owner: sa.Connection, tmp_path: Path) -> None:
    file = tmp_path / "addresses.csv"
    file.write_text("name,lon,lat\n鞍千路32栋,123.0299,41.1503\n鞍千路,123.0250,41.1503\n")
    with pytest.raises(InvalidInputError, match="row 2, column name"):
        imports.load(town_owner, file, datum="cgcs2000", by=BY)
    assert len(exports.frame(town_owner, "addresses")) == 103


def test_a_gazetteer_goes_out_and_comes_in_the_same(town_owner: sa.Connection, tmp_path: Path) -> None:
    before = exports.frame(town_owner, "addresses")
    for suffix in ("geojson", "gpkg", "parquet", "csv"):
        exports.write(town_owner, "addresses", tmp_path / f"addresses.{suffix}", by=BY)
        imports.load(town_owner, tmp_path / f"addresses.{suffix}", datum="cgcs2000", by=BY)
        assert_geodataframe_equal(exports.frame(town_owner, "addresses"), before)


def test_of_two_imports_at_once_neither_undoes_the_other(owner: sa.Connection, town: Path, tmp_path: Path) -> None:
    with engines.transaction(owner.engine) as connection:
        imports.load(connection, town, datum="cgcs2000", by=BY)
    all_grids = town_frame(town, "grids")
    sources = {}
    for village in (EAST, WEST):
        (tmp_path / village).mkdir()
        renamed = all_grids[all_grids["village_code"] == village].assign(name=village)
        sources[village] = written(renamed, tmp_path / village, "grids")

    def other() -> None:
        with engines.transaction(owner.engine) as connection:
            imports.load(connection, sources[WEST], datum="cgcs2000", by=BY)

    with ThreadPoolExecutor(1) as threads:
        with engines.transaction(owner.engine) as connection:
            imports.alone(connection)
            shown = previews.preview(connection, sources[EAST], datum="cgcs2000")
            waiting = threads.submit(other)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
            imports.write(connection, shown, options=Options(), by=BY)
        waiting.result(timeout=30)
    with engines.transaction(owner.engine) as connection:
        held = plans.in_force(connection).grids
    assert (held["name"] == held["village_code"]).all()


def test_the_real_reports_of_another_city_are_imported_and_reach_the_ceiling_of_their_data(
    owner: sa.Connection, corpora: Path
) -> None:
    folder = corpora.parent / "data" / "vancouver"
    plain = Options(noun="grids", renamed={"name": "code"}, profile="plain", clean=True)
    imports.load(owner, folder / "vancouver_neighbourhoods.geojson", datum="wgs84", options=plain, by=BY)
    defaults = {"captured_at": "2020-12-31T00:00:00-08:00", "category": "other", "channel": "department"}
    options = Options(noun="reports", renamed={"NEIGHBOURHOOD": "text"}, profile="plain", defaults=defaults)
    thefts = folder / "vancouver_thefts.csv.gz"
    shown = imports.load(owner, thefts, crs=26910, options=options, by=BY)
    assert counted(shown)["reports"] == (21_918, 0, 0)
    assert counted(previews.preview(owner, thefts, crs=26910, options=options))["reports"] == (0, 0, 0)
    codes = dict(plans.in_force(owner).grids[["id", "code"]].itertuples(index=False))
    stored = owner.execute(
        sa.text("select r.text, a.grid_id, r.datum from reports r join assignments a on a.report_id = r.id")
    ).all()
    assert {row.datum for row in stored} == {"epsg:26910"}
    named = {"Central Business District": "Downtown", "Arbutus Ridge": "Arbutus-Ridge"}
    right = sum(named.get(row.text, row.text) == codes.get(row.grid_id) for row in stored)
    mapped = sum(row.text not in ("Stanley Park", "Musqueam") for row in stored)
    assert right / len(stored) >= 0.9728
    assert right / mapped >= 0.9752


@pytest.mark.parametrize(("number", "said"), [(1, "has 1 fault "), (2, "has 2 faults ")])
def test_faults_are_counted_in_good_english(number: int, said: str) -> None:
    faults = gpd.GeoDataFrame({"kind": ["overlap"] * number}, geometry=[None] * number)
    with pytest.raises(PlanFaultsError, match=said):
        imports.refuse(faults)


def test_a_whole_city_in_the_wrong_datum_is_suspected_aloud(
    town_owner: sa.Connection, town: Path, tmp_path: Path
) -> None:
    for noun in ("divisions", "grids"):
        write_frame(town_frame(town, noun), tmp_path / f"{noun}.geojson")
    said: list[str] = []
    previews.preview(town_owner, tmp_path, datum="gcj02", say=said.append)
    assert {noun for noun in ("divisions", "grids") if any(f"Warning: {noun}" in remark for remark in said)} == {
        "divisions",
        "grids",
    }, said


def test_naughty_names_are_imported_and_exported_byte_for_byte(
    owner: sa.Connection, corpora: Path, town: Path, tmp_path: Path
) -> None:
    strings = [text for text in json.loads((corpora / "strings" / "blns.json").read_text()) if text.strip()]
    kept: set[str] = set()
    for noun in ("divisions", "zones", "grids", "cameras", "reports"):
        frame = town_frame(town, noun)
        for column in {"name", "text"} & set(frame.columns):
            names = [strings[(len(kept) + row) % len(strings)] for row in range(len(frame))]
            frame[column] = names
            kept |= set(names)
        written(frame, tmp_path, noun)
    imports.load(owner, tmp_path, datum="cgcs2000", by=BY)
    found: set[str] = set()
    for noun in ("divisions", "zones", "grids", "cameras", "reports"):
        table = exports.frame(owner, noun)
        found |= {text for column in {"name", "text"} & set(table.columns) for text in table[column] if text}
    assert len(kept) > 100
    assert kept <= found
