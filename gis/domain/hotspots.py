"""Hotspots, first version: how many reports each area had in a period, and where they lie thick.

Chinese: 热点 hotspot, 热力图 heat map. These are counts as they are; whether a count is more than chance is asked of
statistics elsewhere.

A *tally* is reports summed by place: columns grid_id (nullable), village_code (nullable), lon, lat (EPSG:4490,
degrees, mean position), count.
"""

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.domain.coordinates import metres_per_degree
from gis.errors import InvalidInputError

TALLY_COLUMNS = ("grid_id", "village_code", "lon", "lat", "count")
HEAT_CELL_M = 100.0
LARGEST_CELL_M = 10_000.0


def by_area(areas: gpd.GeoDataFrame, tally: pd.DataFrame, *, key: str, tally_key: str) -> gpd.GeoDataFrame:
    """Return the areas with a column `count` of their reports, most reports first, then by `key`.

    Parameters
    ----------
    areas : one row an area, with the column `key`.
    tally : a tally (see the module); rows whose `tally_key` names no area are not counted here, see `elsewhere`.
    key, tally_key : columns that name an area: ``id`` and ``grid_id``, or ``code`` and ``village_code``.
    """
    counts = tally.groupby(tally_key)["count"].sum()
    counted = areas.assign(count=areas[key].map(counts).fillna(0).astype("int64"))
    return counted.sort_values(["count", key], ascending=[False, True], kind="stable")


def elsewhere(areas: gpd.GeoDataFrame, tally: pd.DataFrame, *, key: str, tally_key: str) -> int:
    """Return how many reports of the tally belong to none of the areas: outside, or in a grid since redrawn."""
    return int(tally.loc[~tally[tally_key].isin(areas[key]), "count"].sum())


def bounded_heat(tally: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return `heat` in the finest cells of 100 m, 200 m, 400 m, ... that are at most `most`."""
    cell_m = HEAT_CELL_M
    found = heat(tally, cell_m=cell_m)
    while len(found) > most and cell_m * 2 <= LARGEST_CELL_M:
        cell_m *= 2
        found = heat(tally, cell_m=cell_m)
    return found


def heat(tally: pd.DataFrame, *, cell_m: float = HEAT_CELL_M) -> pd.DataFrame:
    """Return reports summed in square cells of the ground, heaviest first.

    Parameters
    ----------
    tally : a tally (see the module).
    cell_m : side of a cell in metres, 1 to 10,000; InvalidInputError otherwise.

    Returns
    -------
    columns lon, lat (mean position of the cell's reports, EPSG:4490 degrees) and weight (number of reports).
    """
    if not 1 <= cell_m <= LARGEST_CELL_M:
        raise InvalidInputError(f"cell_m must be 1 to 10,000 metres, not {cell_m:g}")
    if tally.empty:
        return pd.DataFrame({"lon": [], "lat": [], "weight": []}).astype({"weight": "int64"})
    lon, lat, count = (tally[name].to_numpy(dtype="float64") for name in ("lon", "lat", "count"))
    per_lon, per_lat = metres_per_degree(float(np.average(lat, weights=count)))
    cells = pd.DataFrame({"row": np.floor(lat * per_lat / cell_m), "column": np.floor(lon * per_lon / cell_m)})
    cells = cells.assign(lon=lon * count, lat=lat * count, weight=count).groupby(["row", "column"]).sum()
    cells = cells.assign(lon=cells["lon"] / cells["weight"], lat=cells["lat"] / cells["weight"])
    cells = cells.astype({"weight": "int64"}).sort_values("weight", ascending=False, kind="stable")
    return cells.reset_index(drop=True)[["lon", "lat", "weight"]]
