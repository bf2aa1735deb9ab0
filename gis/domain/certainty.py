"""How sure a decision is: what the accuracy of a position leaves open.

A position with an accuracy is a disc. The grid under its middle has the report, unless the sender holds a post in
another grid that the disc meets: whoever stands there knows where (method ``own_grid``, 自报网格). A grid that holds
less than `Rule.sure_share` of the disc is flagged ``near_border``, with the shares of the others. A disc wider than
`Rule.imprecise_m` decides nothing: the report waits for a clerk (method ``imprecise``, 定位过粗).
Chinese: 定位精度 accuracy, 占比 share, 备选网格 alternative.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from gis.domain import outlines
from gis.domain.cell_index import lattice
from gis.domain.discs import areas_m2
from gis.domain.footprints import footprint_keys
from gis.domain.routing import Answer, Candidate
from gis.domain.routing_rules import Rule

OWN_GRID, IMPRECISE, CORRECTED = "own_grid", "imprecise", "corrected"
NEAR_BORDER = "near_border"
ALTERNATIVES_LIMIT = 24
LEAST_SHARE = 1e-4
DECIMALS = 6


class Alternative(NamedTuple):
    """Another grid that the disc meets: permanent number, code in the plan that decided, share of the disc."""

    grid_id: int
    grid: str
    share: float


@dataclass(frozen=True)
class Certainty:
    """What the accuracy of a position leaves open.

    Attributes
    ----------
    share : of the disc that lies in the grid, or outside of all grids where that is the answer; None when the position
        has no accuracy.
    outside : share of the disc that no grid covers.
    alternatives : the largest other shares, largest first, a footprint once by its lowest number. Of an imprecise
        position the grid under its middle.
    doubt : ``near_border``, ``imprecise`` or None.
    """

    share: float | None = None
    outside: float = 0.0
    alternatives: tuple[Alternative, ...] = ()
    doubt: str | None = None

    def packed(self) -> dict[str, Any] | None:
        """Return the shares besides the grid's own as they are stored; None where there are none."""
        if not self.alternatives and not self.outside:
            return None
        return {"outside": self.outside, "grids": [list(one) for one in self.alternatives]}

    @classmethod
    def unpacked(cls, share: float | None, kept: dict[str, Any] | None, doubt: str | None) -> "Certainty":
        """Return what `packed` stored."""
        kept = kept or {"outside": 0.0, "grids": []}
        return cls(share, kept["outside"], tuple(Alternative(*one) for one in kept["grids"]), doubt)


# Of a position without an accuracy.
UNWEIGHED = Certainty()


def is_whole(answer: Answer, accuracy_m: float | None) -> bool:
    """Whether a disc lies in the answer's grid as a whole, or there is none, so that there is nothing to weigh."""
    return accuracy_m is None or (
        answer.grid_id is not None and answer.method != "snapped" and (answer.distance_m or 0.0) >= accuracy_m
    )


def certain(accuracy_m: float | None) -> Certainty:
    """Return the certainty of a disc that lies in its grid as a whole."""
    return Certainty(share=None if accuracy_m is None else 1.0)


def weigh(
    answer: Answer, accuracy_m: float | None, near: Sequence[Candidate], *, rule: Rule, own: Collection[str] = ()
) -> tuple[Answer, Certainty]:
    """Return the answer that stands after the accuracy of its point was weighed, and how sure it is.

    `near` : the comprehensive grids that the disc may meet, or more; of a disc that is imprecise those at its middle.
    `own` : codes of grids in which the sender holds a post.
    """
    radius_m = accuracy_m or 0.0
    footprints = _footprints(near)
    shares = _shares(answer, footprints, radius_m)
    is_imprecise = radius_m > rule.imprecise_m
    chosen = None if is_imprecise else _own(answer, footprints, shares, own)
    if chosen is not None:
        answer = moved(answer, chosen)
    here = next((place for place, grids in enumerate(footprints) if any(g.id == answer.grid_id for g in grids)), None)
    if is_imprecise:
        middle = () if here is None else (_alternative(footprints[here], shares[here]),)
        unrouted = Answer(point=answer.point, method=IMPRECISE, revision=answer.revision)
        return unrouted, Certainty(alternatives=middle, doubt=IMPRECISE)
    alternatives = _alternatives(footprints, shares, here)
    if accuracy_m is None:
        return answer, UNWEIGHED
    if not radius_m and answer.grid_id is not None:
        return answer, Certainty(1.0)
    outside = round(max(0.0, 1.0 - sum(shares)), DECIMALS)
    # A grid that a point was snapped to may lie beyond the disc.
    inside = 0.0 if here is None else round(shares[here], DECIMALS)
    share = outside if answer.grid_id is None else inside
    is_unsure = share < rule.sure_share and answer.method != OWN_GRID
    return answer, Certainty(share, outside, alternatives, NEAR_BORDER if is_unsure else None)


def _footprints(near: Sequence[Candidate]) -> list[list[Candidate]]:
    """Return the comprehensive grids on each footprint, footprints and grids by permanent number."""
    grids = sorted((grid for grid in near if grid.kind == "comprehensive"), key=lambda grid: grid.id)
    found: dict[bytes, list[Candidate]] = {}
    for grid, key in zip(grids, footprint_keys([grid.boundary for grid in grids]), strict=True):
        found.setdefault(key, []).append(grid)
    return list(found.values())


def _shares(answer: Answer, footprints: list[list[Candidate]], radius_m: float) -> list[float]:
    if not radius_m:
        return [0.0] * len(footprints)
    areas = areas_m2([grids[0].boundary for grids in footprints], *answer.point, radius_m)
    return [float(area) / (math.pi * radius_m**2) for area in areas]


def _own(
    answer: Answer, footprints: list[list[Candidate]], shares: list[float], own: Collection[str]
) -> Candidate | None:
    """Return the sender's own grid in the disc with the largest share; None where the answer is one of them."""
    if not own or answer.grid in own:
        return None
    met = [
        (share, -grid.id, grid)
        for share, grids in zip(shares, footprints, strict=True)
        for grid in grids
        if grid.code in own and (share >= LEAST_SHARE or grid.code in answer.stack)
    ]
    return max(met)[2] if met else None


def moved(answer: Answer, grid: Candidate) -> Answer:
    """Return an answer in another grid, that of the sender; the dedicated grid under the point is left out."""
    xs, ys = lattice(*answer.point)
    edges = outlines.rings_of([grid.boundary]).of(0)
    return replace(
        answer,
        method=OWN_GRID,
        grid_id=grid.id,
        grid=grid.code,
        stack=(),
        neighbours=(),
        dedicated_id=None,
        dedicated=None,
        level2=grid.level2_code,
        village_code=grid.village_code,
        distance_m=outlines.distance_m(edges, int(xs[0]), int(ys[0])),
    )


def _alternatives(footprints: list[list[Candidate]], shares: list[float], here: int | None) -> tuple[Alternative, ...]:
    met = [
        _alternative(grids, shares[place])
        for place, grids in enumerate(footprints)
        if place != here and shares[place] >= LEAST_SHARE
    ]
    return tuple(sorted(met, key=lambda one: (-one.share, one.grid_id))[:ALTERNATIVES_LIMIT])


def _alternative(grids: list[Candidate], share: float) -> Alternative:
    return Alternative(grids[0].id, grids[0].code, round(share, DECIMALS))
