"""Share of each area that lies under a set of shapes, measured on the ground; overlaps counted once."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

MEASURE_CRS = 4550


def in_metres(shapes: gpd.GeoSeries, *, crs: int = MEASURE_CRS) -> NDArray[np.object_]:
    """Return geometries in a projected system, x east and y north in metres.

    Parameters
    ----------
    shapes : EPSG:4490, longitude latitude.
    crs : EPSG code of the 3-degree Gauss-Krüger zone of the city (Anshan: 4550, central meridian 123° E). Lengths
        there are true within 1 in 3,000 up to 1.5 degrees from the meridian.
    """
    return np.asarray(shapes.to_crs(crs).array, dtype=object)


def covered_share(areas_xy: NDArray[np.object_], shapes_xy: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the share, 0 to 1, of each area that lies under at least one of the shapes.

    Both are polygons in one and the same metric system. An area of size zero has share 0.
    """
    area, shape = shapely.STRtree(shapes_xy).query(areas_xy, predicate="intersects")
    return share_under(areas_xy, united(area, shapes_xy[shape], count=len(areas_xy)))


def united(area: NDArray[np.int64], shapes_xy: NDArray[np.object_], *, count: int) -> NDArray[np.object_]:
    """Return for each of `count` areas the union of its shapes; `area` ascends and names the area of each shape."""
    cover_xy = np.full(count, shapely.Polygon(), dtype=object)
    reached, sizes = np.unique(area, return_counts=True)
    ends = np.cumsum(sizes)
    for index, start, end in zip(reached, ends - sizes, ends, strict=True):
        cover_xy[index] = shapely.union_all(shapes_xy[start:end])
    return cover_xy


def share_under(areas_xy: NDArray[np.object_], cover_xy: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return the share, 0 to 1, of each area that lies under the one cover at the same place in `cover_xy`."""
    size = shapely.area(areas_xy)
    covered = shapely.area(shapely.intersection(areas_xy, cover_xy))
    share = np.divide(covered, size, out=np.zeros(len(size)), where=size > 0)
    return np.clip(share, 0.0, 1.0)
