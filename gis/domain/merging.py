"""Merging: what is in force, with rows from elsewhere in place of what they name."""

from collections.abc import Collection, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.domain.changes import kept_ids
from gis.domain.footprints import footprint_keys
from gis.domain.grids import CRS, GRID_COLUMNS, Plan
from gis.errors import Fault


def merged(present: Plan, found: Mapping[str, gpd.GeoDataFrame]) -> Plan:
    """Return the plan as it would be with found rows in place of what they name.

    `found` has frames (EPSG:4490) under divisions, zones, grids, or some of these. Divisions replace those of the same
    code, grids all grids of the villages that they name, zones all zones. A grid whose code is known keeps its id;
    the others keep the one that they bring, or get theirs when they are published.
    """
    tree, leaves = present.divisions, present.grids
    if "divisions" in found:
        tree = _joined(tree[~tree["code"].isin(found["divisions"]["code"])], found["divisions"])
    if "grids" in found:
        named = set(found["grids"]["village_code"])
        kept = leaves[~leaves["village_code"].isin(named)]
        given = found["grids"].assign(id=kept_ids(leaves, found["grids"]))
        leaves = _joined(kept, given[[*GRID_COLUMNS, "boundary"]])
    parts = {"divisions": tree, "zones": found.get("zones", present.zones), "grids": leaves}
    return Plan(present.revision, present.in_force_at, level2=present.level2, **parts)


def unchanged(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> set[str]:
    """Return the codes of rows whose boundary and attributes are the same before and after; ids do not matter."""
    columns = [column for column in old.columns if column not in ("id", "code", old.geometry.name)]
    shared = sorted(set(old["code"]) & set(new["code"]))
    before = old.drop_duplicates("code").set_index("code").loc[shared]
    after = new.drop_duplicates("code").set_index("code").loc[shared]
    equal = np.array(footprint_keys(before.geometry), dtype=object) == np.array(
        footprint_keys(after.geometry), dtype=object
    )
    for column in columns:
        left, right = before[column].astype(object), after[column].astype(object)
        equal &= ((left == right) | (left.isna() & right.isna())).to_numpy(dtype=bool)
    return {code for code, stays in zip(shared, equal, strict=True) if stays}


def id_faults(
    present: gpd.GeoDataFrame, given: gpd.GeoDataFrame, *, owners: Mapping[int, Collection[str]]
) -> list[Fault]:
    """Return a fault, by row and column, for each id of given grids that is not theirs.

    Both frames have `GRID_COLUMNS`; `owners` are all codes that these ids ever had. A row without an id is well: its
    code tells which grid it is.
    """
    ids = dict(zip(present["code"], present["id"], strict=True))
    found = []
    for row, (number, code) in enumerate(zip(given["id"], given["code"], strict=True), start=1):
        if pd.isna(number):
            continue
        if ids.get(code, number) != number:
            found.append(Fault(f"row {row}, column id", f"The grid {code} has the id {ids[code]}, not {number}."))
        elif code not in owners.get(number, (code,)):
            owner = ", ".join(sorted(owners[number]))
            found.append(Fault(f"row {row}, column id", f"The id {number} is that of the grid {owner}."))
    return found


def _joined(kept: gpd.GeoDataFrame, given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if kept.empty:
        return given.reset_index(drop=True)
    if given.empty:
        return kept.reset_index(drop=True)
    tables = [pd.DataFrame(frame).astype(object).where(frame.notna(), None) for frame in (kept, given)]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True).infer_objects(), geometry="boundary", crs=CRS)
