"""The table of `cell_index`, and the compiled loops that look points up in it.

The whole index is one array of int32, so that it can be written to a file, mapped and shared as it is. Everything in it
is lattice steps, offsets into the table, or *positions*: boundaries are numbered through all layers, and within a layer
by ascending id. The header says where the root cells lie; the cells follow row by row; blocks and leaves come behind.

A *cell* is one word: the position of the one boundary that covers all of it, -1 for nobody, or a reference (-2 and
less) to a finer *block* of `SIDE` x `SIDE` cells or to a *leaf*. A leaf has pages of at most `PAGE` boundaries:

    number of boundaries | whether a page follows << 5 | number of vertices << 6
    parity: a bit for each boundary
    the positions of the boundaries, ascending
    per vertex: x, y, and the bits of the boundaries of the edge that ends there

Vertices follow each other as along a border; bits of 0 make a jump, no edge. The parity, with the bits of every edge
turned over that the ray from the point to the west crosses (an edge takes its lower end and leaves its upper
one), tells which boundaries the point lies in; it lies also in those of every edge that it is on. Edges keep their full
length, so nothing is ever rounded. Edges farther west cross the ray or not by the point's height alone: the parity says
so for the lowest row of the cell, and where it changes higher up an upright edge one step west of the cell stands in.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from gis.domain.coordinates import STEPS_PER_DEGREE

Words = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]

BITS = 2
SIDE = 1 << BITS
PAGE = 23
TILE = 8
# Words of the header.
WEST, SOUTH, COLUMNS, ROWS, SHIFT, LAYERS, FIRSTS, HEADER = 0, 1, 2, 3, 4, 5, 6, 16
MOST_LAYERS = HEADER - FIRSTS - 1
STEPS = float(STEPS_PER_DEGREE)
# The powers of 2 leave 36 different remainders when divided by 37.
PLACE_OF_BIT = np.array([next((bit for bit in range(36) if pow(2, bit, 37) == rest), 0) for rest in range(37)])


def _fingerprint() -> str:
    """Return a hash of all files with kernels of the index."""
    sources = sorted(Path(__file__).parent.glob("cell_*.py"))
    return hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


FINGERPRINT = _fingerprint()


def compiled(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile at import for one signature, so that no request waits; keep the result on disk where that is possible.

    What is kept carries the fingerprint of all these files in its name: by itself numba only sees a change of the file
    that a kernel stands in, and would go on with old code of the kernels that it calls.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        function.__qualname__ += f"_{FINGERPRINT}"
        try:
            kernel: Callable[..., Any] = numba.njit(signature, nogil=True, cache=True)(function)
        except RuntimeError:  # numba found no folder that it may write to
            kernel = numba.njit(signature, nogil=True)(function)
        return kernel

    return decorate


@compiled("int64(int32[::1], int64, int64)")
def cell_at(table: Words, x: int, y: int) -> int:
    """Return the word of the finest cell around a lattice point: a position, -1, or a reference to a leaf."""
    east, north, shift = x - table[WEST], y - table[SOUTH], np.int64(table[SHIFT])
    column, row = east >> shift, north >> shift
    if east < 0 or north < 0 or column >= table[COLUMNS] or row >= table[ROWS]:
        return -1
    value = np.int64(table[HEADER + row * table[COLUMNS] + column])
    while value < -1 and (value & 1):
        shift -= BITS
        row, column = (north >> shift) & (SIDE - 1), (east >> shift) & (SIDE - 1)
        value = np.int64(table[((-3 - value) >> 1) + row * SIDE + column])
    return int(value)


@compiled("UniTuple(int64, 2)(int32[::1], int64, int64, int64, int64)")
def meet_edges(table: Words, at: int, end: int, x: int, y: int) -> tuple[int, int]:
    """Return the bits turned over by edges that the ray to the west crosses, and those of edges that the point is on.

    The vertices lie from `at` to `end`. Which edges are crossed cannot be foreseen, so that is no branch.
    """
    turned, on = np.int64(0), np.int64(0)
    x1, y1 = np.int64(table[at]), np.int64(table[at + 1])
    for vertex in range(at + 3, end, 3):
        x2, y2, bits = np.int64(table[vertex]), np.int64(table[vertex + 1]), np.int64(table[vertex + 2])
        turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if turn == 0:
            if min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
                on |= bits
        else:
            turned ^= bits & -np.int64(((y1 <= y) != (y2 <= y)) & ((turn < 0) == (y2 > y1)))
        x1, y1 = x2, y2
    return int(turned), int(on)


@compiled("void(int32[::1], int64, int64, int64, int32[:, ::1], int64)")
def read_leaf(table: Words, at: int, x: int, y: int, found: Words, point: int) -> None:
    """Write what a leaf says of a lattice point into column `point`; see `locate`. `found` holds -1 and 0 before."""
    layers, more = table[LAYERS], 1
    while more:
        head, names = table[at], at + 2
        first = names + (head & 31)
        more, end = head >> 5 & 1, first + 3 * (head >> 6)
        turned, on = meet_edges(table, first, end, x, y)
        covered, layer = (table[at + 1] ^ turned) | on, 0
        while covered:
            lowest = covered & -covered
            covered ^= lowest
            position = table[names + PLACE_OF_BIT[lowest % 37]]
            while position >= table[FIRSTS + layer + 1]:
                layer += 1
            if found[layer, point] < 0:
                found[layer, point] = position - table[FIRSTS + layer]
                if layer == 0:
                    found[layers, point] = (on & lowest) != 0
        at = end


@compiled("void(int32[::1], int64, int64, int32[:, ::1], int64)")
def locate_one(table: Words, x: int, y: int, found: Words, point: int) -> None:
    """Write the answer for one lattice point into column `point` of `found`; see `locate`."""
    layers = table[LAYERS]
    for layer in range(layers):
        found[layer, point] = -1
    found[layers, point] = 0
    value = cell_at(table, x, y)
    if value >= 0:
        layer = 0
        while value >= table[FIRSTS + layer + 1]:
            layer += 1
        found[layer, point] = value - table[FIRSTS + layer]
    elif value < -1:
        read_leaf(table, (-2 - value) >> 1, x, y, found, point)


@compiled("void(int32[::1], int32[::1], int32[::1], int32[:, ::1])")
def locate(table: Words, xs: Words, ys: Words, found: Words) -> None:
    """Write for each lattice point the lowest place in each layer that covers it, or -1, a row for each layer.

    The last row is 1 where the point lies on the border of the boundary of the first layer that it is given to.
    """
    for point in range(len(xs)):
        locate_one(table, xs[point], ys[point], found, point)


@compiled("int64(int32[::1], int64, int64)")
def tile_of(table: Words, x: int, y: int) -> int:
    """Return the number of the tile of `TILE` x `TILE` root cells around a lattice point; outside any will do."""
    columns, rows, shift = np.int64(table[COLUMNS]), np.int64(table[ROWS]), np.int64(table[SHIFT])
    column = min(max((x - table[WEST]) >> shift, 0), columns - 1) // TILE
    row = min(max((y - table[SOUTH]) >> shift, 0), rows - 1) // TILE
    return int(row * (columns // TILE + 1) + column)


@compiled("void(int32[::1], int32[::1], int32[::1], int32[:, ::1])")
def sort_by_tile(table: Words, xs: Words, ys: Words, ordered: Words) -> None:
    """Write lattice points ordered by tile: rows x, y, and the place that each had."""
    tiles = (table[COLUMNS] // TILE + 1) * (table[ROWS] // TILE + 1)
    next_place = np.zeros(tiles + 1, np.int64)
    for point in range(len(xs)):
        next_place[tile_of(table, xs[point], ys[point]) + 1] += 1
    for tile in range(tiles):
        next_place[tile + 1] += next_place[tile]
    for point in range(len(xs)):
        tile = tile_of(table, xs[point], ys[point])
        place = next_place[tile]
        ordered[0, place], ordered[1, place], ordered[2, place] = xs[point], ys[point], point
        next_place[tile] += 1


@compiled("void(int32[::1], int32[::1], int32[::1], int32[:, ::1])")
def locate_scattered(table: Words, xs: Words, ys: Words, found: Words) -> None:
    """As `locate`, for points in no order: tile by tile, so that what is read lies near what was read before."""
    ordered, answers = np.empty((3, len(xs)), np.int32), np.empty(found.shape, np.int32)
    sort_by_tile(table, xs, ys, ordered)
    locate(table, ordered[0], ordered[1], answers)
    for row in range(len(found)):
        for place in range(len(xs)):
            found[row, ordered[2, place]] = answers[row, place]


@compiled("float64(int32[::1], int32[::1], int32[::1])")
def disorder(table: Words, xs: Words, ys: Words) -> float:
    """Return the share of points that lie in another tile than the one before them, among some that are looked at."""
    changes, looked_at = 0, 0
    for point in range(1, len(xs), max(len(xs) // 1_000, 1)):
        looked_at += 1
        changes += tile_of(table, xs[point], ys[point]) != tile_of(table, xs[point - 1], ys[point - 1])
    return changes / max(looked_at, 1)


@compiled("int64(float64[::1], int32[::1])")
def to_steps(degrees: Reals, steps: Words) -> int:
    """Write degrees as lattice steps; return how many are no degrees (nothing is written for those)."""
    wrong = 0
    for place in range(len(degrees)):
        if abs(degrees[place]) <= 180.0:
            steps[place] = int(np.rint(degrees[place] * STEPS))
        else:
            wrong += 1
    return wrong
