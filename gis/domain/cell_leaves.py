"""How the leaves of the table of `cell_index` are written; their format stands in `cell_kernels`.

A *cell* is a row of int64 while it is made: its base (the owners in `pool` from FIRST to LAST), its edges (from START
to END), its south-west corner and its shift. What a base is, `cell_building` says.
"""

import numpy as np

from gis.domain.cell_edges import DONE, OWNER, X1, X2, Y1, Y2, Edges, room
from gis.domain.cell_kernels import FIRSTS, LAYERS, PAGE, Longs, Words, compiled

FIRST, LAST, START, END, CORNER_X, CORNER_Y, CELL_SHIFT = 0, 1, 2, 3, 4, 5, 6
TOP = 90 * 2**23 + 1


@compiled("int64(int32[::1], int64)")
def bit_of(names: Words, owner: int) -> int:
    """Return the bit of an owner among the names of a page, 0 where it has none."""
    for place in range(len(names)):
        if names[place] == owner:
            return 1 << place
    return 0


@compiled("int64(int32[::1], int64, int64)")
def insert(names: Words, count: int, owner: int) -> int:
    """Put an owner into `count` ascending names unless they have it; return how many there are."""
    place = count
    while place > 0 and names[place - 1] > owner:
        place -= 1
    if place > 0 and names[place - 1] == owner:
        return count
    for moved in range(count, place, -1):
        names[moved] = names[moved - 1]
    names[place] = owner
    return count + 1


@compiled("int32[::1](int32[::1], int32[::1], int32[:, ::1], int64[::1])")
def names_of(header: Words, pool: Words, edges: Edges, cell: Longs) -> Words:
    """Return, ascending, what a leaf names: owners of its edges, and of each layer the lowest that covers it whole."""
    names = np.empty(cell[END] - cell[START] + header[LAYERS], np.int32)
    count = 0
    for edge in range(cell[START], cell[END]):
        count = insert(names, count, edges[edge, OWNER])
    for layer in range(header[LAYERS]):
        beyond = np.int64(header[FIRSTS + layer + 1])
        lowest = beyond
        for place in range(cell[FIRST], cell[LAST]):
            owner = np.int64(pool[place])
            if header[FIRSTS + layer] <= owner < lowest and not np.any(names[:count] == owner):
                lowest = owner
        if lowest < beyond:
            count = insert(names, count, lowest)
    return names[:count]


@compiled("boolean(int32[::1], int32[::1])")
def is_same(one: Words, other: Words) -> bool:
    """Tell whether two edges have the same ends, whatever way they run."""
    if one[X1] == other[X1] and one[Y1] == other[Y1]:
        return bool(one[X2] == other[X2] and one[Y2] == other[Y2])
    return bool(one[X1] == other[X2] and one[Y1] == other[Y2] and one[X2] == other[X1] and one[Y2] == other[Y1])


@compiled("int64(int32[::1], int64, int64, int64, int64)")
def write_vertex(table: Words, used: int, x: int, y: int, bits: int) -> int:
    """Write a vertex with the bits of the edge that ends there; return the end of the table."""
    table[used], table[used + 1], table[used + 2] = x, y, bits
    return used + 3


@compiled("int64(int32[:, ::1], int64, int64, int32[::1])")
def take_same(edges: Edges, number: int, end: int, names: Words) -> int:
    """Return the bits of all owners of an edge, and mark their copies up to `end` as done.

    An edge that one owner has twice is not taken twice: its copy stays an edge of its own.
    """
    bits: int = bit_of(names, edges[number, OWNER])
    for other in range(number + 1, end):
        if bits and not edges[other, DONE] and is_same(edges[number], edges[other]):
            bit = bit_of(names, edges[other, OWNER])
            if bit and not bits & bit:
                bits |= bit
                edges[other, DONE] = 1
    return bits


@compiled("int64(int32[::1], int64, int32[:, ::1], int64[::1], int32[::1])")
def write_edges(table: Words, used: int, edges: Edges, cell: Longs, names: Words) -> int:
    """Write the edges of a page's owners, along the borders where they follow each other; return the table's end."""
    began = used
    edges[cell[START] : cell[END], DONE] = 0
    for number in range(cell[START], cell[END]):
        edge = edges[number]
        bits = 0 if edge[DONE] else take_same(edges, number, cell[END], names)
        if bits:
            if used == began or table[used - 3] != edge[X1] or table[used - 2] != edge[Y1]:
                used = write_vertex(table, used, edge[X1], edge[Y1], 0)
            used = write_vertex(table, used, edge[X2], edge[Y2], bits)
    return used


@compiled("int64(int32[::1], int64, int32[:, ::1], int64[::1], int32[::1])")
def write_uprights(table: Words, used: int, edges: Edges, cell: Longs, names: Words) -> int:
    """Write an upright edge for every end west of the cell where the base of a page's owners changes.

    Return the end of the table.
    """
    began, west, south = used, cell[CORNER_X], cell[CORNER_Y]
    top = south + (1 << cell[CELL_SHIFT])
    for number in range(cell[START], cell[END]):
        bit = bit_of(names, edges[number, OWNER])
        for end in (X1, X2):
            y = edges[number, end + 1]
            if not bit or edges[number, end] >= west or not south < y < top:
                continue
            place = began
            while place < used and table[place + 1] != y:
                place += 6
            if place == used:
                used = write_vertex(table, used, west - 1, y, 0)
                used = write_vertex(table, used, west - 1, TOP, 0)
            table[place + 5] ^= bit
            if not table[place + 5]:
                used -= 6
                table[place : place + 6] = table[used : used + 6]
    return used


@compiled("Tuple((int32[::1], int64, int64))(int32[::1], int64, int32[::1], int32[:, ::1], int64[::1])")
def write_leaf(table: Words, used: int, pool: Words, edges: Edges, cell: Longs) -> tuple[Words, int, int]:
    """Write a leaf; return the table, its end, and the word of the cell.

    A cell without edges that one boundary covers, or none, needs no leaf.
    """
    count, names = cell[END] - cell[START], names_of(table, pool, edges, cell)
    if not count and len(names) < 2:
        return table, used, int(names[0]) if len(names) else -1
    leaf = used
    for low in range(0, len(names), PAGE):
        page = names[low : low + PAGE]
        # An edge takes six words at most, and so does each of its two uprights.
        table = room(table, used + 2 + PAGE + 18 * count)
        at, first, parity = used, used + 2 + len(page), 0
        for place in range(cell[FIRST], cell[LAST]):
            parity |= bit_of(page, pool[place])
        table[at + 2 : first] = page
        used = write_edges(table, first, edges, cell, page)
        used = write_uprights(table, used, edges, cell, page)
        more = 1 if low + PAGE < len(names) else 0
        table[at], table[at + 1] = len(page) | more << 5 | (used - first) // 3 << 6, parity
    return table, used, -2 - 2 * leaf
