"""Answers get the names of everything they found."""

from pathlib import Path

from gis.domain.decisions import DivisionName, LoadedPlan, Names, decide
from gis.domain.routing import Answer
from tests.plans import town_plan


def test_a_decision_names_grid_level2_divisions_and_zone(town: Path) -> None:
    decision = LoadedPlan.of(town_plan(town)).decide(123.0249461, 41.1510083)
    assert decision.grid is not None
    assert decision.grid.code == decision.answer.grid
    assert decision.dedicated is not None
    assert (decision.dedicated.name, decision.dedicated.category) == ("沙河示例小学", "school")
    assert [division.name for division in decision.divisions[:3]] == ["鞍山市", "立山区", "沙河街道"]


def test_a_point_outside_has_no_names(town: Path) -> None:
    decision = LoadedPlan.of(town_plan(town)).decide(123.0609879, 41.1661956)
    assert (decision.grid, decision.dedicated, decision.level2_name, decision.divisions) == (None, None, None, ())


def test_a_circle_of_parents_ends() -> None:
    around = {code: DivisionName("town", code, code, {"a": "b", "b": "a"}[code]) for code in "ab"}
    assert 0 < len(Names(divisions=around).chain("a")) <= 8


def test_what_is_not_known_by_name_is_left_out() -> None:
    answer = Answer(point=(122.99, 41.11), method="interior", grid_id=5, grid="g", level2="l", zone="z")
    decision = decide(answer, Names())
    assert (decision.grid, decision.level2_name, decision.zone_name) == (None, None, None)
