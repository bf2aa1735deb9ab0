"""Patrols: tracks of shifts."""

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gis.db import scopes
from gis.db.areas import Bounds, envelope
from gis.db.copying import copy_frame, read_frame, shape
from gis.db.tables import patrols
from gis.domain.patrols import PATROL_COLUMNS
from gis.domain.periods import Period
from gis.domain.staff import Scope


def ended_in(connection: sa.Connection, period: Period, *, scope: Scope, bbox: Bounds) -> gpd.GeoDataFrame:
    """Return the patrols of a scope that ended in a period near a rectangle: `PATROL_COLUMNS`, track; oldest first.

    `bbox` is west, south, east, north in EPSG:4490 degrees; a track is near when its own rectangle meets it.
    """
    columns = [patrols.c[name] for name in PATROL_COLUMNS]
    query = sa.select(*columns, shape(patrols.c.track)).where(
        scopes.inside(patrols, scope),
        patrols.c.ended_at >= period.since,
        patrols.c.ended_at < period.until,
        patrols.c.track.op("&&")(envelope(bbox)),
    )
    frame = read_frame(connection, query.order_by(patrols.c.ended_at, patrols.c.id), "track")
    times = {name: pd.to_datetime(frame[name], utc=True) for name in ("started_at", "ended_at")}
    return frame.assign(**times)


def replace(connection: sa.Connection, frame: gpd.GeoDataFrame) -> None:
    """Put a whole new set of patrols in place of the old: `PATROL_COLUMNS` and LineStrings `track` in EPSG:4490."""
    connection.execute(sa.delete(patrols))
    copy_frame(connection, patrols, frame, [*PATROL_COLUMNS, "track"])
    scopes.place(connection, patrols)
