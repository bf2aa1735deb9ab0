"""Cameras as sectors, and the share of each area that they cover."""

import geopandas as gpd
import sqlalchemy as sa

from gis.db import cameras as db
from gis.db.areas import Bounds
from gis.domain import cameras
from gis.domain.coverage import MEASURE_CRS
from gis.domain.staff import EVERYWHERE, Scope
from gis.services.areas import Areas, grown

# What the audit log calls a look at where cameras stand and what they see.
LOOK = "cameras.viewed"


def read(
    connection: sa.Connection, *, scope: Scope, bbox: Bounds | None = None, limit: int | None = None
) -> gpd.GeoDataFrame:
    """Return the cameras of a scope with their points `location` and polygons `sector`, EPSG:4490, by code.

    `bbox` is west, south, east, north in EPSG:4490 degrees: cameras that stand inside. A range that was stored over
    the longest, as imports once allowed, is drawn as the longest.
    """
    found = db.read(connection, scope=scope, bbox=bbox, limit=limit)
    found["range_m"] = found["range_m"].clip(upper=cameras.LONGEST_RANGE_M)
    return found.assign(sector=cameras.sectors(found))


def coverage(
    connection: sa.Connection, areas: Areas, *, scope: Scope, measure_crs: int = MEASURE_CRS
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Return the areas with `cameras` and `share` (see `gis.domain.cameras.coverage`), and the cameras that look in.

    A camera outside an area that looks into it counts.
    """
    frame = areas.frame
    reach_m = min(db.longest_range_m(connection), cameras.LONGEST_RANGE_M)
    near = read(connection, scope=EVERYWHERE, bbox=grown(areas.bounds, reach_m))
    found = near[cameras.looking_in(frame, near["sector"])]
    seen = found if scope == EVERYWHERE else found[found["code"].isin(read(connection, scope=scope)["code"])]
    return frame.join(cameras.coverage(frame, found, crs=measure_crs)), seen
