"""Every answer is told in one sentence, in Chinese and in English, by the names people use."""

from dataclasses import replace
from pathlib import Path

import pytest

from gis.domain.decisions import decide, names_of
from gis.domain.explanations import explain
from gis.domain.grids import Plan
from gis.domain.routing import METHODS, Answer, PlanIndex
from tests.meshes import degrees, telling_points
from tests.plans import town_plan


@pytest.fixture(scope="module")
def told(town: Path) -> dict[str, tuple[Answer, dict[str, str]]]:
    """One answer of each method, and one in a dedicated grid and a zone, with their explanations."""
    plan = town_plan(town)
    index, names = PlanIndex(plan), names_of(plan)
    found: dict[str, Answer] = {}
    for lon, lat in zip(*degrees(telling_points(list(plan.grids.geometry), seed=1, count=300)), strict=True):
        answer = index.route(lon, lat)
        if answer.distance_m is not None and 0 < answer.distance_m < 0.1:
            continue
        if answer.method == "border" and len(answer.neighbours) != 1:
            continue
        overlaid = answer.dedicated is not None or answer.zone is not None
        found.setdefault("overlaid" if overlaid and answer.method == "interior" else answer.method, answer)
    return {method: (answer, explain(answer, decide(answer, names))) for method, answer in found.items()}


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_one_sentence_in_each_language(
    told: dict[str, tuple[Answer, dict[str, str]]], method: str
) -> None:
    _, text = told[method]
    assert text["zh"].endswith("。")
    assert text["zh"].count("。") == 1
    assert text["en"].endswith(".")
    assert ". " not in text["en"]
    assert "None" not in text["zh"] + text["en"]


def test_inside_a_grid_the_chain_the_grid_and_the_distance_are_named(
    told: dict[str, tuple[Answer, dict[str, str]]],
) -> None:
    answer, text = told["interior"]
    assert text["zh"].startswith("该点位于立山区沙河街道")
    assert f"（{answer.grid}）内，距网格边界{answer.distance_m:.1f}米" in text["zh"]
    assert text["en"].startswith("The point lies in grid ")
    assert f"{answer.distance_m:.1f} m from the grid's border" in text["en"]


def test_on_a_border_the_neighbour_and_the_lowest_number_are_the_reason(
    told: dict[str, tuple[Answer, dict[str, str]]],
) -> None:
    answer, text = told["border"]
    assert answer.neighbours[0] in text["zh"]
    assert "永久编号最小" in text["zh"]
    assert answer.neighbours[0] in text["en"]
    assert "lowest permanent number" in text["en"]


def test_in_a_tower_the_level_2_worker_has_it_until_the_floor_is_known(
    told: dict[str, tuple[Answer, dict[str, str]]],
) -> None:
    answer, text = told["stacked"]
    assert f"叠加了{len(answer.stack)}个网格" in text["zh"]
    assert "楼栋、单元或楼层确定之前由二级网格" in text["zh"]
    assert "until the building, unit or floor is known" in text["en"]


def test_a_snapped_point_says_how_far_and_one_outside_that_a_clerk_assigns_it(
    told: dict[str, tuple[Answer, dict[str, str]]],
) -> None:
    answer, snapped = told["snapped"]
    _, outside = told["outside"]
    assert f"相距{answer.distance_m:.1f}米，按就近原则" in snapped["zh"]
    assert "待人工分派" in outside["zh"]
    assert "clerk" in outside["en"]


def test_a_dedicated_grid_takes_responsibility(town: Path) -> None:
    plan = town_plan(town)
    school = plan.of_kind("dedicated").iloc[0]
    point = school["boundary"].representative_point()
    answer = PlanIndex(plan).route(point.x, point.y)
    text = explain(answer, decide(answer, names_of(plan)))
    assert f"同时位于专属网格“{school['name']}”（{school['code']}）内，由专属网格负责" in text["zh"]
    assert "whose people are responsible" in text["en"]


def test_without_names_the_codes_stand_for_themselves() -> None:
    from gis.domain.decisions import Decision

    answer = Answer(point=(122.99, 41.11), method="interior", grid_id=1, grid="A1", distance_m=2.0)
    bare = Decision(answer, grid=None, dedicated=None, level2_name=None, divisions=(), zone_name=None)
    assert "网格A1内" in explain(answer, bare)["zh"]
    near = replace(answer, distance_m=0.01)
    assert "距网格边界不足0.1米" in explain(near, bare)["zh"]
    assert "less than 0.1 m from" in explain(near, bare)["en"]
    outer = replace(answer, method="border", distance_m=0.0)
    assert "外边界" in explain(outer, bare)["zh"]
    assert "outer border" in explain(outer, bare)["en"]


def test_a_plan_of_any_polygons_can_be_explained(town: Path) -> None:
    plan: Plan = town_plan(town)
    nameless = replace(plan, divisions=plan.divisions.iloc[:0])
    point = plan.of_kind("comprehensive").iloc[0]["boundary"].representative_point()
    answer = PlanIndex(nameless).route(point.x, point.y)
    assert explain(answer, decide(answer, names_of(nameless)))["zh"].startswith("该点位于“")
