"""What is found replaces what it names and nothing else."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd

from gis.domain.grids import CRS, Plan
from gis.domain.merging import id_faults, merged, unchanged
from tests.drawing import VILLAGE, drawn
from tests.gis.domain.test_validity import plan_of

OTHER = "210304015011"


def two_villages() -> Plan:
    return plan_of(pd.concat([drawn("AB..", first_id=1), drawn("..AB", village=OTHER, first_id=3)], ignore_index=True))


def test_grids_of_villages_that_are_not_named_stay() -> None:
    plan = two_villages()
    found = merged(plan, {"grids": drawn("AA..").assign(id=None)})
    assert sorted(found.grids["code"]) == [f"{OTHER}101001", f"{OTHER}101002", f"{VILLAGE}101001"]


def test_a_known_code_keeps_its_id_and_a_new_one_keeps_the_one_it_brings() -> None:
    plan = two_villages()
    found = merged(plan, {"grids": drawn("ABCD").assign(id=[77, None, 77, None])}).grids.set_index("code")["id"]
    assert [found[f"{VILLAGE}10100{number}"] for number in (1, 2, 3)] == [1, 2, 77]
    assert pd.isna(found[f"{VILLAGE}101004"])


def test_an_id_that_is_not_the_grids_own_is_named_by_row() -> None:
    present, given = drawn("AB", first_id=1), drawn("ABC").assign(id=[1, 3, 2])
    owners = {1: {f"{VILLAGE}101001"}, 2: {f"{VILLAGE}101002"}}
    faults = id_faults(present, given, owners=owners)
    assert [fault.pointer for fault in faults] == ["row 2, column id", "row 3, column id"]
    assert "has the id 2, not 3" in faults[0].detail
    assert f"that of the grid {VILLAGE}101002" in faults[1].detail
    assert id_faults(present, drawn("ABC"), owners=owners) == []


def test_divisions_are_replaced_by_code() -> None:
    plan = two_villages()
    village = plan.divisions[plan.divisions["code"] == OTHER].assign(name="改名社区")
    names = merged(plan, {"divisions": village}).divisions.set_index("code")["name"]
    assert names[OTHER] == "改名社区"
    assert names[VILLAGE] == "示例"


def test_zones_are_replaced_as_a_whole() -> None:
    plan = two_villages()
    zone = gpd.GeoDataFrame(
        {"code": ["Z9"], "name": ["示例"], "boundary": plan.grids["boundary"][:1]}, geometry="boundary", crs=CRS
    )
    once = merged(plan, {"zones": zone})
    assert merged(once, {}).zones["code"].tolist() == ["Z9"]
    assert merged(once, {"zones": zone.iloc[:0]}).zones.empty


def test_a_change_of_boundary_or_attribute_is_seen_and_an_id_or_the_start_of_a_ring_is_not() -> None:
    old = drawn("ABC", first_id=1)
    new = old.assign(id=[7, 8, 9], boundary=old["boundary"].normalize())
    assert unchanged(old, new) == set(old["code"])
    named = new.assign(name=["改", "B", "C"])
    assert unchanged(old, named) == set(old["code"][1:])
    moved = replace(plan_of(new)).grids
    moved.loc[2, "boundary"] = old["boundary"].iloc[2].buffer(-0.0001)
    assert unchanged(old, moved) == set(old["code"][:2])
