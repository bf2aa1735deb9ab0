"""GeoJSON files: read as strictly as a request, at the size of a city; written one feature a line."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from gis.domain import geojson
from gis.domain.geojson_structure import Limits
from gis.domain.json_text import read_json
from gis.domain.limits import FILE_BYTES, FILE_FEATURES, FILE_PARTS
from gis.errors import Fault, InvalidInputError

FILE_LIMITS = Limits(features=FILE_FEATURES)
FILE_BOUNDS = {"max_bytes": FILE_BYTES, "max_parts": FILE_PARTS}


def read_geojson(path: Path) -> gpd.GeoDataFrame:
    """Return the features of a file, properties as columns; the CRS is what an old ``crs`` member says, else None.

    The coordinates are as they stand; whether they can be what the caller declares is judged where they are placed.
    Raises `InvalidInputError` with JSON pointers.
    """
    content = path.read_bytes()
    crs = None
    if b'"crs"' in content:
        crs, features = _read_with_crs(content)
    else:
        features = geojson.read(content, limits=FILE_LIMITS, crs=geojson.UNDECLARED, **FILE_BOUNDS)
    shapes = np.array([feature.geometry for feature in features], dtype=object)
    table = pd.DataFrame([feature.properties for feature in features], index=range(len(features)))
    if "geometry" in table.columns:
        table = table.drop(columns="geometry")
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=table.index), crs=crs)


def write_geojson(frame: gpd.GeoDataFrame, path: Path, *, decimals: int = 7, name: str = "") -> None:
    """Write a frame as a FeatureCollection (RFC 7946), outer rings counterclockwise, no ``crs`` member."""
    shapes = shapely.orient_polygons(shapely.force_2d(frame.geometry.to_numpy()))
    shapes[shapely.is_empty(shapes)] = None
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, decimals))
    rows = pd.DataFrame(frame.drop(columns=frame.geometry.name)).to_dict("records")
    head = json.dumps(name, ensure_ascii=False)
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type":"FeatureCollection","name":' + head + ',"features":[')
        for number, (shape, row) in enumerate(zip(shapely.to_geojson(rounded), rows, strict=True)):
            properties = geojson.write({key: geojson.plain(value) for key, value in row.items()})
            feature = f'{{"type":"Feature","properties":{properties},"geometry":{shape or "null"}}}'
            out.write((",\n" if number else "\n") + feature)
        out.write("\n]}\n")


def _read_with_crs(content: bytes) -> tuple[CRS | None, list[geojson.Feature]]:
    value = read_json(content, **FILE_BOUNDS, storable=True)
    if not isinstance(value, dict):
        raise InvalidInputError("A GeoJSON document is an object.", [Fault("", "This is not an object.")])
    crs = _named_crs(value)
    bare = {name: member for name, member in value.items() if name != "crs"}
    return crs, geojson.read(bare, limits=FILE_LIMITS, crs=geojson.UNDECLARED)


def _named_crs(value: dict[str, Any]) -> CRS | None:
    name = geojson.named_crs(value)
    if name is None:
        return None
    try:
        return CRS.from_user_input(name)
    except CRSError:
        fault = Fault("/crs", "The member crs names no system that is known.")
        raise InvalidInputError(f"The file says it is in {name}.", [fault]) from None
