"""Exact questions about rings and segments, in whole lattice steps.

Rings are int64 ids of vertices, counter-clockwise, not closed; `xy` holds lattice steps by id, `xy_m` metres east and
north. Products of differences stay below 2^53, so that every answer is exact.
"""

from typing import Any

from gis.domain.demo.compiled import compiled
from gis.domain.demo.plane import Floats, Ints


@compiled
def turn(xy: Ints, a: int, b: int, c: int) -> int:
    """Return twice the signed area of a triangle of ids: positive when a, b, c turn left."""
    return int((xy[b, 0] - xy[a, 0]) * (xy[c, 1] - xy[a, 1]) - (xy[b, 1] - xy[a, 1]) * (xy[c, 0] - xy[a, 0]))


@compiled
def touch(xy: Ints, a: int, b: int, c: int, d: int) -> bool:
    """Tell whether the closed segments ab and cd, given by ids, share a point."""
    if max(xy[a, 0], xy[b, 0]) < min(xy[c, 0], xy[d, 0]) or max(xy[c, 0], xy[d, 0]) < min(xy[a, 0], xy[b, 0]):
        return False
    if max(xy[a, 1], xy[b, 1]) < min(xy[c, 1], xy[d, 1]) or max(xy[c, 1], xy[d, 1]) < min(xy[a, 1], xy[b, 1]):
        return False
    one, two = turn(xy, a, b, c), turn(xy, a, b, d)
    if (one > 0 and two > 0) or (one < 0 and two < 0):
        return False
    one, two = turn(xy, c, d, a), turn(xy, c, d, b)
    return not ((one > 0 and two > 0) or (one < 0 and two < 0))


@compiled
def bounds(xy: Any, ids: Ints) -> tuple[Any, Any, Any, Any]:
    """Return the least and greatest x, and the least and greatest y, of some vertices, in steps or metres."""
    west = east = xy[ids[0], 0]
    south = north = xy[ids[0], 1]
    for i in ids:
        west, east = min(west, xy[i, 0]), max(east, xy[i, 0])
        south, north = min(south, xy[i, 1]), max(north, xy[i, 1])
    return west, east, south, north


@compiled
def holds(xy_m: Floats, ring: Ints, x: float, y: float) -> bool:
    """Tell whether a ring holds a point given in metres (even-odd; a point on the ring may fall either way)."""
    inside = False
    j = ring[-1]
    for i in ring:
        if (xy_m[i, 1] > y) != (xy_m[j, 1] > y):
            at = xy_m[i, 0] + (y - xy_m[i, 1]) * (xy_m[j, 0] - xy_m[i, 0]) / (xy_m[j, 1] - xy_m[i, 1])
            if x < at:
                inside = not inside
        j = i
    return inside


@compiled
def area_m2(xy_m: Floats, ring: Ints) -> float:
    """Return the signed area of a ring in square metres, positive when counter-clockwise."""
    total = 0.0
    j = ring[-1]
    for i in ring:
        total += (xy_m[j, 0] - xy_m[ring[0], 0]) * (xy_m[i, 1] - xy_m[ring[0], 1])
        total -= (xy_m[i, 0] - xy_m[ring[0], 0]) * (xy_m[j, 1] - xy_m[ring[0], 1])
        j = i
    return total / 2


@compiled
def leans_on(xy_m: Floats, end: int, towards: int, ring: Ints, index: int) -> bool:
    """Tell whether a segment leaves ring[index] at less than some 20 degrees from one of its two edges."""
    count = len(ring)
    ux, uy = xy_m[towards, 0] - xy_m[end, 0], xy_m[towards, 1] - xy_m[end, 1]
    for other in (ring[index - 1], ring[(index + 1) % count]):
        vx, vy = xy_m[other, 0] - xy_m[end, 0], xy_m[other, 1] - xy_m[end, 1]
        if ux * vx + uy * vy > 0.94 * ((ux * ux + uy * uy) * (vx * vx + vy * vy)) ** 0.5:
            return True
    return False


@compiled
def is_free(xy: Ints, xy_m: Floats, ring: Ints, path: Ints, ends: tuple[int, int]) -> bool:
    """Tell whether a path from ring[ends[0]] to ring[ends[1]] lies inside the ring and touches it nowhere else."""
    count, last = len(ring), len(path) - 1
    middle = (xy_m[path[last // 2]] + xy_m[path[last // 2 + 1]]) / 2
    if not holds(xy_m, ring, middle[0], middle[1]):
        return False
    if leans_on(xy_m, path[0], path[1], ring, ends[0]) or leans_on(xy_m, path[last], path[last - 1], ring, ends[1]):
        return False
    west, east, south, north = bounds(xy, path)
    for i in range(count):
        following = i + 1 if i + 1 < count else 0
        c, d = ring[i], ring[following]
        if max(xy[c, 0], xy[d, 0]) < west or min(xy[c, 0], xy[d, 0]) > east:
            continue
        if max(xy[c, 1], xy[d, 1]) < south or min(xy[c, 1], xy[d, 1]) > north:
            continue
        first = 1 if i == ends[0] or following == ends[0] else 0
        final = last - 1 if i == ends[1] or following == ends[1] else last
        for k in range(first, final):
            if touch(xy, path[k], path[k + 1], c, d):
                return False
    return True


@compiled
def is_clear(xy_m: Floats, ring: Ints, path: Ints, distance_m: float) -> bool:
    """Tell whether the inner vertices of a path keep a distance, growing from its ends, from the ring's vertices."""
    last = len(path) - 1
    for k in range(1, last):
        x, y = xy_m[path[k], 0], xy_m[path[k], 1]
        away = min(
            (x - xy_m[path[0], 0]) ** 2 + (y - xy_m[path[0], 1]) ** 2,
            (x - xy_m[path[last], 0]) ** 2 + (y - xy_m[path[last], 1]) ** 2,
        )
        least = min(distance_m * distance_m, 0.2 * away)
        for i in ring:
            close = (x - xy_m[i, 0]) ** 2 + (y - xy_m[i, 1]) ** 2 < least
            if close and i != path[0] and i != path[last]:
                return False
    return True
