"""Points in and out of files, row by row: nothing is dropped, nothing that came in is changed.

Read: CSV (also .gz), GeoJSON, Parquet and GeoParquet, GeoPackage. A row whose place cannot be read keeps its columns
and gets a reason. Written: the same rows in the same order with columns added.
"""

import gzip
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyarrow import parquet
from pyproj import CRS

from gis.errors import InvalidInputError, NotFoundError, UnsupportedFormatError
from gis.files import delimited, geojson_files
from gis.files.sizes import check_size, unpacked

Reals = NDArray[np.float64]
XY_NAMES = (
    ("lon", "lat"),
    ("lng", "lat"),
    ("longitude", "latitude"),
    ("经度", "纬度"),
    ("x", "y"),
    ("easting", "northing"),
)
SUFFIXES = (".csv", ".csv.gz", ".geojson", ".json", ".parquet", ".geoparquet", ".gpkg")
# Text that is a number and nothing else: no leading zeros, and not so long that it is rather a code or a telephone.
NUMBER = r"-?(0|[1-9][0-9]{0,8})(\.[0-9]+)?"


@dataclass(frozen=True)
class Points:
    """The rows of a file and where each lies.

    Attributes
    ----------
    table : all columns as they came (text for CSV); a GeoDataFrame where the file has geometry.
    x, y : easting or longitude, northing or latitude as given; NaN where `reasons` says why.
    reasons : for each row why its place cannot be read; an empty string where all is well.
    crs : what the file says of itself; None where it says nothing.
    """

    table: pd.DataFrame
    x: Reals
    y: Reals
    reasons: NDArray[np.object_]
    crs: CRS | None = None


def suffix_of(path: Path) -> str:
    """Return the suffix that names a file's format, such as ``.csv.gz``. Raises `UnsupportedFormatError`."""
    name = path.name.lower()
    found = [suffix for suffix in SUFFIXES if name.endswith(suffix)]
    if not found:
        raise UnsupportedFormatError(f"{path.name}: the suffix of a file of points is one of {', '.join(SUFFIXES)}.")
    return found[0]


def read_points(path: Path, *, x: str | None = None, y: str | None = None) -> Points:
    """Return the points of a file. `x` and `y` name columns; otherwise the geometry, or well-known names are taken.

    Raises `NotFoundError`, `UnsupportedFormatError`, and `InvalidInputError` when the file as a whole cannot be read or
    the columns are not clear.
    """
    suffix = suffix_of(path)
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    check_size(path)
    if (x is None) != (y is None):
        raise InvalidInputError("Name both columns, --x and --y, or neither.")
    try:
        table = _table(path, suffix)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, pa.ArrowException, UnicodeDecodeError, EOFError) as error:
        raise InvalidInputError(f"{path.name} cannot be read as {suffix}: {_first_line(error)}") from None
    except (pyogrio.errors.DataSourceError, shapely.errors.GEOSException, gzip.BadGzipFile) as error:
        raise InvalidInputError(f"{path.name} cannot be read as {suffix}: {_first_line(error)}") from None
    if isinstance(table, gpd.GeoDataFrame) and x is None:
        return _from_geometry(table)
    return _from_columns(table, _pair(table, path, x, y))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _table(path: Path, suffix: str) -> pd.DataFrame:
    if suffix.startswith(".csv"):
        return _csv(path)
    if suffix in (".geojson", ".json"):
        return geojson_files.read_geojson(path)
    if suffix == ".gpkg":
        return pyogrio.read_dataframe(path)
    if b"geo" in (parquet.read_schema(path).metadata or {}):
        return gpd.read_parquet(path)
    return pd.read_parquet(path)


def _csv(path: Path) -> pd.DataFrame:
    content = path.read_bytes()
    if path.name.lower().endswith(".gz"):
        content = unpacked(content, path.name)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    return delimited.parse_table(text, separator, file=path.name)


def _from_geometry(table: gpd.GeoDataFrame) -> Points:
    shapes = table.geometry.to_numpy()
    kinds = shapely.get_type_id(shapes)
    reasons = np.full(len(table), "", dtype=object)
    reasons[kinds != 0] = "The geometry is not a point."
    reasons[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = "The row has no geometry."
    return Points(table, shapely.get_x(shapes), shapely.get_y(shapes), reasons, table.crs)


def _from_columns(table: pd.DataFrame, pair: tuple[str, str]) -> Points:
    x, y = (pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=float, na_value=np.nan) for name in pair)
    reasons = np.full(len(table), "", dtype=object)
    for name, values in zip(pair, (x, y), strict=True):
        reasons[np.isnan(values) & (reasons == "")] = f"Column {name} holds no number."
    return Points(table, x, y, reasons)


def _pair(table: pd.DataFrame, path: Path, x: str | None, y: str | None) -> tuple[str, str]:
    columns = ", ".join(map(str, table.columns))
    if x is not None and y is not None:
        missing = [name for name in (x, y) if name not in table.columns]
        if missing:
            raise InvalidInputError(f"{path.name} has no column {missing[0]}. Columns: {columns}.")
        return x, y
    names = {str(name).strip().lower(): str(name) for name in table.columns}
    pairs = [(names[one], names[other]) for one, other in XY_NAMES if one in names and other in names]
    if len(pairs) != 1:
        found = "several pairs of coordinates" if pairs else "no columns that are plainly coordinates"
        raise InvalidInputError(f"{path.name} has {found}; name them with --x and --y. Columns: {columns}.")
    return pairs[0]


def write_points(table: pd.DataFrame, path: Path, *, lon: Reals, lat: Reals, texts: Collection[str] = ()) -> None:
    """Write rows to a file; the format follows its suffix. `lon`, `lat` (CGCS2000, NaN for none) place rows on maps.

    Geometry that came in is kept as it was; for GeoJSON and GeoPackage without any it is made from `lon` and `lat`, and
    in CSV it becomes the columns x and y. CSV text stays as it was; elsewhere columns of plain numbers become numbers,
    but for those in `texts`.
    Raises `UnsupportedFormatError`.
    """
    suffix = suffix_of(path)
    if suffix.startswith(".csv"):
        _without_geometry(table).to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")
        return
    typed = table
    if not isinstance(table, gpd.GeoDataFrame):
        typed = table.apply(lambda column: column if column.name in texts else _typed(column))
    if suffix.endswith("parquet"):
        typed.to_parquet(path, index=False)
        return
    placed = typed if isinstance(typed, gpd.GeoDataFrame) else _with_geometry(typed, lon, lat)
    if suffix == ".gpkg":
        path.unlink(missing_ok=True)
        pyogrio.write_dataframe(placed, path, driver="GPKG", layer=path.stem)
    else:
        geojson_files.write_geojson(placed, path, decimals=9, name=path.stem)


def _without_geometry(table: pd.DataFrame) -> pd.DataFrame:
    if not isinstance(table, gpd.GeoDataFrame):
        return table
    shapes = table.geometry.to_numpy()
    points = np.where(shapely.get_type_id(shapes) == 0, shapes, None)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    given = {"x": shapely.get_x(points), "y": shapely.get_y(points)}
    return plain.assign(**{name: values for name, values in given.items() if name not in plain.columns})


def _with_geometry(table: pd.DataFrame, lon: Reals, lat: Reals) -> gpd.GeoDataFrame:
    shapes = np.asarray(shapely.points(lon, lat), dtype=object)
    shapes[np.isnan(lon)] = None
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=table.index), crs="EPSG:4490")


def _typed(column: "pd.Series[str]") -> "pd.Series[object]":
    """Return a column of text as numbers where every cell that is not empty is plainly one."""
    if not pd.api.types.is_string_dtype(column.dtype) or column.dtype == "category":
        return column
    filled = column[column.notna() & (column != "")]
    if filled.empty or not filled.str.fullmatch(NUMBER).all():
        return column
    whole = not filled.str.contains(".", regex=False).any()
    numbers = pd.to_numeric(column.where(column != "", None))
    return numbers.astype("Int64") if whole and len(filled) < len(column) else numbers
