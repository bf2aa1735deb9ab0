"""One grid for every point, for a reason that can be told."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.coordinates import snap
from gis.domain.grids import CRS, Plan
from gis.domain.outlines import STEP
from gis.domain.routing import METHODS, Answer, PlanIndex, candidates_of, decide
from gis.errors import InvalidGeometryError
from tests.drawing import drawn, place
from tests.meshes import degrees, telling_points
from tests.plans import IN_FORCE_AT, mesh_plan, town_plan

NOTHING = gpd.GeoDataFrame({"code": [], "name": [], "boundary": []}, geometry="boundary", crs=CRS)
PICTURE = """
    AAB
    AAB
    CCC
"""


def plan_of(*frames: gpd.GeoDataFrame) -> Plan:
    return Plan(1, IN_FORCE_AT, NOTHING, NOTHING, NOTHING, pd.concat(frames, ignore_index=True))


def asked(grids: gpd.GeoDataFrame, column: float, row: float, *, limit_m: float = 50.0) -> Answer:
    """Return the answer at a place of a drawing, the same from both ways."""
    plan = plan_of(grids)
    lon, lat = place(column, row)
    plain = decide(
        lon, lat, grids=candidates_of(plan.grids), zones=candidates_of(plan.zones), limit_m=limit_m, revision=1
    )
    assert PlanIndex(plan, limit_m).route(lon, lat) == plain
    return plain


def names(answer: Answer, grids: gpd.GeoDataFrame) -> str:
    return "" if answer.grid is None else str(grids.set_index("code")["name"][answer.grid])


@pytest.mark.parametrize(
    ("column", "row", "name", "method"),
    [
        (0.5, 0.5, "A", "interior"),
        (2.5, 1.5, "B", "interior"),
        (2, 0.5, "A", "border"),
        (2.5, 2, "B", "border"),
        (2, 2, "A", "border"),
        (0, 0, "A", "border"),
        (3, 3, "C", "border"),
    ],
)
def test_inside_on_borders_and_on_corners_one_grid_has_the_point(
    column: float, row: float, name: str, method: str
) -> None:
    grids = drawn(PICTURE, first_id=10)
    answer = asked(grids, column, row)
    assert (names(answer, grids), answer.method) == (name, method)
    assert (answer.distance_m == 0) == (method == "border")


def test_on_a_border_the_lowest_permanent_number_wins_whatever_the_codes() -> None:
    grids = drawn(PICTURE).assign(id=[30, 20, 10])
    answer = asked(grids, 2, 2)
    assert names(answer, grids) == "C"
    assert [names(replace(answer, grid=code), grids) for code in answer.neighbours] == ["B", "A"]


def test_a_place_just_outside_goes_to_the_nearest_grid_and_farther_out_to_nobody() -> None:
    grids = drawn(PICTURE, first_id=1)
    near, far = asked(grids, 3.3, 1), asked(grids, 3.9, 1)
    assert (names(near, grids), near.method) == ("B", "snapped")
    assert near.distance_m == pytest.approx(27.0, abs=0.5)
    assert far == Answer(point=far.point, method="outside", revision=1)
    assert asked(grids, 3.9, 1, limit_m=100).method == "snapped"


def test_of_two_equally_near_grids_the_lowest_number_takes_the_point() -> None:
    grids = drawn("AB").assign(id=[9, 3])
    answer = asked(grids, 1, -0.2)
    assert (names(answer, grids), answer.method) == ("B", "snapped")


def test_the_footprint_of_a_tower_answers_with_all_its_grids() -> None:
    tower = pd.concat([drawn("A.", first_id=5)] * 3, ignore_index=True)
    tower = tower.assign(id=[7, 5, 6], code=["c7", "c5", "c6"], boundary=tower.geometry.normalize())
    answer = asked(pd.concat([tower, drawn(".B", first_id=1)], ignore_index=True), 0.5, 0.5)
    assert (answer.method, answer.grid, answer.grid_id) == ("stacked", "c5", 5)
    assert answer.stack == ("c5", "c6", "c7")


def test_a_dedicated_grid_and_a_zone_are_told_beside_the_comprehensive_grid() -> None:
    comprehensive, school = drawn("AB", first_id=5), drawn(".S", kind="dedicated", first_id=1)
    zone = school.assign(code="Z1", name="一区")[["code", "name", "boundary"]]
    plan = replace(plan_of(comprehensive, school), zones=zone)
    index = PlanIndex(plan)
    inside, beside = index.route(*place(1.5, 0.5)), index.route(*place(0.5, 0.5))
    assert (inside.grid_id, inside.dedicated_id, inside.zone) == (6, 1, "Z1")
    assert (beside.grid_id, beside.dedicated_id, beside.zone) == (5, None, None)
    assert (
        decide(*place(1.5, 0.5), grids=candidates_of(plan.grids), zones=candidates_of(plan.zones), revision=1) == inside
    )


def test_the_point_of_an_answer_is_the_nearest_one_of_the_lattice() -> None:
    lon, lat = place(0.5, 0.5)
    answer = PlanIndex(plan_of(drawn("A", first_id=1))).route(lon + STEP / 3, lat - STEP / 3)
    assert answer.point == (lon, lat)


@pytest.mark.parametrize("lon", [float("nan"), float("inf"), 190.0])
def test_what_is_no_degree_is_refused_by_both_ways(lon: float) -> None:
    plan = plan_of(drawn("A", first_id=1))
    for ask in (
        PlanIndex(plan).route,
        lambda x, y: decide(x, y, grids=candidates_of(plan.grids), zones=candidates_of(plan.zones)),
    ):
        with pytest.raises(InvalidGeometryError):
            ask(lon, 41.11)


def check_both_ways(plan: Plan, points: list[tuple[int, int]], limit_m: float) -> pd.Series:
    index = PlanIndex(plan, limit_m)
    lon, lat = degrees(points)
    many = index.route_many(lon, lat)
    for row, x, y in zip(many.itertuples(), lon, lat, strict=True):
        answer = index.route(x, y)
        assert answer == decide(
            x,
            y,
            grids=candidates_of(plan.grids),
            zones=candidates_of(plan.zones),
            limit_m=limit_m,
            revision=plan.revision,
        )
        given = {column: None if pd.isna(getattr(row, column)) else getattr(row, column) for column in many}
        assert given == {column: getattr(answer, column) for column in many}
    return many["method"].value_counts()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 3), limit_m=st.floats(0, 60))
def test_the_index_answers_as_the_rule_for_one_point_and_for_many(seed: int, limit_m: float) -> None:
    plan = mesh_plan(seed=seed)
    check_both_ways(plan, telling_points(list(plan.grids.geometry), seed=seed, count=12), limit_m)


def test_every_kind_of_place_of_the_town_is_answered_alike_by_both_ways(town: Path) -> None:
    plan = town_plan(town)
    points = telling_points(list(plan.grids.geometry), seed=1, count=120)
    methods = check_both_ways(plan, points, 50.0)
    assert (methods > 0).all()
    assert set(methods.index) == set(METHODS)


def test_every_point_of_the_town_has_exactly_one_comprehensive_footprint(town: Path) -> None:
    plan = town_plan(town)
    west, south, east, north = shapely.total_bounds(plan.of_kind("comprehensive").geometry)
    chance = np.random.default_rng(7)
    lon, lat = snap(chance.uniform(west, east, 20_000)), snap(chance.uniform(south, north, 20_000))
    found = PlanIndex(plan).find(lon, lat)
    footprints = plan.of_kind("comprehensive").geometry.normalize().drop_duplicates()
    point, _ = shapely.STRtree(footprints).query(shapely.points(lon, lat), predicate="intersects")
    inside = np.bincount(point, minlength=len(lon))
    assert ((inside >= 1) == (found.method >= METHODS.index("stacked"))).all()
    assert (inside <= 1).all()
