"""Planted clusters: the same trouble again and again at one place for some days, for tests of hotspots to find."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.plane import Floats, Ints, from_metres, random, to_degrees
from gis.domain.demo.shapes import in_plane

KINDS = (
    ("water", 90.0, 6),
    ("garbage", 160.0, 21),
    ("noise", 120.0, 14),
    ("drainage", 200.0, 5),
    ("parking", 110.0, 28),
)
SHARE = 0.004
LEAST = 40


@dataclass(frozen=True)
class Cluster:
    """One hot spot: reports of `category` within `radius_m` of `middle` (metres) on `days` days from `first_day`.

    `first_day` counts from the start of the year of reports.
    """

    category: str
    middle: tuple[float, float]
    radius_m: float
    first_day: int
    days: int
    count: int

    def spots(self, rng: np.random.Generator) -> Floats:
        """Return the places of its reports in metres, denser towards the middle, none beyond the radius."""
        away, angle = self.radius_m * rng.random(self.count), rng.uniform(0, 2 * np.pi, self.count)
        return np.asarray(np.array(self.middle) + away[:, None] * np.column_stack((np.cos(angle), np.sin(angle))))

    def times(self, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Return the day of the year of reports and the hour of each report."""
        return self.first_day + rng.integers(0, self.days, self.count), rng.uniform(7, 22, self.count)

    def told(self, until: datetime) -> dict[str, Any]:
        """Return it for the truth: centre in degrees (EPSG:4490), dates of city time, the last one included."""
        start = pd.Timestamp(until).tz_convert("Asia/Shanghai").normalize() - pd.Timedelta(days=365)
        centre = to_degrees(from_metres(np.array([self.middle])))[0]
        first_on = start + pd.Timedelta(days=self.first_day)
        return {
            "category": self.category,
            "centre": [float(centre[0]), float(centre[1])],
            "radius_m": self.radius_m,
            "first_on": first_on.date().isoformat(),
            "last_on": (first_on + pd.Timedelta(days=self.days - 1)).date().isoformat(),
            "count": self.count,
        }


def clusters_of(leaves: gpd.GeoDataFrame, until: datetime, wanted: int, seed: int) -> list[Cluster]:
    """Return the clusters of a year of `wanted` reports: in communities, at least 600 m from each other where possible.

    The last one is in the days just before `until`. None are planted when there are too few reports to hide them in.
    """
    if wanted < 20 * LEAST:
        return []
    rng = random(seed, "clusters")
    middles = shapely.get_coordinates(shapely.centroid(in_plane(leaves.loc[leaves["urban"]].geometry.to_numpy())))
    chosen: list[Floats] = []
    for apart_m in (600.0, 300.0, 0.0):
        for middle in middles[rng.permutation(len(middles))[:2000]]:
            if len(chosen) < len(KINDS) and all(np.hypot(*(middle - other)) >= apart_m for other in chosen):
                chosen.append(middle)
    count = max(LEAST, round(SHARE * wanted))
    firsts = [int(rng.integers(20, 330)) for _ in KINDS]
    firsts[-1] = 365 - KINDS[-1][2]
    return [
        Cluster(kind, (float(middle[0]), float(middle[1])), radius_m, first, days, count)
        for (kind, radius_m, days), middle, first in zip(KINDS, chosen, firsts, strict=False)
    ]
