"""Cleaning: a proposal that mends a plan's borders, with the area it would change. Never applied unasked.

Outlines have the last word: what a village does not contain is cut from its grids, what none of its grids contains is
given to the neighbour with the longest common border. Then all footprints are made into one cover, moved to the
lattice, and the outlines take over the nodes that this put on them.
"""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain import covers
from gis.domain.coordinates import STEPS_PER_DEGREE
from gis.domain.grids import CRS, Plan, level2_of, united
from gis.domain.validity import UP, area_m2

Shapes = NDArray[np.object_]
STEP = 1 / STEPS_PER_DEGREE
# A cut or a move to the lattice may put a node beside an edge that then has to be fitted once more.
ROUNDS = 4
COLUMNS = ["code", "name", "area_before_m2", "area_after_m2", "changed_m2"]


def propose(plan: Plan) -> tuple[Plan, gpd.GeoDataFrame]:
    """Return a plan with mended borders, and what that changes. The caller checks it again.

    Codes, missing parents and stacks are not mended: they are for people to decide. The second value has the columns
    code, name, area_before_m2, area_after_m2, changed_m2 (the area that is not the same before and after) and the
    difference as `boundary` (EPSG:4490), for each grid and division that changes, the largest first.
    """
    divisions = _valid_rings(plan.divisions)
    grids = _valid_rings(plan.grids)
    divisions = _clean_villages(divisions)
    leaves = grids[grids["kind"] == "comprehensive"]
    mended = _mended(leaves, divisions)
    grids = _with_shapes(grids, mended)
    divisions = _renested(divisions, grids)
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


def _clean_villages(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    villages = divisions[divisions["level"] == "village"]
    shapes = villages.geometry.to_numpy()
    if len(villages) < 2 or shapely.coverage_is_valid(shapes):
        return divisions
    return _with_shapes(divisions, pd.Series(_covered(shapes), index=villages.index))


def _mended(leaves: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame) -> "pd.Series[object]":
    """Return the mended boundary of each leaf; stacked leaves stay on one footprint."""
    footprint = covers.footprint_numbers(leaves.geometry.to_numpy())
    once = ~pd.Series(footprint).duplicated().to_numpy()
    first = leaves[once]
    cleaned = first.geometry.to_numpy().copy()
    villages = divisions[divisions["level"] == "village"].set_index("code").geometry
    members = [
        (villages[code], np.flatnonzero(first["village_code"] == code))
        for code in sorted(set(first["village_code"]) & set(villages.index))
    ]
    for _ in range(ROUNDS):
        for village, places in members:
            cleaned[places] = _fitted(village, cleaned[places])
        near = _unsound(cleaned)
        if not len(near):
            break
        cleaned[near] = _covered(cleaned[near])
    by_number = dict(zip(footprint[once], cleaned, strict=True))
    return pd.Series([by_number[number] for number in footprint], index=leaves.index, dtype=object)


def _fitted(village: shapely.Geometry, shapes: Shapes) -> Shapes:
    """Cut grids to their village and to one another (the earlier one keeps), and give away what is left."""
    missing, spilt = covers.differences(village, shapes)
    fitted = shapes.copy()
    if not all(covers.runs_along(piece, village) for piece, _ in spilt):
        fitted[:] = [_areal(shapely.intersection(shape, village)) for shape in fitted]
    for _, second, shared in list(covers.overlaps(fitted)):
        fitted[second] = _areal(shapely.difference(fitted[second], shared))
    if not all(covers.runs_along(piece, village) for piece, _ in missing):
        left = shapely.get_parts(shapely.difference(village, shapely.union_all(fitted)))
        _give_away([part for part in left if part.geom_type == "Polygon"], fitted)
    _give_away(covers.pinholes(village, fitted), fitted)
    return fitted


def _give_away(pieces: list[shapely.Polygon], grids: Shapes) -> None:
    """Join each piece to the grid with the longest common border, in place."""
    for piece in pieces:
        owner = int(np.argmax(shapely.length(shapely.intersection(grids, piece))))
        grids[owner] = _areal(united(np.array([grids[owner], piece], dtype=object)))


def _unsound(shapes: Shapes) -> NDArray[np.intp]:
    """Return the positions of shapes whose edges do not match, and of all that touch them; empty shapes are left."""
    edges = shapely.coverage_invalid_edges(shapes)
    bad = shapes[~(shapely.is_missing(edges) | shapely.is_empty(edges))]
    if not len(bad):
        return np.array([], dtype=np.intp)
    return np.unique(shapely.STRtree(shapes).query(bad, predicate="intersects")[1])


def _covered(shapes: Shapes) -> Shapes:
    """Return shapes as a cover on the lattice: nodes shared, hair-thin gaps and overlaps gone.

    All borders are noded together by snap rounding, which is exact on a lattice; then each face that they enclose goes
    to the first shape that it lies in. (GEOS's coverage cleaner may lose a whole face to its snapping.)
    """
    borders = shapely.union_all(shapely.boundary(shapes), grid_size=STEP)
    faces = shapely.get_parts(shapely.polygonize([borders]))
    face, owner = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="intersects")
    owners = pd.Series(owner).groupby(face).min()
    cover = np.full(len(shapes), shapely.Polygon(), dtype=object)
    for place, members in owners.groupby(owners).groups.items():
        cover[place] = united(faces[members])
    left = faces[np.setdiff1d(np.arange(len(faces)), owners.index)]
    _give_away([piece for piece in left if covers.is_sliver(piece)], cover)
    return cover


def _renested(divisions: gpd.GeoDataFrame, grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Let every outline take over the nodes of what it contains, level by level."""
    leaves = grids[grids["kind"] == "comprehensive"]
    members = leaves.assign(parent_code=leaves["village_code"])
    for level in ("village", *UP.values()):
        mine = divisions[divisions["level"] == level]
        if len(members):
            groups = {code: group.geometry.to_numpy() for code, group in members.groupby("parent_code")}
            shapes = [
                _noded(shape, groups[code]) if code in groups else shape
                for code, shape in zip(mine["code"], mine.geometry, strict=True)
            ]
            divisions = _with_shapes(divisions, pd.Series(shapes, index=mine.index, dtype=object))
        members = divisions[divisions["level"] == level]
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
