"""Values made by hand for printed maps: a few grids drawn with letters, and what could be said about them."""

from datetime import UTC, datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.grids import CRS
from gis.domain.periods import ending
from maps.folium.page import Caption
from tests.drawing import drawn

PERIOD = ending(datetime(2026, 7, 1, tzinfo=UTC), days=91)
CAPTION = Caption("沙河街道", "grids", PERIOD)
GRIDS = drawn("AABB\nAACC\nDDEE", first_id=1)
OUTLINES = gpd.GeoDataFrame(
    {"name": ["社区"], "level": ["village"]},
    geometry=gpd.GeoSeries([shapely.unary_union(GRIDS.geometry)], crs=CRS).rename("boundary"),
)
HEAT = pd.DataFrame({"lon": [122.9905, 122.9915], "lat": [41.119, 41.1185], "weight": [5, 1]})


def counted(*counts: int) -> gpd.GeoDataFrame:
    return GRIDS.assign(count=np.asarray(counts, dtype="int64"))


def patrolled() -> gpd.GeoDataFrame:
    last = pd.to_datetime(
        ["2026-06-30T12:00Z", "2026-06-28T12:00Z", "2026-06-20T12:00Z", "2026-06-01T12:00Z", None], utc=True
    )
    return GRIDS.assign(
        last_visit_at=last,
        days_since=(PERIOD.until - last) / pd.Timedelta(days=1),
        visits=[3, 2, 1, 1, 0],
        share=[1.0, 0.5, 0.004, 0.1, 0.0],
    )


def watched() -> gpd.GeoDataFrame:
    return GRIDS.assign(cameras=[1, 2, 0, 0, 0], share=[0.2, 0.9, 0.0, 0.0, 0.0])


def cameras(count: int = 2) -> gpd.GeoDataFrame:
    points = shapely.points(np.linspace(122.9902, 122.992, count), np.full(count, 41.119))
    columns = {"sector": shapely.buffer(points, 0.0003), "location": points}
    return gpd.GeoDataFrame(columns, geometry="location", crs=CRS)
