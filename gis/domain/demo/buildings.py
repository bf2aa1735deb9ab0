"""Buildings: slabs and towers in the communities, houses in the hamlets; towers carry the stacks."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.borders import CITY_ANGLE
from gis.domain.demo.dedicated import turned
from gis.domain.demo.plane import Floats, random
from gis.domain.demo.shapes import Shapes, frame, in_plane, on_lattice

BUILT_UP_M2 = 25_000
CLEAR_M = 0.1  # more than the lattice can move a corner
SHRINK = (1.0, 0.75, 0.5, 0.3)


def buildings_of(grids: gpd.GeoDataFrame, waters: gpd.GeoDataFrame, seed: int) -> gpd.GeoDataFrame:
    """Return the buildings: columns name, floors, households; geometry `footprint` (EPSG:4490).

    One tower stands in each stacked footprint and bears its number; one or two houses stand in each other leaf small
    enough to be built up, none in a water. Their households add up to the leaf's.
    """
    rng = random(seed, "buildings")
    leaves = grids[grids["kind"] == "comprehensive"]
    prints = leaves.assign(key=leaves["building"].where(leaves["building"].notna(), leaves["code"])).groupby(
        ["village_code", "key"], sort=True
    )
    table = prints.agg(
        boundary=("boundary", "first"),
        urban=("urban", "first"),
        households=("households", "sum"),
        building=("building", "first"),
        floors=("floor_to", "max"),
    ).reset_index()
    plane = in_plane(table["boundary"].to_numpy())
    built = (shapely.area(plane) < BUILT_UP_M2) | table["building"].notna().to_numpy()
    table, plane = table[built].reset_index(drop=True), plane[built]
    table["floors"] = (
        table["floors"]
        .astype(float)
        .fillna(pd.Series(np.where(table["urban"], rng.integers(4, 8, len(table)), rng.integers(1, 3, len(table)))))
    )
    double = (shapely.area(plane) > 4_000) & table["building"].isna().to_numpy()
    rows = np.repeat(np.arange(len(table)), np.where(double, 2, 1))
    nth = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    footprints, stand = _placed(plane[rows], table.iloc[rows], nth, double[rows], rng)
    wet = shapely.STRtree(waters.geometry.to_numpy()).query(footprints, predicate="intersects")[0]
    stand[np.unique(wet)] = False
    count = pd.Series(rows).where(stand).map(pd.Series(rows[stand]).value_counts()).to_numpy(float)
    result = table.iloc[rows].reset_index(drop=True)
    share = np.where(nth == 0, np.ceil(result["households"] / count), result["households"] // count)
    columns = {
        "name": result["building"].astype(object).where(result["building"].notna(), ""),
        "floors": result["floors"].astype(int),
        "households": np.nan_to_num(share).astype(int),
    }
    return frame(columns, "footprint", footprints)[stand].reset_index(drop=True)


def _placed(
    plane: Shapes, table: pd.DataFrame, nth: Floats, double: Floats, rng: np.random.Generator
) -> tuple[Shapes, Floats]:
    """Return a rectangle in each footprint, on the lattice, and whether it fits inside."""
    count = len(plane)
    middle = shapely.get_coordinates(shapely.point_on_surface(plane))
    tower, urban = table["building"].notna().to_numpy(), table["urban"].to_numpy(bool)
    side = np.sqrt(shapely.area(plane))
    long_m = np.where(tower, 30.0, np.where(urban, np.clip(0.6 * side, 14, 60), rng.uniform(12, 18, count)))
    wide_m = np.where(tower, 18.0, np.where(urban, 12.0, rng.uniform(7, 10, count)))
    jitter = rng.normal(0, 0.03, count) + np.where(urban, 0, rng.uniform(0, 0.6, count))
    angle = CITY_ANGLE + jitter
    aside = np.where(double, np.where(nth == 0, 0.22, -0.22) * side, 0.0)[:, None]
    middle = middle + aside * np.column_stack((-np.sin(angle), np.cos(angle)))
    shapely.prepare(plane)
    best = np.full(count, None, object)
    open_ = np.ones(count, bool)
    for factor in SHRINK:
        drawn = turned(middle, long_m * factor, wide_m * max(factor, 0.6), angle)
        fits = open_ & shapely.contains_properly(plane, shapely.buffer(drawn, CLEAR_M, join_style="mitre"))
        best[fits] = drawn[fits]
        open_ &= ~fits
    best[open_] = turned(middle[open_], long_m[open_] * 0.3, wide_m[open_] * 0.3, angle[open_])
    return on_lattice(best), ~open_
