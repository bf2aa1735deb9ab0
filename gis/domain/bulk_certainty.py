"""How sure many decisions are at once: the same as `certainty.weigh` says of each, of senders without posts."""

import json

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain.borders import reach
from gis.domain.certainty import ALTERNATIVES_LIMIT, DECIMALS, IMPRECISE, LEAST_SHARE, NEAR_BORDER
from gis.domain.discs import areas_m2
from gis.domain.routing import PlanIndex
from gis.domain.routing_rules import Rule

CHUNK = 20_000
PLACED = ["grid_id", "dedicated_id", "level2_code", "village_code", "zone_code", "post_code", "distance_m"]

Numbers = NDArray[np.float64]


def weigh_many(
    rows: pd.DataFrame, lon: Numbers, lat: Numbers, accuracy_m: Numbers, index: PlanIndex, rule: Rule
) -> pd.DataFrame:
    """Return decisions with the accuracies of their points weighed.

    `rows` : method and `PLACED`, as the index answers. `accuracy_m` : NaN where there is none. Added are share,
    alternatives (JSON text, or None) and doubt; what is imprecise loses its place.
    """
    known = ~np.isnan(accuracy_m)
    position = _positions(rows, index)
    is_covered = (position >= 0) & (rows["method"] != "snapped").to_numpy()
    is_imprecise = known & (accuracy_m > rule.imprecise_m)
    is_whole = is_covered & (rows["distance_m"].to_numpy(dtype=float) >= np.where(known, accuracy_m, np.inf))
    is_open = known & ~is_whole & ~is_imprecise & ((accuracy_m > 0) | (position < 0))
    share = np.where(known, 1.0, np.nan)
    alternatives = np.full(len(rows), None, dtype=object)
    tree = shapely.STRtree(index.comprehensive.rows.geometry.to_numpy())
    for start in range(0, len(rows), CHUNK):
        chosen = np.flatnonzero(is_open[start : start + CHUNK]) + start
        part = _weighed(tree, lon[chosen], lat[chosen], accuracy_m[chosen], position[chosen], index)
        share[chosen], alternatives[chosen] = part
    middle = np.flatnonzero(is_imprecise & is_covered & ~is_whole)
    alternatives[middle] = _middles(tree, lon[middle], lat[middle], accuracy_m[middle], position[middle], index)
    lost = is_imprecise & ~is_whole
    doubt = np.full(len(rows), None, dtype=object)
    doubt[is_open & (share < rule.sure_share)] = NEAR_BORDER
    doubt[lost] = IMPRECISE
    share[lost] = np.nan
    method = np.where(lost, IMPRECISE, rows["method"].astype(object))
    # Objects stay objects: as texts their gaps would be NaN.
    texts = {
        name: pd.Series(values, rows.index, dtype=object)
        for name, values in (("method", method), ("alternatives", alternatives), ("doubt", doubt))
    }
    kept = rows.assign(share=share, **texts)
    return kept.assign(**{name: kept[name].mask(lost) for name in PLACED})


def _positions(rows: pd.DataFrame, index: PlanIndex) -> NDArray[np.intp]:
    """Return the places of the grids of answers in their layer; -1 where there is none."""
    ids = index.comprehensive.ids
    numbers = rows["grid_id"].to_numpy(dtype=np.float64, na_value=-1.0)
    return np.where(numbers < 0, -1, np.searchsorted(ids, numbers))


def _weighed(
    tree: shapely.STRtree, lon: Numbers, lat: Numbers, radius_m: Numbers, position: NDArray[np.intp], index: PlanIndex
) -> tuple[Numbers, NDArray[np.object_]]:
    """Return the share of each point's own grid, or of what lies outside for points outside, and the others."""
    east, north = reach(lat, 1.0)
    east, north = east * radius_m, north * radius_m
    row, place = tree.query(shapely.box(lon - east, lat - north, lon + east, lat + north))
    found = areas_m2(tree.geometries[place], lon[row], lat[row], radius_m[row])
    disc = np.pi * radius_m**2
    shares = np.divide(found, disc[row], out=np.zeros_like(found), where=disc[row] > 0)
    outside = np.round(np.maximum(0.0, 1.0 - np.bincount(row, shares, minlength=len(lon))), DECIMALS)
    is_own = place == position[row]
    own = np.round(np.bincount(row[is_own], shares[is_own], minlength=len(lon)), DECIMALS)
    others = _others(row, place, np.where(is_own, 0.0, shares), index, outside)
    return np.where(position < 0, outside, own), others


def _others(
    row: NDArray[np.intp], place: NDArray[np.intp], shares: Numbers, index: PlanIndex, outside: Numbers
) -> NDArray[np.object_]:
    """Return the shares of other grids and of what lies outside, as JSON texts; None where there are none."""
    told = np.flatnonzero(shares >= LEAST_SHARE)
    ids, codes = index.comprehensive.ids, index.comprehensive.codes
    rounded = np.round(shares[told], DECIMALS)
    order = np.lexsort((ids[place[told]], -rounded, row[told]))
    grids: list[list[list[object]]] = [[] for _ in outside]
    for at, where, share in zip(row[told][order], place[told][order], rounded[order], strict=True):
        if len(grids[at]) < ALTERNATIVES_LIMIT:
            grids[at].append([int(ids[where]), codes[where], float(share)])
    packed = np.full(len(outside), None, dtype=object)
    for at, (some, beyond) in enumerate(zip(grids, outside.tolist(), strict=True)):
        if some or beyond:
            packed[at] = json.dumps({"outside": beyond, "grids": some})
    return packed


def _middles(
    tree: shapely.STRtree, lon: Numbers, lat: Numbers, radius_m: Numbers, position: NDArray[np.intp], index: PlanIndex
) -> NDArray[np.object_]:
    """Return the grid under the middle of each imprecise disc as JSON text."""
    shares = areas_m2(tree.geometries[position], lon, lat, radius_m) / (np.pi * radius_m**2)
    ids, codes = index.comprehensive.ids, index.comprehensive.codes
    packed = np.full(len(lon), None, dtype=object)
    for at, (place, share) in enumerate(zip(position, shares, strict=True)):
        grid = [int(ids[place]), codes[place], round(float(share), DECIMALS)]
        packed[at] = json.dumps({"outside": 0.0, "grids": [grid]})
    return packed
