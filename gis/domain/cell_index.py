"""The rule of `routing` for one layer at memory speed: which boundary covers a point.

A table of square cells over the layer. Most cells lie inside one boundary and hold its position; cells with edges hold
the few edges near them (`cell_kernels` says how), crowded ones are divided again (`cell_building`). Answers are those
of `outlines.covers` to the last bit, borders and corners included; boundaries may overlap, have holes and parts; the
lowest id that covers wins. Coordinates are EPSG:4490, longitude latitude, and are snapped to the lattice here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely import MultiPolygon, Polygon

from gis.domain import cell_building as building
from gis.domain import cell_kernels as kernels
from gis.domain import coordinates
from gis.domain.outlines import STEP, Edges, covers, edges_of, metres_per_step

Ids = NDArray[np.int64]
Reals = NDArray[np.float64]
Words = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class CellIndex:
    """An index over the boundaries of one layer; make it with `CellIndex.build`.

    Attributes
    ----------
    ids : ascending; a *position* is a place in this array.
    edges : of the boundaries, in the same order.
    cells, words, frame : the table; see `cell_kernels`.
    boxes : tree over the bounding boxes in degrees, to find what is near a point outside.
    """

    ids: Ids
    edges: Edges
    cells: Words
    words: Words
    frame: Ids
    boxes: Any

    @classmethod
    def build(cls, boundaries: Sequence[Polygon | MultiPolygon] | NDArray[np.object_], ids: ArrayLike) -> "CellIndex":
        """Build the index of polygons or multipolygons (EPSG:4490, longitude latitude), in any order of `ids`.

        Raises `InvalidGeometryError` for coordinates out of range.
        """
        given = np.asarray(ids, dtype=np.int64)
        order = np.argsort(given, kind="stable")
        shapes = np.asarray(boundaries, dtype=object)[order]
        edges = edges_of(shapes)
        boxes = shapely.STRtree(np.asarray(shapely.box(*shapely.bounds(shapes).T), dtype=object))
        cells, words, frame = building.build(edges)
        return cls(given[order], edges, cells, words, frame, boxes)

    @property
    def nbytes(self) -> int:
        """Memory of the arrays, in bytes."""
        return sum(array.nbytes for array in (self.ids, self.edges.ends, self.edges.starts, self.cells, self.words))

    def position(self, x: int, y: int) -> int:
        """Return the position of the boundary that covers one lattice point, or -1."""
        return int(kernels.locate_one(self.cells, self.words, self.frame, x, y))

    def positions(self, xs: Words, ys: Words) -> Words:
        """Return the positions of the boundaries that cover lattice points, or -1; int32."""
        found = np.empty(len(xs), dtype=np.int32)
        kernels.locate(self.cells, self.words, self.frame, np.ascontiguousarray(xs), np.ascontiguousarray(ys), found)
        return found

    def covering(self, x: int, y: int) -> list[int]:
        """Return all positions whose boundaries cover one lattice point, ascending."""
        near = np.sort(self.boxes.query(shapely.Point(x * STEP, y * STEP)))
        return [int(position) for position in near if covers(self.edges.of(position), x, y)]

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Ids:
        """Return for each point the lowest id whose closed boundary covers it, or -1. Ids must not be negative.

        Raises `InvalidGeometryError` for coordinates that are no degrees.
        """
        return self.ids_at(self.positions(*lattice(lon, lat)))

    def ids_at(self, positions: NDArray[np.signedinteger[Any]]) -> Ids:
        """Return the ids at positions, -1 for -1."""
        ids: Ids = np.append(self.ids, -1)[positions]
        return ids

    def distance_m(self, lon: ArrayLike, lat: ArrayLike, ids: ArrayLike) -> Reals:
        """Return metres from each point to the border of the boundary with the given id; NaN for unknown ids and -1."""
        wanted = np.asarray(ids, dtype=np.int64)
        places = np.minimum(np.searchsorted(self.ids, wanted), max(len(self.ids) - 1, 0))
        known = self.ids[places] == wanted if len(self.ids) else np.zeros(len(wanted), bool)
        return self.distances(*lattice(lon, lat), np.where(known, places, -1))

    def distances(self, xs: Words, ys: Words, positions: NDArray[np.signedinteger[Any]]) -> Reals:
        """Return metres from lattice points to the borders at positions; NaN for -1. See `outlines.distance_m`."""
        found = np.empty(len(xs))
        points = np.ascontiguousarray(np.column_stack([xs, ys]), dtype=np.int32)
        steps = np.ascontiguousarray(np.column_stack(metres_per_step(coordinates.from_lattice(ys))))
        where = np.ascontiguousarray(positions, dtype=np.int64)
        kernels.distances(self.edges.ends, self.edges.starts, where, points, steps, found)
        return found

    def nearest(self, xs: Words, ys: Words, limit_m: float) -> tuple[Words, Reals]:
        """Return position and metres of the nearest border within a limit for lattice points outside, else -1 and NaN.

        The lowest id wins where two are equally near.
        """
        point, position = self._near(xs, ys, limit_m)
        metres = self.distances(xs[point], ys[point], position)
        order = np.lexsort((position, metres, point))
        point, position, metres = point[order], position[order], metres[order]
        best = np.append(True, point[1:] != point[:-1])[: len(point)] & (metres <= limit_m)
        found, distance = np.full(len(xs), -1, dtype=np.int32), np.full(len(xs), np.nan)
        found[point[best]], distance[point[best]] = position[best], metres[best]
        return found, distance

    def _near(self, xs: Words, ys: Words, limit_m: float) -> tuple[Ids, Ids]:
        """Return pairs of point and position whose boxes come within the limit, and perhaps a little more."""
        lon, lat = coordinates.from_lattice(xs), coordinates.from_lattice(ys)
        east, north = reach(lat, limit_m)
        point, position = self.boxes.query(shapely.box(lon - east, lat - north, lon + east, lat + north))
        return point, position


def reach(lat: ArrayLike, limit_m: float) -> tuple[Reals, Reals]:
    """Return degrees east and north that hold all places within `limit_m` metres, with one per cent to spare."""
    step_x, step_y = metres_per_step(lat)
    return 1.01 * limit_m * STEP / np.maximum(step_x, 1e-9), 1.01 * limit_m * STEP / step_y


def lattice(lon: ArrayLike, lat: ArrayLike) -> tuple[Words, Words]:
    """Return degrees as lattice steps, one-dimensional int32. Raises `InvalidGeometryError`."""
    return coordinates.to_lattice(np.atleast_1d(lon)), coordinates.to_lattice(np.atleast_1d(lat))


def compile_kernels() -> None:
    """Compile all kernels, so that no later process has to (importing this module does); try them once."""
    square = shapely.box(122.99, 41.11, 123.0, 41.12)
    CellIndex.build([square], [1]).locate([122.995], [41.115])


if __name__ == "__main__":
    compile_kernels()
