"""Edges, sets of owners and growing arrays: what the table of `cell_index` is made with.

An edge is a row of int32: its ends in lattice steps as its ring runs, the position of the boundary that owns it, and
whether a leaf has it already.
"""

import numpy as np
from numpy.typing import NDArray

from gis.domain.cell_kernels import Words, compiled

Edges = NDArray[np.int32]
X1, Y1, X2, Y2, OWNER, DONE, EDGE = 0, 1, 2, 3, 4, 5, 6


@compiled("int64(int64, int64, int64, int64, int64, int64)")
def turn_of(x1: int, y1: int, x2: int, y2: int, x: int, y: int) -> int:
    """Return a number above 0 where the point lies left of an edge, 0 on its line."""
    return (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)


@compiled("boolean(int32[::1], int64, int64)")
def crosses(edge: Words, x: int, y: int) -> bool:
    """Tell whether the ray from a point to the west crosses an edge."""
    x1, y1, x2, y2 = np.int64(edge[X1]), np.int64(edge[Y1]), np.int64(edge[X2]), np.int64(edge[Y2])
    if not min(y1, y2) <= y < max(y1, y2):
        return False
    turn = turn_of(x1, y1, x2, y2, x, y)
    return bool(turn != 0 and (turn < 0) == (y2 > y1))


@compiled("int64(int64, int64, int64)")
def within(value: int, low: int, high: int) -> int:
    """Return the nearest number that is not below `low` nor above `high`."""
    return min(max(value, low), high)


@compiled("UniTuple(int64, 2)(int32[::1], int64, int64, int64)")
def reach_of(edge: Words, west: int, south: int, shift: int) -> tuple[int, int]:
    """Return the first and last cell, counted from `west`, in which an edge passes lattice points of a row of cells.

    None where the last is before the first. Floating point is good to 1e-5 of a step here; listing an edge in a cell
    that it does not reach is harmless.
    """
    x1, y1, x2, y2 = np.int64(edge[X1]), np.int64(edge[Y1]), np.int64(edge[X2]), np.int64(edge[Y2])
    first, last = float(x1), float(x2)
    top = south + (1 << shift) - 1
    if min(y1, y2) < south or max(y1, y2) > top:
        slope = (x2 - x1) / (y2 - y1) if y2 != y1 else 0.0
        first = x1 + slope * (within(y1, south, top) - y1)
        last = x1 + slope * (within(y2, south, top) - y1)
    low, high = int(np.ceil(min(first, last) - 0.01)), int(np.floor(max(first, last) + 0.01))
    return (low - west) >> shift, (high - west) >> shift


@compiled("boolean(int32[::1], int64, int64, int64)")
def reaches(edge: Words, west: int, south: int, shift: int) -> bool:
    """Tell whether an edge passes lattice points of a cell, or perhaps just misses them."""
    side = 1 << shift
    if max(edge[X1], edge[X2]) < west or min(edge[X1], edge[X2]) >= west + side:
        return False
    if max(edge[Y1], edge[Y2]) < south or min(edge[Y1], edge[Y2]) >= south + side:
        return False
    first, last = reach_of(edge, west, south, shift)
    return bool(first <= 0 <= last)


@compiled("int64(int32[::1], int64, int64, int64, int64)")
def first_column_east_of(edge: Words, west: int, shift: int, columns: int, y: int) -> int:
    """Return the first column whose western side lies east of where an edge crosses the height y; exact."""
    x1, y1, x2, y2 = np.int64(edge[X1]), np.int64(edge[Y1]), np.int64(edge[X2]), np.int64(edge[Y2])
    x = int(np.floor(x1 + (x2 - x1) / (y2 - y1) * (y - y1)))
    column = min(max((x - west) >> shift, 0), columns)
    while column > 0 and crosses(edge, west + ((column - 1) << shift), y):
        column -= 1
    while column < columns and not crosses(edge, west + (column << shift), y):
        column += 1
    return column


@compiled("int64(int32[::1], int64, int64, int64)")
def toggle(pool: Words, first: int, last: int, owner: int) -> int:
    """Put an owner into the set that lies in the pool from `first` to `last`, or take it out; return the new end."""
    for place in range(first, last):
        if pool[place] == owner:
            pool[place] = pool[last - 1]
            return last - 1
    pool[last] = owner
    return last + 1


@compiled("int32[::1](int32[::1], int64)")
def room(words: Words, needed: int) -> Words:
    """Return the words, moved to a larger place where less than `needed` fit."""
    if needed <= len(words):
        return words
    larger = np.empty(max(needed, 2 * len(words)), np.int32)
    larger[: len(words)] = words
    return larger


@compiled("int32[:, ::1](int32[:, ::1], int64)")
def room_for_edges(edges: Edges, needed: int) -> Edges:
    """Return the edges, moved to a larger place where less than `needed` fit."""
    if needed <= len(edges):
        return edges
    larger = np.empty((max(needed, 2 * len(edges)), EDGE), np.int32)
    larger[: len(edges)] = edges
    return larger
