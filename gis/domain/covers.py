"""Covers: areas that share their borders vertex by vertex, and where they do not.

Shapes are polygons in degrees (EPSG:4490), longitude latitude, on the lattice. A difference no wider than two lattice
steps (2.6 cm) is a sliver: the edges were meant to be one and differ in their vertices.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain.footprints import footprint_keys
from gis.domain.grids import united
from gis.domain.outlines import STEP

Shapes = NDArray[np.object_]
SLIVER_DEG = 2 * STEP
THIN_DEG = 16 * STEP


def footprint_numbers(shapes: Shapes) -> NDArray[np.int64]:
    """Return for each shape the number of its footprint: equal for the same polygon, wherever its ring starts.

    Only shapes with the same rectangle are compared.
    """
    first: NDArray[np.int64] = np.arange(len(shapes), dtype=np.int64)
    alike = np.flatnonzero(pd.DataFrame(shapely.bounds(shapes)).duplicated(keep=False).to_numpy())
    if alike.size:
        seen: dict[bytes, int] = {}
        for place, key in zip(alike.tolist(), footprint_keys(shapes[alike]), strict=True):
            first[place] = seen.setdefault(key, place)
    return np.unique(first, return_inverse=True)[1].astype(np.int64)


def overlaps(shapes: Shapes, among: NDArray[np.intp] | None = None) -> Iterator[tuple[int, int, shapely.Geometry]]:
    """Yield each pair of shapes (positions, lower first) whose insides meet, with what they share.

    `among` narrows to pairs that have one of these positions.
    """
    asked = np.arange(len(shapes)) if among is None else among
    left, right = shapely.STRtree(shapes).query(shapes[asked], predicate="intersects")
    pairs = np.unique(np.sort(np.stack([asked[left], right], axis=1), axis=1), axis=0)
    left, right = pairs[pairs[:, 0] < pairs[:, 1]].T
    shared = shapely.intersection(shapes[left], shapes[right])
    for pair in np.flatnonzero(shapely.area(shared) > 0).tolist():
        yield int(left[pair]), int(right[pair]), _areal(shared[pair])


def clashes(shapes: Shapes) -> Iterator[tuple[int, int | None, shapely.Geometry, bool]]:
    """Yield where shapes that should be a cover are none: first, second, what they share, whether it is a sliver.

    The second is None for an edge that no overlap explains; then the shape is the edge.
    """
    if not len(shapes):
        return
    edges = shapely.coverage_invalid_edges(shapes)
    suspects = np.flatnonzero(~(shapely.is_missing(edges) | shapely.is_empty(edges)))
    explained = set()
    # Among all: a shape that has another wholly inside it has no edge that is wrong.
    for first, second, shared in overlaps(shapes, suspects):
        explained |= {first, second}
        yield first, second, shared, is_sliver(shared)
    for place in suspects.tolist():
        if place not in explained:
            yield place, None, edges[place], True


def noded(shapes: Shapes, home: NDArray[np.intp], outlines: Shapes) -> tuple[Shapes, Shapes]:
    """Return shapes and the outlines they lie in as one cover on the lattice, where every edge is shared.

    All borders are noded together by snap rounding, which is exact on a lattice and moves nothing by more than half a
    step. Each face that they enclose belongs to the first outline that it lies in, and there to the first shape of that
    outline (`home` is its position) that it lies in; a face in none goes to the neighbour with the longest common
    border. Shapes and outlines that no face is left for come back empty. (GEOS's own coverage cleaner may lose a whole
    face to its snapping.)
    """
    borders = shapely.union_all(shapely.boundary(np.concatenate([shapes, outlines])), grid_size=STEP)
    faces = shapely.get_parts(shapely.polygonize([borders]))
    outline = _first(*_inside(faces, outlines), len(faces))
    face, owner = _inside(faces, shapes)
    at_home = home[owner] == outline[face]
    owners = _first(face[at_home], owner[at_home], len(faces))
    _adopt(faces, outline, owners)
    return _united_by(faces, owners, len(shapes)), _united_by(faces, outline, len(outlines))


def _inside(faces: Shapes, shapes: Shapes) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return pairs of positions: faces, and shapes that they lie in as far as noding by half a step lets tell."""
    tree = shapely.STRtree(shapes)
    face, shape = tree.query(shapely.point_on_surface(faces), predicate="intersects")
    # Of a thin face one point may lie on the other side of a border that has moved; most of the face does not.
    thin = np.flatnonzero(shapely.area(faces) <= THIN_DEG * shapely.length(faces) / 2)
    of_thin, around = tree.query(faces[thin], predicate="intersects")
    of_thin = thin[of_thin]
    shared = shapely.area(shapely.intersection(faces[of_thin], shapes[around]))
    most = shared > shapely.area(faces[of_thin]) / 2
    wide = ~np.isin(face, thin)
    return np.concatenate([face[wide], of_thin[most]]), np.concatenate([shape[wide], around[most]])


def _first(things: NDArray[np.intp], owners: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """Return for each of `count` things the lowest of the owners that stand beside it, -1 where none does."""
    lowest = pd.Series(owners).groupby(things).min()
    found = np.full(count, -1, dtype=np.intp)
    found[lowest.index] = lowest
    return found


def _adopt(faces: Shapes, outline: NDArray[np.intp], owners: NDArray[np.intp]) -> None:
    """Give faces without an owner to the owner, inside the same outline, with the longest common border; in place."""
    tree = shapely.STRtree(faces)
    while len(free := np.flatnonzero((owners < 0) & (outline >= 0))):
        left, right = tree.query(faces[free], predicate="intersects")
        left = free[left]
        usable = (owners[right] >= 0) & (outline[left] == outline[right])
        left, right = left[usable], right[usable]
        common = shapely.length(shapely.intersection(shapely.boundary(faces[left]), shapely.boundary(faces[right])))
        table = pd.DataFrame({"face": left, "owner": owners[right], "common": common})
        table = table[table["common"] > 0].groupby(["face", "owner"], as_index=False)["common"].sum()
        if table.empty:
            return
        best = table.loc[table.groupby("face")["common"].idxmax()]
        owners[best["face"].to_numpy()] = best["owner"].to_numpy()


def _united_by(faces: Shapes, owners: NDArray[np.intp], count: int) -> Shapes:
    """Return for each of `count` owners the union of its faces, empty where it has none."""
    cover = np.full(count, shapely.Polygon(), dtype=object)
    owned = np.flatnonzero(owners >= 0)
    for owner, places in pd.Series(owned).groupby(owners[owned]).indices.items():
        cover[owner] = united(faces[owned[places]])
    return cover


def differences(
    parent: shapely.Geometry, children: Shapes
) -> tuple[list[tuple[shapely.Geometry, bool]], list[tuple[shapely.Geometry, bool]]]:
    """Return what of the parent no child covers and what the children cover outside of it, in separate pieces.

    Each piece comes with whether it is a sliver.
    """
    whole = united(children)
    if footprint_keys([whole]) == footprint_keys([parent]):
        return [], []
    missing = _pieces(shapely.difference(parent, whole)) or [(hole, True) for hole in pinholes(parent, children)]
    return missing, _pieces(shapely.difference(whole, parent))


def pinholes(parent: shapely.Geometry, children: Shapes) -> list[shapely.Polygon]:
    """Return holes between children that are none of the parent; overlays may close those of a lattice step or two."""
    whole = united(children)
    if holes(whole) <= holes(parent):
        return []
    rings = [ring for part in shapely.get_parts(whole) for ring in shapely.get_rings(part)[1:]]
    return [hole for hole in shapely.polygons(rings) if shapely.intersects(parent, hole)]


def runs_along(piece: shapely.Geometry, outline: shapely.Geometry) -> bool:
    """Tell whether a piece stays within two lattice steps of a border; a crack that runs inwards does not."""
    corners = shapely.points(shapely.get_coordinates(piece))
    return bool((shapely.distance(corners, shapely.boundary(outline)) <= SLIVER_DEG).all())


def holes(shape: shapely.Geometry) -> int:
    """Return how many holes a polygon or multipolygon has."""
    return int(shapely.get_num_interior_rings(shapely.get_parts(shape)).sum())


def nearest_owner(piece: shapely.Geometry, shapes: Shapes) -> int:
    """Return the position of the shape that has most of a piece in it."""
    return int(np.argmax(shapely.area(shapely.intersection(shapes, piece))))


def is_sliver(shape: shapely.Geometry) -> bool:
    """Tell whether an area is on average no wider than two lattice steps."""
    return bool(shapely.area(shape) <= SLIVER_DEG * shapely.length(shape) / 2)


def _pieces(shape: shapely.Geometry) -> list[tuple[shapely.Geometry, bool]]:
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0]
    return [(part, is_sliver(part)) for part in parts]


def _areal(shape: shapely.Geometry) -> shapely.Geometry:
    """Return only the polygons of what two areas share."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
