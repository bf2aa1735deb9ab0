"""Files of any polygons to route into: what they say of their coordinates, and whether their areas overlap."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely
from pyarrow import parquet
from pyproj import CRS

from gis.domain import coordinates
from gis.domain.coordinates import Datum
from gis.errors import InvalidInputError, NotFoundError, UnknownDatumError
from gis.files.frames import format_of
from gis.files.placement import Say, silently

SLIVER_M2 = 1.0


def declared_by(path: Path, *, say: Say = silently) -> Datum:
    """Return what a file says its coordinates are in, and say it aloud.

    GeoJSON that says nothing is taken by the letter of RFC 7946: WGS 84. Raises `UnknownDatumError` when another file
    says nothing, or something without an EPSG code; `NotFoundError`, `UnsupportedFormatError`, `InvalidInputError`.
    """
    kind = format_of(path)
    if not path.is_file():
        raise NotFoundError(f"There is no file {path}.")
    crs = None if kind == "CSV" else _crs_of(path, kind)
    code = crs.to_epsg() if crs is not None else None
    if crs is not None and code is None and crs.equals(CRS.from_user_input("OGC:CRS84")):
        code = 4326
    if code is None:
        named = f"calls its system {crs.name}, which has no EPSG code" if crs else "does not say what it is in"
        raise UnknownDatumError(f"{path.name} {named}; declare it with --grids-crs or --grids-datum.")
    why = "by RFC 7946" if kind == "GeoJSON" and code == 4326 else "as the file says"
    say(f"Note: {path.name} is read as EPSG:{code}, {why}; --grids-crs or --grids-datum declares another.")
    return coordinates.parse_datum("wgs84" if code == 4326 else None, crs=None if code == 4326 else code)


def _crs_of(path: Path, kind: str) -> CRS | None:
    if kind == "GeoParquet":
        return _crs_of_parquet(path)
    try:
        named = pyogrio.read_info(f"/vsizip/{path}" if path.suffix.lower() == ".zip" else path)["crs"]
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InvalidInputError(f"{path.name} cannot be read as {kind}: {error}") from None
    return CRS.from_user_input(named) if named else None


def _crs_of_parquet(path: Path) -> CRS:
    """Return the CRS of GeoParquet 1.x; none said is OGC:CRS84."""
    described = json.loads((parquet.read_schema(path).metadata or {}).get(b"geo", b"{}"))
    column = described.get("columns", {}).get(described.get("primary_column"), {})
    return CRS.from_user_input(column.get("crs") or "OGC:CRS84")


def overlap_remark(frame: gpd.GeoDataFrame, code_field: str) -> str | None:
    """Return a sentence on areas (EPSG:4490, degrees) that overlap by more than a sliver; None when none do.

    Areas of one and the same footprint are stacked, which answers say; they do not count as overlaps.
    """
    shapes = frame.geometry.to_numpy()
    if shapely.coverage_is_valid(shapes):
        return None
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = (one < other) & ~shapely.equals(shapes[one], shapes[other])
    one, other = one[pairs], other[pairs]
    per_lon, per_lat = coordinates.metres_per_degree(shapely.bounds(shapes[one])[:, 1])
    shared_m2 = shapely.area(shapely.intersection(shapes[one], shapes[other])) * per_lon * per_lat
    many = int(np.count_nonzero(shared_m2 > SLIVER_M2))
    if not many:
        return None
    worst = int(np.argmax(shared_m2))
    names = frame[code_field].astype(str).to_numpy()
    return (
        f"Note: {many} pairs of areas overlap, most of all {names[one[worst]]} and {names[other[worst]]} by "
        f"{shared_m2[worst]:,.0f} m2; a point in both goes to the row that comes first."
    )
