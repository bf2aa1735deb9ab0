"""The compiled loops of `cell_index`: build the cells of a layer, look points up in them, measure distances.

Everything is int32 lattice steps; orientations are int64 and exact. A *cell* answers in one number: the position of
the boundary that covers all of it, -1 for nobody, a *leaf* (``-2 - offset`` into the words), or a finer *block* of
cells (``BLOCK + offset`` into the cells). A leaf, like every list of boundaries here, is a run of int32 words:

    number of entries, then per entry in ascending position
        position * 2 + parity, number of records, and per record: ax, ay, bx, by

An entry tells whether its boundary covers a point of the cell: the parity, turned over once for every record that the
ray from the point to the west crosses (a record takes its lower end, leaves its upper one), or at once when the point
lies on a record. Records are the boundary's edges near the cell, in full length, so nothing is ever rounded. The edges
farther west cross the ray or not by the point's height alone; the parity says so for the lowest row of the cell, and
where it changes higher up an upright record one step west of the cell stands in for them.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.int32]
Longs = NDArray[np.int64]
Reals = NDArray[np.float64]

BITS = 3
SIDE = 1 << BITS
BLOCK = 1 << 30
TOP = np.int32(2**31 - 1)
CERTAINLY = 0.999999  # more than rounding can be off: an edge is passed over only where it cannot be the nearest


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


@compiled("int64(int32[::1], int64, int64, int64)")
def side(words: Words, at: int, x: int, y: int) -> int:
    """Return a number above 0 where the point lies west of the record at `at`, 0 on its line."""
    ax, ay = np.int64(words[at]), np.int64(words[at + 1])
    return int((words[at + 2] - ax) * (y - ay) - (words[at + 3] - ay) * (x - ax))


@compiled("boolean(int32[::1], int64, int64, int64)")
def crosses(words: Words, at: int, x: int, y: int) -> bool:
    """Tell whether the ray from the point to the west crosses the record at `at`."""
    return bool(words[at + 1] <= y < words[at + 3] and side(words, at, x, y) < 0)


@compiled("int64(int32[::1], int64, int64, int64)")
def search_leaf(words: Words, at: int, x: int, y: int) -> int:
    """Return the lowest position of the leaf at `at` that covers the point, or -1."""
    entries = words[at]
    at += 1
    for _ in range(entries):
        inside = words[at] & 1
        last = at + 2 + 4 * words[at + 1]
        for record in range(at + 2, last, 4):
            ay, by = np.int64(words[record + 1]), np.int64(words[record + 3])
            if ay <= y <= by:
                ax, bx = np.int64(words[record]), np.int64(words[record + 2])
                turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
                if turn == 0 and min(ax, bx) <= x <= max(ax, bx):
                    inside = 1
                    break
                inside ^= (y < by) & (turn < 0)
        if inside:
            return int(words[at] >> 1)
        at = last
    return -1


@compiled("int64(int32[::1], int32[::1], int64[::1], int64, int64)")
def locate_one(cells: Words, words: Words, frame: Longs, x: int, y: int) -> int:
    """Return the lowest position that covers one lattice point, or -1. `frame` is west, south, columns, rows, shift."""
    east, north, shift = x - frame[0], y - frame[1], frame[4]
    if east < 0 or north < 0 or (east >> shift) >= frame[2] or (north >> shift) >= frame[3]:
        return -1
    value = np.int64(cells[(north >> shift) * frame[2] + (east >> shift)])
    while value >= BLOCK:
        shift -= BITS
        row, column = (north >> shift) & (SIDE - 1), (east >> shift) & (SIDE - 1)
        value = np.int64(cells[value - BLOCK + row * SIDE + column])
    if value >= -1:
        return int(value)
    return int(search_leaf(words, -2 - value, x, y))


@compiled("void(int32[::1], int32[::1], int64[::1], int32[::1], int32[::1], int32[::1])")
def locate(cells: Words, words: Words, frame: Longs, xs: Words, ys: Words, found: Words) -> None:
    """Write for each lattice point the lowest position that covers it, or -1, into `found`."""
    for point in range(len(xs)):
        found[point] = locate_one(cells, words, frame, xs[point], ys[point])


@compiled("float64(int32[:, ::1], int64, int64, int64, int64, float64, float64)")
def distance_one(ends: Words, first: int, last: int, x: int, y: int, step_x: float, step_y: float) -> float:
    """Return the distance in metres from a lattice point to edges `first` to `last`; see `outlines.distance_m`."""
    nearest = np.inf
    for edge in range(first, last):
        ax, ay = np.int64(ends[edge, 0]), np.int64(ends[edge, 1])
        bx, by = np.int64(ends[edge, 2]), np.int64(ends[edge, 3])
        beside = max(float(min(ax, bx) - x), float(x - max(ax, bx)), 0.0) * step_x
        above = max(float(ay - y), float(y - by), 0.0) * step_y
        if (beside * beside + above * above) * CERTAINLY > nearest:
            continue
        run, rise = (bx - ax) * step_x, (by - ay) * step_y
        to_ax, to_ay = (x - ax) * step_x, (y - ay) * step_y
        along, length = to_ax * run + to_ay * rise, run * run + rise * rise
        if along <= 0:
            squared = to_ax * to_ax + to_ay * to_ay
        elif along < length:
            height = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) * (step_x * step_y)
            squared = height * height / length
        else:
            to_bx, to_by = (x - bx) * step_x, (y - by) * step_y
            squared = to_bx * to_bx + to_by * to_by
        nearest = min(nearest, squared)
    return float(np.sqrt(nearest))


@compiled("void(int32[:, ::1], int64[::1], int64[::1], int32[:, ::1], float64[:, ::1], float64[::1])")
def distances(ends: Words, starts: Longs, positions: Longs, points: Words, steps: Reals, found: Reals) -> None:
    """Write for each point the distance in metres to the border of the boundary at its position; NaN for -1."""
    for point in range(len(positions)):
        position = positions[point]
        found[point] = np.nan
        if position >= 0:
            x, y = points[point, 0], points[point, 1]
            first, last = starts[position], starts[position + 1]
            found[point] = distance_one(ends, first, last, x, y, steps[point, 0], steps[point, 1])
