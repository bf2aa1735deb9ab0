"""Merging: what is in force, with rows from elsewhere in place of what they name."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from gis.domain.footprints import footprint_keys
from gis.domain.grids import CRS, GRID_COLUMNS, Plan


def merged(present: Plan, found: Mapping[str, gpd.GeoDataFrame]) -> Plan:
    """Return the plan as it would be with found rows in place of what they name.

    `found` has frames (EPSG:4490) under divisions, zones, grids, or some of these. Divisions replace those of the same
    code, grids all grids of the villages that they name, zones all zones. A grid whose code is known keeps its id;
    the others get theirs when they are published.
    """
    tree, leaves = present.divisions, present.grids
    if "divisions" in found:
        tree = _joined(tree[~tree["code"].isin(found["divisions"]["code"])], found["divisions"])
    if "grids" in found:
        named = set(found["grids"]["village_code"])
        kept = leaves[~leaves["village_code"].isin(named)]
        known = leaves.drop_duplicates("code").set_index("code")["id"]
        given = found["grids"].assign(id=pd.array(found["grids"]["code"].map(known), dtype="Int64"))
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


def _joined(kept: gpd.GeoDataFrame, given: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    if kept.empty:
        return given.reset_index(drop=True)
    if given.empty:
        return kept.reset_index(drop=True)
    tables = [pd.DataFrame(frame).astype(object).where(frame.notna(), None) for frame in (kept, given)]
    return gpd.GeoDataFrame(pd.concat(tables, ignore_index=True).infer_objects(), geometry="boundary", crs=CRS)
