"""Footprints: boundaries without repetition, and one layer of them.

Stacked grids (楼栋叠加网格, leaves of one tower) repeat their boundary; the cover counts such a footprint once, by its
lowest permanent number.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.domain.borders import Borders


def footprint_keys(boundaries: Iterable[Any]) -> list[bytes]:
    """Return for each boundary bytes that are equal for equal shapes, whatever the order of rings and vertices."""
    shapes = np.asarray(list(boundaries), dtype=object)
    single = shapely.get_num_geometries(shapes) == 1
    shapes = np.where(single, shapely.get_geometry(shapes, 0), shapes)
    return list(shapely.to_wkb(shapely.normalize(shapes)))


class Layer:
    """Rows of one layer by ascending id, one for each footprint, with their borders and the columns of an answer.

    A *position* is the place of a row.
    """

    def __init__(self, frame: gpd.GeoDataFrame, ids: ArrayLike) -> None:
        ordered = frame.assign(_id=np.asarray(ids, dtype=np.int64)).sort_values("_id")
        boundaries = ordered.geometry.to_numpy()
        first, owner = _unique_footprints(boundaries)
        self.rows = ordered.iloc[first]
        self.ids = self.rows["_id"].to_numpy()
        self.borders = Borders(boundaries[first])
        self.stacks = _stacks(ordered["code"].to_numpy(dtype=object), owner)
        self._columns: dict[str, NDArray[np.object_]] = {}
        self._texts: dict[str, Any] = {}

    def column(self, name: str) -> NDArray[np.object_]:
        """Return a column as Python objects by position, None where missing."""
        if name not in self._columns:
            values = self.rows[name].astype(object)
            self._columns[name] = np.asarray(values.where(values.notna(), None), dtype=object)
        return self._columns[name]

    @property
    def codes(self) -> NDArray[np.object_]:
        """Codes by position."""
        return self.column("code")

    @cached_property
    def stacked(self) -> NDArray[np.bool_]:
        """Which positions carry several grids; one place more, False, for position -1."""
        return np.array([*(code in self.stacks for code in self.codes), False])

    def ids_at(self, positions: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return ids at positions, -1 for -1."""
        ids: NDArray[np.int64] = np.append(self.ids, -1)[positions]
        return ids

    def taken(self, name: str, positions: NDArray[np.int32]) -> Any:
        """Return a text column at positions, missing for -1."""
        if name not in self._texts:
            self._texts[name] = pd.array(self.column(name), dtype="str")
        return self._texts[name].take(positions, allow_fill=True)


def _unique_footprints(boundaries: NDArray[np.object_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of the first boundary of each footprint, and for each boundary the place of its first."""
    owner = np.arange(len(boundaries))
    if not len(boundaries):
        return owner, owner
    boxes = pd.DataFrame(shapely.bounds(boundaries))
    suspects = np.flatnonzero(boxes.duplicated(keep=False))
    keys = pd.Series(footprint_keys(boundaries[suspects]), index=suspects)
    owner[suspects] = keys.index.to_series().groupby(keys).transform("min")
    return np.flatnonzero(owner == np.arange(len(owner))), owner


def _stacks(codes: NDArray[np.object_], owner: NDArray[np.intp]) -> dict[str, tuple[str, ...]]:
    """Return for the first code of each stack all its codes."""
    shared = np.flatnonzero(np.bincount(owner, minlength=len(owner))[owner] > 1) if len(owner) else owner
    stacks: dict[str, tuple[str, ...]] = {}
    for place in shared:
        first = codes[owner[place]]
        stacks[first] = (*stacks.get(first, ()), codes[place])
    return stacks
