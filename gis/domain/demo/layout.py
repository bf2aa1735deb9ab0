"""Where the city is dense: exponential clusters around the centres, even country between them.

The centres of counties are real places, rounded; all else is drawn by seed. `kernels` are float64 (k, 4): x, y, radius
in metres, and leaves per square metre in the middle.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from gis.domain.demo.counts import CITY_DISTRICTS
from gis.domain.demo.cutting import STYLE_SIZE
from gis.domain.demo.dividing import within
from gis.domain.demo.plane import Floats, Ints, place, to_metres

CENTRES = {
    "210302": (123.008, 41.104),
    "210303": (122.972, 41.122),
    "210304": (123.012, 41.150),
    "210311": (122.930, 41.035),
    "210321": (122.430, 41.402),
    "210323": (123.283, 40.283),
    "210381": (122.752, 40.853),
}
CITY_SIDE_M, TOWN_SIDE_M, HAMLET_SIDE_M = 64.0, 74.0, 95.0
WIDER = 2.2  # a district is only a part of the ground around its centre
VERTICES_A_SIDE = 12.5
NO_KERNELS = np.zeros((0, 4))


def kernel(middle: Floats, leaves: float, side_m: float) -> Floats:
    """Return the cluster, of shape (1, 4), that holds so many leaves of this side in its middle."""
    return np.array([[middle[0], middle[1], max(60.0, (leaves / (2 * np.pi)) ** 0.5 * side_m), side_m**-2]])


def core(villages: pd.DataFrame, county: str) -> tuple[Floats, float]:
    """Return the cluster of a county's streets (街道), and how many leaves lie outside it."""
    town_type = villages["town"].str[6:9].astype(int)
    central = (villages["county"] == county) & villages["urban"] & (town_type < 100)
    leaves = float(villages.loc[central, "footprints"].sum())
    rest = float(villages.loc[villages["county"] == county, "footprints"].sum()) - leaves
    wider = WIDER if county in CITY_DISTRICTS else 1.0
    return kernel(place(*CENTRES[county]), wider * leaves, CITY_SIDE_M), rest


def style(
    evenly: float, bend: float, streams: float, focus: Floats, angles: tuple[float, float], pull: float
) -> Floats:
    """Return the vector of `cutting`; `evenly` is leaves per square metre outside clusters, `angles` ANGLE, ALIGN."""
    values = np.empty(STYLE_SIZE)
    values[:] = (evenly, VERTICES_A_SIDE, 4.0, 110.0, bend, 2.2 * bend + 0.02, streams, *angles, *focus, pull)
    return values


def scatter(ring: Ints, kernels: Floats, even: int, clustered: int, rng: np.random.Generator) -> Floats:
    """Return points in a ring, in metres: `even` ones anywhere and about `clustered` ones in the clusters."""
    corners = to_metres(ring)
    parts = [_kept(corners, lambda n: rng.uniform(corners.min(0), corners.max(0), (n, 2)), even)]
    for x, y, radius, _ in kernels:

        def around(n: int, x: float = x, y: float = y, radius: float = radius) -> Floats:
            angle, away = rng.uniform(0, 2 * np.pi, n), rng.gamma(2.0, radius, n)
            return np.column_stack((x + away * np.cos(angle), y + away * np.sin(angle)))

        parts.append(_kept(corners, around, clustered // len(kernels)))
    return np.concatenate(parts)


def _kept(corners: Floats, sample: Callable[[int], Floats], wanted: int) -> Floats:
    """Draw until so many points lie inside, at most 30 times."""
    ids = np.arange(len(corners))
    found = np.zeros((0, 2))
    for _ in range(30):
        if len(found) >= wanted:
            break
        found = np.concatenate((found, within(corners, ids, sample(max(16, 2 * (wanted - len(found)))))))
    return found[:wanted]


def nearest(ring: Ints, seat: Floats, rng: np.random.Generator) -> Floats:
    """Return a place in a ring near a seat but not at its edge, in metres: the best of 40 drawn ones."""
    corners = to_metres(ring)
    places = scatter(ring, NO_KERNELS, 40, 0, rng)
    depth = np.hypot(*(places[:, None, :] - corners[None, ::3, :]).transpose(2, 0, 1)).min(1)
    away = np.hypot(*(places - seat).T)
    return np.asarray(places[np.argmin(np.where(depth > 0.25 * depth.max(), away, np.inf))])


def deepest(ring: Ints, rng: np.random.Generator, apart: Floats | None = None) -> Floats:
    """Return a place well inside a ring and far from the places `apart`, in metres: the best of 40 drawn ones."""
    corners = to_metres(ring)
    places = scatter(ring, NO_KERNELS, 40, 0, rng)
    depth = np.hypot(*(places[:, None, :] - corners[None, ::3, :]).transpose(2, 0, 1)).min(1)
    if apart is not None and len(apart):
        depth = np.minimum(depth, 0.7 * np.hypot(*(places[:, None, :] - apart[None]).transpose(2, 0, 1)).min(1))
    return np.asarray(places[np.argmax(depth)])
