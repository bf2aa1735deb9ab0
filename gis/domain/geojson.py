"""GeoJSON (RFC 7946): values from hostile documents, and values to documents with 7 decimals.

Order is longitude, latitude. What the numbers mean (WGS 84, GCJ-02, an EPSG code) is declared beside the document and
converted by `coordinates`; reading changes no number.
"""

import datetime
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from gis.domain.geojson_structure import KINDS, Limits, Path, Structure, TooManyFaultsError
from gis.domain.json_text import read_json, value_faults
from gis.domain.limits import JSON_DEPTH, JSON_PARTS, POINTS_BYTES
from gis.errors import Fault, InvalidGeometryError, InvalidInputError, TooLargeError

DECIMALS = 7  # finer than half a lattice step: reading and snapping gives the same lattice point
DEFAULT_LIMITS = Limits()
# For `read`: what the coordinates are in is not known yet, so numbers are judged elsewhere.
UNDECLARED = 0
LONGITUDE_LATITUDE = {"OGC:CRS84", "EPSG:4326", "EPSG:4490"}


@dataclass(frozen=True)
class Feature:
    """One feature as it was read: geometry without height or None, properties and its own id, if it has one."""

    geometry: BaseGeometry | None
    properties: dict[str, Any] = field(default_factory=dict)
    id: str | int | float | None = None


# --- reading ----------------------------------------------------------------------------------------------------------


def read(
    document: bytes | str | dict[str, Any],
    *,
    limits: Limits = DEFAULT_LIMITS,
    crs: int | None = None,
    max_bytes: int = POINTS_BYTES,
    max_depth: int = JSON_DEPTH,
    max_parts: int = JSON_PARTS,
) -> list[Feature]:
    """Return the features of a GeoJSON text, or of one already parsed; a bare geometry becomes one feature.

    `crs` is the EPSG code that the sender declares for coordinates that are not longitude and latitude, or
    `UNDECLARED`; then they are only checked to be finite. Strict by RFC 7946 but for what it lets a reader accept:
    winding order, many decimals, collections in collections, empty coordinates (None). Heights are dropped. A ``crs``
    member of older files is passed over when it agrees with the declaration, and a fault otherwise.

    Raises `InvalidInputError` with a JSON pointer for each of the first 100 faults, or `TooLargeError` where nothing
    but limits is exceeded.
    """
    value = document
    structure = Structure(limits, degrees=crs is None)
    if isinstance(document, dict):
        structure.faults.extend(value_faults(document))
    else:
        bounds = {"max_bytes": max_bytes, "max_depth": max_depth, "max_parts": max_parts}
        value = read_json(document, **bounds, storable=True)
    features: list[Feature] = []
    try:
        fault = crs_fault(value, crs)
        if fault and crs != UNDECLARED:
            structure.fault(("crs",), fault.detail)
        features = _features(structure, value)
    except TooManyFaultsError:
        pass
    if structure.faults:
        only_limits = structure.over_limit == len(structure.faults)
        refusal = TooLargeError if only_limits else InvalidInputError
        raise refusal(f"The GeoJSON cannot be read: {structure.faults[0].detail}", structure.faults)
    return features


def _features(structure: Structure, value: Any) -> list[Feature]:
    kind = value.get("type") if isinstance(value, dict) else None
    if not isinstance(value, dict):
        structure.fault((), "A GeoJSON document is an object.")
        return []
    if kind == "FeatureCollection":
        return _collection(structure, value)
    if kind == "Feature":
        return [_feature(structure, value, ())]
    if kind not in KINDS:
        structure.fault(("type",), f"A document has a type: FeatureCollection, Feature, {', '.join(KINDS)}.")
        return []
    return [Feature(structure.geometry(value, ()))]


def _collection(structure: Structure, value: dict[str, Any]) -> list[Feature]:
    structure.members(value, "FeatureCollection", ())
    members = value.get("features")
    if not isinstance(members, list):
        structure.fault(("features",), "A FeatureCollection has features: an array.")
        return []
    most = structure.limits.features
    if len(members) > most:
        structure.too_large(("features",), f"There are {len(members):,} features; {most:,} are allowed.")
        return []
    return [_feature(structure, member, ("features", place)) for place, member in enumerate(members)]


def _feature(structure: Structure, value: Any, path: Path) -> Feature:
    structure.starts_feature()
    if not isinstance(value, dict) or value.get("type") != "Feature":
        structure.fault(path, "A feature is an object with type 'Feature'.")
        return Feature(None)
    structure.members(value, "Feature", path)
    own_id = value.get("id", "")
    if type(own_id) not in (str, int, float):
        structure.fault((*path, "id"), "The id of a feature is a text or a number.")
    if "geometry" not in value:
        structure.fault((*path, "geometry"), "A feature has a geometry: an object, or null.")
    shape = value.get("geometry")
    found = None if shape is None else structure.geometry(shape, (*path, "geometry"))
    return Feature(found, structure.properties(value, path), value.get("id"))


def named_crs(value: Any) -> str | None:
    """Return the name in the ``crs`` member of a GeoJSON of 2008 as ``EPSG:4326`` or ``OGC:CRS84``, or None."""
    member = value.get("crs") if isinstance(value, dict) else None
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    parts = re.fullmatch(r"(?:urn:ogc:def:crs:)?([A-Za-z]{3,5}):(?:[0-9.]*:)?(\w{1,10})", str(name), re.ASCII)
    return f"{parts[1].upper()}:{parts[2].upper()}" if parts else f"an unknown system ({str(name)[:40]!r})"


def crs_fault(value: Any, crs: int | None) -> Fault | None:
    """Return what is wrong when a document says another system of itself than its sender, by EPSG code; else None."""
    name = named_crs(value)
    if name is None or name == f"EPSG:{crs}" or (crs is None and name in LONGITUDE_LATITUDE):
        return None
    declared = "longitude and latitude" if crs is None else f"EPSG:{crs}"
    return Fault("/crs", f"The document says it is in {name}, its sender that it is in {declared}.")


# --- writing ----------------------------------------------------------------------------------------------------------


def point(lon: float, lat: float) -> dict[str, Any]:
    """Return a Point of degrees, at 7 decimals."""
    return {"type": "Point", "coordinates": [round(float(lon), DECIMALS), round(float(lat), DECIMALS)]}


def geometry(shape: BaseGeometry | None) -> dict[str, Any] | None:
    """Return a geometry (degrees) as RFC 7946 has it: 7 decimals, two dimensions, outer rings counterclockwise.

    None and empty shapes give None. Raises `InvalidGeometryError` for coordinates that are not finite.
    """
    if shape is None or shape.is_empty:
        return None
    kind = shape.geom_type
    if kind == "GeometryCollection":
        return {"type": kind, "geometries": [geometry(part) for part in _parts(shape)]}
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        raise InvalidGeometryError("A coordinate is not a finite number.")
    shape = shapely.orient_polygons(shape)
    if kind.startswith("Multi"):
        return {"type": kind, "coordinates": [_coordinates(part) for part in _parts(shape)]}
    return {"type": "LineString" if kind == "LinearRing" else kind, "coordinates": _coordinates(shape)}


def _parts(shape: BaseGeometry) -> list[BaseGeometry]:
    return [part for part in shapely.get_parts(shape) if not part.is_empty]


def _coordinates(shape: BaseGeometry) -> list[Any]:
    if shape.geom_type == "Polygon":
        return [_coordinates(ring) for ring in shapely.get_rings(shape)]
    numbers: list[Any] = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    return numbers[0] if shape.geom_type == "Point" else numbers


def feature(
    shape: BaseGeometry | None, properties: Mapping[str, Any], *, id: str | int | None = None
) -> dict[str, Any]:
    """Return a Feature; values of `properties` become plain JSON values (see `plain`)."""
    found: dict[str, Any] = {"type": "Feature", "geometry": geometry(shape)}
    found["properties"] = {name: plain(value) for name, value in properties.items()}
    return found if id is None else {"type": "Feature", "id": plain(id), **found}


def collection(features: Iterable[dict[str, Any]], **members: Any) -> dict[str, Any]:
    """Return a FeatureCollection; `members` (such as ``next``) stand beside its features as foreign members."""
    return {"type": "FeatureCollection", "features": list(features), **members}


def plain(value: Any) -> Any:
    """Return a JSON value: null for NaN and NaT, UTC text for instants, numbers for numpy's, text for UUIDs."""
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple | set):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if pd.isna(value):
        return None
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def write(document: Mapping[str, Any]) -> str:
    """Return a GeoJSON document as text, Chinese characters as they are. Raises ValueError for NaN and infinity."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
