"""Decision: an answer of the routing rule with the names of everything it found, ready to be shown and stored.

The names come from a plan in memory or from the database as of the same instant; the decision is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from gis.domain.certainty import UNWEIGHED, Certainty
from gis.domain.grids import Plan
from gis.domain.neighbourhoods import Neighbourhood
from gis.domain.routing import SNAP_LIMIT_M, Answer, PlanIndex


@dataclass(frozen=True)
class DivisionName:
    """A division (行政区划) in the chain of a place: `level` is city, county, town or village."""

    level: str
    code: str
    name: str
    parent_code: str | None


@dataclass(frozen=True)
class GridName:
    """What people call a grid; `category` is that of a dedicated grid, `village_code` its home village."""

    code: str
    name: str
    kind: str
    category: str | None
    village_code: str


@dataclass(frozen=True)
class Names:
    """The names of a plan, or of as much of it as an answer needs.

    Attributes
    ----------
    grids : by permanent id. level2, zones : name by code. divisions : by 12-digit code.
    """

    grids: Mapping[int, GridName] = field(default_factory=dict)
    level2: Mapping[str, str] = field(default_factory=dict)
    divisions: Mapping[str, DivisionName] = field(default_factory=dict)
    zones: Mapping[str, str] = field(default_factory=dict)

    def chain(self, village_code: str | None) -> tuple[DivisionName, ...]:
        """Return the divisions from the city down to a village; empty for None."""
        found: list[DivisionName] = []
        code = village_code
        while code is not None and code in self.divisions and len(found) < 8:
            found.append(self.divisions[code])
            code = self.divisions[code].parent_code
        return tuple(reversed(found))


@dataclass(frozen=True)
class LoadedPlan:
    """A plan in memory: where points belong, and the names of everything. Threads may share it."""

    index: PlanIndex
    names: Names
    neighbourhood: Neighbourhood

    @classmethod
    def of(cls, plan: Plan, *, limit_m: float = SNAP_LIMIT_M) -> "LoadedPlan":
        """Load a plan; points up to `limit_m` metres outside are snapped."""
        return cls(PlanIndex(plan, limit_m), names_of(plan), Neighbourhood(plan))

    @property
    def revision(self) -> int | None:
        """The plan's number in the database; None for a plan from a file."""
        return self.index.plan.revision

    def decide(self, lon: float, lat: float) -> "Decision":
        """Return where a point (CGCS2000 degrees) belongs, by name; raises what `PlanIndex.route` raises."""
        return decide(self.index.route(lon, lat), self.names)


@dataclass(frozen=True)
class Decision:
    """Where a point belongs, by name. `grid` and `dedicated` are None where there is none.

    `certainty` is what the accuracy of the point left open, and `reason` why somebody corrected it.
    """

    answer: Answer
    grid: GridName | None
    dedicated: GridName | None
    level2_name: str | None
    divisions: tuple[DivisionName, ...]
    zone_name: str | None
    certainty: Certainty = UNWEIGHED
    reason: str = ""


def names_of(plan: Plan) -> Names:
    """Return all names of a plan, for a process that answers many points."""
    frame = plan.grids
    columns = ("id", "code", "name", "kind", "category", "village_code")
    rows = zip(*(frame[column].tolist() for column in columns), strict=True)
    divisions = zip(*(plan.divisions[c].tolist() for c in ("level", "code", "name", "parent_code")), strict=True)
    return Names(
        grids={row[0]: GridName(row[1], row[2], row[3], _text(row[4]), row[5]) for row in rows},
        level2=dict(zip(plan.level2["code"].tolist(), plan.level2["name"].tolist(), strict=True)),
        divisions={row[1]: DivisionName(row[0], row[1], row[2], _text(row[3])) for row in divisions},
        zones=dict(zip(plan.zones["code"].tolist(), plan.zones["name"].tolist(), strict=True)),
    )


def decide(answer: Answer, names: Names) -> Decision:
    """Return an answer with its names."""
    grid = None if answer.grid_id is None else names.grids.get(answer.grid_id)
    dedicated = None if answer.dedicated_id is None else names.grids.get(answer.dedicated_id)
    return Decision(
        answer=answer,
        grid=grid,
        dedicated=dedicated,
        level2_name=names.level2.get(answer.level2 or ""),
        divisions=names.chain(answer.village_code),
        zone_name=names.zones.get(answer.zone or ""),
    )


def _text(value: object) -> str | None:
    """Return text, or None for what pandas writes in its place."""
    return value if isinstance(value, str) else None
