"""Coordinates: the lattice, datums and back, and metres per degree.

Everything is longitude, latitude (x, y), in that order, in degrees unless the name ends in ``_m``. The stored datum is
CGCS2000 (EPSG:4490); a WGS 84 position from a phone is taken as equal to it (the ellipsoids differ by 0.1 mm, the
frames by centimetres to decimetres). GCJ-02 and BD-09 are the public formulas recovered by others from maps that use
them: good to about a metre against the real services, never a basis for surveying.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from gis.errors import Fault, InvalidGeometryError, UnknownDatumError

Degrees = npt.NDArray[np.float64]

STEPS_PER_DEGREE = 2**23
NO_DEGREE = "A coordinate is not a number from -180 to 180 degrees."
DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09")

# GRS 80 figure of CGCS2000: GB 22021-2008; EPSG ellipsoid 1024. WGS 84 has 1/298.257223563: 0.1 mm at the pole.
AXIS_M = 6378137.0
FLATTENING = 1 / 298.257222101

# Krasovsky 1940 axis and eccentricity squared as the GCJ-02 formula has them (eviltransform, coordtransform).
GCJ_AXIS_M = 6378245.0
GCJ_ECCENTRICITY_SQUARED = 0.00669342162296594323
GCJ_ORIGIN = (105.0, 35.0)
# Crude box in which the offsets apply (eviltransform); outside of it the three datums are one.
CHINA = (72.004, 0.8293, 137.8347, 55.8271)
# BD-09 over GCJ-02 (coordtransform): pi * 3000 / 180, not pi; a known library bug of up to 85 m has plain pi.
BD_ANGLE = np.pi * 3000.0 / 180.0
BD_OFFSET = (0.0065, 0.006)
BD_RADIUS = 0.00002
BD_TURN = 0.000003
# A round leaves 1/160 of the error for GCJ-02 and 1/65 for BD-09: below float64 after six and eight. A fixed number,
# so that a point gets the same bits alone and among others.
INVERSE_ROUNDS = 10
FAULTS_SHOWN = 100


@dataclass(frozen=True)
class Datum:
    """What coordinates are in: a name of `DATUMS`, or ``epsg`` with an EPSG code."""

    name: str
    crs: int | None = None

    def __str__(self) -> str:
        return self.name if self.crs is None else f"epsg:{self.crs}"


# --- the lattice ------------------------------------------------------------------------------------------------------


def snap(values: npt.ArrayLike) -> Degrees:
    """Move degrees to the nearest whole multiple of 2^-23 degree (at most 0.7 cm away).

    Exact and idempotent; 7 decimals of a snapped value snap to it again. Never gives minus zero.
    Raises `InvalidGeometryError` for NaN and infinity.
    """
    degrees = np.asarray(values, dtype=np.float64)
    if not np.isfinite(degrees).all():
        raise InvalidGeometryError("A coordinate is not a finite number.")
    snapped: Degrees = np.rint(degrees * STEPS_PER_DEGREE) / STEPS_PER_DEGREE + 0.0
    return snapped


def to_lattice(degrees: npt.ArrayLike) -> npt.NDArray[np.int32]:
    """Return the nearest lattice steps of degrees within -180 to 180, as int32.

    Raises `InvalidGeometryError` out of range and for NaN and infinity.
    """
    values = np.asarray(degrees, dtype=np.float64)
    if not (np.abs(values) <= 180).all():
        raise InvalidGeometryError(NO_DEGREE)
    return np.asarray(np.rint(values * STEPS_PER_DEGREE)).astype(np.int32)


def from_lattice(steps: npt.ArrayLike) -> Degrees:
    """Return degrees, exact in float64, of whole lattice steps."""
    return np.asarray(steps, dtype=np.float64) / STEPS_PER_DEGREE


# --- metres -----------------------------------------------------------------------------------------------------------


def metres_per_degree(latitude: npt.ArrayLike) -> tuple[Degrees, Degrees]:
    """Return metres along one degree of longitude and of latitude, at a latitude in degrees.

    From the radii of curvature N (prime vertical) and M (meridian) of the CGCS2000 ellipsoid.
    """
    phi = np.radians(np.asarray(latitude, dtype=np.float64))
    eccentricity_squared = FLATTENING * (2 - FLATTENING)
    w_squared = 1 - eccentricity_squared * np.sin(phi) ** 2
    n_m = AXIS_M / np.sqrt(w_squared)
    m_m = n_m * (1 - eccentricity_squared) / w_squared
    return np.radians(n_m * np.cos(phi)), np.radians(m_m)


# --- datums -----------------------------------------------------------------------------------------------------------


def parse_datum(text: str | Datum | None, *, crs: int | None = None) -> Datum:
    """Return the datum that is declared by name (``wgs84``, ``GCJ-02``, ``epsg:4550``) or by EPSG code.

    Raises `UnknownDatumError` when nothing, both, or something unknown is declared.
    """
    if crs is not None and text is not None:
        raise UnknownDatumError(f"Declare a datum or an EPSG code, not both: {text!s} and {crs}.")
    if isinstance(text, Datum):
        return text
    if crs is not None:
        return Datum("epsg", _known_crs(crs))
    name = re.sub(r"[\s_-]", "", text or "").lower()
    if name in DATUMS:
        return Datum(name)
    code = re.fullmatch(r"epsg:([0-9]{4,6})", name)
    if code:
        return Datum("epsg", _known_crs(int(code[1])))
    said = f"{text[:40]!r} is not a known datum" if text else "No datum is declared"
    raise UnknownDatumError(f"{said}: one of {', '.join(DATUMS)} or epsg:NNNN is needed.")


@lru_cache(maxsize=64)
def _known_crs(code: int) -> int:
    try:
        crs = CRS.from_epsg(code)
    except CRSError:
        raise UnknownDatumError(f"EPSG:{code} is not a known coordinate reference system.") from None
    if not (crs.is_geographic or crs.is_projected) or len(crs.axis_info) != 2:
        raise UnknownDatumError(f"EPSG:{code} ({crs.name}) is not a two-dimensional map system.")
    return code


@lru_cache(maxsize=64)
def _transformer(source: int, target: int) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def to_cgcs2000(
    x: npt.ArrayLike, y: npt.ArrayLike, *, datum: str | Datum | None = None, crs: int | None = None
) -> tuple[Degrees, Degrees]:
    """Return longitudes and latitudes in CGCS2000, not snapped, of coordinates in a declared datum.

    `x` is longitude or easting, `y` latitude or northing, whatever axis order the EPSG code has; scalars or arrays.
    Inverse of `from_cgcs2000` to some 5e-9 m for GCJ-02 and BD-09, which is what float64 can tell apart there.
    Raises `UnknownDatumError`; `InvalidGeometryError` with one fault for each bad row (of the first 100).
    """
    lon, lat, reasons = convert_rows(x, y, datum=parse_datum(datum, crs=crs))
    bad = np.flatnonzero(reasons != "")
    if bad.size:
        scalar = np.ndim(x) == 0
        faults = [Fault("" if scalar else f"/{row}", str(reasons.flat[row])) for row in bad[:FAULTS_SHOWN]]
        raise InvalidGeometryError(f"Coordinates cannot be used: {faults[0].detail}", faults)
    return lon[()], lat[()]  # a scalar for a scalar


def convert_rows(
    x: npt.ArrayLike, y: npt.ArrayLike, *, datum: str | Datum
) -> tuple[Degrees, Degrees, npt.NDArray[np.object_]]:
    """Return longitudes, latitudes (CGCS2000, not snapped) and for each row the reason why it cannot be used.

    The reason is an empty string where all is well; elsewhere both coordinates are NaN. Raises `UnknownDatumError`.
    """
    declared = parse_datum(datum)
    x_in, y_in = np.broadcast_arrays(_numbers(x), _numbers(y))
    reasons = np.full(x_in.shape, "", dtype=object)
    if declared.crs is None:
        low, far = ~(np.abs(y_in) <= 90), ~(np.abs(x_in) <= 180)
        reasons[low] = "The latitude is not a number from -90 to 90 degrees."
        reasons[far] = "The longitude is not a number from -180 to 180 degrees."
        reasons[low & far] = "The longitude is not a number from -180 to 180 degrees, nor the latitude from -90 to 90."
    reasons[~(np.isfinite(x_in) & np.isfinite(y_in))] = "A coordinate is not a finite number."
    good = np.asarray(reasons == "")
    lon, lat = np.full(x_in.shape, np.nan), np.full(x_in.shape, np.nan)
    lon[good], lat[good] = _to_cgcs2000(x_in[good], y_in[good], declared)
    lost = good & ~((np.abs(lon) <= 180) & (np.abs(lat) <= 90))
    reasons[lost] = f"The coordinates lie outside of what {declared} can express."
    lon[lost], lat[lost] = np.nan, np.nan
    return lon, lat, reasons


def from_cgcs2000(
    lon: npt.ArrayLike, lat: npt.ArrayLike, *, datum: str | Datum | None = None, crs: int | None = None
) -> tuple[Degrees, Degrees]:
    """Return x and y in a datum, or in an EPSG code with easting or longitude first, of CGCS2000 degrees.

    Raises `UnknownDatumError`, and `InvalidGeometryError` for degrees out of range or beyond the projection.
    """
    declared = parse_datum(datum, crs=crs)
    lon_in, lat_in = to_cgcs2000(lon, lat, datum="cgcs2000")
    if declared.crs is not None:
        x, y = _project(lon_in, lat_in, 4490, declared.crs)
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise InvalidGeometryError(f"A coordinate lies outside of what {declared} can express.")
        return x, y
    if declared.name in FORWARD:
        lon_in, lat_in = _in_china(np.asarray(lon_in), np.asarray(lat_in), FORWARD[declared.name])
    return lon_in[()], lat_in[()]


def _numbers(values: npt.ArrayLike) -> Degrees:
    try:
        return np.asarray(values, dtype=np.float64)
    except (OverflowError, TypeError, ValueError):
        raise InvalidGeometryError("A coordinate is not a number, or is too large for one.") from None


def _to_cgcs2000(x: Degrees, y: Degrees, datum: Datum) -> tuple[Degrees, Degrees]:
    if datum.crs is not None:
        return _project(x, y, datum.crs, 4490)
    if datum.name in FORWARD:
        return _in_china(x, y, lambda lon, lat: _invert(FORWARD[datum.name], lon, lat), of_result=True)
    return x, y


def _project(x: Degrees, y: Degrees, source: int, target: int) -> tuple[Degrees, Degrees]:
    if source == target:
        return x, y
    first, second = _transformer(source, target).transform(x, y)
    return np.asarray(first, dtype=np.float64)[()], np.asarray(second, dtype=np.float64)[()]


# --- GCJ-02 and BD-09 -------------------------------------------------------------------------------------------------

Shift = Callable[[Any, Any], tuple[Degrees, Degrees]]


def _inside_china(lon: Degrees, lat: Degrees, margin_deg: float = 0.0) -> npt.NDArray[np.bool_]:
    west, south, east, north = CHINA
    inside_lon = (lon >= west - margin_deg) & (lon <= east + margin_deg)
    return np.asarray(inside_lon & (lat >= south - margin_deg) & (lat <= north + margin_deg))


def _in_china(lon: Degrees, lat: Degrees, shift: Shift, *, of_result: bool = False) -> tuple[Degrees, Degrees]:
    """Shift the points whose true position lies in the box: the input, or `of_result` what the shift gives."""
    near = _inside_china(lon, lat, 0.1 if of_result else 0.0)
    new_lon, new_lat = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    new_lon[near], new_lat[near] = shift(new_lon[near], new_lat[near])
    if of_result:
        keep = _inside_china(new_lon, new_lat, 1e-9)  # the inverse of a point on the edge may end beside it
        new_lon, new_lat = np.where(keep, new_lon, lon), np.where(keep, new_lat, lat)
    return new_lon, new_lat


def _gcj02(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """GCJ-02 of true degrees; formula of eviltransform and coordtransform."""
    x, y = lon - GCJ_ORIGIN[0], lat - GCJ_ORIGIN[1]
    waves = 20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)
    east = waves + 20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)
    east += 150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)
    north = waves + 20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)
    north += 160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)
    root, product = np.sqrt(np.abs(x)), x * y
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * product + 0.1 * root + east * 2 / 3
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * product + 0.2 * root + north * 2 / 3
    phi = np.radians(lat)
    w_squared = 1 - GCJ_ECCENTRICITY_SQUARED * np.sin(phi) ** 2
    n_m = GCJ_AXIS_M / np.sqrt(w_squared)
    m_m = n_m * (1 - GCJ_ECCENTRICITY_SQUARED) / w_squared
    return lon + np.degrees(east_m / (n_m * np.cos(phi))), lat + np.degrees(north_m / m_m)


def _bd09(lon: Degrees, lat: Degrees) -> tuple[Degrees, Degrees]:
    """BD-09 of true degrees; formula of coordtransform over GCJ-02."""
    x, y = _gcj02(lon, lat)
    radius = np.hypot(x, y) + BD_RADIUS * np.sin(y * BD_ANGLE)
    angle = np.arctan2(y, x) + BD_TURN * np.cos(x * BD_ANGLE)
    return radius * np.cos(angle) + BD_OFFSET[0], radius * np.sin(angle) + BD_OFFSET[1]


def _invert(forward: Shift, x: Degrees, y: Degrees) -> tuple[Degrees, Degrees]:
    """Solve forward(lon, lat) = (x, y) by fixed-point iteration."""
    lon, lat = x, y
    for _ in range(INVERSE_ROUNDS):
        reached_x, reached_y = forward(lon, lat)
        lon, lat = lon - (reached_x - x), lat - (reached_y - y)
    return lon, lat


FORWARD: dict[str, Shift] = {"gcj02": _gcj02, "bd09": _bd09}
