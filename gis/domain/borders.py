"""Borders of one layer: how far from them points lie, and which is nearest to a point outside of all.

Coordinates are lattice steps (EPSG:4490, longitude before latitude); positions are places in ascending order of id.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Polygon

from gis.domain import coordinates
from gis.domain.cell_distances import distance, distances
from gis.domain.outlines import STEP, covers, metres_per_step, rings_of

Places = NDArray[np.int64]
Reals = NDArray[np.float64]
Words = NDArray[np.int32]


class Borders:
    """The rings of boundaries, and a tree over their boxes; `boundaries` are in degrees. Threads may share it."""

    def __init__(self, boundaries: Sequence[Polygon | MultiPolygon] | NDArray[np.object_]) -> None:
        shapes = np.asarray(boundaries, dtype=object)
        self.rings = rings_of(shapes)
        self._boxes = shapely.STRtree(np.asarray(shapely.box(*shapely.bounds(shapes).T), dtype=object))

    def covering(self, x: int, y: int) -> list[int]:
        """Return all positions whose boundaries cover one lattice point, ascending."""
        near = np.sort(self._boxes.query(shapely.Point(x * STEP, y * STEP)))
        return [int(position) for position in near if covers(self.rings.of(position), x, y)]

    def distance(self, x: int, y: int, position: int) -> float:
        """Return metres from one lattice point to the border at a position; see `distances`."""
        step_x, step_y = (float(step) for step in metres_per_step(y * STEP))
        rings = self.rings
        return float(distance(rings.vertices, rings.starts, rings.firsts, position, x, y, step_x, step_y))

    def distances(self, xs: Words, ys: Words, positions: NDArray[np.signedinteger[Any]]) -> Reals:
        """Return metres from lattice points to the borders at positions; NaN for -1. See `outlines.distance_m`."""
        found = np.empty(len(xs))
        points = np.ascontiguousarray(np.column_stack([xs, ys]), dtype=np.int32)
        steps = np.ascontiguousarray(np.column_stack(metres_per_step(coordinates.from_lattice(ys))))
        where = np.ascontiguousarray(positions, dtype=np.int64)
        distances(self.rings.vertices, self.rings.starts, self.rings.firsts, where, points, steps, found)
        return found

    def nearest(self, xs: Words, ys: Words, limit_m: float) -> tuple[Words, Reals]:
        """Return position and metres of the nearest border within a limit for lattice points outside, else -1 and NaN.

        The lowest position wins where two are equally near.
        """
        point, position = self._near(xs, ys, limit_m)
        metres = self.distances(xs[point], ys[point], position)
        order = np.lexsort((position, metres, point))
        point, position, metres = point[order], position[order], metres[order]
        best = np.append(True, point[1:] != point[:-1])[: len(point)] & (metres <= limit_m)
        found, distance = np.full(len(xs), -1, dtype=np.int32), np.full(len(xs), np.nan)
        found[point[best]], distance[point[best]] = position[best], metres[best]
        return found, distance

    def _near(self, xs: Words, ys: Words, limit_m: float) -> tuple[Places, Places]:
        """Return pairs of point and position whose boxes come within the limit, and perhaps a little more."""
        lon, lat = coordinates.from_lattice(xs), coordinates.from_lattice(ys)
        east, north = reach(lat, limit_m)
        point, position = self._boxes.query(shapely.box(lon - east, lat - north, lon + east, lat + north))
        return point, position


def reach(lat: ArrayLike, limit_m: float) -> tuple[Reals, Reals]:
    """Return degrees east and north that hold all places within `limit_m` metres, with one per cent to spare."""
    step_x, step_y = metres_per_step(lat)
    return 1.01 * limit_m * STEP / np.maximum(step_x, 1e-9), 1.01 * limit_m * STEP / step_y
