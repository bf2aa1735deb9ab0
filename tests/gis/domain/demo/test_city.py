"""The demo city: its levels nest exactly, its numbers are right, and the same seed gives it again."""

import json
from collections.abc import Iterable

import numpy as np
import pytest
import shapely

from gis.domain.demo import City, Names, generate
from gis.domain.demo.city import SMALL_TOWN, Drawn, divisions_of
from gis.domain.grids import GRID_COLUMNS

from .conftest import REPORTS, UNTIL

LATTICE = 2.0**23


def nodes(shapes: Iterable[shapely.Geometry]) -> set[tuple[float, float]]:
    return {(x, y) for x, y in shapely.get_coordinates(np.array(list(shapes), object))}


def footprints(city: City):
    return city.plan.of_kind("comprehensive").drop_duplicates("boundary")


def levels(city: City):
    divisions = city.plan.divisions
    yield "leaves", footprints(city).geometry
    yield "level2", city.plan.level2.geometry
    for level in ("village", "town", "county", "city"):
        yield level, divisions[divisions["level"] == level].geometry


def test_every_level_covers_the_same_ground_without_gap_or_overlap(city: City) -> None:
    city_outline = city.plan.divisions.geometry.iloc[0]
    for level, shapes in levels(city):
        assert shapes.is_valid.all(), level
        assert shapely.coverage_is_valid(shapes.to_numpy()), level
        assert shapely.coverage_union_all(shapes.to_numpy()).equals(city_outline), level


def test_a_level2_grid_has_exactly_the_nodes_of_the_union_of_its_leaves(city: City) -> None:
    parts = footprints(city).groupby("level2_code")
    for row in city.plan.level2.itertuples():
        union = shapely.coverage_union_all(parts.get_group(row.code).geometry.to_numpy())
        assert nodes([union]) == nodes([row.boundary])


def test_a_division_has_exactly_the_nodes_of_the_union_of_its_children(city: City) -> None:
    divisions = city.plan.divisions.set_index("code")
    for parent, children in divisions[divisions["parent_code"].notna()].groupby("parent_code"):
        union = shapely.coverage_union_all(children.geometry.to_numpy())
        assert nodes([union]) == nodes([divisions.geometry[parent]])


def test_level2_grids_make_up_their_village(city: City) -> None:
    villages = city.plan.divisions.set_index("code").geometry
    for village, own in city.plan.level2.groupby("village_code"):
        assert shapely.coverage_union_all(own.geometry.to_numpy()).equals(villages[village])


@pytest.mark.parametrize("layer", ["streets", "waters", "buildings", "cameras", "patrols", "reports"])
def test_every_vertex_of_a_layer_lies_on_the_lattice(city: City, layer: str) -> None:
    frame = getattr(city, layer)
    steps = shapely.get_coordinates(frame.geometry.to_numpy()) * LATTICE
    assert len(frame)
    assert frame.geometry.is_valid.all()
    assert (steps == np.rint(steps)).all()


def test_every_vertex_of_the_plan_lies_on_the_lattice(city: City) -> None:
    plan = city.plan
    for frame in (plan.divisions, plan.zones, plan.level2, plan.grids):
        assert frame.crs == "EPSG:4490"
        assert frame.geometry.name == "boundary"
        steps = shapely.get_coordinates(frame.geometry.to_numpy()) * LATTICE
        assert (steps == np.rint(steps)).all()


def test_codes_are_unique_and_name_their_village_level2_grid_and_kind(city: City) -> None:
    grids = city.plan.grids
    assert grids["code"].is_unique
    assert list(grids.drop(columns="boundary").columns) == list(GRID_COLUMNS)
    assert (grids["code"].str.len() == 18).all()
    assert (grids["code"].str[:12] == grids["village_code"]).all()
    comprehensive = grids[grids["kind"] == "comprehensive"]
    assert (comprehensive["code"].str[12] == "1").all()
    assert (comprehensive["code"].str[:15] + "000" == comprehensive["level2_code"]).all()
    assert set(comprehensive["level2_code"]) == set(city.plan.level2["code"])
    assert (grids.loc[grids["kind"] == "dedicated", "code"].str[12:15] == "200").all()


def test_permanent_ids_run_in_the_order_of_codes(city: City) -> None:
    assert city.plan.grids["id"].tolist() == list(range(1, len(city.plan.grids) + 1))
    assert city.plan.grids["code"].is_monotonic_increasing


def test_leaves_of_a_level2_grid_are_numbered_without_gaps(city: City) -> None:
    for _, own in city.plan.of_kind("comprehensive").groupby("level2_code"):
        assert own["code"].str[15:].astype(int).tolist() == list(range(1, len(own) + 1))


def test_stacked_grids_share_a_boundary_and_are_told_apart_by_unit_and_floors(city: City) -> None:
    stacked = city.plan.grids[city.plan.grids["building"].notna()]
    for _, stack in stacked.groupby(["village_code", "building"]):
        assert stack["boundary"].nunique() == 1
        assert len(stack) > 1
        assert not stack.duplicated(["unit", "floor_from", "floor_to"]).any()
        for _, unit in stack.sort_values("floor_from").groupby("unit"):
            assert (unit["floor_from"].to_numpy()[1:] == unit["floor_to"].to_numpy()[:-1] + 1).all()


def test_grids_that_share_a_boundary_are_stacked(city: City) -> None:
    comprehensive = city.plan.of_kind("comprehensive")
    assert comprehensive.loc[comprehensive["boundary"].duplicated(keep=False), "building"].notna().all()


def test_only_the_planted_grids_are_over_size(city: City) -> None:
    grids = city.plan.of_kind("comprehensive")
    most = np.where(grids["urban"], 20, 30)
    assert sorted(grids.loc[grids["households"] > most, "code"]) == city.truth["oversize"]
    assert sorted(grids.loc[grids["households"] < most / 2, "code"]) == city.truth["undersize"]


def test_dedicated_grids_do_not_overlap_and_leave_home_only_where_planted(city: City) -> None:
    dedicated = city.plan.of_kind("dedicated")
    homes = city.plan.divisions.set_index("code").geometry.loc[dedicated["village_code"]].to_numpy()
    first, second = shapely.STRtree(dedicated.geometry).query(dedicated.geometry, predicate="intersects")
    assert (first == second).all()
    assert dedicated.geometry.is_valid.all()
    away = dedicated.loc[~shapely.covers(homes, dedicated.geometry.to_numpy()), "code"]
    assert sorted(away) == sorted(city.truth["straddling"])
    assert len(away) > 0


def test_the_same_seed_gives_the_same_city(city: City, names: Names) -> None:
    again = generate(names, seed=7, until=UNTIL, size="small", reports=REPORTS)
    assert again.truth == city.truth
    assert again.plan.grids.equals(city.plan.grids)
    for layer in ("streets", "waters", "buildings", "cameras", "patrols", "reports"):
        assert getattr(again, layer).equals(getattr(city, layer)), layer


def test_another_seed_gives_another_city_that_nests_as_well(city: City, names: Names) -> None:
    other = generate(names, seed=8, until=UNTIL, size="small", reports=100)
    assert nodes(other.plan.level2.geometry) != nodes(city.plan.level2.geometry)
    assert shapely.coverage_is_valid(footprints(other).geometry.to_numpy())


def test_the_story_has_its_street_and_its_tower(city: City) -> None:
    street = city.streets[city.streets["name"] == "鞍千路"].geometry.iloc[0]
    village = city.plan.divisions.set_index("code").geometry["210304015017"]
    assert village.covers(street)
    assert (city.plan.grids["building"] == "鞍千路32栋").any()


def test_a_small_city_is_one_town_at_every_level_above_it(city: City) -> None:
    divisions = city.plan.divisions
    assert divisions["code"].str[:9].isin(["210300000", "210304000", SMALL_TOWN]).all()
    above = divisions[divisions["level"] != "village"].geometry
    assert above.map(lambda shape: shape.equals(above.iloc[0])).all()
    assert city.plan.divisions.set_index("code")["name"]["210304015017"] == "新工社区居委会"


def test_the_truth_counts_what_is_there_and_fits_into_json(city: City) -> None:
    counts = city.truth["counts"]
    assert json.loads(json.dumps(city.truth)) == city.truth
    assert counts["comprehensive"] == len(city.plan.of_kind("comprehensive"))
    assert counts["dedicated"] == len(city.plan.of_kind("dedicated"))
    assert counts["footprints"] == len(footprints(city))
    assert set(city.truth["vacant"]) <= set(city.plan.grids["code"])


def test_everything_synthetic_says_so(city: City) -> None:
    plan = city.plan
    drawn = (plan.divisions, plan.zones, plan.level2, plan.grids, city.streets, city.waters, city.buildings)
    for frame in (*drawn, city.cameras, city.patrols, city.reports):
        assert frame["synthetic"].all()
    assert city.cameras["name"].str.contains("示例").all()
    assert city.reports["text"].str.contains("示例").all()


def test_in_a_whole_city_the_outlines_of_counties_are_real_and_say_so(names: Names) -> None:
    ring = np.array([[0, 0], [90_000, 0], [90_000, 90_000], [0, 90_000]])
    drawn = Drawn({"210304": ring}, {"210304015": ring}, {"210304015017": ring}, [], [])
    assert divisions_of(names, drawn, whole=True)["synthetic"].tolist() == [False, False, True, True]


def test_no_track_comes_near_the_grids_that_were_never_visited(city: City) -> None:
    missed = city.plan.grids[city.plan.grids["code"].isin(city.truth["never_visited"])]
    plane = missed.geometry.to_crs(4550)
    tracks = city.patrols.geometry.to_crs(4550).union_all()
    assert len(missed) > 0
    assert (plane.distance(tracks) > 29).all()


def test_cameras_have_codes_of_twenty_digits_and_sane_angles(city: City) -> None:
    cameras = city.cameras
    assert cameras["code"].is_unique
    assert cameras["code"].str.fullmatch(r"2103\d{16}").all()
    assert cameras["heading_deg"].between(0, 360, inclusive="left").all()
    assert cameras["view_deg"].between(1, 360).all()
    assert (cameras["range_m"] > 0).all()


def test_buildings_stand_on_one_footprint_and_in_no_water(city: City) -> None:
    wet = shapely.intersects(city.buildings.geometry.to_numpy()[:, None], city.waters.geometry.to_numpy()[None])
    assert not wet.any()
    on, _ = shapely.STRtree(footprints(city).geometry).query(city.buildings.geometry, predicate="within")
    assert len(on) == len(city.buildings)


def test_no_lake_lies_in_a_dedicated_grid(city: City) -> None:
    lakes = city.waters[city.waters["category"] == "lake"].geometry.to_numpy()
    assert len(lakes) > 0
    assert not shapely.intersects(lakes[:, None], city.plan.of_kind("dedicated").geometry.to_numpy()[None]).any()


def test_progress_ends_every_stage_at_its_total(names: Names) -> None:
    told: dict[str, tuple[int, int]] = {}
    generate(
        names, seed=7, until=UNTIL, size="small", reports=100, progress=lambda stage, n, m: told.update({stage: (n, m)})
    )
    assert {"towns", "villages", "borders", "plan", "layers", "reports"} <= set(told)
    assert all(done == total for done, total in told.values())
