"""A plan's faults are found, named, and placed where they are."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain import covers, validity
from gis.domain.grids import CRS, Plan, level2_of
from tests.drawing import STEP, VILLAGE, drawn, place
from tests.meshes import mesh
from tests.plans import town_plan

TOWN = "210304015000"
ABOVE = {"210300000000": ("city", None), "210304000000": ("county", "210300000000"), TOWN: ("town", "210304000000")}


def plan_of(grids: gpd.GeoDataFrame, villages: dict[str, shapely.Geometry] | None = None) -> Plan:
    """Return a plan in which villages, and all above them, have the outline of their grids, or the one given."""
    leaves = grids[grids["kind"] == "comprehensive"]
    outlines = {
        str(code): shapely.union_all(group.to_numpy()) for code, group in leaves.groupby("village_code")["boundary"]
    } | (villages or {})
    whole = shapely.union_all(list(outlines.values()))
    rows = [(code, level, parent, whole) for code, (level, parent) in ABOVE.items()]
    rows += [(code, "village", TOWN, outline) for code, outline in outlines.items()]
    divisions = gpd.GeoDataFrame(
        pd.DataFrame(rows, columns=["code", "level", "parent_code", "boundary"]).assign(name="示例"),
        geometry="boundary",
        crs=CRS,
    )
    zones = gpd.GeoDataFrame({"code": [], "name": [], "boundary": []}, geometry="boundary", crs=CRS)
    return Plan(None, datetime(2026, 3, 1, tzinfo=UTC), divisions, zones, level2_of(grids, {}), grids)


def shifted(frame: gpd.GeoDataFrame, row: int, shape: shapely.Geometry) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_list()
    shapes[row] = shape
    return frame.assign(boundary=gpd.GeoSeries(shapes, crs=CRS))


def square(west: float, north: float, east: float, south: float) -> shapely.Polygon:
    (left, top), (right, bottom) = place(west, north), place(east, south)
    return shapely.box(left, bottom, right, top)


def kinds(plan: Plan, **options: str) -> list[str]:
    return sorted(set(validity.faults(plan, **options)["kind"]))


def test_a_plan_that_tiles_its_village_has_no_faults() -> None:
    assert validity.faults(plan_of(drawn("AAB CCB", first_id=1))).empty


def test_a_missing_grid_is_a_gap_with_its_place_and_area() -> None:
    whole = drawn("AB CD", first_id=1)
    faults = validity.faults(plan_of(whole.drop(index=1), {VILLAGE: square(0, 0, 2, 2)}))
    assert faults["kind"].tolist() == ["gap"]
    assert faults["location"].iloc[0].within(whole["boundary"].iloc[1])
    exact = whole.to_crs(4550).area.iloc[1]
    assert faults["area_m2"].iloc[0] == pytest.approx(exact, rel=0.001)


def test_a_hole_between_grids_is_a_gap() -> None:
    grids = drawn("AAA A.A AAA", first_id=1)
    assert kinds(plan_of(grids, {VILLAGE: square(0, 0, 3, 3)})) == ["gap"]


def test_a_hole_of_half_a_lattice_step_is_found() -> None:
    west, south = place(0, 1)
    corners = [(-900, 0), (0, 0), (900, 700), (0, 900), (-900, 800), (1, 1), (1, 2)]
    at = [(west + x * STEP, south + y * STEP) for x, y in corners]
    rings = [(0, 1, 6, 4), (1, 2, 3, 6, 5), (3, 4, 6)]
    shapes = [shapely.Polygon([at[corner] for corner in ring]) for ring in rings]
    assert shapely.coverage_is_valid(shapes)
    grids = drawn("ABC", first_id=1).assign(boundary=gpd.GeoSeries(shapes, crs=CRS))
    outline = shapely.Polygon([at[corner] for corner in (0, 1, 2, 3, 4)])
    assert kinds(plan_of(grids, {VILLAGE: outline})) == ["unmatched_edge"]


def test_an_overlap_names_both_grids_and_what_they_share() -> None:
    grids = drawn("AB", first_id=1)
    wide = shifted(grids, 0, square(0, 0, 1.25, 1))
    overlap = validity.faults(plan_of(wide, {VILLAGE: square(0, 0, 2, 1)})).set_index("kind").loc["overlap"]
    assert {overlap["code"], overlap["other_code"]} == set(grids["code"])
    assert overlap["area_m2"] == pytest.approx(grids.to_crs(4550).area.iloc[0] / 4, rel=0.001)


def test_a_grid_wholly_inside_another_is_an_overlap_of_both() -> None:
    inner = drawn("C", first_id=3).assign(boundary=gpd.GeoSeries([square(0.25, 0.25, 0.75, 0.75)], crs=CRS))
    plan = plan_of(pd.concat([drawn("AB", first_id=1), inner], ignore_index=True), {VILLAGE: square(0, 0, 2, 1)})
    overlap = validity.faults(plan).set_index("kind").loc["overlap"]
    assert {overlap["code"], overlap["other_code"]} == {plan.grids["code"].iloc[0], inner["code"].iloc[0]}
    assert overlap["area_m2"] == pytest.approx(inner.to_crs(4550).area.iloc[0], rel=0.001)


@pytest.mark.parametrize("nothing", [shapely.Polygon(), shapely.MultiPolygon(), None])
def test_a_grid_without_area_is_told(nothing: shapely.Polygon | None) -> None:
    plan = plan_of(drawn("AB", first_id=1))
    faults = validity.faults(replace(plan, grids=shifted(plan.grids, 1, nothing)))
    assert plan.grids["code"].iloc[1] in set(faults.loc[faults["kind"] == "invalid_ring", "code"])


def test_an_edge_with_a_node_that_its_neighbour_lacks_is_unmatched() -> None:
    grids = drawn("AB", first_id=1)
    west, north, east, south = *place(0, 0), *place(1, 1)
    bent = shapely.Polygon(
        [(west, north), (west, south), (east, south), (east + STEP, (north + south) / 2), (east, north)]
    )
    faults = validity.faults(plan_of(shifted(grids, 0, bent), {VILLAGE: square(0, 0, 2, 1)}))
    assert set(faults["kind"]) == {"unmatched_edge"}


def test_a_node_on_a_straight_edge_that_the_neighbour_lacks_is_unmatched() -> None:
    grids = drawn("AB", first_id=1)
    west, north, east, south = *place(0, 0), *place(1, 1)
    noded = shapely.Polygon([(west, north), (west, south), (east, south), (east, (north + south) / 2), (east, north)])
    assert kinds(plan_of(shifted(grids, 0, noded))) == ["unmatched_edge"]


def test_a_ring_that_crosses_itself_is_named_with_the_crossing() -> None:
    grids = drawn("AB", first_id=1)
    west, north, east, south = *place(0, 0), *place(1, 1)
    bow = shapely.Polygon([(west, north), (east, south), (east, north), (west, south)])
    plan = plan_of(grids)
    faults = validity.faults(replace(plan, grids=shifted(grids, 0, bow))).set_index("kind")
    crossing = faults.loc["invalid_ring", "location"]
    assert (crossing.x, crossing.y) == pytest.approx(((west + east) / 2, (north + south) / 2), abs=STEP)


def test_a_grid_beyond_its_village_is_outside_its_parent() -> None:
    grids = drawn("AB", first_id=1)
    faults = validity.faults(plan_of(grids, {VILLAGE: square(0, 0, 1.5, 1)}))
    outside = faults.set_index("kind").loc["outside_parent"]
    assert outside["code"] == grids["code"].iloc[1]
    assert outside["other_code"] == VILLAGE


def test_a_village_beyond_its_town_is_outside_its_parent() -> None:
    plan = plan_of(drawn("AB", first_id=1))
    divisions = shifted(plan.divisions, 2, square(0, 0, 1.5, 1))
    assert "outside_parent" in kinds(replace(plan, divisions=divisions))


def test_two_grids_with_one_code_clash() -> None:
    grids = drawn("AB", first_id=1)
    assert kinds(plan_of(grids.assign(code=grids["code"].iloc[0]))) == ["code_clash"]


def test_two_grids_with_one_permanent_id_clash() -> None:
    assert kinds(plan_of(drawn("AB", first_id=1).assign(id=7))) == ["code_clash"]


@pytest.mark.parametrize(
    "code",
    [
        "21030401501710100",
        "210304015011101001",
        "210304015017101000",
        "210304015017200001",
        "210304015017102001",
        "新工",
    ],
)
def test_a_code_that_breaks_its_profile_is_named(code: str) -> None:
    grids = drawn("A", first_id=1).assign(code=code)
    assert kinds(plan_of(grids)) == ["bad_code"]


def test_a_plain_code_may_be_anything() -> None:
    assert kinds(plan_of(drawn("A", first_id=1).assign(code="Strathcona")), profile="plain") == []


def test_a_grid_of_an_unknown_village_has_no_parent() -> None:
    grids = drawn("AB", first_id=1)
    lost = grids.assign(village_code=[VILLAGE, "210304015099"])
    plan = replace(plan_of(grids), grids=lost)
    assert "missing_parent" in kinds(plan)


def test_a_village_of_an_unknown_town_has_no_parent() -> None:
    plan = plan_of(drawn("A", first_id=1))
    divisions = plan.divisions[plan.divisions["level"] != "town"]
    assert "missing_parent" in kinds(replace(plan, divisions=divisions))


def test_dedicated_grids_keep_apart_but_may_touch() -> None:
    leaves, above = drawn("AAAA", first_id=1), drawn("AB..", kind="dedicated", first_id=10)
    assert kinds(plan_of(pd.concat([leaves, above], ignore_index=True))) == []
    wide = shifted(above, 0, square(0, 0, 1.5, 1))
    assert kinds(plan_of(pd.concat([leaves, wide], ignore_index=True))) == ["dedicated_overlap"]


def test_a_level2_grid_is_in_one_piece() -> None:
    ends = drawn("A.C", first_id=1)
    middle = drawn(".B.", level2="02", first_id=10).assign(code=f"{VILLAGE}102001")
    assert kinds(plan_of(pd.concat([ends, middle], ignore_index=True))) == ["level2_split"]


def test_a_level2_grid_lies_in_one_village() -> None:
    here, there = drawn("A.", first_id=1), drawn(".B", village="210304015011", first_id=10)
    both = pd.concat([here, there.assign(level2_code=here["level2_code"].iloc[0])], ignore_index=True)
    assert "level2_straddles" in kinds(plan_of(both))


def test_stacked_grids_are_told_apart_by_building_unit_and_floors() -> None:
    leaves = pd.concat([drawn("A", first_id=1)] * 3, ignore_index=True)
    leaves = leaves.assign(id=[1, 2, 3], code=[f"{VILLAGE}10100{number}" for number in (1, 2, 3)], building="18号楼")
    told = leaves.assign(unit=["1单元", "1单元", "2单元"], floor_from=[1, 11, 1], floor_to=[10, 20, 10])
    assert kinds(plan_of(told)) == []
    assert kinds(plan_of(told.assign(floor_from=1, floor_to=10))) == ["stack_untold"]


def test_a_stack_is_one_footprint_wherever_its_rings_start() -> None:
    boundary = drawn("A")["boundary"].iloc[0]
    turned = shapely.Polygon(np.roll(shapely.get_coordinates(boundary)[:-1], 2, axis=0))
    shapes = np.array([boundary, turned, shapely.MultiPolygon([boundary]), square(1, 0, 2, 1)], dtype=object)
    assert covers.footprint_numbers(shapes).tolist() == [0, 0, 0, 1]


def test_the_hand_sized_town_is_valid(town: Path) -> None:
    assert validity.faults(town_plan(town)).empty


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_a_bent_cover_has_no_faults_and_any_grid_taken_from_it_leaves_exactly_its_area(seed: int) -> None:
    cells = mesh(seed=seed, columns=4, rows=3)
    letters = "".join(chr(65 + number) for number in range(len(cells)))
    grids = drawn(letters, first_id=1).assign(boundary=gpd.GeoSeries(cells, crs=CRS))
    plan = plan_of(grids)
    assert validity.faults(plan).empty
    lost = seed % len(cells)
    faults = validity.faults(replace(plan, grids=grids.drop(index=lost)))
    gaps = faults[faults["kind"] == "gap"]
    assert gaps["area_m2"].sum() == pytest.approx(validity.area_m2(cells[lost]), rel=1e-9)


def test_divisions_with_codes_or_parents_of_another_level_are_told() -> None:
    plan = plan_of(drawn("AB", first_id=1))
    town = plan.divisions["code"] == TOWN
    wrong = plan.divisions.assign(level=plan.divisions["level"].mask(town, "village"))
    faults = validity.faults(replace(plan, divisions=wrong))
    assert set(faults.loc[faults["code"] == TOWN, "kind"]) >= {"bad_code", "missing_parent"}
    assert "cannot lie in" in faults.loc[faults["kind"] == "missing_parent", "detail"].str.cat()
