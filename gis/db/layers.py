"""Layers of our own: streets, water and buildings from the operator's files."""

import geopandas as gpd
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.copying import copy_frame, read_frame, shape
from gis.db.tables import buildings, layers, streets, waters

TABLES = {"streets": streets, "waters": waters, "buildings": buildings}
COLUMNS = {
    "streets": ("name", "category", "synthetic", "path"),
    "waters": ("name", "category", "synthetic", "surface"),
    "buildings": ("name", "floors", "households", "synthetic", "footprint"),
}


def read(connection: sa.Connection, name: str) -> gpd.GeoDataFrame:
    """Return a layer: id, the columns of `COLUMNS`, geometry in EPSG:4490."""
    table, columns = TABLES[name], COLUMNS[name]
    query = sa.select(table.c.id, *(table.c[column] for column in columns[:-1]), shape(table.c[columns[-1]]))
    return read_frame(connection, query.order_by(table.c.id), columns[-1])


def replace(connection: sa.Connection, name: str, frame: gpd.GeoDataFrame, *, source: str) -> int:
    """Put a whole new layer in place of the old; return the layer's new revision."""
    table = TABLES[name]
    connection.execute(sa.delete(table))
    copy_frame(connection, table, frame, COLUMNS[name])
    return _next_revision(connection, name, source)


def revisions(connection: sa.Connection) -> dict[str, int]:
    """Return the revision of each layer that was loaded."""
    return {row.name: row.revision for row in connection.execute(sa.select(layers.c.name, layers.c.revision))}


def _next_revision(connection: sa.Connection, name: str, source: str) -> int:
    first = insert(layers).values(name=name, revision=1, source=source)
    again = first.on_conflict_do_update(
        index_elements=[layers.c.name],
        set_={"revision": layers.c.revision + 1, "source": source, "loaded_at": sa.func.now()},
    )
    return int(connection.execute(again.returning(layers.c.revision)).scalar_one())
