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


def overlaps(shapes: Shapes) -> Iterator[tuple[int, int, shapely.Geometry]]:
    """Yield each pair of shapes (positions, lower first) whose insides meet, with what they share."""
    tree = shapely.STRtree(shapes)
    left, right = tree.query(shapes, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
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
    for first, second, shared in overlaps(shapes[suspects]):
        explained |= {first, second}
        yield int(suspects[first]), int(suspects[second]), shared, is_sliver(shared)
    for place in sorted(set(range(len(suspects))) - explained):
        yield int(suspects[place]), None, edges[suspects[place]], True


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
