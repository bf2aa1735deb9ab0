"""Why a point belongs where it does: the answer of `routing` in one sentence for people, Chinese and English.

The words are those of the field: 综合网格 comprehensive grid, 专属网格 dedicated grid, 二级网格 level-2 grid, 永久编号
permanent number, 人工分派 assigned by a clerk.
"""

from gis.domain.certainty import CORRECTED, IMPRECISE, NEAR_BORDER, OWN_GRID, Certainty
from gis.domain.decisions import Decision, GridName
from gis.domain.routing import Answer

SHOWN = 6


def explain(answer: Answer, decision: Decision) -> dict[str, str]:
    """Return the explanation of an answer as ``{"zh": ..., "en": ...}``; names come from its decision."""
    return {"zh": _chinese(answer, decision), "en": _english(answer, decision)}


# --- Chinese ----------------------------------------------------------------------------------------------------------


def _chinese(answer: Answer, decision: Decision) -> str:
    place = "".join(division.name for division in decision.divisions if division.level != "city")
    grid = (f"{place}的" if place else "") + _quoted_zh(decision.grid, answer.grid)
    return {
        "interior": _interior_zh,
        "border": _border_zh,
        "stacked": _stacked_zh,
        "snapped": _snapped_zh,
        "outside": _outside_zh,
        OWN_GRID: _own_grid_zh,
        IMPRECISE: _imprecise_zh,
        CORRECTED: _corrected_zh,
    }[answer.method](answer, decision, grid) + _overlays_zh(answer, decision)


def _interior_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return f"该点位于{grid}内，距网格边界{_metres(answer.distance_m, '不足')}米"


def _border_zh(answer: Answer, decision: Decision, grid: str) -> str:
    if not answer.neighbours:
        return f"该点恰好位于{grid}的外边界上，边界上的点归该网格"
    others = _listed(answer.neighbours, "、", "等")
    return f"该点恰好位于网格分界线上，与网格{others}相邻；分界线上的点归永久编号最小的网格，因此归{grid}"


def _stacked_zh(answer: Answer, decision: Decision, grid: str) -> str:
    level2 = decision.level2_name or answer.level2
    keeper = f"由二级网格“{level2}”的网格员受理" if level2 else "由上一级网格受理"
    return (
        f"该点所在楼栋叠加了{len(answer.stack)}个网格（{_listed(answer.stack, '、', '等')}），仅凭坐标无法区分；"
        f"楼栋、单元或楼层确定之前{keeper}，暂记入{grid}"
    )


def _snapped_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return f"该点不在任何网格内，最近的是{grid}，相距{_metres(answer.distance_m, '不足')}米，按就近原则归入该网格"


def _outside_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return "该点不在任何网格内，附近也没有网格，列入待人工分派"


def _own_grid_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return f"上报人在{grid}任网格员，该网格在定位误差范围内，因此归该网格"


def _imprecise_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return "定位误差过大，无法判定网格，列入待人工分派"


def _corrected_zh(answer: Answer, decision: Decision, grid: str) -> str:
    return f"经人工更正归入{grid}" + (f"，理由：{decision.reason}" if decision.reason else "")


def _overlays_zh(answer: Answer, decision: Decision) -> str:
    text = _others_zh(decision.certainty)
    if answer.dedicated is not None:
        text += f"；同时位于专属网格{_quoted_zh(decision.dedicated, answer.dedicated)}内，由专属网格负责"
    if answer.zone is not None:
        text += f"；属功能区“{decision.zone_name or answer.zone}”"
    return text + "。"


def _others_zh(certainty: Certainty) -> str:
    """Return what else the disc of accuracy meets, where the grid is not sure."""
    if certainty.doubt != NEAR_BORDER:
        return ""
    others = _listed(tuple(f"{one.grid}占{one.share:.0%}" for one in certainty.alternatives), "、", "等")
    others = f"；误差范围还涉及网格{others}" if others else ""
    return f"；靠近边界，定位误差范围仅{certainty.share or 0.0:.0%}在此{others}"


def _quoted_zh(grid: GridName | None, code: str | None) -> str:
    return f"“{grid.name}”（{code}）" if grid else f"网格{code}"


# --- English ----------------------------------------------------------------------------------------------------------


def _english(answer: Answer, decision: Decision) -> str:
    below_city = [division.name for division in decision.divisions if division.level != "city"]
    grid = ", ".join([_named_en(decision.grid, answer.grid), *reversed(below_city)])
    return {
        "interior": _interior_en,
        "border": _border_en,
        "stacked": _stacked_en,
        "snapped": _snapped_en,
        "outside": _outside_en,
        OWN_GRID: _own_grid_en,
        IMPRECISE: _imprecise_en,
        CORRECTED: _corrected_en,
    }[answer.method](answer, decision, grid) + _overlays_en(answer, decision)


def _interior_en(answer: Answer, decision: Decision, grid: str) -> str:
    return f"The point lies in grid {grid}, {_metres(answer.distance_m, 'less than ')} m from the grid's border"


def _border_en(answer: Answer, decision: Decision, grid: str) -> str:
    if not answer.neighbours:
        return f"The point lies exactly on the outer border of grid {grid}, and a border belongs to its grid"
    others = _listed(answer.neighbours, ", ", " and others")
    return (
        f"The point lies exactly on a border shared with {others}; such a point belongs to the grid with the lowest "
        f"permanent number, which is grid {grid}"
    )


def _stacked_en(answer: Answer, decision: Decision, grid: str) -> str:
    keeper = (
        f"the worker of level-2 grid {decision.level2_name or answer.level2}" if answer.level2 else "the level above"
    )
    return (
        f"The building here is shared by {len(answer.stack)} stacked grids ({_listed(answer.stack, ', ', ', ...')}) "
        f"that a point cannot tell apart; {keeper} has it until the building, unit or floor is known, and it is "
        f"booked under grid {grid}"
    )


def _snapped_en(answer: Answer, decision: Decision, grid: str) -> str:
    metres = _metres(answer.distance_m, "less than ")
    return f"No grid covers the point; the nearest one, {metres} m away, takes it: grid {grid}"


def _outside_en(answer: Answer, decision: Decision, grid: str) -> str:
    return "No grid covers the point and none is near, so it waits for a clerk to assign it"


def _own_grid_en(answer: Answer, decision: Decision, grid: str) -> str:
    return f"The sender holds a post in grid {grid}, which lies within the accuracy of the position, and so it has it"


def _imprecise_en(answer: Answer, decision: Decision, grid: str) -> str:
    return "The position is too imprecise to decide on a grid, so it waits for a clerk to assign it"


def _corrected_en(answer: Answer, decision: Decision, grid: str) -> str:
    return f"Corrected by hand to grid {grid}" + (f", because: {decision.reason}" if decision.reason else "")


def _overlays_en(answer: Answer, decision: Decision) -> str:
    text = _others_en(decision.certainty)
    if answer.dedicated is not None:
        text += f"; it also lies in dedicated grid {_named_en(decision.dedicated, answer.dedicated)}, whose people are "
        text += "responsible"
    if answer.zone is not None:
        text += f"; functional zone: {decision.zone_name or answer.zone}"
    return text + "."


def _others_en(certainty: Certainty) -> str:
    """Return what else the disc of accuracy meets, where the grid is not sure."""
    if certainty.doubt != NEAR_BORDER:
        return ""
    others = _listed(tuple(f"{one.share:.0%} in {one.grid}" for one in certainty.alternatives), ", ", " and others")
    here = f"; near a border: only {certainty.share or 0.0:.0%} of the disc of accuracy lies here"
    return here + (f", {others}" if others else "")


def _named_en(grid: GridName | None, code: str | None) -> str:
    return f"{grid.name} ({code})" if grid else str(code)


# --- both -------------------------------------------------------------------------------------------------------------


def _metres(distance_m: float | None, less_than: str) -> str:
    """Return metres with one decimal; what would be read as zero is not zero, since that would be a border."""
    return f"{less_than}0.1" if distance_m is None or distance_m < 0.1 else f"{distance_m:.1f}"


def _listed(codes: tuple[str, ...], between: str, more: str) -> str:
    return between.join(codes[:SHOWN]) + (more if len(codes) > SHOWN else "")
