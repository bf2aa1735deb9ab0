"""The compiled loops of `borders`: how far points lie from the rings of boundaries."""

import numpy as np

from gis.domain.cell_kernels import Longs, Reals, Words, compiled

CERTAINLY = 0.999999  # more than rounding can be off: an edge is passed over only where it cannot be the nearest


@compiled("float64(int32[:, ::1], int64, int64, int64, float64, float64)")
def squared_distance(vertices: Words, vertex: int, x: int, y: int, step_x: float, step_y: float) -> float:
    """Return the squared metres from a lattice point to the edge that begins at a vertex; see `outlines.distance_m`.

    The edge is taken from its lower end (its western one where level), so that neighbours get the same number.
    """
    ax, ay = np.int64(vertices[vertex, 0]), np.int64(vertices[vertex, 1])
    bx, by = np.int64(vertices[vertex + 1, 0]), np.int64(vertices[vertex + 1, 1])
    if by < ay or (by == ay and bx < ax):
        ax, ay, bx, by = bx, by, ax, ay
    run, rise = (bx - ax) * step_x, (by - ay) * step_y
    to_ax, to_ay = (x - ax) * step_x, (y - ay) * step_y
    along, length = to_ax * run + to_ay * rise, run * run + rise * rise
    if along <= 0:
        return float(to_ax * to_ax + to_ay * to_ay)
    if along < length:
        height = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) * (step_x * step_y)
        return float(height * height / length)
    to_bx, to_by = (x - bx) * step_x, (y - by) * step_y
    return float(to_bx * to_bx + to_by * to_by)


@compiled("float64(int32[:, ::1], int64[::1], int64[::1], int64, int64, int64, float64, float64)")
def distance(
    vertices: Words, starts: Longs, firsts: Longs, position: int, x: int, y: int, step_x: float, step_y: float
) -> float:
    """Return the metres from a lattice point to the border of the boundary at a position, NaN for -1."""
    if position < 0:
        return float(np.nan)
    nearest = np.inf
    for ring in range(firsts[position], firsts[position + 1]):
        for vertex in range(starts[ring], starts[ring + 1] - 1):
            ax, ay = np.int64(vertices[vertex, 0]), np.int64(vertices[vertex, 1])
            bx, by = np.int64(vertices[vertex + 1, 0]), np.int64(vertices[vertex + 1, 1])
            beside = max(float(min(ax, bx) - x), float(x - max(ax, bx)), 0.0) * step_x
            above = max(float(min(ay, by) - y), float(y - max(ay, by)), 0.0) * step_y
            has_length = ax != bx or ay != by
            if has_length and (beside * beside + above * above) * CERTAINLY <= nearest:
                nearest = min(nearest, squared_distance(vertices, vertex, x, y, step_x, step_y))
    return float(np.sqrt(nearest))


@compiled("void(int32[:, ::1], int64[::1], int64[::1], int64[::1], int32[:, ::1], float64[:, ::1], float64[::1])")
def distances(
    vertices: Words, starts: Longs, firsts: Longs, positions: Longs, points: Words, steps: Reals, found: Reals
) -> None:
    """Write for each point the metres to the border of the boundary at its position, NaN for -1."""
    for point in range(len(positions)):
        x, y = np.int64(points[point, 0]), np.int64(points[point, 1])
        found[point] = distance(vertices, starts, firsts, positions[point], x, y, steps[point, 0], steps[point, 1])
