"""Patrol coverage: when each area was last visited, and how much of it tracks have passed.

Chinese: 巡查 patrol, 巡查轨迹 track, 巡查覆盖 coverage. A track passes what lies within `reach_m` of it: what a
worker on foot sees well. A visit is a track that passes any part of an area; it counts at the end of its shift.
"""

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain.coverage import MEASURE_CRS, in_metres, share_under, united
from gis.errors import InvalidInputError

PATROL_COLUMNS = ("post", "started_at", "ended_at", "synthetic")
REACH_M = 25.0
# Nobody on foot sees further, and the time to measure grows with its square.
LONGEST_REACH_M = 100.0
ARC_SEGMENTS = 8  # of a quarter circle: the widened track is at most 0.5 % of the reach too narrow
PIECE_SEGMENTS = 8


def coverage(
    areas: gpd.GeoDataFrame,
    patrols: gpd.GeoDataFrame,
    *,
    as_of: datetime,
    reach_m: float = REACH_M,
    crs: int = MEASURE_CRS,
) -> pd.DataFrame:
    """Return for each area when it was last visited and what share of it was passed.

    Parameters
    ----------
    areas : polygons in EPSG:4490, longitude latitude; any index.
    patrols : `PATROL_COLUMNS` and LineStrings `track` in EPSG:4490. Patrols that end after `as_of` are left out.
    as_of : aware instant from which days are counted back.
    reach_m : metres on the ground to each side of a track that count as passed; over 0 and at most 100,
        InvalidInputError otherwise.
    crs : EPSG code of the metric system to measure in.

    Returns
    -------
    frame with the index of `areas`: last_visit_at (aware, NaT when never), days_since (days of 24 hours, NaN when
    never), visits (number of patrols), share (0 to 1).
    """
    if not 0 < reach_m <= LONGEST_REACH_M:
        raise InvalidInputError(f"reach_m must be over 0 and at most {LONGEST_REACH_M:g} metres, not {reach_m:g}")
    walked = patrols[patrols["ended_at"] <= as_of]
    areas_xy = in_metres(areas.geometry, crs=crs)
    pieces_xy, patrol = _pieces(in_metres(walked.geometry, crs=crs))
    area, piece = _near(areas_xy, pieces_xy, reach_m)
    visits = _visits(area, patrol[piece], walked["ended_at"], count=len(areas))
    visits["days_since"] = (as_of - visits["last_visit_at"]) / pd.Timedelta(days=1)
    visits["share"] = share_under(
        areas_xy, _passed(area, patrol[piece], pieces_xy[piece], count=len(areas), reach_m=reach_m)
    )
    return visits.set_index(areas.index)[["last_visit_at", "days_since", "visits", "share"]]


def _pieces(tracks_xy: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Cut tracks into short pieces, so that an area is measured against what is near and not against whole shifts."""
    pieces: list[shapely.LineString] = []
    patrol: list[int] = []
    for index, track_xy in enumerate(tracks_xy):
        points_xy = shapely.get_coordinates(track_xy)
        for start in range(0, max(len(points_xy) - 1, 0), PIECE_SEGMENTS):
            pieces.append(shapely.LineString(points_xy[start : start + PIECE_SEGMENTS + 1]))
            patrol.append(index)
    return np.asarray(pieces, dtype=object), np.asarray(patrol, dtype=np.int64)


def _near(
    areas_xy: NDArray[np.object_], pieces_xy: NDArray[np.object_], reach_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of area and piece at most `reach_m` apart, by area.

    The tree's own ``dwithin`` misses a worker who stands still on a border: a line of length zero.
    """
    west, south, east, north = shapely.bounds(areas_xy).T
    rooms_xy = shapely.box(west - reach_m, south - reach_m, east + reach_m, north + reach_m)
    area, piece = shapely.STRtree(pieces_xy).query(rooms_xy)
    near = shapely.distance(areas_xy[area], pieces_xy[piece]) <= reach_m
    return area[near], piece[near]


def _visits(area: NDArray[np.int64], patrol: NDArray[np.int64], ended_at: pd.Series, *, count: int) -> pd.DataFrame:
    """Return last_visit_at and visits for areas 0 to `count` - 1 from pairs of area and patrol."""
    pairs = pd.DataFrame({"area": area, "patrol": patrol}).drop_duplicates()
    pairs["ended_at"] = ended_at.array[pairs["patrol"].to_numpy()]
    by_area = pairs.groupby("area")["ended_at"].agg(["max", "size"]).reindex(range(count))
    return pd.DataFrame({"last_visit_at": by_area["max"], "visits": by_area["size"].fillna(0).astype("int64")})


def _passed(
    area: NDArray[np.int64], patrol: NDArray[np.int64], pieces_xy: NDArray[np.object_], *, count: int, reach_m: float
) -> NDArray[np.object_]:
    """Return for each of `count` areas the surface within reach of the track pieces near it.

    Each patrol is widened alone and the surfaces united afterwards: tracks of one beat cross each other all the time,
    and widening them together took ten times as long.
    """
    pairs, pair = np.unique(np.column_stack([area, patrol]), axis=0, return_inverse=True)
    order = np.argsort(pair, kind="stable")
    near_xy = shapely.multilinestrings(pieces_xy[order], indices=pair[order])
    widened_xy = np.asarray(shapely.buffer(near_xy, reach_m, quad_segs=ARC_SEGMENTS), dtype=object)
    return united(pairs[:, 0], widened_xy, count=count)
