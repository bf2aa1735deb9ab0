"""Functional zones (功能区): overlays with the rank of a county, unions of villages across the coded districts.

They have no code of GB/T 2260; theirs begin with the city's and say Z.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.plane import Objects, place
from gis.domain.demo.shapes import frame, in_plane

ZONES = (
    ("2103Z1", "高新技术产业开发区", (123.045, 41.075), 5_500.0),
    ("2103Z2", "鞍山经济开发区", (122.900, 41.110), 7_000.0),
    ("2103Z3", "千山风景名胜区", (123.135, 41.020), 8_000.0),
)
SYNTHETIC = "（示例范围）"


def zones_of(divisions: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the zones that the drawn villages reach: columns code, name; geometry `boundary`.

    Each village belongs to the nearest zone within whose radius its middle lies. A city of one town gets the first zone
    over its two westernmost villages, so that there is one to see.
    """
    villages = divisions[divisions["level"] == "village"]
    middles = shapely.get_coordinates(shapely.centroid(in_plane(villages.geometry.to_numpy())))
    away = np.array([np.hypot(*(middles - place(*centre)).T) / radius for _, _, centre, radius in ZONES])
    owner = np.where(away.min(0) < 1, away.argmin(0), -1)
    if (divisions["level"] == "town").sum() == 1:
        owner[:] = -1
        owner[np.argsort(middles[:, 0])[:2]] = 0
    rows, shapes = [], []
    for number, (code, name, _, _) in enumerate(ZONES):
        if (owner == number).any():
            rows.append((code, name + SYNTHETIC))
            shapes.append(_whole(villages.geometry.to_numpy()[owner == number]))
    return frame(pd.DataFrame(rows, columns=["code", "name"]), "boundary", np.array(shapes, object))


def _whole(villages: Objects) -> shapely.Polygon:
    """Return the largest connected union of villages, its holes filled."""
    union = shapely.coverage_union_all(villages)
    largest = max(shapely.get_parts(union), key=lambda part: part.area)
    return shapely.Polygon(largest.exterior)
