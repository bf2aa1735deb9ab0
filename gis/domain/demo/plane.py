"""The plane in which the demo city is drawn: lattice steps, and metres east and north of a fixed origin.

Every vertex is a pair of whole lattice steps (2^-23 degree), so that crossing tests are exact in int64. Lengths are
measured in metres with one scale for the whole city (parallel 40.8° N, GRS80); it is at most 1.3 % off at the edges,
which matters to the looks of a street and to nothing else.
"""

import hashlib
import math

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Objects = NDArray[np.object_]

STEP_DEG = 2.0**-23
ORIGIN = (round(122.9 / STEP_DEG), round(40.8 / STEP_DEG))
_A_M, _E2, _LAT = 6378137.0, 0.00669438002290, math.radians(40.8)
_W = math.sqrt(1 - _E2 * math.sin(_LAT) ** 2)
EAST_M = math.radians(STEP_DEG) * _A_M / _W * math.cos(_LAT)
NORTH_M = math.radians(STEP_DEG) * _A_M * (1 - _E2) / _W**3


def random(seed: int, *names: object) -> np.random.Generator:
    """Return the random source of one thing: the same for the same seed and names, whatever was drawn before it."""
    digest = hashlib.sha256("/".join(map(str, (seed, *names))).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def to_steps(degrees: Floats) -> Ints:
    """Return lon, lat degrees of shape (n, 2) as whole lattice steps from the origin of the plane."""
    steps: Ints = np.rint(degrees / STEP_DEG).astype(np.int64) - np.array(ORIGIN)
    return steps


def to_degrees(steps: Ints) -> Floats:
    """Return lattice steps of shape (n, 2) as exact lon, lat degrees (EPSG:4490)."""
    return np.asarray((steps + np.array(ORIGIN)) * STEP_DEG, np.float64)


def to_metres(steps: Ints) -> Floats:
    """Return lattice steps of shape (n, 2) as metres east and north of the origin."""
    return np.asarray(steps * np.array([EAST_M, NORTH_M]), np.float64)


def from_metres(metres: Floats) -> Ints:
    """Return metres east and north, of shape (n, 2), as the nearest whole lattice steps."""
    return np.asarray(np.rint(metres / np.array([EAST_M, NORTH_M])), np.int64)


def place(lon: float, lat: float) -> Floats:
    """Return one lon, lat in degrees as metres east and north of the origin, of shape (2,)."""
    return to_metres(to_steps(np.array([[lon, lat]])))[0, :]
