"""Divide one ring among areas, by cuts, halving again and again; nested groups stay whole.

The areas stand in a given order (denser, more central ones first) with a weight each; a cut parts a run of them into
two runs, at the border of a group wherever the run holds more than one group. Points drawn from the expected density
tell where half of the weight lies.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.domain.demo.compiled import compiled
from gis.domain.demo.crossings import bounds, holds
from gis.domain.demo.cutting import BEND, FOCUS_X, FOCUS_Y, PULL, STREAM_BEND, STREAMS, candidates, cut, draw, sides
from gis.domain.demo.plane import Floats, Ints, to_metres

POINTS_AN_AREA = 6
PIERCED_WELL = 2.5


@dataclass(frozen=True)
class Divided:
    """What became of one ring.

    Attributes
    ----------
    xy : lattice steps of every vertex.
    leaves, leaf_starts : ids of the areas' rings one behind the other, and where each starts (one more than areas).
    groups, group_starts : the same for the groups' rings.
    cuts, cut_starts : the same for the paths of the cuts, in the order they were made.
    cut_ranks : 0 when a cut parts groups, else 1 and more, the depth under the group.
    cut_streams : true where a cut follows a stream.
    """

    xy: Ints
    leaves: Ints
    leaf_starts: Ints
    groups: Ints
    group_starts: Ints
    cuts: Ints
    cut_starts: Ints
    cut_ranks: Ints
    cut_streams: Ints


@compiled
def halfway(weights: Floats, groups: Ints, low: int, high: int) -> int:
    """Return where to part a run of areas: nearest to half its weight, at a group's border if there is one inside."""
    total = weights[low:high].sum()
    best, least, before = -1, 1e18, 0.0
    grouped = groups[low] != groups[high - 1]
    for k in range(low + 1, high):
        before += weights[k - 1]
        if grouped and groups[k] == groups[k - 1]:
            continue
        off = abs(before / total - 0.5)
        if off < least:
            best, least = k, off
    return best


@compiled
def topped_up(xy_m: Floats, ring: Ints, points: Floats, least: int, state: Ints) -> Floats:
    """Return the points of a ring, with even ones added where there are too few to tell a half."""
    if len(points) >= least:
        return points
    west, east, south, north = bounds(xy_m, ring)
    result = np.empty((least, 2))
    result[: len(points)] = points
    count = len(points)
    while count < least:
        x, y = west + draw(state) * (east - west), south + draw(state) * (north - south)
        if holds(xy_m, ring, x, y):
            result[count, 0], result[count, 1] = x, y
            count += 1
    return result


@compiled
def within(xy_m: Floats, ring: Ints, points: Floats) -> Floats:
    """Return the points that a ring holds."""
    kept = np.zeros(len(points), np.bool_)
    for k in range(len(points)):
        kept[k] = holds(xy_m, ring, points[k, 0], points[k, 1])
    return points[kept]


@compiled
def away_m(points: Floats, style: Floats) -> float:
    """Return the mean distance of points to the focus of the style."""
    return float(np.hypot(points[:, 0] - style[FOCUS_X], points[:, 1] - style[FOCUS_Y]).mean()) if len(points) else 1e9


@compiled
def part(
    room: tuple[Ints, Floats, Ints], count: int, piece: tuple[Ints, Floats], wanted: tuple[float, bool], rule: Any
) -> Any:
    """Cut one piece: return its path (empty when no cut is free), both rings and point sets, and if it is a stream."""
    xy, xy_m, degree = room
    ring, points = piece
    kernels, style, state = rule
    stream = draw(state) < style[STREAMS]
    bend = style[STREAM_BEND] if stream else style[BEND] * (0.3 + 1.4 * draw(state))
    table = candidates(xy_m, ring, degree, wanted, points, style)
    if wanted[1] and table[0, 0] > PIERCED_WELL:
        table = candidates(xy_m, ring, degree, (wanted[0], False), points, style)
    share = wanted[0]
    found = cut(xy, xy_m, count, ring, table, (kernels, style, bend, state))
    if len(found) == 0:
        return found, ring, ring, points, points, stream
    path = found[2:]
    one, two = sides(ring, (found[0], found[1]), path)
    first, second = within(xy_m, one, points), within(xy_m, two, points)
    small = abs(len(first) / len(points) - share) <= abs(len(second) / len(points) - share)
    nearer = away_m(first, style) <= away_m(second, style)
    if small if abs(share - 0.5) > 0.08 else nearer:
        return path, one, two, first, second, stream
    return path, two, one, second, first, stream


@compiled
def joined(parts: list[Ints]) -> tuple[Ints, Ints]:
    """Return arrays one behind the other, and where each starts."""
    starts = np.zeros(len(parts) + 1, np.int64)
    for k in range(len(parts)):
        starts[k + 1] = starts[k] + len(parts[k])
    flat = np.empty(starts[-1], np.int64)
    for k in range(len(parts)):
        flat[starts[k] : starts[k + 1]] = parts[k]
    return flat, starts


@compiled
def divide_all(room: Any, ring_size: int, areas: Any, points: Floats, rule: Any) -> Any:
    """Divide a ring (the first `ring_size` ids) and return the count of vertices and the flat arrays of `Divided`.

    The count is -1 when a piece could not be cut, -2 when there was no room for the vertices.
    """
    xy, xy_m, degree = room
    weights, groups = areas
    ring, total, count = np.arange(ring_size), len(weights), ring_size
    leaves = [ring for _ in range(total)]
    group_rings = [ring for _ in range(groups[-1] + 1)]
    paths, ranks, streams = [ring], [0], [0]
    rings, clouds, lows, highs, depths = [ring], [points], [0], [total], [0]
    while rings:
        piece, cloud, low, high, depth = rings.pop(), clouds.pop(), lows.pop(), highs.pop(), depths.pop()
        if groups[low] == groups[high - 1] and depth == 0:
            group_rings[groups[low]] = piece
            depth = 1
        if high - low == 1:
            leaves[low] = piece
            continue
        if count + 6000 > len(xy):
            count = -2
            break
        middle = halfway(weights, groups, low, high)
        share = weights[low:middle].sum() / weights[low:high].sum()
        piercing = rule[1][PULL] > 0 and groups[low] != groups[high - 1]
        cloud = topped_up(xy_m, piece, cloud, 4 * (high - low), rule[2])
        path, one, two, first, second, stream = part(room, count, (piece, cloud), (share, piercing), rule)
        if len(path) == 0:
            count = -1
            break
        count += len(path) - 2
        degree[path[0]] += 1
        degree[path[-1]] += 1
        paths.append(path)
        ranks.append(depth)
        streams.append(1 if stream else 0)
        following = depth + 1 if depth else 0
        rings += [one, two]
        clouds += [first, second]
        lows += [low, middle]
        highs += [middle, high]
        depths += [following, following]
    cuts = joined(paths[1:]) if len(paths) > 1 else (np.empty(0, np.int64), np.zeros(1, np.int64))
    return count, joined(leaves), joined(group_rings), cuts, np.array(ranks)[1:], np.array(streams)[1:]


def divide(
    ring: Ints, weights: Floats, groups: Ints, points: Floats, kernels: Floats, style: Floats, seed: int
) -> Divided:
    """Divide a ring among areas.

    Parameters
    ----------
    ring : lattice steps of shape (n, 2), counter-clockwise, not closed.
    weights : of each area, in the areas' order.
    groups : number of the group of each area, ascending from 0 without gaps.
    points : metres of shape (m, 2), drawn from the expected density.
    kernels, style : see `cutting`.
    seed : any whole number; another one is taken when a piece cannot be cut.

    Raises
    ------
    RuntimeError : when no free cut was found for any of 20 seeds.
    """
    room = len(ring) + 400 * len(weights) + 12000
    for attempt in range(20):
        xy = np.zeros((room, 2), np.int64)
        xy[: len(ring)] = ring
        degree = np.full(room, 2, np.int64)
        state = np.array([(seed + attempt * 7919) % 2**63], np.uint64)
        result = divide_all((xy, to_metres(xy), degree), len(ring), (weights, groups), points, (kernels, style, state))
        if result[0] >= 0:
            return Divided(xy[: result[0]], *result[1], *result[2], *result[3], *result[4:])
        room *= 2 if result[0] == -2 else 1
    raise RuntimeError(f"no free cut in a ring of {len(ring)} vertices for {len(weights)} areas")
