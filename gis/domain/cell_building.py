"""How the table of `cell_index` is made; its format and the meaning of a leaf stand in `cell_kernels`.

Every edge is listed in the root cells that it reaches. Each row of cells is then swept from west to east with the set
of boundaries that cover the cells' south-west points, and a cell with too many edges is divided again and again.

A cell knows its *base*: the boundaries that an odd number of edges outside of its list puts around it. In the lowest
row that is what covers the south-west point, with every listed edge turned over that the ray from there crosses. Higher
up it changes wherever a listed edge has an end west of the cell, since every vertex ends an even number of a boundary's
edges: an odd number of them in the list leaves an odd number outside of it, which begin or end there.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gis.domain.cell_kernels import (
    BITS,
    COLUMNS,
    FIRSTS,
    HEADER,
    LAYERS,
    PAGE,
    ROWS,
    SHIFT,
    SIDE,
    SOUTH,
    WEST,
    Longs,
    Words,
    compiled,
)
from gis.domain.outlines import Rings

CROWDED = 12  # edges of boundaries in a cell that are worth another division; where three meet there are six
FINEST_SHIFT = 6  # cells of 64 steps, some 0.8 m
ROOT_CELLS = 1 << 20
TOP = 90 * 2**23 + 1
DEEPEST = 18
# Columns of an edge while cells are made.
X1, Y1, X2, Y2, OWNER, DONE, EDGE = 0, 1, 2, 3, 4, 5, 6
# A cell while it is made: base (`pool` from FIRST to LAST), edges (from START to END), south-west corner, shift; where
# it is divided also the place of its cells in the table, and the next of them.
FIRST, LAST, START, END, CORNER_X, CORNER_Y, CELL_SHIFT, PLACE, NEXT, CELL = 0, 1, 2, 3, 4, 5, 6, 7, 8, 9

Edges = NDArray[np.int32]


# --- one edge ---------------------------------------------------------------------------------------------------------


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


# --- sets and growing arrays ------------------------------------------------------------------------------------------


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


# --- edges to root cells ----------------------------------------------------------------------------------------------


@compiled("void(int32[:, ::1], int32[::1], int64[::1], int32[::1], int64[::1], int32[::1], boolean)")
def spread(
    vertices: Edges, owners: Words, starts: Longs, header: Words, cursor: Longs, listed: Words, write: bool
) -> None:
    """List each edge in the root cells that it reaches, and each owner where it begins or ends in a row.

    What is listed is the number of the edge's first vertex, or ``-1 - owner`` in the first cell whose south-west point
    lies east of an edge that passes its height. `cursor` is the next free place of each cell in `listed`; nothing but
    that is written unless `write`.
    """
    west, south, shift = np.int64(header[WEST]), np.int64(header[SOUTH]), np.int64(header[SHIFT])
    columns = np.int64(header[COLUMNS])
    edge = np.empty(EDGE, np.int32)
    for ring in range(len(starts) - 1):
        for vertex in range(starts[ring], starts[ring + 1] - 1):
            edge[X1], edge[Y1] = vertices[vertex, 0], vertices[vertex, 1]
            edge[X2], edge[Y2] = vertices[vertex + 1, 0], vertices[vertex + 1, 1]
            if edge[X1] == edge[X2] and edge[Y1] == edge[Y2]:
                continue
            low, high = min(edge[Y1], edge[Y2]), max(edge[Y1], edge[Y2])
            for row in range((low - south) >> shift, ((high - south) >> shift) + 1):
                bottom = south + (row << shift)
                if low <= bottom < high:
                    column = first_column_east_of(edge, west, shift, columns, bottom)
                    if column < columns:
                        cell = row * columns + column
                        if write:
                            listed[cursor[cell]] = -1 - owners[vertex]
                        cursor[cell] += 1
                first, last = reach_of(edge, west, bottom, shift)
                for column in range(max(first, 0), min(last, columns - 1) + 1):
                    cell = row * columns + column
                    if write:
                        listed[cursor[cell]] = vertex
                    cursor[cell] += 1


# --- leaves -----------------------------------------------------------------------------------------------------------


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


# --- cells ------------------------------------------------------------------------------------------------------------


@compiled("Tuple((int32[::1], int32[:, ::1]))(int32[::1], int32[:, ::1], int64[::1], int64[::1])")
def divide(pool: Words, edges: Edges, block: Longs, cell: Longs) -> tuple[Words, Edges]:
    """Make `cell` the next of a block's cells, its base and edges behind those of the block; return both lists.

    The base is what the block's base and edges say at the cell's south-west point, without the edges that the cell
    lists itself.
    """
    first, last, start, end = block[FIRST], block[LAST], block[START], block[END]
    west, south, shift = block[CORNER_X], block[CORNER_Y], block[CELL_SHIFT] - BITS
    cell_west = west + ((block[NEXT] & (SIDE - 1)) << shift)
    cell_south = south + ((block[NEXT] >> BITS) << shift)
    pool = room(pool, last + (last - first) + 3 * (end - start))
    edges = room_for_edges(edges, end + (end - start))
    base, listed = last + (last - first), end
    pool[last:base] = pool[first:last]
    for number in range(start, end):
        edge = edges[number]
        for at in (X1, X2):
            if edge[at] < west and south < edge[at + 1] <= cell_south:
                base = toggle(pool, last, base, edge[OWNER])
        if reaches(edge, cell_west, cell_south, shift):
            edges[listed] = edge
            listed += 1
        elif crosses(edge, cell_west, cell_south):
            base = toggle(pool, last, base, edge[OWNER])
    cell[FIRST], cell[LAST], cell[START], cell[END] = last, base, end, listed
    cell[CORNER_X], cell[CORNER_Y], cell[CELL_SHIFT] = cell_west, cell_south, shift
    return pool, edges


@compiled(
    "Tuple((int32[::1], int64, int32[::1], int32[:, ::1], int64))"
    "(int32[::1], int64, int32[::1], int32[:, ::1], int64[::1])"
)
def write_cell(table: Words, used: int, pool: Words, edges: Edges, cell: Longs) -> tuple[Words, int, Words, Edges, int]:
    """Write what stands behind a root cell: a leaf, or a block with all its cells.

    Return the table, its end, pool and edges (they may have moved), and the word of the cell.
    """
    blocks, depth, place, root = np.empty((DEEPEST, CELL), np.int64), 0, -1, -1
    while True:
        if cell[END] - cell[START] > CROWDED and cell[CELL_SHIFT] >= FINEST_SHIFT + BITS:
            value = -3 - 2 * used
            blocks[depth] = cell
            blocks[depth, PLACE], blocks[depth, NEXT] = used, 0
            depth += 1
            used += SIDE * SIDE
            table = room(table, used)
        else:
            table, used, value = write_leaf(table, used, pool, edges, cell)
        if place < 0:
            root = value
        else:
            table[place] = value
        while depth and blocks[depth - 1, NEXT] == SIDE * SIDE:
            depth -= 1
        if not depth:
            return table, used, pool, edges, root
        block = blocks[depth - 1]
        pool, edges = divide(pool, edges, block, cell)
        place = block[PLACE] + block[NEXT]
        block[NEXT] += 1


@compiled("UniTuple(int64, 2)(int32[:, ::1], int32[::1], int32[::1], int32[::1], int64, int32[:, ::1])")
def gather(vertices: Edges, owners: Words, items: Words, around: Words, covering: int, edges: Edges) -> tuple[int, int]:
    """Take what is listed of a root cell: begin and end owners in the set `around`, copy edges; return both numbers."""
    end = 0
    for item in items:
        if item < 0:
            covering = toggle(around, 0, covering, -1 - item)
        else:
            edges[end, X1], edges[end, Y1] = vertices[item, 0], vertices[item, 1]
            edges[end, X2], edges[end, Y2] = vertices[item + 1, 0], vertices[item + 1, 1]
            edges[end, OWNER] = owners[item]
            end += 1
    return covering, end


@compiled("Tuple((int32[::1], int64))(int32[::1], int64, int32[:, ::1], int32[::1], int32[::1], int64[::1])")
def write_rows(
    table: Words, used: int, vertices: Edges, owners: Words, listed: Words, firsts: Longs
) -> tuple[Words, int]:
    """Sweep every row of root cells and write what stands behind each; return the table and its end.

    `listed` from ``firsts[cell]`` on is what `spread` has listed of a cell.
    """
    columns, shift = np.int64(table[COLUMNS]), np.int64(table[SHIFT])
    around, pool, edges = np.empty(64, np.int32), np.empty(64, np.int32), np.empty((64, EDGE), np.int32)
    cell = np.zeros(CELL, np.int64)
    for row in range(table[ROWS]):
        covering, open_ground, is_known = 0, -1, True
        for column in range(columns):
            number = row * columns + column
            size = firsts[number + 1] - firsts[number]
            around, edges = room(around, covering + size), room_for_edges(edges, size)
            items = listed[firsts[number] : firsts[number + 1]]
            covering, end = gather(vertices, owners, items, around, covering, edges)
            is_known = is_known and end == size
            if is_known and not end:
                table[HEADER + number] = open_ground
                continue
            pool = room(pool, covering + end)
            pool[:covering] = around[:covering]
            cell[CORNER_X], cell[CORNER_Y] = table[WEST] + (column << shift), table[SOUTH] + (row << shift)
            cell[FIRST], cell[LAST], cell[START], cell[END], cell[CELL_SHIFT] = 0, covering, 0, end, shift
            for edge in range(end):
                if crosses(edges[edge], cell[CORNER_X], cell[CORNER_Y]):
                    cell[LAST] = toggle(pool, 0, cell[LAST], edges[edge, OWNER])
            table, used, pool, edges, value = write_cell(table, used, pool, edges, cell)
            table[HEADER + number] = value
            if not end:
                open_ground, is_known = value, True
    return table, used


def header_of(vertices: Edges, firsts: Sequence[int]) -> Words:
    """Return the header of a table around vertices; `firsts` are the layers' first positions, and the number of all."""
    header = np.zeros(HEADER, dtype=np.int32)
    header[LAYERS] = len(firsts) - 1
    header[FIRSTS : FIRSTS + len(firsts)] = firsts
    if len(vertices):
        west, south = (int(side) for side in vertices.min(axis=0))
        width, height = (int(side) for side in vertices.max(axis=0).astype(np.int64) - (west, south) + 1)
        most = min(max(len(vertices) // 4, 1), ROOT_CELLS)
        shift = 0
        while ((width - 1 >> shift) + 1) * ((height - 1 >> shift) + 1) > most:
            shift += 1
        header[[WEST, SOUTH, COLUMNS, ROWS, SHIFT]] = (
            west,
            south,
            (width - 1 >> shift) + 1,
            (height - 1 >> shift) + 1,
            shift,
        )
    return header


def build(layers: Sequence[Rings]) -> Words:
    """Return the table over layers of boundaries (see `cell_kernels`)."""
    firsts = np.concatenate([[0], np.cumsum([len(layer.firsts) - 1 for layer in layers])])
    vertices = np.concatenate([layer.vertices for layer in layers])
    owners = np.concatenate([layer.owners() + first for layer, first in zip(layers, firsts, strict=False)])
    owners = owners.astype(np.int32)
    sizes = np.concatenate([np.diff(layer.starts) for layer in layers])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    header = header_of(vertices, firsts.tolist())
    cells = int(header[COLUMNS]) * int(header[ROWS])
    nothing = np.empty(0, np.int32)
    counts = np.zeros(cells + 1, dtype=np.int64)
    spread(vertices, owners, starts, header, counts, nothing, False)
    places = np.concatenate([[0], np.cumsum(counts)])[: cells + 1]
    listed = np.empty(places[-1], dtype=np.int32)
    spread(vertices, owners, starts, header, places.copy(), listed, True)
    table = np.empty(HEADER + cells + 4 * len(listed), dtype=np.int32)
    table[:HEADER] = header
    table, used = write_rows(table, HEADER + cells, vertices, owners, listed, places)
    built: Words = table[:used].copy()
    return built
