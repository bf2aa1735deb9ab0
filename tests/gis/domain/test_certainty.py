"""What the accuracy of a position leaves open, in drawings of squares some 100 m wide."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.domain.certainty import Certainty, certain, is_whole, weigh
from gis.domain.neighbourhoods import Neighbourhood
from gis.domain.routing import Answer, PlanIndex, candidates_of
from gis.domain.routing_rules import Rule
from tests.drawing import VILLAGE, drawn, place
from tests.gis.domain.test_routing import plan_of

PICTURE = """
    AAB
    AAB
    CCC
"""
GRIDS = drawn(PICTURE, first_id=10)
A, B, C = (f"{VILLAGE}101{number:03d}" for number in (1, 2, 3))
RULE = Rule()


def weighed(
    column: float, row: float, accuracy_m: float | None, *, grids: gpd.GeoDataFrame = GRIDS, own: tuple[str, ...] = ()
) -> tuple[Answer, Certainty]:
    """Return what stands at a place of a drawing, the same among all grids and among those near."""
    plan = plan_of(grids)
    lon, lat = place(column, row)
    answer = PlanIndex(plan, RULE.snap_limit_m).route(lon, lat)
    radius_m = accuracy_m if accuracy_m is not None and accuracy_m <= RULE.imprecise_m else 0.0
    near = Neighbourhood(plan).around(*answer.point, radius_m)
    found = weigh(answer, accuracy_m, near, rule=RULE, own=own)
    assert weigh(answer, accuracy_m, candidates_of(grids), rule=RULE, own=own) == found
    return found


def test_a_disc_inside_its_grid_is_whole_and_needs_no_weighing() -> None:
    answer, certainty = weighed(1, 1, 20)
    assert is_whole(answer, 20)
    assert certainty == certain(20) == Certainty(1.0)
    assert not is_whole(weighed(1.99, 1, 20)[0], 20)
    assert is_whole(answer, None)
    assert weighed(1, 1, None)[1] == certain(None) == Certainty()


def test_on_a_border_each_side_has_half_of_the_disc_and_it_is_flagged() -> None:
    answer, certainty = weighed(2, 1, 20)
    assert (answer.grid, certainty.doubt) == (A, "near_border")
    assert certainty.share == pytest.approx(0.5, abs=1e-5)
    assert [(one.grid, one.share) for one in certainty.alternatives] == [(B, pytest.approx(0.5, abs=1e-5))]
    assert weighed(1.95, 1, 20)[1].doubt is None


@settings(deadline=None)
@given(st.floats(-0.2, 3.2), st.floats(-0.2, 3.2), st.floats(1, 499))
def test_shares_sum_to_one_with_what_lies_outside(column: float, row: float, accuracy_m: float) -> None:
    answer, certainty = weighed(column, row, accuracy_m)
    share = 0.0 if answer.grid is None else certainty.share or 0.0
    total = share + certainty.outside + sum(one.share for one in certainty.alternatives)
    # What is rounded, and shares too small to be told.
    assert total == pytest.approx(1.0, abs=4e-4)
    assert answer.grid not in [one.grid for one in certainty.alternatives]


def test_the_senders_own_grid_wins_where_the_disc_meets_it_and_the_points_grid_is_the_alternative() -> None:
    answer, certainty = weighed(1.9, 1, 30, own=(B,))
    assert (answer.grid, answer.method) == (B, "own_grid")
    assert answer.distance_m == pytest.approx(0.1 * 90, rel=0.2)
    assert certainty.alternatives[0].grid == A
    assert certainty.doubt is None
    assert weighed(1, 1, 30, own=(B,))[0].grid == A
    assert weighed(1.9, 1, 30, own=(A, B))[0].method == "interior"


def test_in_a_tower_the_senders_own_grid_is_told_without_any_accuracy() -> None:
    tower = pd.concat([GRIDS, GRIDS.iloc[[0]].assign(id=99, code=f"{VILLAGE}101099")], ignore_index=True)
    assert weighed(1, 1, None, grids=tower)[0].method == "stacked"
    answer, certainty = weighed(1, 1, 10, grids=tower, own=(f"{VILLAGE}101099",))
    assert (answer.grid_id, answer.method) == (99, "own_grid")
    assert certainty.alternatives == ()
    assert weighed(1, 1, None, grids=tower, own=(f"{VILLAGE}101099",))[0].grid_id == 99


def test_a_disc_that_is_too_wide_decides_nothing_and_keeps_the_grid_of_its_middle() -> None:
    answer, certainty = weighed(1, 1, 501, own=(B,))
    assert (answer.grid, answer.method, certainty.doubt) == (None, "imprecise", "imprecise")
    assert [one.grid for one in certainty.alternatives] == [A]
    assert weighed(1, 1, 500)[0].grid == A


def test_a_position_without_error_is_sure() -> None:
    assert weighed(2, 1, 0)[1] == Certainty(1.0)


def test_what_is_stored_of_a_certainty_is_read_again() -> None:
    for accuracy_m in (None, 0, 20, 300, 900):
        _, one = weighed(2, 1, accuracy_m)
        assert Certainty.unpacked(one.share, one.packed(), one.doubt) == one


def test_far_outside_the_disc_tells_how_much_of_it_meets_a_grid() -> None:
    answer, certainty = weighed(1, -1, 200)
    assert answer.method == "outside"
    assert certainty.share == certainty.outside
    assert certainty.alternatives[0].grid == A
