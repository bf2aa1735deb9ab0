"""Drawn material of the map in `tile_shapes`, and tiles cut from it with ST_AsMVT."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import geopandas as gpd
import shapely
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.boxes import Boxes, touching
from gis.db.tables import layers, tile_shapes
from gis.domain.tiles import MAX_ZOOM, Address

SRID = 3857
COLUMNS = ("id", "code", "name", "kind", "shape", "label")
COPY = f"copy tile_shapes (layer, detail, {', '.join(COLUMNS)}) from stdin with (format binary)"
UNITS = 4096
BUFFER_UNITS = 64

# The revision is looked at in the same statement as the shapes, so that both are of one snapshot: a tile can never be
# kept under a revision that it does not show. ST_AsMVT leaves out what ST_AsMVTGeom made null. A label belongs to the
# one tile that holds its point.
TILE = sa.text(
    """
with place as materialized (
    select ST_MakeEnvelope(:west, :south, :east, :north, 3857) as tile,
           ST_Expand(ST_MakeEnvelope(:west, :south, :east, :north, 3857), :margin) as wide
    where exists (select from layers where name = :layer and revision = :revision)
), near as materialized (
    select id, code, name, kind, shape, label, tile
    from tile_shapes, place
    where layer = :layer and detail = :detail and shape && wide
    order by id
)
select
    exists (select from place) as known,
    (select ST_AsMVT(drawn, :layer, :units, 'shape', 'id') from (
        select id, code, name, kind, ST_AsMVTGeom(shape, tile, :units, :buffer) as shape from near
    ) as drawn) as shapes,
    (select ST_AsMVT(written, :layer || '_labels', :units, 'label', 'id') from (
        select id, code, name, kind, ST_AsMVTGeom(label, tile, :units, 0) as label from near
        where :labelled and name <> '' and ST_X(label) >= :west and ST_X(label) < :east
            and ST_Y(label) > :south and ST_Y(label) <= :north
    ) as written) as labels
"""
)


@dataclass(frozen=True)
class Drawn:
    """A layer as it is drawn now: its revision, when and from what it was loaded, how many shapes it has."""

    name: str
    revision: int
    source: str
    loaded_at: datetime
    count: int


def replace(
    connection: sa.Connection, layer: str, drawings: Iterable[tuple[int, gpd.GeoDataFrame]], *, near: Boxes | None
) -> None:
    """Put new drawn material of a layer in place of the old.

    `drawings` are pairs of a detail and a frame with the columns of `COLUMNS`, shape and label in EPSG:3857. `near`
    (boxes in metres of web Mercator) leaves the rest: what lies there goes, and what the drawings draw anew.
    """
    if near is None:
        connection.execute(sa.delete(tile_shapes).where(tile_shapes.c.layer == layer))
        _copy(connection, layer, drawings)
        return
    held = list(drawings)
    anew = [number for _, frame in held for number in frame["id"].tolist()]
    lying = touching(tile_shapes.c.shape, tile_shapes.c.id, near, srid=SRID)
    lying = lying.where(tile_shapes.c.layer == layer, tile_shapes.c.detail == MAX_ZOOM)
    gone = sa.union(lying, sa.select(sa.func.unnest(sa.literal(anew, sa.ARRAY(sa.BigInteger)))))
    # The details are named so that the primary key finds the rows.
    named = sa.and_(tile_shapes.c.layer == layer, tile_shapes.c.detail.in_([detail for detail, _ in held]))
    connection.execute(sa.delete(tile_shapes).where(named, tile_shapes.c.id.in_(gone)))
    _copy(connection, layer, held)


def _copy(connection: sa.Connection, layer: str, drawings: Iterable[tuple[int, gpd.GeoDataFrame]]) -> None:
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(COPY) as copy:
        copy.set_types(["text", "int2", "int8", "text", "text", "text", "bytea", "bytea"])
        for detail, frame in drawings:
            texts = (frame[name].tolist() for name in ("id", "code", "name", "kind"))
            for row in zip(*texts, _stored(frame["shape"]), _stored(frame["label"]), strict=True):
                copy.write_row((layer, detail, *row))


def _stored(shapes: gpd.GeoSeries) -> list[bytes | None]:
    """Return shapes as the EWKB that PostGIS takes in binary: millions of vertices need no hexadecimal text."""
    return list(shapely.to_wkb(shapely.set_srid(shapes.to_numpy(), SRID), include_srid=True))


def mark(connection: sa.Connection, layer: str, revision: int, *, source: str | None) -> None:
    """Say which revision of a layer the drawn material shows, and from whom it is (None: from whom it was)."""
    values = {"revision": revision, "loaded_at": sa.func.now()} | ({} if source is None else {"source": source})
    row = insert(layers).values(name=layer, **values)
    connection.execute(row.on_conflict_do_update(index_elements=[layers.c.name], set_=values))


def cut(
    connection: sa.Connection, layer: str, revision: int, address: Address, *, detail: int | None, labelled: bool
) -> bytes | None:
    """Cut one tile (MVT, not compressed); None when that revision is not drawn.

    Empty bytes where nothing lies, and where `detail` is None because nothing is drawn at the zoom.
    """
    west, south, east, north = address.bounds_xy
    margin = (east - west) * BUFFER_UNITS / UNITS
    place = {"west": west, "south": south, "east": east, "north": north, "margin": margin}
    asked = {"layer": layer, "revision": revision, "detail": detail, "labelled": labelled}
    row = connection.execute(TILE, {**place, **asked, "units": UNITS, "buffer": BUFFER_UNITS}).one()
    if not row.known:
        return None
    return bytes(row.shapes or b"") + bytes(row.labels or b"")


def drawn(connection: sa.Connection) -> list[Drawn]:
    """Return all layers that are drawn, with the number of shapes at full detail."""
    finest = sa.and_(tile_shapes.c.layer == layers.c.name, tile_shapes.c.detail == MAX_ZOOM)
    shapes = sa.select(sa.func.count()).select_from(tile_shapes).where(finest).scalar_subquery()
    rows = connection.execute(sa.select(*layers.c, shapes.label("shapes")).order_by(layers.c.name))
    return [Drawn(row.name, row.revision, row.source, row.loaded_at, row.shapes) for row in rows]


def extent(connection: sa.Connection, layer: str) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a layer's drawn material in metres of web Mercator; None when it is empty."""
    box = sa.func.ST_Extent(tile_shapes.c.shape)
    sides = [sa.func.ST_XMin(box), sa.func.ST_YMin(box), sa.func.ST_XMax(box), sa.func.ST_YMax(box)]
    finest = sa.select(sa.func.max(tile_shapes.c.detail)).where(tile_shapes.c.layer == layer).scalar_subquery()
    query = sa.select(*sides).where(tile_shapes.c.layer == layer, tile_shapes.c.detail == finest)
    row = connection.execute(query).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])
