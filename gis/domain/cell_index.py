"""The rule of `routing` at memory speed: which boundary of each layer covers a point.

Most of the area lies in cells that one boundary covers whole: one or two array reads. Only a point near a border is
held against the few edges near it, those of all layers in one pass (`cell_kernels` says how, `cell_building` makes it).
Answers are those of `outlines.covers` to the last bit, borders and corners included; boundaries may overlap, have holes
and parts; the lowest one that covers wins. Coordinates are EPSG:4490, longitude latitude, snapped to the lattice here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.domain import cell_building, coordinates
from gis.domain import cell_kernels as kernels
from gis.domain.outlines import Rings, rings_of
from gis.errors import InvalidGeometryError

Words = NDArray[np.int32]

# From so many points on, and so many jumps from tile to tile, sorting costs less than it saves.
WORTH_SORTING = 4_096
SCATTERED = 0.3
# Columns of frames may be read-only, for which no kernel is compiled.
COMPILED_FOR: tuple[Literal["C"], Literal["W"]] = ("C", "W")


class Covered(NamedTuple):
    """What covers points.

    Attributes
    ----------
    positions : int32, shape (layers, points): place of the lowest boundary of each layer, -1 for none.
    on_border : bool, shape (points,): whether the point lies on the border of the one of the first layer.
    """

    positions: Words
    on_border: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CellIndex:
    """An index over layers of boundaries; make it with `CellIndex.build`. Threads and processes may share it.

    `table` is all of it: one array of int32, see `cell_kernels`.
    """

    table: Words

    @classmethod
    def build(cls, layers: Sequence[Rings]) -> "CellIndex":
        """Build the index of layers, at most `MOST_LAYERS`; in each the boundaries come by ascending id."""
        return cls(cell_building.build(layers))

    @classmethod
    def mapped(cls, path: Path) -> "CellIndex":
        """Return the index in a file that `save` wrote; its pages are shared by all processes that map it."""
        # "c": nothing is ever written to it, but kernels are compiled for arrays that could be.
        return cls(np.memmap(path, dtype=np.int32, mode="c").view(np.ndarray))

    def save(self, path: Path) -> None:
        """Write the index into a file, in the order of bytes of this machine."""
        self.table.tofile(path)

    @property
    def layers(self) -> int:
        """How many layers there are."""
        return int(self.table[kernels.LAYERS])

    def at(self, x: int, y: int) -> list[int]:
        """Return for one lattice point the position in each layer, and 1 where it is on the border of the first."""
        found = np.empty((self.layers + 1, 1), dtype=np.int32)
        kernels.locate_one(self.table, x, y, found, 0)
        answer: list[int] = found[:, 0].tolist()
        return answer

    def at_lattice(self, xs: Words, ys: Words) -> Covered:
        """Return what covers lattice points."""
        found = np.empty((self.layers + 1, len(xs)), dtype=np.int32)
        points = [np.require(steps, np.int32, COMPILED_FOR) for steps in (xs, ys)]
        scattered = len(xs) >= WORTH_SORTING and kernels.disorder(self.table, *points) > SCATTERED
        (kernels.locate_scattered if scattered else kernels.locate)(self.table, *points, found)
        return Covered(found[:-1], found[-1] != 0)

    def locate(self, lon: ArrayLike, lat: ArrayLike) -> Covered:
        """Return what covers points in degrees. Raises `InvalidGeometryError` for what is no degree."""
        return self.at_lattice(*lattice(lon, lat))


def lattice(lon: ArrayLike, lat: ArrayLike) -> tuple[Words, Words]:
    """Return degrees as lattice steps, one-dimensional int32. Raises `InvalidGeometryError` for what is no degree."""
    xs, ys = (np.empty(np.size(degrees), dtype=np.int32) for degrees in (lon, lat))
    for degrees, steps in ((lon, xs), (lat, ys)):
        if kernels.to_steps(np.require(np.atleast_1d(degrees), np.float64, COMPILED_FOR), steps):
            raise InvalidGeometryError(coordinates.NO_DEGREE)
    return xs, ys


def compile_kernels() -> None:
    """Compile all kernels, so that no later process has to (importing this module does); try them once."""
    CellIndex.build([rings_of([shapely.box(122.99, 41.11, 123.0, 41.12)])]).locate([122.995], [41.115])


if __name__ == "__main__":
    compile_kernels()
