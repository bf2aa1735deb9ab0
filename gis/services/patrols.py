"""Patrol coverage of areas: days since the last visit, and the share that tracks have passed."""

import geopandas as gpd
import sqlalchemy as sa

from gis.db import patrols as db
from gis.domain import patrols
from gis.domain.coverage import MEASURE_CRS
from gis.domain.periods import Period
from gis.domain.staff import EVERYWHERE
from gis.services.areas import Areas, grown

# What the audit log calls a look at where workers went: by grid too it tells of tracks.
LOOK = "patrols.viewed"


def coverage(
    connection: sa.Connection,
    period: Period,
    areas: Areas,
    *,
    reach_m: float = patrols.REACH_M,
    measure_crs: int = MEASURE_CRS,
) -> gpd.GeoDataFrame:
    """Return the areas with last_visit_at, days_since, visits and share (see `gis.domain.patrols.coverage`).

    Only patrols that ended in the period count, whoever walked: a figure is about its place, and the areas are those of
    a scope. The transaction must see every patrol. Days are counted back from the end of the period.
    """
    frame = areas.frame
    walked = db.ended_in(connection, period, scope=EVERYWHERE, bbox=grown(areas.bounds, reach_m))
    return frame.join(patrols.coverage(frame, walked, as_of=period.until, reach_m=reach_m, crs=measure_crs))
