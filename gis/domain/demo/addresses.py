"""Addresses: streets by name, buildings numbered along them, and places; what a city's own register would hold.

Odd numbers stand left of a street and even ones right, from its beginning; what stands near no street that has a name
is numbered through its village.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.addresses import parse
from gis.domain.demo.numbering import short
from gis.domain.demo.plane import Bools, Floats, Ints
from gis.domain.demo.shapes import Shapes, frame, in_plane

SOURCE = "synthetic demo city"
SAMPLE = "（示例）"
NEAR_M = 250.0
HOUSE_FLOORS = 3  # lower ones are houses (号), not blocks (栋)
HOUSEHOLDS_A_LANDING = 2
MOST_UNITS = 6


def addresses_of(
    streets: gpd.GeoDataFrame, buildings: gpd.GeoDataFrame, grids: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Return the gazetteer: columns kind, name, units, floors, source; geometry `extent` (EPSG:4490).

    A street is one entry in each county; a tower that is named by a street and a number keeps its name.
    """
    ways = _ways(streets, divisions)
    houses = _houses(buildings, ways, grids, divisions)
    places = grids[(grids["kind"] == "dedicated") & (grids["name"] != "")]
    whole = ways.groupby(["county", "name"], sort=True)["path"].agg(
        lambda paths: shapely.multilinestrings(paths) if len(paths) > 1 else paths.iloc[0]
    )
    entries = [
        _entries("street", whole.index.get_level_values("name"), whole.to_numpy()),
        houses,
        _entries("place", places["name"].str.removesuffix(SAMPLE), places.geometry.to_numpy()),
    ]
    table = pd.concat(entries, ignore_index=True)
    table[["units", "floors"]] = table[["units", "floors"]].astype("Int64")
    return frame(table.drop(columns="extent"), "extent", table["extent"].to_numpy())


def _entries(kind: str, names: "pd.Series[str] | pd.Index[str]", extents: Shapes, **facts: object) -> pd.DataFrame:
    columns = {"kind": kind, "name": list(names), "units": None, "floors": None, "source": SOURCE} | facts
    return pd.DataFrame(columns | {"extent": pd.Series(list(extents), dtype=object)})


def _ways(streets: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return the paths of streets with a name: name, county (code), path, along (metres before it of its street)."""
    named = streets[streets["name"] != ""].reset_index(drop=True)
    paths = named.geometry.to_numpy()
    middles = shapely.line_interpolate_point(paths, 0.5, normalized=True)
    table = pd.DataFrame({"name": named["name"], "county": _within(middles, divisions, "county"), "path": paths})
    length = pd.Series(shapely.length(in_plane(paths)))
    table["before"] = length.groupby([table["county"], table["name"]]).cumsum() - length
    return table


def _houses(
    buildings: gpd.GeoDataFrame, ways: pd.DataFrame, grids: gpd.GeoDataFrame, divisions: gpd.GeoDataFrame
) -> pd.DataFrame:
    """Return an entry for each building: its number on the nearest street, or in its village."""
    shapes = buildings.geometry.to_numpy()
    middles = shapely.point_on_surface(shapes)
    table = pd.DataFrame({"floors": buildings["floors"].to_numpy(), "own": buildings["name"].to_numpy()})
    table["units"] = _units(buildings, middles, grids)
    codes = _within(middles, divisions, "village")
    table["street"] = pd.Series(codes).map(divisions.set_index("code")["name"].map(short)).fillna("")
    table["group"], table["at"], table["side"] = codes, np.arange(len(table), dtype=float), ""
    near, way, at, left = _on_ways(in_plane(middles), ways)
    table.loc[near, "street"] = ways["name"].to_numpy()[way]
    table.loc[near, "group"] = (ways["county"] + ways["name"]).to_numpy()[way]
    table.loc[near, "at"], table.loc[near, "side"] = at, np.where(left, "left", "right")
    order = table.sort_values(["group", "at"], kind="stable")
    nth = order.groupby(["group", "side"]).cumcount().reindex(table.index) + 1
    number = np.where(table["side"] == "", nth, 2 * nth - (table["side"] == "left"))
    word = np.where(table["floors"] > HOUSE_FLOORS, "栋", "号")
    names = table["street"] + pd.Series(number).astype(str) + word
    known = set(ways["name"])
    own = table["own"].map(lambda name: parse(name).street in known)
    names = names.mask(own, table["own"])
    # Where a tower bears its own address no other building has it.
    free = own | ~names.map(lambda name: parse(name).key).isin({parse(name).key for name in table["own"][own]})
    free &= (table["street"] != "") | own
    houses = _entries("building", names, shapes, units=table["units"], floors=table["floors"])
    return houses[free].reset_index(drop=True)


def _on_ways(middles_xy: Shapes, ways: pd.DataFrame) -> tuple[Ints, Ints, Floats, Bools]:
    """Return which buildings stand near a way, which way, how far along its street, and whether left of it."""
    if ways.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool)
    paths_xy = in_plane(ways["path"].to_numpy())
    tree = shapely.STRtree(paths_xy)
    pairs = tree.query_nearest(middles_xy, max_distance=NEAR_M, all_matches=False)
    near, way = pairs
    along = shapely.line_locate_point(paths_xy[way], middles_xy[near])
    here = shapely.get_coordinates(shapely.line_interpolate_point(paths_xy[way], np.maximum(along - 1, 0)))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(paths_xy[way], along + 1)) - here
    aside = shapely.get_coordinates(middles_xy[near]) - here
    left = ahead[:, 0] * aside[:, 1] > ahead[:, 1] * aside[:, 0]
    return near, way, ways["before"].to_numpy()[way] + along, left


def _units(buildings: gpd.GeoDataFrame, middles: Shapes, grids: gpd.GeoDataFrame) -> Ints:
    """Return how many units each building has: of a tower those of its stack, of others what its households need."""
    landings = HOUSEHOLDS_A_LANDING * buildings["floors"].to_numpy(float)
    needed = np.ceil(buildings["households"].to_numpy(float) / landings)
    units: Ints = np.clip(needed, 1, MOST_UNITS).astype(np.int64)
    stacked = grids[grids["building"].notna()]
    stacks = stacked.groupby(["village_code", "building"]).agg(
        boundary=("boundary", "first"), units=("unit", "nunique")
    )
    stack, tower = shapely.STRtree(middles).query(stacks["boundary"].to_numpy(), predicate="contains")
    units[tower] = stacks["units"].to_numpy()[stack]
    return units


def _within(points: Shapes, divisions: gpd.GeoDataFrame, level: str) -> Shapes:
    """Return the code of the division of a level that each point lies in, empty where none is."""
    those = divisions[divisions["level"] == level]
    area, point = shapely.STRtree(points).query(those.geometry.to_numpy(), predicate="covers")
    codes = np.full(len(points), "", dtype=object)
    codes[point] = those["code"].to_numpy()[area]
    return codes
