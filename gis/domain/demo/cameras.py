"""Cameras: places, angles and ranges at the ends of streets; codes as GB/T 28181 builds them."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.plane import Ints, Objects, random
from gis.domain.demo.shapes import frame, in_plane, on_lattice, polygons

INDUSTRY, DEVICE, NETWORK = "00", "132", "0"
SYNTHETIC = "（示例）"


def cameras_of(streets: gpd.GeoDataFrame, towns: dict[str, Ints], wanted: int, seed: int) -> gpd.GeoDataFrame:
    """Return cameras: columns code, name, heading_deg, view_deg, range_m; geometry `location` (EPSG:4490).

    The code is 20 digits: 8 of the county, 2 of the industry, 3 of the device (132, network camera), 1 of the network,
    and a number of 6 (GB/T 28181-2016, appendix D).
    """
    rng = random(seed, "cameras")
    ways = streets[streets["category"].isin(["main", "side", "lane"])]
    weight = ways["category"].map({"main": 3.0, "side": 2.0, "lane": 1.0}).to_numpy()
    chosen = ways.iloc[np.sort(rng.choice(len(ways), min(wanted, len(ways)), replace=False, p=weight / weight.sum()))]
    plane = in_plane(chosen.geometry.to_numpy())
    first = shapely.get_coordinates(shapely.get_point(plane, 0))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(plane, 0.3, normalized=True))
    heading = (np.degrees(np.arctan2(*(ahead - first).T)) + rng.normal(0, 8, len(chosen))) % 360
    dome = rng.random(len(chosen)) < 0.2
    locations = on_lattice(np.asarray(shapely.points(first)))
    county = _county(locations, towns)
    number = (pd.Series(county).groupby(county).cumcount() + 1).astype(str).str.zfill(6)
    codes = pd.Series(county) + "00" + INDUSTRY + DEVICE + NETWORK + number
    kinds = np.where(chosen["name"] == "", "小巷", chosen["name"])
    columns = {
        "code": codes,
        "name": pd.Series(kinds) + "摄像机" + number.str.lstrip("0") + SYNTHETIC,
        "heading_deg": np.round(heading, 1) % 360,
        "view_deg": np.where(dome, 360.0, rng.choice([60.0, 75.0, 90.0, 110.0], len(chosen))),
        "range_m": np.round(rng.uniform(40, 120, len(chosen))),
    }
    return frame(columns, "location", locations).sort_values("code", ignore_index=True)


def _county(locations: Objects, towns: dict[str, Ints]) -> Objects:
    """Return the six-digit code of the county each place lies in; the first one's where it lies on a border."""
    codes = sorted(towns)
    shapes = polygons([towns[code] for code in codes])
    place, town = shapely.STRtree(shapes).query(locations, predicate="intersects")
    county = np.full(len(locations), codes[0][:6], object)
    county[place[::-1]] = np.array([code[:6] for code in codes], object)[town[::-1]]
    return county
