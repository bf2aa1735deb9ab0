"""A proposed repair mends borders, says what it changes, and touches nothing that was whole."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gis.domain import cleaning, validity
from gis.domain.coordinates import snap
from gis.domain.grids import CRS, Plan
from tests.drawing import STEP, VILLAGE, drawn, place
from tests.gis.domain.test_validity import plan_of, shifted, square
from tests.meshes import mesh
from tests.plans import town_plan


def mended(plan: Plan) -> tuple[Plan, gpd.GeoDataFrame]:
    cleaned, changes = cleaning.propose(plan)
    assert validity.faults(cleaned).empty, validity.faults(cleaned)
    return cleaned, changes


def test_a_plan_without_faults_is_not_changed(town: Path) -> None:
    plan = town_plan(town)
    cleaned, changes = mended(plan)
    assert changes.empty
    assert shapely.equals_exact(
        shapely.normalize(cleaned.grids.geometry.to_numpy()), shapely.normalize(plan.grids.geometry.to_numpy())
    ).all()


def test_an_overlap_stays_with_one_of_both_and_the_area_is_told() -> None:
    grids = drawn("AB", first_id=1)
    plan = plan_of(shifted(grids, 0, square(0, 0, 1.25, 1)), {VILLAGE: square(0, 0, 2, 1)})
    _, changes = mended(plan)
    quarter = validity.area_m2(square(1, 0, 1.25, 1))
    assert changes["changed_m2"].sum() == pytest.approx(quarter, rel=1e-6)


def test_a_gap_goes_to_the_neighbour_with_the_longest_common_border() -> None:
    grids = drawn("AAA B.C", first_id=1)
    cleaned, changes = mended(plan_of(grids, {VILLAGE: square(0, 0, 3, 2)}))
    assert changes["changed_m2"].sum() == pytest.approx(validity.area_m2(square(1, 1, 2, 2)), rel=1e-6)
    assert len(cleaned.grids) == 3


def test_what_lies_outside_the_village_is_cut_off() -> None:
    grids = drawn("AB", first_id=1)
    cleaned, changes = mended(plan_of(grids, {VILLAGE: square(0, 0, 1.5, 1)}))
    assert changes.loc[changes["changed_m2"] > 0, "code"].tolist() == [grids["code"].iloc[1]]
    assert cleaned.grids["boundary"].iloc[1].equals(square(1, 0, 1.5, 1))


def test_a_ring_that_crosses_itself_is_made_valid() -> None:
    grids = drawn("AB", first_id=1)
    west, north, east, south = *place(0, 0), *place(1, 1)
    bow = shapely.Polygon([(west, north), (east, south), (east, north), (west, south)])
    _, changes = mended(replace(plan_of(grids), grids=shifted(grids, 0, bow)))
    assert grids["code"].iloc[0] in set(changes["code"])


def test_stacked_grids_stay_on_one_footprint() -> None:
    stack = pd.concat([drawn("A.", first_id=1)] * 2, ignore_index=True)
    stack = stack.assign(id=[1, 2], code=[f"{VILLAGE}10100{n}" for n in (1, 2)], building="1号楼", floor_from=[1, 11])
    other = drawn(".A", first_id=3).assign(code=f"{VILLAGE}101003")
    grids = pd.concat([stack, other], ignore_index=True)
    cleaned, _ = mended(plan_of(grids, {VILLAGE: square(0, 0, 1.75, 1)}))
    first, second = cleaned.grids["boundary"].iloc[:2]
    assert shapely.equals_exact(first, second)


def on_lattice(plan: Plan) -> bool:
    corners = shapely.get_coordinates([*plan.grids.geometry, *plan.divisions.geometry]) / STEP
    return bool((corners == np.rint(corners)).all())


def left_to_people(plan: Plan, code: str) -> set[str]:
    """Return the faults that name a grid or village which the repair does not touch."""
    cleaned, changes = cleaning.propose(plan)
    assert code not in set(changes["code"])
    assert on_lattice(cleaned)
    assert not shapely.is_empty([*cleaned.grids.geometry, *cleaned.divisions.geometry]).any()
    faults = validity.faults(cleaned)
    return set(faults.loc[(faults["code"] == code) | (faults["other_code"] == code), "kind"])


def test_a_grid_that_another_covers_is_not_erased_but_named() -> None:
    grids = drawn("AB", first_id=1)
    inner = drawn("C", first_id=3).assign(boundary=gpd.GeoSeries([square(0.25, 0.25, 0.75, 0.75)], crs=CRS))
    plan = plan_of(pd.concat([grids, inner], ignore_index=True), {VILLAGE: square(0, 0, 2, 1)})
    assert left_to_people(plan, inner["code"].iloc[0]) == {"overlap"}


def test_a_grid_outside_its_village_is_not_erased_but_named() -> None:
    plan = plan_of(drawn("AB", first_id=1), {VILLAGE: square(0, 0, 1, 1)})
    assert left_to_people(plan, plan.grids["code"].iloc[1]) == {"outside_parent"}


def test_a_village_inside_another_is_not_erased_but_named() -> None:
    other = "210304015018"
    inner = drawn("A", first_id=9, village=other).assign(boundary=gpd.GeoSeries([square(1, 0.25, 1.5, 0.75)], crs=CRS))
    plan = plan_of(pd.concat([drawn("AB", first_id=1), inner], ignore_index=True))
    assert "overlap" in left_to_people(plan, other)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 11), st.integers(-300, 300), st.integers(-300, 300))
def test_a_grid_that_was_shifted_leaves_every_vertex_on_the_lattice(row: int, east: int, south: int) -> None:
    cells = mesh(seed=5, columns=4, rows=3)
    grids = drawn("ABCDEFGHIJKL", first_id=1).assign(boundary=gpd.GeoSeries(cells, crs=CRS))
    moved = shapely.transform(cells[row], lambda corners: corners + np.array([east, south]) * STEP)
    plan = plan_of(shifted(grids, row, moved), {VILLAGE: shapely.coverage_union_all(cells)})
    cleaned, _ = mended(plan)
    assert on_lattice(cleaned)


def test_grids_without_villages_are_mended_among_themselves() -> None:
    cells = mesh(seed=5, columns=4, rows=3)
    wider = [shapely.Polygon(snap(shapely.get_coordinates(cell.buffer(9 * STEP)))) for cell in cells[:6]]
    grids = drawn("ABCDEFGHIJKL", first_id=1).assign(boundary=gpd.GeoSeries([*wider, *cells[6:]], crs=CRS))
    nothing = plan_of(grids).divisions.iloc[:0]
    plan = replace(plan_of(grids), divisions=nothing)
    assert "overlap" in set(validity.faults(plan)["kind"])
    cleaned, _ = mended(plan)
    assert on_lattice(cleaned)


def drawn_twice(seed: int) -> tuple[Plan, shapely.Polygon]:
    """Return a plan whose every border was drawn once from either side, some 30 cm apart, and its village's outline."""
    chance = np.random.default_rng(seed)
    cells = mesh(seed=seed, columns=4, rows=3)
    rings = [shapely.get_coordinates(cell)[:-1] for cell in cells]
    shaken = [shapely.Polygon(snap(ring + chance.uniform(-1, 1, ring.shape) * 20 * STEP)) for ring in rings]
    letters = "".join(chr(65 + number) for number in range(len(cells)))
    grids = drawn(letters, first_id=1).assign(boundary=gpd.GeoSeries(shaken, crs=CRS))
    outline = shapely.coverage_union_all(cells)
    return plan_of(grids, {VILLAGE: outline}), outline


@pytest.mark.parametrize("seed", [*range(20), 21, 92, 153, 198, 200, 227, 274, 4786])
def test_borders_that_were_drawn_twice_become_one(seed: int) -> None:
    plan, outline = drawn_twice(seed)
    assert len(validity.faults(plan))
    cleaned, _ = mended(plan)
    village = cleaned.divisions.set_index("code").loc[VILLAGE, "boundary"]
    assert shapely.hausdorff_distance(village, outline) < 2 * STEP


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 100_000))
@example(509)
@example(768)
def test_a_repair_moves_little_and_keeps_the_outline(seed: int) -> None:
    plan, outline = drawn_twice(seed)
    cleaned, changes = cleaning.propose(plan)
    assert on_lattice(cleaned)
    assert len(validity.faults(cleaned)) < 0.1 * len(validity.faults(plan))
    moved = changes.loc[changes["code"].isin(plan.grids["code"]), "changed_m2"].sum()
    assert moved < 0.02 * validity.area_m2(outline)
    kept = shapely.area(shapely.intersection(plan.grids.geometry.to_numpy(), cleaned.grids.geometry.to_numpy()))
    assert (kept > 0.95 * shapely.area(plan.grids.geometry.to_numpy())).all()
    village = cleaned.divisions.set_index("code").loc[VILLAGE, "boundary"]
    assert shapely.area(shapely.symmetric_difference(village, outline)) < 1e-4 * shapely.area(outline)
