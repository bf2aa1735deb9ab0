"""Changes: what a publication does to the grids, and what became of what.

A plan in force never changes; a publication ends versions of grids and opens others. A redrawn grid keeps its permanent
id and its code: its old version ends and a new one opens under the same id.
"""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.domain.grids import GRID_COLUMNS

COMPARED = [name for name in GRID_COLUMNS if name != "id"]


@dataclass(frozen=True)
class Changes:
    """What a publication changes.

    Attributes
    ----------
    closed : the versions that end: `GRID_COLUMNS` and `boundary`.
    opened : the versions that begin; `id` is missing for a grid that is new.
    level2_names : names of level-2 grids by code, where they are known.
    """

    closed: gpd.GeoDataFrame
    opened: gpd.GeoDataFrame
    level2_names: dict[str, str]

    def __len__(self) -> int:
        """Return how many grids end, begin or change."""
        return len(set(self.closed["code"]) | set(self.opened["code"]))

    @property
    def level2_codes(self) -> list[str]:
        """The level-2 grids whose leaves change, ascending."""
        codes = pd.concat([self.closed["level2_code"], self.opened["level2_code"]]).dropna()
        return sorted(set(codes))


def replacement(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame, *, level2_names: dict[str, str] | None = None) -> Changes:
    """Return the changes that turn the grids `old` into `new`; grids are the same when their codes are.

    Both frames have `GRID_COLUMNS` and `boundary` in EPSG:4490. A grid of the same code whose boundary and attributes
    are equal does not change; a changed one keeps its id, whatever id `new` says. A new one has the id that `new` says.
    """
    wanted = new.assign(id=kept_ids(old, new))
    same = _unchanged(old, new)
    return Changes(
        closed=old[~old["code"].isin(same)].reset_index(drop=True),
        opened=wanted[~wanted["code"].isin(same)].reset_index(drop=True),
        level2_names=level2_names or {},
    )


def kept_ids(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> Any:
    """Return for each grid in `new` the id that its code has in `old`, else its own; missing for one without any."""
    known = new["code"].map(old.drop_duplicates("code").set_index("code")["id"])
    return pd.array(known.astype("Int64").fillna(new["id"].astype("Int64")), dtype="Int64")


def _unchanged(old: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> set[str]:
    shared = sorted(set(old["code"]) & set(new["code"]))
    if not shared:
        return set()
    before, after = old.set_index("code").loc[shared], new.set_index("code").loc[shared]
    equal = shapely.equals_exact(_rings(before), _rings(after))
    for name in COMPARED[1:]:
        left, right = before[name], after[name]
        equal &= ((left == right) | (left.isna() & right.isna())).to_numpy(dtype=bool, na_value=False)
    return {code for code, stays in zip(shared, equal, strict=True) if stays}


def _rings(frame: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Return boundaries in normal form, so that a ring's starting point and a lone part's kind do not matter."""
    shapes = frame["boundary"].to_numpy()
    single = shapely.get_num_geometries(shapes) == 1
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    return np.asarray(shapely.normalize(shapes))


def lineage(closed: gpd.GeoDataFrame, opened: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return what became of what: parent_id, child_id, area_share, headcount_share.

    `area_share` is the part of the parent's area (in degrees squared: a ratio within one grid) that the child took.
    `headcount_share` is missing here: a split by area alone says nothing about people. Grids of one kind only follow
    grids of that kind; a version that only changed its attributes is its own child.
    """
    parts = [_lineage_of_kind(closed, opened, kind) for kind in ("comprehensive", "dedicated")]
    rows = pd.concat(parts, ignore_index=True)
    rows["headcount_share"] = None
    return rows


def _lineage_of_kind(closed: gpd.GeoDataFrame, opened: gpd.GeoDataFrame, kind: str) -> pd.DataFrame:
    parents, children = closed[closed["kind"] == kind], opened[opened["kind"] == kind]
    tree = shapely.STRtree(children["boundary"].to_numpy())
    left, right = tree.query(parents["boundary"].to_numpy(), predicate="intersects")
    before = parents["boundary"].to_numpy()[left]
    taken = shapely.area(shapely.intersection(before, children["boundary"].to_numpy()[right]))
    rows = pd.DataFrame(
        {
            "parent_id": parents["id"].to_numpy()[left],
            "child_id": children["id"].to_numpy()[right],
            "area_share": taken / shapely.area(before),
        }
    )
    return rows[rows["area_share"] > 0]
