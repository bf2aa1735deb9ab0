"""Frames into tables at COPY's speed, and rows with geometry back into frames."""

from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
import psycopg
import shapely
import sqlalchemy as sa

from gis.domain.grids import CRS
from gis.errors import ConflictError, DatabaseUnavailableError

SRID = 4490


def copy_rows(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Append rows to a table, inside the connection's transaction.

    Raises
    ------
    ConflictError
        When a row breaks a constraint, such as dates that overlap; `facts["rule"]` names it.
    DatabaseUnavailableError
        When the connection breaks, or row-level security keeps the role from loading.
    """
    preparer = connection.dialect.identifier_preparer
    names = ", ".join(preparer.quote(column) for column in columns)
    driver: Any = connection.connection.driver_connection
    statement = f"copy {preparer.format_table(table)} ({names}) from stdin"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.errors.IntegrityError as error:
        rule = error.diag.constraint_name
        raise ConflictError(f"A row for {table.name} breaks the rule {rule}.", rule=rule) from error
    except psycopg.OperationalError as error:
        raise DatabaseUnavailableError("The database connection broke while loading.") from error
    except psycopg.errors.FeatureNotSupported as error:
        detail = f"Only the owner of the tables loads {table.name}; name it in WANGGE_DATABASE_OWNER_URL."
        raise DatabaseUnavailableError(detail) from error


def copy_frame(
    connection: sa.Connection,
    table: sa.Table,
    frame: gpd.GeoDataFrame,
    columns: Sequence[str],
    *,
    srid: int = SRID,
    **constants: Any,
) -> None:
    """Append a frame's columns to the columns of the same names; geometry goes as hexadecimal EWKB.

    Polygons and lines are stored as their multi-part kind where the table's column asks for it; missing values become
    null. `constants` are columns with one value for all rows.
    """
    values = [_column(frame[name], table.c[name], srid) for name in columns]
    fixed = list(constants.values())
    rows = ([*row, *fixed] for row in zip(*values, strict=True))
    copy_rows(connection, table, [*columns, *constants], rows)


def _column(series: pd.Series, column: sa.Column[Any], srid: int) -> list[Any]:
    if isinstance(series, gpd.GeoSeries):
        shapes = _multiple(series.to_numpy(), getattr(column.type, "geometry_type", ""))
        return list(shapely.to_wkb(shapely.set_srid(shapes, srid), hex=True, include_srid=True))
    # A column of whole numbers with gaps comes out of the database as floats, and COPY takes no "6.0" for a 6.
    kept = (series.astype("Int64") if isinstance(column.type, sa.Integer) else series).astype(object)
    return list(kept.where(series.notna(), None))


def _multiple(shapes: Any, kind: str) -> Any:
    """Turn polygons or lines into their multi-part kind when the column is of that kind."""
    if kind == "MULTIPOLYGON":
        return _each(shapes, shapely.GeometryType.POLYGON, shapely.multipolygons)
    if kind == "MULTILINESTRING":
        return _each(shapes, shapely.GeometryType.LINESTRING, shapely.multilinestrings)
    return shapes


def _each(shapes: Any, single: int, make: Any) -> Any:
    alone = shapely.get_type_id(shapes) == single
    shapes = shapes.copy()
    shapes[alone] = make(shapes[alone], indices=range(int(alone.sum())))
    return shapes


def read_frame(connection: sa.Connection, query: sa.Select[Any], geometry: str, *, crs: str = CRS) -> gpd.GeoDataFrame:
    """Run a query whose column `geometry` is a geometry, and return a frame with it as the active geometry.

    The query selects the geometry as `shape(table.c.boundary)`.
    """
    result = connection.execute(query)
    # Plain tuples: pandas asks each Row whether it is a dataclass, which doubles the time.
    frame = pd.DataFrame([tuple(row) for row in result], columns=list(result.keys()))
    frame[geometry] = shapely.from_wkb(frame[geometry].to_numpy(dtype=object))
    return gpd.GeoDataFrame(frame, geometry=geometry, crs=crs)


def shape(column: sa.Column[Any]) -> sa.Label[Any]:
    """Select a geometry column as WKB under its own name."""
    return sa.func.ST_AsBinary(column, type_=sa.LargeBinary).label(column.name)
