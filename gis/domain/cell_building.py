"""How the cells of `cell_index` are made: blocks of cells are divided until each holds a few records.

The format of leaves and the meaning of their entries stand in `cell_kernels`. Dividing a block gives every cell the
records that reach one of its lattice points. What lies farther west is told by parity: for the lowest row exactly
(`crosses` at the cell's south-west point, over all records and over those of the cell), and higher up by upright
records that begin wherever a record of the cell has an end west of it. This is right because every vertex ends an even
number of edges: an odd number of them in the cell's list leaves an odd number outside of it, which begin or end there.
"""

import numpy as np
from numpy.typing import NDArray

from gis.domain.cell_kernels import BITS, BLOCK, SIDE, TOP, Longs, Words, compiled, crosses, side
from gis.domain.outlines import Edges

Flags = NDArray[np.uint8]

CROWDED = 16  # records in a cell that are worth another division; a corner of three boundaries has six
FINEST_SHIFT = 7  # cells of 128 steps, some 1.5 m
ROOT_CELLS = 1 << 19
STARTS, LISTED = np.uint8(1), np.uint8(2)


@compiled("void(int32[:, ::1], int64[::1], int32[::1])")
def write_root(ends: Words, starts: Longs, out: Words) -> None:
    """Write all boundaries as one list of entries."""
    out[0] = len(starts) - 1
    at = 1
    for position in range(len(starts) - 1):
        out[at], out[at + 1] = position * 2, starts[position + 1] - starts[position]
        at += 2
        for edge in range(starts[position], starts[position + 1]):
            for number in range(4):
                out[at + number] = ends[edge, number]
            at += 4


@compiled("UniTuple(int64, 2)(int32[::1], int64, int64[::1], int64)")
def columns_of(words: Words, at: int, grid: Longs, row: int) -> tuple[int, int]:
    """Return the first and last column in which a record reaches lattice points of a row; none where last < first.

    `grid` is west, south, columns, rows, shift. Floating point is good to 1e-5 of a step here; listing a record in a
    cell that it does not reach is harmless.
    """
    ax, ay = np.int64(words[at]), np.int64(words[at + 1])
    bx, by = np.int64(words[at + 2]), np.int64(words[at + 3])
    low = grid[1] + (row << grid[4])
    high = low + (1 << grid[4]) - 1
    first, last = float(ax), float(bx)
    if by > ay:
        slope = (bx - ax) / (by - ay)
        first, last = ax + slope * (max(ay, low) - ay), ax + slope * (min(by, high) - ay)
    west, east = np.int64(np.ceil(min(first, last) - 0.01)), np.int64(np.floor(max(first, last) + 0.01))
    return max((west - grid[0]) >> grid[4], 0), min((east - grid[0]) >> grid[4], grid[2] - 1)


@compiled("int64(int32[::1], int64, int64[::1], int64)")
def first_column_east_of(words: Words, at: int, grid: Longs, y: int) -> int:
    """Return the first column whose western side lies east of where a record reaches the height y; exact."""
    ax, ay = np.int64(words[at]), np.int64(words[at + 1])
    x = ax + (words[at + 2] - ax) / (words[at + 3] - ay) * (y - ay)
    column = min(max((np.int64(np.floor(x)) - grid[0]) >> grid[4], 0), grid[2])
    while column > 0 and side(words, at, grid[0] + ((column - 1) << grid[4]), y) < 0:
        column -= 1
    while column < grid[2] and side(words, at, grid[0] + (column << grid[4]), y) >= 0:
        column += 1
    return int(column)


@compiled("int64(int32[::1], int64, int64, int64, int64)")
def toggle_upright(out: Words, first: int, count: int, x: int, y: int) -> int:
    """Add an upright record from (x, y) to the records from `first` on, or take the one away that is there."""
    for record in range(count):
        at = first + 4 * record
        if out[at] == x and out[at + 1] == y and out[at + 2] == x and out[at + 3] == TOP:
            for number in range(4):
                out[at + number] = out[first + 4 * (count - 1) + number]
            return count - 1
    at = first + 4 * count
    out[at], out[at + 1], out[at + 2], out[at + 3] = x, y, x, TOP
    return count + 1


@compiled("int64(int32[::1], int64, int64[:], int64, int32[::1], int64, int64)")
def list_record(words: Words, at: int, corner: Longs, height: int, out: Words, first: int, count: int) -> int:
    """Put a record, and uprights for its ends west of the cell, behind `count` others; return the new count.

    With `first` below 0 nothing is written and the count is the most that there can be.
    """
    if first >= 0:
        for number in range(4):
            out[first + 4 * count + number] = words[at + number]
    count += 1
    for end in range(at, at + 4, 2):
        if words[end] < corner[0] and corner[1] < words[end + 1] < corner[1] + height:
            count = count + 1 if first < 0 else toggle_upright(out, first, count, corner[0] - 1, words[end + 1])
    return count


@compiled("void(int32[::1], int64, int64[::1], int64[:, ::1], int32[::1], uint8[::1], int32[::1], boolean)")
def spread_record(
    words: Words, at: int, grid: Longs, cursor: Longs, counts: Words, flags: Flags, out: Words, write: bool
) -> None:
    """List one record in all cells of a block that it reaches, and note where it crosses the rows' lowest heights."""
    corner, size = np.empty(2, np.int64), 1 << grid[4]
    low, high = np.int64(words[at + 1]), np.int64(words[at + 3])
    for row in range(max((low - grid[1]) >> grid[4], 0), min((high - grid[1]) >> grid[4], grid[3] - 1) + 1):
        corner[1] = grid[1] + (row << grid[4])
        if low <= corner[1] < high:
            column = first_column_east_of(words, at, grid, corner[1])
            if column < grid[2]:
                flags[row * grid[2] + column] ^= STARTS
        first, last = columns_of(words, at, grid, row)
        for column in range(first, last + 1):
            cell = row * grid[2] + column
            if cursor[cell, 2]:
                continue
            corner[0] = grid[0] + (column << grid[4])
            start = cursor[cell, 0] + 2 if write else -1
            counts[cell] = list_record(words, at, corner, size, out, start, counts[cell])
            if crosses(words, at, corner[0], corner[1]):
                flags[cell] ^= LISTED


@compiled("void(int64, int64[::1], int64[::1], int64[:, ::1], int32[::1], uint8[::1], int32[::1], boolean)")
def close_entry(
    head: int, grid: Longs, span: Longs, cursor: Longs, counts: Words, flags: Flags, out: Words, write: bool
) -> None:
    """Finish the entry of one boundary in all cells of its span. A cell that is covered whole takes no more entries."""
    for row in range(span[1], span[3] + 1):
        parity = np.int64(head & 1)
        for cell in range(row * grid[2] + span[0], row * grid[2] + span[2] + 1):
            parity ^= np.int64(flags[cell] & STARTS)
            if cursor[cell, 2] == 0 and (counts[cell] or parity):
                if write:
                    listed = np.int64(flags[cell] & LISTED) >> 1
                    out[cursor[cell, 0]] = (head & ~1) | (parity ^ listed)
                    out[cursor[cell, 0] + 1] = counts[cell]
                    out[cursor[cell, 1]] += 1
                cursor[cell, 0] += 2 + 4 * counts[cell]
                cursor[cell, 2] = counts[cell] == 0
            counts[cell], flags[cell] = 0, 0


@compiled("void(int32[::1], int64, int64, int64[::1], boolean, int64[::1])")
def span_of(words: Words, first: int, last: int, grid: Longs, whole: bool, span: Longs) -> None:
    """Write the first column, first row, last column and last row that an entry can reach in a block.

    The last column is the one where the parity has become even again.
    """
    span[0], span[1], span[2], span[3] = 0, 0, grid[2] - 1, grid[3] - 1
    if whole or first == last:
        return
    low_x, low_y, high_x, high_y = np.int64(TOP), np.int64(TOP), -np.int64(TOP), -np.int64(TOP)
    for at in range(first, last, 2):
        low_x, high_x = min(low_x, np.int64(words[at])), max(high_x, np.int64(words[at]))
        low_y, high_y = min(low_y, np.int64(words[at + 1])), max(high_y, np.int64(words[at + 1]))
    span[0], span[1] = (low_x - grid[0]) >> grid[4], (low_y - grid[1]) >> grid[4]
    span[2], span[3] = min((high_x - grid[0] >> grid[4]) + 1, grid[2] - 1), (high_y - grid[1]) >> grid[4]


@compiled("void(int32[::1], int64[:, ::1], int64[::1], int64[:, ::1], int32[::1], boolean)")
def divide(words: Words, blocks: Longs, shape: Longs, cursor: Longs, out: Words, write: bool) -> None:
    """Divide blocks into cells: count the words of each cell, or write them.

    `blocks` has a row for each block: its list in `words`, west, south. `shape` is columns, rows, shift, and 1 where
    entries may cover cells that no record of theirs is near. `cursor` has a row for each cell: the next word to write
    in `out`, the first word of its list, and 1 once the cell is covered whole.
    """
    per_block = shape[0] * shape[1]
    counts, flags = np.zeros(per_block, np.int32), np.zeros(per_block, np.uint8)
    grid, span = np.empty(5, np.int64), np.empty(4, np.int64)
    grid[2], grid[3], grid[4] = shape[0], shape[1], shape[2]
    for block in range(len(blocks)):
        at = blocks[block, 0] + 1
        grid[0], grid[1] = blocks[block, 1], blocks[block, 2]
        own = cursor[block * per_block : (block + 1) * per_block]
        for _ in range(words[at - 1]):
            first, last = at + 2, at + 2 + 4 * words[at + 1]
            span_of(words, first, last, grid, shape[3] == 1, span)
            for record in range(first, last, 4):
                spread_record(words, record, grid, own, counts, flags, out, write)
            close_entry(words[at], grid, span, own, counts, flags, out, write)
            at = last


@compiled("int64(int32[::1], int64, boolean)")
def weigh(words: Words, at: int, records_only: bool) -> int:
    """Return how many words a list has, or how many records; 0 records where it is one boundary that covers all."""
    entries, start, records = words[at], at, 0
    at += 1
    for _ in range(entries):
        records += words[at + 1]
        at += 2 + 4 * words[at + 1]
    return records if records_only else at - start


@compiled("void(int32[::1], int64[:, ::1], int64[::1], int64[::1], int32[::1], int32[::1], int64[:, ::1])")
def settle(
    words: Words, cursor: Longs, corner: Longs, totals: Longs, cells: Words, leaves: Words, blocks: Longs
) -> None:
    """Decide what each cell answers: a boundary, nobody, a leaf, or a block to be divided further.

    `corner` has crowded (records above which a cell is divided), first offset of leaves, of blocks in the cells.
    With empty `cells` only counts: `totals` gets the words of leaves and the number of blocks.
    """
    totals[0], totals[1] = 0, 0
    for cell in range(len(cursor)):
        at = cursor[cell, 1]
        value, records = -1, weigh(words, at, True)
        if records > corner[0]:
            value = BLOCK + corner[2] + totals[1] * SIDE * SIDE
            if len(cells):
                blocks[totals[1], 0], blocks[totals[1], 1] = at, cell
            totals[1] += 1
        elif words[at] and words[at + 2] == 0:
            value = words[at + 1] >> 1
        elif words[at]:
            value, size = -2 - corner[1] - totals[0], weigh(words, at, False)
            if len(cells):
                leaves[totals[0] : totals[0] + size] = words[at : at + size]
            totals[0] += size
        if len(cells):
            cells[cell] = value


def frame_of(edges: Edges) -> Longs:
    """Return west, south, columns, rows and shift of the root block around edges."""
    if not len(edges.ends):
        return np.array([0, 0, 0, 0, 0], dtype=np.int64)
    ends = edges.ends.astype(np.int64).reshape(-1, 2)
    west, south = ends.min(axis=0)
    width, height = ends.max(axis=0) - (west, south) + 1
    most = min(max(len(edges.ends) // 4, 1), ROOT_CELLS)
    shift = 0
    while ((width - 1 >> shift) + 1) * ((height - 1 >> shift) + 1) > most:
        shift += 1
    return np.array([west, south, (width - 1 >> shift) + 1, (height - 1 >> shift) + 1, shift], dtype=np.int64)


def divided(words: Words, blocks: Longs, shape: Longs) -> tuple[Words, Longs]:
    """Return the words of all cells of blocks, and the cells' cursor (see `divide`)."""
    cursor = np.zeros((len(blocks) * shape[0] * shape[1], 3), dtype=np.int64)
    cursor[:, 0] = 1
    divide(words, blocks, shape, cursor, np.empty(0, np.int32), False)
    ends = np.cumsum(cursor[:, 0])
    out = np.zeros(ends[-1] if len(ends) else 0, dtype=np.int32)
    cursor[:, 1] = ends - cursor[:, 0]
    cursor[:, 0] = cursor[:, 1] + 1
    cursor[:, 2] = 0
    divide(words, blocks, shape, cursor, out, True)
    return out, cursor


def corners(blocks: Longs, parents: Longs, shape: Longs) -> Longs:
    """Turn the cell numbers of blocks to be divided into their western and southern sides; `shape` of their parents."""
    parent, cell = np.divmod(blocks[:, 1], shape[0] * shape[1])
    row, column = np.divmod(cell, shape[0])
    blocks[:, 1] = parents[parent, 1] + (column << shape[2])
    blocks[:, 2] = parents[parent, 2] + (row << shape[2])
    return blocks


def build(edges: Edges) -> tuple[Words, Words, Longs]:
    """Return cells, words and frame of the index over edges (see `cell_kernels`)."""
    frame = frame_of(edges)
    words = np.empty(1 + 2 * (len(edges.starts) - 1) + edges.ends.size, dtype=np.int32)
    write_root(edges.ends, edges.starts, words)
    blocks = np.array([[0, frame[0], frame[1]]], dtype=np.int64)
    shape = np.array([frame[2], frame[3], frame[4], 0], dtype=np.int64)
    cells, leaves = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    cells_so_far = leaves_so_far = 0
    while len(blocks) and shape[0]:
        words, cursor = divided(words, blocks, shape)
        crowded = CROWDED if shape[2] >= FINEST_SHIFT + BITS else 2**31
        cells_so_far += len(cursor)
        corner = np.array([crowded, leaves_so_far, cells_so_far], dtype=np.int64)
        totals, none = np.zeros(2, np.int64), np.empty(0, np.int32)
        settle(words, cursor, corner, totals, none, none, np.empty((0, 3), np.int64))
        cells.append(np.empty(len(cursor), np.int32))
        leaves.append(np.empty(totals[0], np.int32))
        next_blocks = np.empty((totals[1], 3), dtype=np.int64)
        settle(words, cursor, corner, totals, cells[-1], leaves[-1], next_blocks)
        leaves_so_far += totals[0]
        blocks = corners(next_blocks, blocks, shape)
        shape = np.array([SIDE, SIDE, shape[2] - BITS, 1], dtype=np.int64)
    return np.concatenate(cells), np.concatenate(leaves), frame
