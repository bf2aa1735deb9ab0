"""The borders of the demo city: from the real outlines of the counties down to the footprints of the grids.

Each ring is divided by cuts that end at its own vertices, so that towns, villages, level-2 grids and leaves nest and
share every vertex, by construction. A ring is final when it is made: later cuts end at its vertices and add none.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo import layout
from gis.domain.demo.counts import CITY_DISTRICTS, Footprints
from gis.domain.demo.cutting import stations
from gis.domain.demo.dividing import POINTS_AN_AREA, Divided, divide
from gis.domain.demo.plane import EAST_M, NORTH_M, Bools, Floats, Ints, from_metres, place, random, to_metres, to_steps

Progress = Callable[[str, int, int], None]
POINTS_A_VILLAGE = 60
CITY_ANGLE = 0.42
ROOMY = 1.8
RIVER_TOWN, RIVER_STREAMS = "210304015", 0.5  # 沙河街道 is named after a river


@dataclass(frozen=True)
class Cut:
    """A path of lattice steps between two areas: what it `parts` (town, village, level2, leaf), inside which `area`."""

    path: Ints
    parts: str
    area: str
    stream: bool
    rank: int


@dataclass(frozen=True)
class Ground:
    """What the leaves are drawn on: rings and footprints by village code, the seats of towns in metres by town code."""

    rings: dict[str, Ints]
    footprints: dict[str, Footprints]
    seats: dict[str, Floats]


@dataclass(frozen=True)
class Village:
    """One village: its ring, its footprints, what its ring became, and the clusters of houses in it."""

    code: str
    ring: Ints
    footprints: Footprints
    divided: Divided
    kernels: Floats


def outlines(counties: gpd.GeoDataFrame, villages: pd.DataFrame) -> dict[str, Ints]:
    """Return each county's ring by code, snapped, with vertices put on its edges where grids will end.

    Both neighbours of an edge get the same vertices. `counties`: columns code, name; one polygon each, EPSG:4490.
    """
    found = [layout.core(villages, code) for code in layout.CENTRES]
    kernels = np.concatenate([item[0] for item in found])
    area_m2 = dict(zip(counties["code"].astype(str), counties.geometry.to_crs(4550).area, strict=True))
    evenly = max(rest / area_m2[code] for code, (_, rest) in zip(layout.CENTRES, found, strict=True))
    style = layout.style(evenly, 0, 0, np.zeros(2), (0, 0), 0)
    rings = {}
    for code, polygon in zip(counties["code"].astype(str), counties.geometry, strict=True):
        largest = max(getattr(polygon, "geoms", [polygon]), key=lambda part: part.area)
        corners = to_steps(shapely.get_coordinates(shapely.orient_polygons(largest).exterior))[:-1]
        rings[code] = densified(corners, kernels, style)
    return rings


def densified(corners: Ints, kernels: Floats, style: Floats) -> Ints:
    """Return a ring with vertices on its edges, the same whichever way an edge is walked."""
    parts = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        low, high = (a, b) if tuple(a) < tuple(b) else (b, a)
        ends = to_metres(np.array([low, high]))
        shares = stations(ends[0], ends[1], kernels, style)[:, None]
        inner = from_metres(ends[0] * (1 - shares) + ends[1] * shares)
        parts += [a[None], inner if low is a else inner[::-1]]
    return np.concatenate(parts)


def area_of(ring: Ints) -> float:
    """Return the area of a ring of lattice steps in square metres of the plane."""
    x, y = (ring - ring[0]).T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2 * EAST_M * NORTH_M)


def rings_of(flat: Ints, starts: Ints, xy: Ints) -> list[Ints]:
    """Return rings or paths of lattice steps from ids one behind the other."""
    return [xy[flat[a:b]] for a, b in pairwise(starts)]


def cuts_of(divided: Divided, area: str, names: tuple[str, str]) -> Iterator[Cut]:
    """Yield the cuts of one area; `names` says what cuts of rank 0 and deeper ones part."""
    paths = rings_of(divided.cuts, divided.cut_starts, divided.xy)
    for path, rank, stream in zip(paths, divided.cut_ranks, divided.cut_streams, strict=True):
        yield Cut(path, names[min(1, rank)], area, bool(stream), int(rank))


def pie(weights: Floats, urban: Bools) -> tuple[Ints, Ints]:
    """Return an order for areas around a centre, and the slice of the pie that each of the ordered ones lies in.

    In each of one, two or four slices of about equal weight the urban areas come first, so that they end up at the tip.
    """
    slices = 4 if len(weights) >= 12 else 2 if len(weights) >= 5 else 1
    if urban.all() or not urban.any():
        slices = 1
    load = np.zeros(slices)
    slice_of = np.zeros(len(weights), np.int64)
    for row in np.lexsort((-weights, ~urban)):
        slice_of[row] = int(np.argmin(load))
        load[slice_of[row]] += weights[row]
    order = np.lexsort((~urban, slice_of))
    return order, np.unique(slice_of[order], return_inverse=True)[1]


def towns_of(county: str, ring: Ints, villages: pd.DataFrame, seed: int) -> tuple[dict[str, Ints], list[Cut]]:
    """Divide a county among its towns, those with streets nearest to the county's centre."""
    rng = random(seed, "towns", county)
    own = villages[villages["county"] == county]
    table = own.groupby("town").agg(weight=("footprints", "sum"), urban=("urban", "mean"))
    central = (
        (table.index.str[6:9].astype(int) < 100) & (table["urban"] > (0.6 if county in CITY_DISTRICTS else 0.2))
    ).to_numpy()
    order, slices = pie(table["weight"].to_numpy(float), central)
    table = table.iloc[order]
    kernels, rest = layout.core(villages, county)
    even = round(POINTS_A_VILLAGE * len(own) * rest / own["footprints"].sum())
    points = layout.scatter(ring, kernels, even, POINTS_A_VILLAGE * len(own) - even, rng)
    bend, streams, align = (0.05, 0.1, 0.5) if county in CITY_DISTRICTS else (0.05, 0.4, 0.05)
    style = layout.style(rest / area_of(ring), bend, streams, kernels[0, :2], (CITY_ANGLE, align), 1.5)
    divided = divide(ring, table["weight"].to_numpy(float), slices, points, kernels, style, int(rng.integers(2**60)))
    rings = dict(zip(table.index, rings_of(divided.leaves, divided.leaf_starts, divided.xy), strict=True))
    return rings, list(cuts_of(divided, county, ("town", "town")))


def villages_of(town: str, ring: Ints, villages: pd.DataFrame, seed: int) -> tuple[dict[str, Ints], list[Cut], Floats]:
    """Divide a town among its villages, residents' communities around its seat; the seat is the last answer."""
    rng = random(seed, "villages", town)
    own = villages[villages["town"] == town]
    order, slices = pie(own["footprints"].to_numpy(float), own["urban"].to_numpy(bool))
    own = own.iloc[order]
    leaves = float(own.loc[own["urban"], "footprints"].sum())
    rest = float(own["footprints"].sum()) - leaves
    urban = leaves > rest
    if leaves > 3 * rest:
        kernels = layout.core(villages, town[:6])[0]
        focus = kernels[0, :2]
    else:
        centre = place(*layout.CENTRES[town[:6]])
        focus = layout.nearest(ring, centre, rng) if int(town[6:]) < 100 else layout.deepest(ring, rng)
        kernels = layout.kernel(focus, leaves, layout.TOWN_SIDE_M) if leaves else layout.NO_KERNELS
    even = round(POINTS_A_VILLAGE * len(own) * max(rest / (rest + leaves), 0.25 if urban else 0))
    points = layout.scatter(ring, kernels, even, POINTS_A_VILLAGE * len(own) - even, rng)
    angle = CITY_ANGLE + rng.normal(0, 0.06 if urban else 0.8)
    bend, streams, align = (0.03, 0.05, 0.8) if urban else (0.07, 0.3, 0.1)
    streams = RIVER_STREAMS if town == RIVER_TOWN else streams
    style = layout.style(rest / area_of(ring), bend, streams, focus, (angle, align), 1.5)
    weights = own["footprints"].to_numpy(float)
    divided = divide(ring, weights, slices, points, kernels, style, int(rng.integers(2**60)))
    rings = dict(zip(own["code"], rings_of(divided.leaves, divided.leaf_starts, divided.xy), strict=True))
    return rings, list(cuts_of(divided, town, ("village", "village"))), focus


def leaves_of(village: pd.Series, ring: Ints, prints: Footprints, seat: Floats, seed: int) -> Village:
    """Divide a village into level-2 grids and footprints: blocks in a community, hamlets and fields in the country."""
    rng = random(seed, "leaves", village["code"])
    count, area = len(prints.stack), area_of(ring)
    urban = bool(village["urban"])
    side_m = layout.CITY_SIDE_M if urban else layout.HAMLET_SIDE_M
    packed = urban and area < ROOMY * count * side_m**2
    if packed:
        kernels, clustered = layout.NO_KERNELS, 0.0
    else:
        clustered = (0.85 if urban else 0.65) * count
        middle = layout.nearest(ring, seat, rng)
        kernels = layout.kernel(middle, 1.6 * clustered, side_m) if urban else _hamlets(ring, clustered, rng)
    even = count - clustered
    bend, streams, align = (0.025, 0.0, 1.0) if urban else (0.06, 0.12, 0.15)
    angle = CITY_ANGLE + rng.normal(0, 0.08) if urban else rng.uniform(0, np.pi)
    points = layout.scatter(ring, kernels, round(POINTS_AN_AREA * even), round(POINTS_AN_AREA * clustered), rng)
    style = layout.style(even / area, bend, streams, to_metres(ring).mean(0), (angle, align), 0.0)
    divided = divide(ring, np.ones(count), prints.level2, points, kernels, style, int(rng.integers(2**60)))
    return Village(village["code"], ring, prints, divided, kernels)


def _hamlets(ring: Ints, leaves: float, rng: np.random.Generator) -> Floats:
    """Return one to four clusters of houses well inside a village, for so many leaves together."""
    kernels = layout.NO_KERNELS
    for share in rng.dirichlet(np.full(int(rng.integers(1, 5)), 3.0)):
        middle = layout.deepest(ring, rng, kernels[:, :2])
        kernels = np.concatenate((kernels, layout.kernel(middle, leaves * share, layout.HAMLET_SIDE_M)))
    return kernels


def all_leaves(villages: pd.DataFrame, ground: Ground, seed: int, progress: Progress) -> list[Village]:
    """Divide every village that has a ring, two at a time, in order of code."""
    rows = [row for _, row in villages.iterrows() if row["code"] in ground.rings]

    def divided(row: pd.Series) -> Village:
        code = row["code"]
        return leaves_of(row, ground.rings[code], ground.footprints[code], ground.seats[code[:9]], seed)

    done: list[Village] = []
    with ThreadPoolExecutor(2) as pool:
        for village in pool.map(divided, rows):
            done.append(village)
            progress("borders", len(done), len(rows))
    return done
