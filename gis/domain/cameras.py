"""Cameras: the sector each one looks over, and the share of each area that they cover together.

A camera is a place, a heading, an angle and a range; nothing that it films comes in here. Chinese: 摄像机 camera,
可视域 sector. First version: open ground, nothing stands in the way of sight.
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.domain.coordinates import metres_per_degree
from gis.domain.coverage import MEASURE_CRS, covered_share, in_metres
from gis.errors import InvalidInputError

MEASURES = ("heading_deg", "view_deg", "range_m")
CAMERA_COLUMNS = ("code", "name", *MEASURES, "synthetic")
ARC_STEP_DEG = 5.0  # the arc's chords lose at most 0.13 % of the sector's area
LONGEST_RANGE_M = 10_000.0
# Narrower than this a sector is a hair, and one that leaves less than this open is a circle: rays on top of each other
# would make a polygon that is not valid.
NARROWEST_DEG = 0.01


def sectors(cameras: gpd.GeoDataFrame) -> gpd.GeoSeries:
    """Return what each camera looks over as polygons in EPSG:4490, longitude latitude, with the cameras' index.

    Parameters
    ----------
    cameras : heading_deg (middle of the view, clockwise from north), view_deg (over 0 to 360), range_m (metres, over
        0 to 10,000) and points `location` in EPSG:4490. InvalidInputError when a value is out of range.

    Notes
    -----
    Drawn in a plane tangent at the camera, one degree taken as so many metres on the CGCS2000 ellipsoid; within
    10 km that is right to a few metres, within 500 m to centimetres.
    """
    _check(cameras)
    columns = zip(cameras["heading_deg"], cameras["view_deg"], cameras["range_m"], strict=True)
    outlines_m = [_outline_m(float(heading), float(view), float(reach)) for heading, view, reach in columns]
    drawn = [_around(point, outline_m) for point, outline_m in zip(cameras.geometry, outlines_m, strict=True)]
    return gpd.GeoSeries(drawn, index=cameras.index, crs=cameras.crs)


def coverage(areas: gpd.GeoDataFrame, cameras: gpd.GeoDataFrame, *, crs: int = MEASURE_CRS) -> pd.DataFrame:
    """Return for each area how many cameras look into it and what share of it they cover.

    Parameters
    ----------
    areas : polygons in EPSG:4490, longitude latitude; any index.
    cameras : as for `sectors`.
    crs : EPSG code of the metric system to measure in.

    Returns
    -------
    frame with the index of `areas`: cameras (how many sectors reach it), share (0 to 1; overlaps counted once).
    """
    areas_xy = in_metres(areas.geometry, crs=crs)
    sectors_xy = in_metres(sectors(cameras), crs=crs)
    area, _ = shapely.STRtree(sectors_xy).query(areas_xy, predicate="intersects")
    reached = np.bincount(area, minlength=len(areas)).astype("int64")
    return pd.DataFrame({"cameras": reached, "share": covered_share(areas_xy, sectors_xy)}, index=areas.index)


def looking_in(areas: gpd.GeoDataFrame, seen: gpd.GeoSeries) -> NDArray[np.bool_]:
    """Return which sectors (EPSG:4490, see `sectors`) reach any of the areas (EPSG:4490)."""
    sector, _ = shapely.STRtree(areas.geometry.to_numpy()).query(seen.to_numpy(), predicate="intersects")
    reached = np.zeros(len(seen), dtype=bool)
    reached[sector] = True
    return reached


def _check(cameras: gpd.GeoDataFrame) -> None:
    """Refuse angles and ranges that draw nothing."""
    view, reach = cameras["view_deg"], cameras["range_m"]
    if not (np.isfinite(cameras["heading_deg"]) & view.gt(0) & view.le(360)).all():
        raise InvalidInputError("A camera needs a finite heading_deg and a view_deg over 0 and at most 360 degrees")
    if not (reach.gt(0) & reach.le(LONGEST_RANGE_M)).all():
        raise InvalidInputError(f"A camera's range_m must be over 0 and at most {LONGEST_RANGE_M:,.0f} metres")


def _outline_m(heading_deg: float, view_deg: float, range_m: float) -> NDArray[np.float64]:
    """Return the sector's corners as metres east and north of the camera, shape (n, 2); a dome has no middle."""
    is_dome = view_deg > 360 - NARROWEST_DEG
    view_deg = 360.0 if is_dome else max(view_deg, NARROWEST_DEG)
    steps = max(2, int(np.ceil(view_deg / ARC_STEP_DEG)))
    bearing = np.radians(heading_deg + view_deg * (np.arange(steps + 1) / steps - 0.5))
    arc = range_m * np.column_stack([np.sin(bearing), np.cos(bearing)])
    return arc[:-1] if is_dome else np.vstack([[0.0, 0.0], arc])


def _around(point: shapely.Point, outline_m: NDArray[np.float64]) -> shapely.Polygon:
    """Return an outline in metres around a point as a polygon in degrees."""
    degrees = outline_m / np.asarray(metres_per_degree(point.y), dtype=float)
    return shapely.Polygon(degrees + np.asarray([point.x, point.y]))
