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

from gis.domain.cell_edges import (
    EDGE,
    OWNER,
    X1,
    X2,
    Y1,
    Y2,
    Edges,
    crosses,
    first_column_east_of,
    reach_of,
    reaches,
    room,
    room_for_edges,
    toggle,
)
from gis.domain.cell_kernels import (
    BITS,
    COLUMNS,
    FIRSTS,
    HEADER,
    LAYERS,
    ROWS,
    SHIFT,
    SIDE,
    SOUTH,
    WEST,
    Longs,
    Words,
    compiled,
)
from gis.domain.cell_leaves import CELL_SHIFT, CORNER_X, CORNER_Y, END, FIRST, LAST, START, write_leaf
from gis.domain.outlines import Rings

CROWDED = 12  # edges of boundaries in a cell that are worth another division; where three meet there are six
FINEST_SHIFT = 6  # cells of 64 steps, some 0.8 m
ROOT_CELLS = 1 << 20
DEEPEST = 18
# Of a cell that is divided (see `cell_leaves`): the place of its cells in the table, and the next of them.
PLACE, NEXT, CELL = 7, 8, 9


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
