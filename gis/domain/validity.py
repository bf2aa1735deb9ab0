"""Validity: what is wrong with a plan, and where.

A plan is valid when its comprehensive footprints tile every village edge to edge, villages tile towns, towns counties
and counties the city; dedicated grids keep apart; codes are unique and keep to their profile; level-2 grids are in one
piece inside one village; stacked grids can be told apart.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain import codes, coordinates, covers, divisions
from gis.domain.grids import CRS, Plan, united
from gis.errors import InvalidCodeError

# kind -> Chinese and English name, in the order in which they are listed
KINDS = {
    "invalid_ring": ("边界自相交", "invalid ring"),
    "code_clash": ("编码重复", "code clash"),
    "bad_code": ("编码不合规则", "code breaks its profile"),
    "missing_parent": ("缺少上级", "missing parent"),
    "overlap": ("重叠", "overlap"),
    "gap": ("缝隙", "gap"),
    "unmatched_edge": ("边线不一致", "unmatched edge"),
    "outside_parent": ("超出上级边界", "outside the parent"),
    "dedicated_overlap": ("专属网格重叠", "dedicated grids overlap"),
    "level2_split": ("二级网格不连片", "level-2 grid in pieces"),
    "level2_straddles": ("二级网格跨社区", "level-2 grid in several villages"),
    "stack_untold": ("叠置网格无法区分", "stacked grids without telling attributes"),
}
COLUMNS = ["kind", "code", "other_code", "detail", "area_m2"]
UP = {"village": "town", "town": "county", "county": "city"}
TELLING = ["building", "unit", "floor_from", "floor_to"]


@dataclass(frozen=True)
class PlanFault:
    """One fault of a plan; `shape` (degrees) is where, and gives the area."""

    kind: str
    code: str
    detail: str
    shape: shapely.Geometry | None = None
    other_code: str | None = None


def faults(plan: Plan, *, profile: str = "anshan18") -> gpd.GeoDataFrame:
    """Return what is wrong with a plan; no rows when nothing is.

    Parameters
    ----------
    plan : EPSG:4490, longitude latitude, on the lattice. Parents are checked where the plan has divisions at all.
    profile : which structure grid codes follow, see `codes`.

    Returns
    -------
    Columns kind (of `KINDS`), code, other_code (missing where there is no second party), detail (one sentence),
    area_m2 (0 for what has no area) and point `location`, in EPSG:4490.
    """
    leaves = _valid(plan.grids[plan.grids["kind"] == "comprehensive"])
    numbers = covers.footprint_numbers(leaves.geometry.to_numpy())
    footprints = leaves[~pd.Series(numbers).duplicated().to_numpy()]
    found = [
        *_rings(plan),
        *_code_faults(plan, profile),
        *_parents(plan),
        *_cover(plan, footprints),
        *_nesting(plan, footprints),
        *_dedicated(plan),
        *_level2(footprints),
        *_stacks(leaves, numbers),
    ]
    return table_of(found)


def table_of(found: list[PlanFault]) -> gpd.GeoDataFrame:
    """Return faults as the table that `faults` promises, in the order of `KINDS`, larger areas first."""
    rows = [(f.kind, f.code, f.other_code, f.detail, area_m2(f.shape), _place(f.shape)) for f in found]
    frame = pd.DataFrame(rows, columns=[*COLUMNS, "location"])
    frame["area_m2"] = frame["area_m2"].astype("float64")
    table = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(frame["location"], crs=CRS)).drop(columns="location")
    table = table.rename_geometry("location")
    order = table["kind"].map({kind: place for place, kind in enumerate(KINDS)})
    return (
        table.assign(order=order)
        .sort_values(["order", "area_m2"], ascending=[True, False], kind="stable")
        .drop(columns="order")
        .reset_index(drop=True)
    )


def area_m2(shape: shapely.Geometry | None) -> float:
    """Return the area in square metres of a small shape in degrees, by the scale at its middle latitude."""
    if shape is None or shapely.is_empty(shape):
        return 0.0
    per_lon, per_lat = coordinates.metres_per_degree(float(shapely.bounds(shape)[[1, 3]].mean()))
    return float(shapely.area(shape) * per_lon * per_lat)


def _place(shape: shapely.Geometry | None) -> shapely.Point | None:
    return None if shape is None or shapely.is_empty(shape) else shapely.point_on_surface(shape)


def _layers(plan: Plan) -> Iterator[tuple[str, gpd.GeoDataFrame]]:
    yield from (("division", plan.divisions), ("zone", plan.zones), ("grid", plan.grids))


def _rings(plan: Plan) -> Iterator[PlanFault]:
    for what, frame in _layers(plan):
        shapes = frame.geometry.to_numpy()
        for row in np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes)):
            yield PlanFault("invalid_ring", str(frame["code"].iloc[row]), f"This {what} has no area.")
        for row in np.flatnonzero(~(shapely.is_valid(shapes) | shapely.is_missing(shapes))):
            reason = shapely.is_valid_reason(shapes[row])
            corner = shapely.Point(shapely.get_coordinates(shapes[row])[0])
            place = _place_in(reason) or corner
            yield PlanFault("invalid_ring", str(frame["code"].iloc[row]), f"The ring of this {what}: {reason}.", place)


def _place_in(reason: str) -> shapely.Point | None:
    """Return the place that GEOS names in a reason such as ``Self-intersection[122.99 41.1]``."""
    numbers = reason.partition("[")[2].rstrip("]").split()
    try:
        return shapely.Point(*(float(number) for number in numbers[:2])) if len(numbers) >= 2 else None
    except ValueError:
        return None


def _code_faults(plan: Plan, profile: str) -> Iterator[PlanFault]:
    for what, frame in _layers(plan):
        twice = frame[frame["code"].duplicated(keep="first")]
        for code, shape in zip(twice["code"], twice.geometry, strict=True):
            yield PlanFault("code_clash", code, f"Another {what} has the same code.", shape, other_code=code)
    ids = plan.grids["id"].dropna()
    for row in plan.grids.loc[ids.index[ids.duplicated()]].itertuples():
        yield PlanFault("code_clash", row.code, f"Another grid has the same permanent id {row.id}.", row.boundary)
    for row in plan.divisions.itertuples():
        problem = divisions.code_problem(row.code, row.level)
        if problem:
            yield PlanFault("bad_code", row.code, problem, row.boundary)
    for row in plan.grids.itertuples():
        problem = _code_problem(row, profile)
        if problem:
            yield PlanFault("bad_code", row.code, problem, row.boundary)


def _code_problem(row: Any, profile: str) -> str | None:
    try:
        found = codes.parse(row.code, profile=profile)
    except InvalidCodeError as error:
        return error.detail
    if found.level != 3:
        return "The code is that of a level-2 grid."
    if found.kind not in (None, row.kind):
        return f"The code is that of a {found.kind} grid, not of a {row.kind} one."
    if found.village not in (None, row.village_code):
        return f"The code does not begin with that of its village {row.village_code}."
    if found.level2 is not None and row.kind == "comprehensive" and row.level2_code != found.level2:
        return f"The code belongs to the level-2 grid {found.level2}, not to {row.level2_code}."
    return None


def _parents(plan: Plan) -> Iterator[PlanFault]:
    if plan.divisions.empty:
        return
    levels = dict(zip(plan.divisions["code"], plan.divisions["level"], strict=True))
    for row in plan.divisions.itertuples():
        problem = divisions.parent_problem(row.code, row.level, row.parent_code, levels)
        if problem:
            yield PlanFault("missing_parent", row.code, problem, row.boundary)
    villages = set(plan.divisions.loc[plan.divisions["level"] == "village", "code"])
    for row in plan.grids[~plan.grids["village_code"].isin(villages)].itertuples():
        yield PlanFault("missing_parent", row.code, f"Its village {row.village_code} is not known.", row.boundary)


def _cover(plan: Plan, footprints: gpd.GeoDataFrame) -> Iterator[PlanFault]:
    yield from _cover_of(footprints)
    for level in ("village", "town", "county"):
        yield from _cover_of(_valid(plan.divisions[plan.divisions["level"] == level]))


def _cover_of(frame: gpd.GeoDataFrame) -> Iterator[PlanFault]:
    names = frame["code"].to_numpy()
    for first, second, shape, is_sliver in covers.clashes(frame.geometry.to_numpy()):
        if second is None:
            yield PlanFault("unmatched_edge", names[first], "An edge does not end where its neighbour's does.", shape)
            continue
        kind = "unmatched_edge" if is_sliver else "overlap"
        said = "Their common edge differs." if is_sliver else f"They share {area_m2(shape):,.1f} m²."
        yield PlanFault(kind, names[first], said, shape, other_code=names[second])


def _nesting(plan: Plan, footprints: gpd.GeoDataFrame) -> Iterator[PlanFault]:
    units = _valid(plan.divisions)
    children = footprints.rename(columns={"village_code": "parent_code"})
    if len(plan.grids):
        yield from _nested(units[units["level"] == "village"], children, "grids")
    for level, parent in UP.items():
        below = units[units["level"] == level]
        if len(below):
            yield from _nested(units[units["level"] == parent], below, f"{level}s")


def _nested(parents: gpd.GeoDataFrame, children: gpd.GeoDataFrame, what: str) -> Iterator[PlanFault]:
    shapes, names = children.geometry.to_numpy(), children["code"].to_numpy()
    places = children.groupby("parent_code").indices
    for code, boundary in zip(parents["code"], parents.geometry, strict=True):
        if code not in places:
            yield PlanFault("gap", code, f"No {what} lie in it.", boundary)
            continue
        own = shapes[places[code]]
        missing, spilt = covers.differences(boundary, own)
        for shape, is_sliver in missing:
            kind = "unmatched_edge" if is_sliver else "gap"
            yield PlanFault(kind, code, f"{area_m2(shape):,.2f} m² of it belong to none of its {what}.", shape)
        for shape, is_sliver in spilt:
            owner = names[places[code][covers.nearest_owner(shape, own)]]
            kind = "unmatched_edge" if is_sliver else "outside_parent"
            said = f"{area_m2(shape):,.2f} m² lie outside its parent."
            yield PlanFault(kind, owner, said, shape, other_code=code)


def _dedicated(plan: Plan) -> Iterator[PlanFault]:
    frame = _valid(plan.grids[plan.grids["kind"] == "dedicated"])
    names, shapes = frame["code"].to_numpy(), frame.geometry.to_numpy()
    for first, second, shape in covers.overlaps(shapes):
        said = f"They share {area_m2(shape):,.1f} m²."
        yield PlanFault("dedicated_overlap", names[first], said, shape, other_code=names[second])
    homes = plan.divisions.drop_duplicates("code").set_index("code").geometry
    for code, village, shape in zip(names, frame["village_code"], shapes, strict=True):
        if village in homes.index and not shapely.intersects(homes[village], shape):
            yield PlanFault("outside_parent", code, "It does not touch its home village.", shape, other_code=village)


def _level2(footprints: gpd.GeoDataFrame) -> Iterator[PlanFault]:
    shapes, villages = footprints.geometry.to_numpy(), footprints["village_code"].to_numpy(dtype=object)
    for code, places in footprints.groupby("level2_code").indices.items():
        homes = sorted(set(villages[places]))
        whole = united(shapes[places])
        if len(homes) > 1:
            yield PlanFault("level2_straddles", str(code), f"Its leaves lie in {', '.join(homes)}.", whole)
        pieces = shapely.get_num_geometries(whole)
        if pieces > 1:
            yield PlanFault("level2_split", str(code), f"Its leaves make {pieces} pieces.", whole)


def _stacks(leaves: gpd.GeoDataFrame, footprint: NDArray[np.int64]) -> Iterator[PlanFault]:
    sizes = np.bincount(footprint, minlength=1)
    stacked = leaves.assign(footprint=footprint)[sizes[footprint] > 1]
    told = stacked[TELLING].notna().any(axis=1)
    same = stacked.duplicated(["footprint", *TELLING], keep=False)
    for row in stacked[~told | same].itertuples():
        yield PlanFault("stack_untold", row.code, "Nothing tells it from others on its footprint.", row.boundary)


def _valid(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    keep: NDArray[np.bool_] = shapely.is_valid(shapes) & ~shapely.is_empty(shapes)
    return frame if keep.all() else frame[keep]
