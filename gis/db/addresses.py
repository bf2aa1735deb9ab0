"""Addresses: the gazetteer, and who of it is like what was typed, with the grids under each."""

from dataclasses import dataclass
from itertools import groupby
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
import sqlalchemy as sa

from gis.db.areas import Bounds, envelope
from gis.db.copying import copy_frame, read_frame, shape
from gis.db.moments import in_force
from gis.db.tables import addresses, grids
from gis.domain.addresses import parse
from gis.domain.grids import CRS
from gis.domain.places import Box
from gis.domain.stacks import Under

COLUMNS = ("kind", "name", "units", "floors", "source", "synthetic")
ENTRY = ("id", "kind", "name", "units", "floors")
# As in `gis.domain.stacks.Under`, but for the footprint.
GRID = ("id", "code", "kind", "name", "village_code", "level2_code", "unit", "floor_from", "floor_to")


@dataclass(frozen=True)
class Like:
    """An entry that is like what was typed.

    `location` and `bbox` are in degrees (EPSG:4490); `covering` are the grids in force over the location.
    """

    kind: str
    name: str
    units: int | None
    floors: int | None
    location: tuple[float, float]
    bbox: Box
    covering: tuple[Under, ...]


def read(connection: sa.Connection) -> gpd.GeoDataFrame:
    """Return the gazetteer as it came: `COLUMNS`, geometry `extent` in EPSG:4490, in the order of the file."""
    columns = [addresses.c[name] for name in COLUMNS]
    query = sa.select(*columns, shape(addresses.c.extent)).order_by(addresses.c.id)
    return read_frame(connection, query, "extent").astype(dict.fromkeys(("units", "floors"), "Int64"))


def replace(connection: sa.Connection, frame: gpd.GeoDataFrame) -> None:
    """Put a whole new gazetteer in place of the old: `COLUMNS`, and points, lines or areas `extent` in EPSG:4490."""
    connection.execute(sa.delete(addresses))
    places = gpd.GeoSeries(_locations(frame["extent"].to_numpy()), index=frame.index, crs=CRS)
    rows = frame.assign(location=places, folded=[parse(name).entry_key for name in frame["name"]])
    copy_frame(connection, addresses, rows, (*COLUMNS, "extent", "location", "folded"))


def like(connection: sa.Connection, key: str, *, bbox: Bounds | None = None, limit: int) -> list[Like]:
    """Return the entries most like a folded text (`Address.key`), in one statement, the most like first.

    The index of trigrams finds them, the grids' own what lies there. `bbox` is west, south, east, north in degrees.
    """
    rows = connection.execute(likest(key, bbox=bbox, limit=limit)).all()
    return [_like(list(each)) for _, each in groupby(rows, key=lambda row: row.id)]


def likest(key: str, *, bbox: Bounds | None, limit: int) -> sa.Select[Any]:
    """Return the statement of `like`."""
    likeness = sa.func.similarity(addresses.c.folded, key)
    found = sa.select(addresses, likeness.label("likeness")).where(addresses.c.folded.op("%")(key))
    if bbox is not None:
        found = found.where(addresses.c.location.op("&&")(envelope(bbox)))
    found = found.order_by(sa.desc("likeness"), sa.func.length(addresses.c.folded), addresses.c.id).limit(limit)
    best = found.cte("best").prefix_with("materialized")
    where = sa.and_(
        in_force(grids, None),
        grids.c.boundary.op("&&")(best.c.location),
        sa.func.ST_Covers(grids.c.boundary, best.c.location),
    )
    footprint = sa.func.min(grids.c.id).over(partition_by=[best.c.id, grids.c.kind, grids.c.boundary])
    corners = (sa.func.ST_XMin, sa.func.ST_YMin, sa.func.ST_XMax, sa.func.ST_YMax)
    query = sa.select(
        *(best.c[name] for name in ENTRY),
        sa.func.ST_X(best.c.location),
        sa.func.ST_Y(best.c.location),
        *(corner(best.c.extent) for corner in corners),
        *(grids.c[name].label(f"grid_{name}") for name in GRID),
        footprint,
    )
    return query.select_from(best.outerjoin(grids, where)).order_by(best.c.likeness.desc(), best.c.id, grids.c.id)


def _like(rows: list[Any]) -> Like:
    """Return an entry of its rows, one for each grid that covers it, or one without."""
    _, kind, name, units, floors, lon, lat, west, south, east, north, *_ = rows[0]
    covering = tuple(Under(*row[-len(GRID) - 1 :]) for row in rows if row[-1] is not None)
    return Like(kind, name, units, floors, (lon, lat), (west, south, east, north), covering)


def _locations(extents: Any) -> Any:
    """Return a point on each extent, half way along a line, on the lattice."""
    kinds = shapely.get_type_id(extents)
    lines = (kinds == shapely.GeometryType.LINESTRING) | (kinds == shapely.GeometryType.MULTILINESTRING)
    places = shapely.point_on_surface(extents)
    places[lines] = shapely.line_interpolate_point(extents[lines], 0.5, normalized=True)
    return np.asarray(shapely.set_precision(places, 2.0**-23))
