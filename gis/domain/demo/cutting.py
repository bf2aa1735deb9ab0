"""One cut: a bent path through a ring from one of its vertices to another.

A cut ends at vertices that the ring already has. The ring's neighbours have them too, so that no cut ever leaves a
vertex of one area on the edge of another: edges match at every level without any later repair.

`style` is a float64 vector (see the indices below), `kernels` a float64 (k, 4) of exponential clusters: x, y, radius in
metres, and leaves at the centre per square metre. `state` is a splitmix64 state, uint64 of shape (1,), moved on.
"""

import numpy as np

from gis.domain.demo.compiled import compiled
from gis.domain.demo.crossings import area_m2, holds, is_clear, is_free
from gis.domain.demo.plane import EAST_M, NORTH_M, Floats, Ints

EVENLY, VERTICES_A_SIDE, LEAST_M, MOST_M, BEND, STREAM_BEND, STREAMS, ANGLE, ALIGN, FOCUS_X, FOCUS_Y, PULL = range(12)
STYLE_SIZE = 12
DIRECTIONS = 12
TRIES = 8


@compiled
def draw(state: Ints) -> float:
    """Return a float in [0, 1) and move the state on (splitmix64, Steele et al. 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return float(int(z >> np.uint64(11)) * 2.0**-53)


@compiled
def spacing_m(x: float, y: float, kernels: Floats, style: Floats) -> float:
    """Return how far apart vertices stand here, in metres: a part of the side of the leaves expected here."""
    density = style[EVENLY]
    for k in range(len(kernels)):
        away = ((x - kernels[k, 0]) ** 2 + (y - kernels[k, 1]) ** 2) ** 0.5
        density += kernels[k, 3] * np.exp(-away / kernels[k, 2])
    return float(max(style[LEAST_M], min(style[MOST_M], 1 / (density**0.5 * style[VERTICES_A_SIDE]))))


@compiled
def noise(at: float, phases: Floats) -> float:
    """Return smooth noise in some -1..1 along a line: sines of five wavelengths, from 1.6 lengths down to an eighth."""
    total = 0.0
    for k in range(len(phases) // 2):
        total += phases[2 * k + 1] * np.sin(2 * np.pi * (at * (0.6 + 1.7 * k) + phases[2 * k])) / (1 + 1.6 * k)
    return total


@compiled
def stations(a: Floats, b: Floats, kernels: Floats, style: Floats) -> Floats:
    """Return where the inner vertices of a path from a to b stand, as shares of its length, denser where leaves are."""
    length = np.hypot(b[0] - a[0], b[1] - a[1])
    found = [0.0]
    at = 0.0
    while True:
        step = spacing_m(a[0] + at * (b[0] - a[0]), a[1] + at * (b[1] - a[1]), kernels, style) / length
        at += step
        if at > 1 - 0.5 * step or len(found) > 4000:
            break
        found.append(at)
    shares = np.array(found)
    return shares[1:] * ((1 - 0.5 / len(found)) / shares[-1] if len(found) > 2 else 1.0)


@compiled
def lay(
    xy: Ints, xy_m: Floats, count: int, path_shares: Floats, ends: tuple[int, int], bent: tuple[float, Floats]
) -> Ints:
    """Write the inner vertices of a bent path from id ends[0] to id ends[1] behind `count`, and return its ids."""
    bend, phases = bent
    a, b = xy_m[ends[0]].copy(), xy_m[ends[1]].copy()
    path = np.empty(len(path_shares) + 2, np.int64)
    path[0], path[-1] = ends[0], ends[1]
    for k in range(len(path_shares)):
        at = path_shares[k]
        aside = bend * noise(at, phases) * np.sin(np.pi * at) ** 0.7
        xy[count + k, 0] = round((a[0] + at * (b[0] - a[0]) - aside * (b[1] - a[1])) / EAST_M)
        xy[count + k, 1] = round((a[1] + at * (b[1] - a[1]) + aside * (b[0] - a[0])) / NORTH_M)
        xy_m[count + k, 0] = xy[count + k, 0] * EAST_M
        xy_m[count + k, 1] = xy[count + k, 1] * NORTH_M
        path[k + 1] = count + k
    return path


@compiled
def fit(xy_m: Floats, ring: Ints, degree: Ints, index: int, line: Floats) -> int:
    """Return the place in the ring of the vertex near ring[index] where a cut along `line` had best end.

    Best is near the line, across from another street's end (a crossing), and not in a corner.
    """
    count = len(ring)
    best, least = index, 1e18
    beside = xy_m[ring[(index + 1) % count]]
    edge = np.hypot(xy_m[ring[index], 0] - beside[0], xy_m[ring[index], 1] - beside[1]) + 1e-9
    for offset in range(-2, 4):
        i = (index + offset) % count
        before, here, after = xy_m[ring[i - 1]], xy_m[ring[i]], xy_m[ring[(i + 1) % count]]
        ux, uy, vx, vy = here[0] - before[0], here[1] - before[1], after[0] - here[0], after[1] - here[1]
        straight = (ux * vx + uy * vy) / ((ux * ux + uy * uy) * (vx * vx + vy * vy)) ** 0.5
        cost = abs(line[0] * here[0] + line[1] * here[1] - line[2]) / edge
        if straight < 0.7:
            cost += 3.0 if ux * vy - uy * vx > 0 else -0.5
        elif degree[ring[i]] > 2:
            cost -= 1.2
        if cost < least:
            best, least = i, cost
    return best


@compiled
def chords(xy_m: Floats, ring: Ints, line: Floats) -> Ints:
    """Return the edges (places in the ring) that a line crosses, in order along it: each pair bounds an inner chord."""
    count = len(ring)
    places, along = [0], [0.0]
    before = line[0] * xy_m[ring[0], 0] + line[1] * xy_m[ring[0], 1] - line[2]
    for i in range(count):
        j = ring[i + 1] if i + 1 < count else ring[0]
        after = line[0] * xy_m[j, 0] + line[1] * xy_m[j, 1] - line[2]
        if (before > 0) != (after > 0):
            share = before / (before - after)
            middle = xy_m[ring[i]] * (1 - share) + xy_m[j] * share
            places.append(i)
            along.append(line[0] * middle[1] - line[1] * middle[0])
        before = after
    order = np.argsort(np.array(along)[1:])
    return np.array(places)[1:][order]


@compiled
def sides(ring: Ints, ends: tuple[int, int], path: Ints) -> tuple[Ints, Ints]:
    """Return the two rings that a path from ring[ends[0]] to ring[ends[1]] makes, ends[0] < ends[1]."""
    first, second = ends
    inner = path[1:-1]
    one = np.concatenate((ring[first : second + 1], inner[::-1]))
    two = np.concatenate((ring[second:], ring[: first + 1], inner))
    return one, two


@compiled
def shared(xy_m: Floats, ring: Ints, points: Floats, style: Floats) -> tuple[float, float, float]:
    """Return which share of the points a ring holds, and how far those inside and outside lie from the focus.

    Asks 64 points at most; distances are means in metres.
    """
    step = max(1, len(points) // 64)
    inside, asked, near, far = 0, 0, 0.0, 0.0
    for k in range(0, len(points), step):
        asked += 1
        away = np.hypot(points[k, 0] - style[FOCUS_X], points[k, 1] - style[FOCUS_Y])
        if holds(xy_m, ring, points[k, 0], points[k, 1]):
            inside += 1
            near += away
        else:
            far += away
    return inside / asked, near / max(1, inside), far / max(1, asked - inside)


@compiled
def judge(xy_m: Floats, ring: Ints, ends: tuple[int, int], share: float, points: Floats, style: Floats) -> float:
    """Return how bad a straight chord would be.

    Counts its length, how far its sides are from their shares of the points, its angle to the streets around, and
    (by `PULL`) whether the first areas would lie farther from the focus than the others.
    """
    first, second = ends
    a, b = xy_m[ring[first]], xy_m[ring[second]]
    whole = area_m2(xy_m, ring)
    one = area_m2(xy_m, ring[first : second + 1])
    if one <= 0.02 * whole or one >= 0.98 * whole:
        return 1e9
    inside, near, far = shared(xy_m, ring[first : second + 1], points, style)
    off = min(abs(inside - share), abs(inside - 1 + share))
    outwards = (near - far) if abs(inside - share) < abs(inside - 1 + share) else (far - near)
    pull = 0.0 if abs(share - 0.5) < 0.08 else style[PULL] * outwards / whole**0.5
    aligned = abs(np.sin(2 * (np.arctan2(b[1] - a[1], b[0] - a[0]) - style[ANGLE])))
    return float(np.hypot(b[0] - a[0], b[1] - a[1]) / whole**0.5 + 5 * off + pull + style[ALIGN] * aligned)


@compiled
def candidates(
    xy_m: Floats, ring: Ints, degree: Ints, wanted: tuple[float, bool], points: Floats, style: Floats
) -> Floats:
    """Return chords that part the points about as wanted, best first: cost, and the places in the ring of both ends.

    `wanted` is the share of the first areas, and whether the cut is to run through the focus.
    """
    found = [(1e18, 0.0, 0.0)]
    count = len(ring)
    share, piercing = wanted
    for direction in range(2 * DIRECTIONS):
        angle = style[ANGLE] + np.pi * (direction // 2) / DIRECTIONS
        if direction % 2 and (abs(share - 0.5) < 0.04 or piercing):
            continue
        line = np.array([np.cos(angle), np.sin(angle), 0.0])
        if piercing:
            line[2] = line[0] * style[FOCUS_X] + line[1] * style[FOCUS_Y]
        else:
            offsets = np.sort(points[:, 0] * line[0] + points[:, 1] * line[1])
            line[2] = offsets[int((share if direction % 2 else 1 - share) * (len(offsets) - 1))]
        edges = chords(xy_m, ring, line)
        for k in range(0, len(edges) - 1, 2):
            one = fit(xy_m, ring, degree, edges[k], line)
            two = fit(xy_m, ring, degree, edges[k + 1], line)
            first, second = min(one, two), max(one, two)
            if second - first > 1 and first + count - second > 1:
                cost = judge(xy_m, ring, (first, second), share, points, style)
                found.append((cost, float(first), float(second)))
    table = np.array(found)
    return table[np.argsort(table[:, 0])]


@compiled
def cut(
    xy: Ints, xy_m: Floats, count: int, ring: Ints, table: Floats, rule: tuple[Floats, Floats, float, Ints]
) -> Ints:
    """Lay the best path that is free, and return its ids; empty when none is.

    Tries the chords of `table` in turn, each as bent as wished, then half, a quarter, straight; then all again with
    less room to the ring. `rule` is kernels, style, bend and state.
    """
    kernels, style, bend, state = rule
    for room in (0.5, 0.2, 0.0):
        for row in range(min(TRIES, len(table) - 1)):
            if table[row, 0] > 1e8:
                break
            ends = (int(table[row, 1]), int(table[row, 2]))
            a, b = ring[ends[0]], ring[ends[1]]
            shares = stations(xy_m[a], xy_m[b], kernels, style)
            phases = np.array([draw(state) for _ in range(10)])
            for bent in (bend, bend / 2, bend / 4, 0.0):
                path = lay(xy, xy_m, count, shares, (a, b), (bent, phases))
                middle = xy_m[path[len(path) // 2]]
                clear = room * spacing_m(middle[0], middle[1], kernels, style)
                if is_clear(xy_m, ring, path, clear) and is_free(xy, xy_m, ring, path, ends):
                    return np.concatenate((np.array(ends), path))
    return np.empty(0, np.int64)
