"""Frames in and out of files: GeoJSON, GeoPackage, zipped Shapefile, GeoParquet, CSV.

Read frames are in CGCS2000 (EPSG:4490), longitude latitude, every vertex snapped once to the lattice of 2^-23 degree.
Written ones carry 7 decimals or the whole number, so that reading them again gives the same bits.
"""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyogrio
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gis.domain import coordinates
from gis.domain.coordinates import Datum
from gis.domain.grids import CRS as STORED_CRS
from gis.errors import InvalidInputError, NotFoundError, StorageUnavailableError, UnsupportedFormatError
from gis.files import delimited, geojson_files, shapefiles
from gis.files.placement import Say, contradicted, place, reading_of, silently
from gis.files.sizes import check_size

SUFFIXES = {
    ".geojson": "GeoJSON",
    ".json": "GeoJSON",
    ".gpkg": "GeoPackage",
    ".zip": "zipped Shapefile",
    ".shp": "Shapefile",
    ".parquet": "GeoParquet",
    ".geoparquet": "GeoParquet",
    ".csv": "CSV",
    ".csv.gz": "CSV",
}


def format_of(path: Path) -> str:
    """Return the format that a file's suffix names. Raises `UnsupportedFormatError`."""
    name = path.name.lower()
    known = [kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)]
    if not known:
        raise UnsupportedFormatError(f"{path.name}: the suffix is none of {', '.join(SUFFIXES)}.")
    return known[0]


def read_frame(
    path: Path | str,
    *,
    datum: str | Datum | None = None,
    crs: int | None = None,
    layer: str | None = None,
    xy: tuple[str, str] | None = None,
    encoding: str | None = None,
    say: Say = silently,
    keep_invalid: bool = False,
) -> gpd.GeoDataFrame:
    """Return the rows of a file with `geometry` in EPSG:4490, longitude latitude, on the lattice.

    Parameters
    ----------
    path : the format follows its suffix, see `SUFFIXES`.
    datum, crs : what the coordinates are in, by name or EPSG code; one of them is needed, for every format.
    layer : of a GeoPackage with several.
    xy : names of the columns with longitude or easting and latitude or northing, of a CSV file.
    encoding : of a Shapefile's text without ``.cpg``.
    say : is told what the file's own numbers tell against the declaration: swapped axes, zone numbers, GBK text.
    keep_invalid : keep rings that cross themselves instead of refusing the file.

    Raises
    ------
    UnknownDatumError
        When neither datum nor CRS is declared, or the numbers cannot be in it.
    InvalidInputError, UnsupportedFormatError, InvalidGeometryError, TooLargeError, NotFoundError
        When the file cannot be read, says another CRS of itself, or holds geometry that cannot be stored.
    """
    file = Path(path)
    declared = coordinates.parse_datum(datum, crs=crs)
    if not file.is_file():
        raise NotFoundError(f"There is no file {file}.")
    check_size(file)
    raw = _raw(file, layer=layer, xy=xy, encoding=encoding, say=say)
    contradicted(raw.crs if format_of(file) != "CSV" else None, declared)
    shapes = raw.geometry.to_numpy()
    placed = place(shapes, declared, where=lambda row: f"row {row + 1}", say=say, keep_invalid=keep_invalid)
    table = pd.DataFrame(raw.drop(columns=raw.geometry.name))
    if layer == "reports" and "original_x" not in table.columns:
        table = table.assign(**_originals(shapes, declared))
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(placed, index=table.index, crs=STORED_CRS))


def _originals(points: NDArray[np.object_], declared: Datum) -> dict[str, object]:
    """Return the coordinates of reports as they came, x first, and what they are in."""
    if not len(points) or not (shapely.get_type_id(points) == 0).all() or shapely.is_empty(points).any():
        return {}
    x, y = shapely.get_x(points), shapely.get_y(points)
    reading, _ = reading_of(x, y, declared)
    x, y = (y, x) if reading.swapped else (x, y)
    return {"original_x": x, "original_y": y, "datum": str(reading.datum)}


def check_target(path: Path) -> None:
    """Refuse a file that cannot be written: `UnsupportedFormatError` for its suffix, `NotFoundError` for its folder."""
    if format_of(path) == "Shapefile":
        raise UnsupportedFormatError("A Shapefile is written as a .zip of its parts; name the file so.")
    if not path.absolute().parent.is_dir():
        raise NotFoundError(f"There is no folder {path.absolute().parent}.")


def write_frame(frame: gpd.GeoDataFrame, path: Path | str, *, datum: str | Datum = "cgcs2000", layer: str = "") -> None:
    """Write a frame in EPSG:4490 to a file; the format follows its suffix.

    `datum` converts on the way out (off by default: CGCS2000). A file in GCJ-02 or BD-09 says no CRS of itself, since
    none exists; GeoJSON says none ever. Dates and times are ISO 8601 text but in GeoParquet.
    Raises what `check_target` raises, and `StorageUnavailableError` when the disk is full or the folder closed.
    """
    file = Path(path)
    check_target(file)
    declared = coordinates.parse_datum(datum)
    try:
        _write(_in_datum(frame, declared), file, declared, layer)
    except (OSError, pyogrio.errors.DataSourceError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise StorageUnavailableError(f"{file} cannot be written: {why}.") from error


def _write(out: gpd.GeoDataFrame, file: Path, declared: Datum, layer: str) -> None:
    kind = format_of(file)
    if kind == "GeoParquet":
        _plain_columns(out, texts_only=True).to_parquet(file, index=False)
        return
    out = _plain_columns(out, texts_only=False)
    if kind == "CSV":
        delimited.write_csv(out, file, decimals=_decimals(declared))
    elif kind == "GeoJSON":
        geojson_files.write_geojson(out, file, decimals=_decimals(declared), name=layer or file.stem)
    elif kind == "GeoPackage":
        file.unlink(missing_ok=True)
        pyogrio.write_dataframe(out, file, driver="GPKG", layer=layer or file.stem)
    else:
        shapefiles.write_shapefile(out, file)


def _raw(
    file: Path, *, layer: str | None, xy: tuple[str, str] | None, encoding: str | None, say: Say
) -> gpd.GeoDataFrame:
    readers: dict[str, Callable[[], gpd.GeoDataFrame]] = {
        "GeoJSON": lambda: geojson_files.read_geojson(file),
        "CSV": lambda: delimited.read_csv(file, xy=xy, say=say),
        "GeoParquet": lambda: _read_parquet(file),
        "GeoPackage": lambda: _read_geopackage(file, layer),
    }
    shapefile: Callable[[], gpd.GeoDataFrame] = lambda: shapefiles.read_shapefile(file, encoding=encoding, say=say)  # noqa: E731
    try:
        frame = readers.get(format_of(file), shapefile)()
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError) as error:
        raise InvalidInputError(f"{file.name} cannot be read as {format_of(file)}: {error}") from None
    except UnicodeDecodeError as error:
        raise InvalidInputError(f"{file.name} is not in the encoding {error.encoding}.") from None
    return frame.reset_index(drop=True)


def _read_parquet(file: Path) -> gpd.GeoDataFrame:
    try:
        return gpd.read_parquet(file)
    except (ValueError, pa.ArrowException, OSError, shapely.errors.GEOSException) as error:
        raise InvalidInputError(f"{file.name} is not GeoParquet: {error}") from None


def _read_geopackage(file: Path, layer: str | None) -> gpd.GeoDataFrame:
    layers = [str(name) for name, kind in pyogrio.list_layers(file) if kind]
    wanted = layer if layer in layers else file.stem if file.stem in layers else None
    if wanted is None and len(layers) == 1 and layer is None:
        wanted = layers[0]
    if wanted is None:
        raise InvalidInputError(f"{file.name} holds the layers {', '.join(layers) or 'none'}; name one with --layer.")
    return pyogrio.read_dataframe(file, layer=wanted, datetime_as_string=True)


def _decimals(declared: Datum) -> int:
    """Return how many decimals keep a place: 7 of degrees (1 cm), 4 of metres."""
    return 7 if declared.crs is None or CRS.from_epsg(declared.crs).is_geographic else 4


def _in_datum(frame: gpd.GeoDataFrame, declared: Datum) -> gpd.GeoDataFrame:
    if declared.name == "cgcs2000":
        return frame
    label = {"wgs84": "EPSG:4326", "epsg": f"EPSG:{declared.crs}"}.get(declared.name)

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(coordinates.from_cgcs2000(xy[:, 0], xy[:, 1], datum=declared))

    moved = shapely.transform(frame.geometry.to_numpy(), convert)
    return frame.set_geometry(gpd.GeoSeries(moved, index=frame.index, name=frame.geometry.name), crs=label)


def _plain_columns(frame: gpd.GeoDataFrame, *, texts_only: bool) -> gpd.GeoDataFrame:
    """Return a frame whose values every format knows: ids as text and, but for `texts_only`, instants as text."""
    plain = frame.copy()
    for name in plain.columns.drop(plain.geometry.name):
        values = plain[name]
        if pd.api.types.is_datetime64_any_dtype(values):
            if not texts_only:
                plain[name] = [None if pd.isna(value) else value.isoformat() for value in values]
        elif values.dtype == object:
            plain[name] = values.map(_plain)
    return plain


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
