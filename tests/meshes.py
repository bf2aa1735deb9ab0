"""Covers with bent borders, made by a seed: neighbours share every vertex, all vertices lie on the lattice."""

import math
from collections.abc import Sequence

import numpy as np
import shapely

from gis.domain.outlines import STEP

WEST, SOUTH = round(122.99 / STEP), round(41.11 / STEP)
Point = tuple[int, int]


def mesh(
    *, seed: int, columns: int, rows: int, bends: int = 3, size: int = 4096, coarse: int = 16
) -> list[shapely.Polygon]:
    """Return quadrilaterals with bent sides that tile a field, column by column.

    `size` is the width of one in lattice steps. Vertices are multiples of `coarse` steps apart, so that borders hold
    lattice points between their vertices.
    """
    chance = np.random.default_rng(seed)
    east, north = np.meshgrid(np.arange(columns + 1.0), np.arange(rows + 1.0), indexing="ij")
    nodes = np.stack([east, north], axis=-1) + chance.uniform(-0.25, 0.25, (columns + 1, rows + 1, 2))
    across = [[_side(nodes[i, j], nodes[i + 1, j], bends, chance) for j in range(rows + 1)] for i in range(columns)]
    along = [[_side(nodes[i, j], nodes[i, j + 1], bends, chance) for j in range(rows)] for i in range(columns + 1)]

    def grid(i: int, j: int) -> shapely.Polygon:
        sides = [across[i][j][:-1], along[i + 1][j][:-1], across[i][j + 1][:0:-1], along[i][j][:0:-1]]
        steps = np.rint(np.vstack(sides) * size / coarse) * coarse + (WEST, SOUTH)
        return shapely.Polygon(steps * STEP)

    return [grid(i, j) for i in range(columns) for j in range(rows)]


def _side(start: np.ndarray, end: np.ndarray, bends: int, chance: np.random.Generator) -> np.ndarray:
    share = np.linspace(0, 1, bends + 2)[:, None]
    sideways = np.array([[start[1] - end[1], end[0] - start[0]]])
    return start + share * (end - start) + sideways * chance.uniform(-0.08, 0.08, share.shape) * np.sin(np.pi * share)


def telling_points(boundaries: Sequence[shapely.Polygon], *, seed: int, count: int) -> list[Point]:
    """Return lattice points, longitude latitude in steps: anywhere, on vertices, on borders, and one step beside."""
    chance = np.random.default_rng(seed)
    rings = [np.rint(shapely.get_coordinates(ring) / STEP).astype(int) for ring in shapely.get_rings(boundaries)]
    west, south, east, north = (int(side) for side in np.rint(shapely.total_bounds(boundaries) / STEP))
    points: list[Point] = []
    for _ in range(count):
        ring = rings[chance.integers(len(rings))]
        at = int(chance.integers(len(ring) - 1))
        x, y = on_edge(ring[at], ring[at + 1], chance.random())
        nudge_x, nudge_y = (int(step) for step in chance.integers(-1, 2, 2))
        anywhere = int(chance.integers(west - 6000, east + 6000)), int(chance.integers(south - 6000, north + 6000))
        points += [(int(ring[at][0]), int(ring[at][1])), (x, y), (x + nudge_x, y + nudge_y), anywhere]
    return points


def on_edge(start: np.ndarray, end: np.ndarray, share: float) -> Point:
    """Return a lattice point exactly on an edge, about `share` of the way along."""
    run, rise = int(end[0] - start[0]), int(end[1] - start[1])
    pieces = math.gcd(run, rise)
    piece = int(share * (pieces + 1))
    return int(start[0]) + run // pieces * piece, int(start[1]) + rise // pieces * piece


def degrees(points: Sequence[Point]) -> tuple[np.ndarray, np.ndarray]:
    """Return longitudes and latitudes of lattice points."""
    steps = np.asarray(points, dtype=float).reshape(-1, 2)
    return steps[:, 0] * STEP, steps[:, 1] * STEP
