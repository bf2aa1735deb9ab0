"""The rule: which grid a point belongs to, and why.

1. The point is snapped to the lattice of 2^-23 degree, as every border was; from there on all tests are exact.
2. A boundary covers the points inside it and on it. Of the comprehensive grids that cover the point the one with the
   lowest permanent number has it: exactly one answer on borders and corners, the same before and after a restart.
3. Where nobody covers the point, the nearest comprehensive grid within `SNAP_LIMIT_M` has it (the lowest number where
   two are equally near); beyond that the point is outside.
4. The dedicated grid and the zone that cover the point are found the same way, by lowest number and lowest code.
5. Grids that share one footprint (stacked in a tower) are told apart by building, unit and floor, not by the point:
   the one with the lowest number stands for all, and `stack` names them.

`decide` says so plainly over a few candidates and is the reference; `PlanIndex` gives the same answers at memory
speed. Chinese: 综合网格 comprehensive grid, 专属网格 dedicated grid, 上报 report.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gis.domain import outlines
from gis.domain.cell_index import CellIndex, lattice
from gis.domain.footprints import Layer, footprint_keys
from gis.domain.grids import Plan

SNAP_LIMIT_M = 50.0
METHODS = ("outside", "snapped", "stacked", "border", "interior")
OUTSIDE, SNAPPED, STACKED, BORDER, INTERIOR = range(len(METHODS))


@dataclass(frozen=True)
class Answer:
    """Where a point belongs.

    Attributes
    ----------
    point : longitude, latitude (CGCS2000), snapped to the lattice.
    method : ``interior``; ``border`` (exactly on the grid's border); ``stacked`` (the footprint carries several
        grids); ``snapped`` (outside, but near); ``outside``.
    grid_id, grid : permanent number and code of the comprehensive grid; None outside.
    stack : codes of all grids on that footprint, by number; empty when there is one.
    neighbours : codes of the other footprints that cover the point, by number; only on a border.
    dedicated_id, dedicated : the dedicated grid that covers the point, or None.
    level2, village_code : of the comprehensive grid. zone : code of the functional zone that covers the point.
    distance_m : metres to the border of the grid, from inside or outside; None when outside.
    revision : the plan that was asked; None for a plan from a file.
    """

    point: tuple[float, float]
    method: str
    grid_id: int | None = None
    grid: str | None = None
    stack: tuple[str, ...] = ()
    neighbours: tuple[str, ...] = ()
    dedicated_id: int | None = None
    dedicated: str | None = None
    level2: str | None = None
    village_code: str | None = None
    zone: str | None = None
    distance_m: float | None = None
    revision: int | None = None

    @property
    def post_code(self) -> str | None:
        """Code of the grid whose post answers: the dedicated one, the level-2 one of a stack, or the leaf."""
        return self.dedicated or (self.level2 if self.method == "stacked" else None) or self.grid


def post_codes(answers: pd.DataFrame) -> "pd.Series[object]":
    """Return `Answer.post_code` of each row of answers: columns dedicated, level2_code, method, grid."""
    of_stack = answers["level2_code"].where(answers["method"] == "stacked")
    return answers["dedicated"].fillna(of_stack).fillna(answers["grid"])


class Candidate(NamedTuple):
    """A grid, or a zone, that may have a point; `boundary` is EPSG:4490, longitude latitude, on the lattice."""

    id: int
    code: str
    boundary: Any
    kind: str = "zone"
    level2_code: str | None = None
    village_code: str | None = None


def decide(
    lon: float,
    lat: float,
    *,
    grids: Iterable[Candidate],
    zones: Iterable[Candidate] = (),
    limit_m: float = SNAP_LIMIT_M,
    revision: int | None = None,
) -> Answer:
    """Return the answer for one point (CGCS2000 degrees) from candidate grids and zones, by the plain rule.

    The candidates must hold whatever comes within `limit_m` metres of the point; they may hold more, in any order.
    Raises `InvalidGeometryError` for coordinates that are no degrees.
    """
    x, y = (int(steps[0]) for steps in lattice(lon, lat))
    by_id = sorted(grids)
    near = _with_edges(grid for grid in by_id if grid.kind == "comprehensive")
    covering = [(grid, edges) for grid, edges in near if outlines.covers(edges, x, y)]
    facts: dict[str, Any] = {"point": (x * outlines.STEP, y * outlines.STEP), "revision": revision}
    for dedicated in _covering((grid for grid in by_id if grid.kind == "dedicated"), x, y)[:1]:
        facts |= {"dedicated_id": dedicated.id, "dedicated": dedicated.code}
    for zone in _covering(sorted(zones, key=lambda zone: zone.code), x, y)[:1]:
        facts["zone"] = zone.code
    measured = [(outlines.distance_m(edges, x, y), grid) for grid, edges in (covering[:1] or near)]
    within = [(metres, grid) for metres, grid in measured if covering or metres <= limit_m]
    if not within:
        return Answer(method=METHODS[OUTSIDE], **facts)
    metres, winner = min(within)
    footprints = _footprints([grid for grid, _ in (covering or near)])
    stack = next(codes for codes in footprints if codes[0] == winner.code)
    method = _method(snapped=not covering, stacked=len(stack) > 1, metres=metres)
    return Answer(
        method=METHODS[method],
        grid_id=winner.id,
        grid=winner.code,
        stack=stack if len(stack) > 1 else (),
        neighbours=tuple(codes[0] for codes in footprints[1:]) if method == BORDER else (),
        level2=winner.level2_code,
        village_code=winner.village_code,
        distance_m=metres,
        **facts,
    )


def candidates_of(frame: gpd.GeoDataFrame) -> list[Candidate]:
    """Return the rows of a frame of grids or of zones as candidates; zones are numbered by their place."""
    known = [name for name in Candidate._fields if name in frame.columns]
    rows = frame[known].astype(object).where(frame[known].notna(), None)
    return [Candidate(**{"id": place, **row}) for place, row in enumerate(rows.to_dict("records"))]


def _with_edges(candidates: Iterable[Candidate]) -> list[tuple[Candidate, outlines.Integers]]:
    known = list(candidates)
    rings = outlines.rings_of([candidate.boundary for candidate in known])
    return [(candidate, rings.of(place)) for place, candidate in enumerate(known)]


def _covering(candidates: Iterable[Candidate], x: int, y: int) -> list[Candidate]:
    return [candidate for candidate, edges in _with_edges(candidates) if outlines.covers(edges, x, y)]


def _footprints(grids: list[Candidate]) -> list[tuple[str, ...]]:
    """Return the codes of the grids on each footprint, footprints and grids in the given order."""
    codes: dict[bytes, tuple[str, ...]] = {}
    for grid, key in zip(grids, footprint_keys([grid.boundary for grid in grids]), strict=True):
        codes[key] = (*codes.get(key, ()), grid.code)
    return list(codes.values())


def _method(*, snapped: bool, stacked: bool, metres: float) -> int:
    if snapped:
        return SNAPPED
    if stacked:
        return STACKED
    return BORDER if metres == 0 else INTERIOR


class Found(NamedTuple):
    """What `PlanIndex.find` knows of many points: positions (-1 for none), numbers of `METHODS`, metres."""

    grid: NDArray[np.int32]
    dedicated: NDArray[np.int32]
    zone: NDArray[np.int32]
    method: NDArray[np.int8]
    distance_m: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PlanIndex:
    """A whole plan in memory: both kinds of grids, zones and the columns that an answer names.

    Immutable; make a new one when a plan is published. Threads may share it. Gives the answers of `decide`.
    """

    plan: Plan
    limit_m: float = SNAP_LIMIT_M
    comprehensive: Layer = field(init=False, repr=False)
    dedicated: Layer = field(init=False, repr=False)
    zones: Layer = field(init=False, repr=False)
    cells: CellIndex = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for kind in ("comprehensive", "dedicated"):
            grids = self.plan.of_kind(kind)
            object.__setattr__(self, kind, Layer(grids, grids["id"]))
        zones = self.plan.zones.sort_values("code")
        object.__setattr__(self, "zones", Layer(zones, np.arange(len(zones))))
        layers = (self.comprehensive, self.dedicated, self.zones)
        object.__setattr__(self, "cells", CellIndex.build([layer.borders.rings for layer in layers]))

    def route(self, lon: float, lat: float) -> Answer:
        """Return the answer for one point, CGCS2000 degrees. Raises `InvalidGeometryError` for what is no degrees."""
        xs, ys = lattice(lon, lat)
        x, y = int(xs[0]), int(ys[0])
        layer, (position, dedicated, zone, _) = self.comprehensive, self.cells.at(x, y)
        facts = self._overlays(x, y, dedicated, zone)
        snapped = position < 0
        if snapped:
            found, metres = layer.borders.nearest(xs, ys, self.limit_m)
            position, distance_m = int(found[0]), float(metres[0])
            if position < 0:
                return Answer(method=METHODS[OUTSIDE], **facts)
        else:
            distance_m = layer.borders.distance(x, y, position)
        code = layer.codes[position]
        stack = layer.stacks.get(code, ())
        method = _method(snapped=snapped, stacked=bool(stack), metres=distance_m)
        return Answer(
            method=METHODS[method],
            grid_id=int(layer.ids[position]),
            grid=code,
            stack=stack,
            neighbours=self._neighbours(x, y, position) if method == BORDER else (),
            level2=layer.column("level2_code")[position],
            village_code=layer.column("village_code")[position],
            distance_m=distance_m,
            **facts,
        )

    def _overlays(self, x: int, y: int, dedicated: int, zone: int) -> dict[str, Any]:
        """Return the point and what lies over it besides the comprehensive grid."""
        facts: dict[str, Any] = {"point": (x * outlines.STEP, y * outlines.STEP), "revision": self.plan.revision}
        if dedicated >= 0:
            facts["dedicated_id"] = int(self.dedicated.ids[dedicated])
            facts["dedicated"] = self.dedicated.codes[dedicated]
        if zone >= 0:
            facts["zone"] = self.zones.codes[zone]
        return facts

    def _neighbours(self, x: int, y: int, winner: int) -> tuple[str, ...]:
        """Return the codes of the other footprints that cover a point."""
        layer = self.comprehensive
        return tuple(layer.codes[position] for position in layer.borders.covering(x, y) if position != winner)

    def find(self, lon: ArrayLike, lat: ArrayLike) -> Found:
        """Return positions, methods and distances of many points, without the text columns.

        Raises `InvalidGeometryError` when any coordinate is no degree.
        """
        xs, ys = lattice(lon, lat)
        borders, covered = self.comprehensive.borders, self.cells.at_lattice(xs, ys)
        grid, dedicated, zone = covered.positions
        metres = borders.distances(xs, ys, grid)
        method = np.where(covered.on_border, BORDER, INTERIOR).astype(np.int8)
        method[self.comprehensive.stacked[grid]] = STACKED
        lost = np.flatnonzero(grid < 0)
        grid[lost], metres[lost] = borders.nearest(xs[lost], ys[lost], self.limit_m)
        method[lost] = np.where(grid[lost] < 0, OUTSIDE, SNAPPED)
        return Found(grid, dedicated, zone, method, metres)

    def route_many(self, lon: ArrayLike, lat: ArrayLike) -> pd.DataFrame:
        """Return the answers for many points (CGCS2000 degrees), a row for each in the same order.

        Columns grid_id (Int64), grid, dedicated, level2, village_code, zone, method (category), distance_m; missing
        values where there is none. Raises `InvalidGeometryError` when any coordinate is no degree.
        """
        found = self.find(lon, lat)
        layer = self.comprehensive
        ids = pd.array(layer.ids_at(found.grid), dtype="Int64")
        ids[found.grid < 0] = pd.NA
        return pd.DataFrame(
            {
                "grid_id": ids,
                "grid": layer.taken("code", found.grid),
                "dedicated": self.dedicated.taken("code", found.dedicated),
                "level2": layer.taken("level2_code", found.grid),
                "village_code": layer.taken("village_code", found.grid),
                "zone": self.zones.taken("code", found.zone),
                "method": pd.Categorical.from_codes(found.method, categories=list(METHODS)),
                "distance_m": found.distance_m,
            }
        )
