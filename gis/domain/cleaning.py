"""Cleaning: a proposal that mends a plan's borders, with the area it would change. Never applied unasked.

Villages have the last word: what a village does not contain is cut from its grids, what none of its grids contains is
given to the neighbour with the longest common border. All borders of a neighbourhood, outlines too, are noded together
on the lattice and every face goes to one grid, so the result is a cover by construction. A grid or village that would
lose most of itself is left as it is: what to do with it is for people to decide, and the check names it.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain import covers
from gis.domain.grids import CRS, Plan, level2_of, united
from gis.domain.outlines import STEP
from gis.domain.validity import UP, area_m2

Shapes = NDArray[np.object_]
Places = NDArray[np.intp]
# New nodes of one neighbourhood may bend an edge of the next by less than a step, which then has to be noded too.
ROUNDS = 6
KEPT_SHARE = 0.5
COLUMNS = ["code", "name", "area_before_m2", "area_after_m2", "changed_m2"]


def propose(plan: Plan) -> tuple[Plan, gpd.GeoDataFrame]:
    """Return a plan with mended borders, and what that changes. The caller checks it again.

    Codes, missing parents, stacks, and what mostly covers another are not mended: they are for people to decide. The
    second value has the columns code, name, area_before_m2, area_after_m2, changed_m2 (the area that is not the same
    before and after) and the difference as `boundary` (EPSG:4490), for each grid and division that changes, the largest
    first.
    """
    divisions = _valid_rings(plan.divisions)
    grids = _valid_rings(plan.grids)
    shapes, outlines = _mended(grids[grids["kind"] == "comprehensive"], divisions[divisions["level"] == "village"])
    grids = _with_shapes(grids, shapes)
    divisions = _renested(_with_shapes(divisions, outlines))
    names = dict(zip(plan.level2["code"], plan.level2["name"], strict=True))
    cleaned = replace(plan, divisions=divisions, grids=grids, level2=level2_of(grids, names))
    return cleaned, _changes(plan, cleaned)


def _valid_rings(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy().copy()
    bad = ~shapely.is_valid(shapes)
    if not bad.any():
        return frame
    shapes[bad] = [_areal(shapely.make_valid(shape, method="structure")) for shape in shapes[bad]]
    return frame.assign(boundary=gpd.GeoSeries(shapes, index=frame.index, crs=CRS))


def _mended(leaves: gpd.GeoDataFrame, villages: gpd.GeoDataFrame) -> tuple["pd.Series[object]", "pd.Series[object]"]:
    """Return the mended boundaries of leaves and villages; stacked leaves stay on one footprint."""
    footprint = covers.footprint_numbers(leaves.geometry.to_numpy())
    once = ~pd.Series(footprint).duplicated().to_numpy()
    places = pd.Series(np.arange(len(villages)), index=villages["code"])
    places = places[~places.index.duplicated()]
    shapes, outlines = leaves.geometry.to_numpy()[once].copy(), villages.geometry.to_numpy()
    home = leaves["village_code"][once].map(places).fillna(len(villages)).to_numpy(dtype=np.intp)
    elsewhere = home == len(villages)
    if elsewhere.any():
        ground_of_rest = _without_slivers(shapely.union_all(shapes[elsewhere], grid_size=STEP))
        outlines = np.array([*outlines, ground_of_rest], dtype=object)
    ground = _Ground(shapes, home, outlines.copy())
    ground.mend()
    by_number = dict(zip(footprint[once], ground.shapes, strict=True))
    return (
        pd.Series([by_number[number] for number in footprint], index=leaves.index, dtype=object),
        pd.Series(ground.outlines[: len(villages)], index=villages.index, dtype=object),
    )


def _without_slivers(whole: shapely.Geometry) -> shapely.Geometry:
    """Return an area without its holes that are hair-thin; it is the ground of grids whose village is not known."""
    parts = []
    for part in shapely.get_parts(whole):
        holes = [ring for ring in part.interiors if not covers.is_sliver(shapely.Polygon(ring))]
        parts.append(shapely.Polygon(part.exterior, holes))
    return shapely.MultiPolygon(parts)


class _Ground:
    """Footprints and the outlines of their villages while they are mended, in place.

    `home` is the position of each footprint's outline.
    """

    def __init__(self, shapes: Shapes, home: Places, outlines: Shapes) -> None:
        self.shapes, self.home, self.outlines = shapes, home, outlines
        self._given = shapes.copy(), outlines.copy()
        self._is_left = np.zeros(len(shapes), bool), np.zeros(len(outlines), bool)

    def mend(self) -> None:
        """Node what does not fit with all around it, until everything fits or nothing gets better."""
        left_over = ROUNDS
        bad = self._unfit(np.arange(len(self.outlines)))
        while left_over and not self._is_left[1][bad].all():
            around = np.unique(shapely.STRtree(self.outlines).query(self.outlines[bad], predicate="intersects")[1])
            around = around[~self._is_left[1][around]]
            if self._node(around):
                left_over -= 1
                bad = self._unfit(around)

    def _node(self, around: Places) -> bool:
        """Make one cover of the villages `around`; False, with nothing changed but who is left, if one loses most."""
        members = np.flatnonzero(np.isin(self.home, around) & ~self._is_left[0])
        local = np.searchsorted(around, self.home[members])
        shapes, outlines = covers.noded(self.shapes[members], local, self.outlines[around])
        lost = [
            _loses_most(given[places], mended)
            for given, places, mended in zip(self._given, (members, around), (shapes, outlines), strict=True)
        ]
        if lost[0].any() or lost[1].any():
            self._is_left[0][members[lost[0]]] = True
            self._is_left[1][around[lost[1]]] = True
            return False
        self.shapes[members], self.outlines[around] = shapes, outlines
        return True

    def _unfit(self, around: Places) -> Places:
        """Return the villages among `around`, and those that touch them, that are not tiled edge to edge."""
        near = np.unique(shapely.STRtree(self.outlines).query(self.outlines[around], predicate="intersects")[1])
        near = near[~self._is_left[1][near]]
        members = np.flatnonzero(np.isin(self.home, near) & ~self._is_left[0])
        unmatched = members[_has_invalid_edges(self.shapes[members])]
        found = {*self.home[unmatched], *near[_has_invalid_edges(self.outlines[near])]}
        places = pd.Series(members).groupby(self.home[members]).indices
        for village in near:
            if village in places and village not in found:
                own = self.shapes[members[places[village]]]
                if any(covers.differences(self.outlines[village], own)):
                    found.add(village)
        return np.array(sorted(found), dtype=np.intp)


def _loses_most(given: Shapes, mended: Shapes) -> NDArray[np.bool_]:
    kept = shapely.area(shapely.intersection(given, mended))
    return np.asarray(kept < KEPT_SHARE * shapely.area(given))


def _has_invalid_edges(shapes: Shapes) -> NDArray[np.bool_]:
    edges = shapely.coverage_invalid_edges(shapes)
    return np.asarray(~(shapely.is_missing(edges) | shapely.is_empty(edges)))


def _renested(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Let every outline above the villages take over the nodes of what it contains, level by level."""
    for below, level in UP.items():
        mine, members = divisions[divisions["level"] == level], divisions[divisions["level"] == below]
        groups = {code: group.geometry.to_numpy() for code, group in members.groupby("parent_code")}
        shapes = [
            _noded(shape, groups[code]) if code in groups else shape
            for code, shape in zip(mine["code"], mine.geometry, strict=True)
        ]
        divisions = _with_shapes(divisions, pd.Series(shapes, index=mine.index, dtype=object))
    return divisions


def _noded(outline: shapely.Geometry, members: Shapes) -> shapely.Geometry:
    """Return the outline of the members where it differs from the given one by slivers only, else the given one."""
    missing, spilt = covers.differences(outline, members)
    whole = united(members)
    near = all(sliver and covers.runs_along(piece, outline) for piece, sliver in missing + spilt)
    alike = near and covers.holes(whole) == covers.holes(outline)
    return whole if alike else outline


def _with_shapes(frame: gpd.GeoDataFrame, shapes: "pd.Series[object]") -> gpd.GeoDataFrame:
    present = pd.Series(frame.geometry.to_numpy().copy(), index=frame.index, dtype=object)
    present.loc[shapes.index] = shapes
    return frame.assign(boundary=gpd.GeoSeries(present.to_numpy(), index=frame.index, crs=CRS))


def _changes(before: Plan, after: Plan) -> gpd.GeoDataFrame:
    rows = []
    for old, new in ((before.divisions, after.divisions), (before.grids, after.grids)):
        for code, name, was, is_now in zip(old["code"], old["name"], old.geometry, new.geometry, strict=True):
            if shapely.equals_exact(shapely.normalize(was), shapely.normalize(is_now)):
                continue
            sound = was if shapely.is_valid(was) else shapely.make_valid(was, method="structure")
            changed = shapely.symmetric_difference(sound, is_now)
            rows.append((code, name, area_m2(sound), area_m2(is_now), area_m2(changed), changed))
    table = gpd.GeoDataFrame(pd.DataFrame(rows, columns=[*COLUMNS, "boundary"]), geometry="boundary", crs=CRS)
    return table.sort_values("changed_m2", ascending=False, kind="stable").reset_index(drop=True)


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
