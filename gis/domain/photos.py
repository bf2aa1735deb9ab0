"""Photo (照片) of a report: where and when it says that it was taken, and how that fits what was reported.

A phone writes both into the file. They are read before everything but the picture is thrown away, and are a second
source beside the position that was sent: worth a look when the two lie far apart, never a proof. Some phones sold in
China write GCJ-02 and say WGS 84, so a place is always "as the photo says".
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from pyproj import Geod

from gis.domain.coordinates import AXIS_M, FLATTENING, snap, to_cgcs2000
from gis.domain.reports import ACCURACY_LIMIT_M

# A photo from farther away, or taken longer before the report, is shown with a mark.
FAR_M = 200.0
OLD_AFTER = timedelta(days=1)
YEARS = range(1990, 2101)
LOCAL = re.compile(r"([0-9]{4}):([0-9]{2}):([0-9]{2}) ([0-9]{2}):([0-9]{2}):([0-9]{2})", re.ASCII)
DAY = re.compile(r"([0-9]{4}):([0-9]{2}):([0-9]{2})", re.ASCII)
OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}", re.ASCII)
# What GPSMapDatum says, without signs and case; EXIF 2.32 (CIPA DC-008) recommends WGS-84, and most write nothing.
DATUMS = {
    "": "wgs84",
    "wgs84": "wgs84",
    "wgs1984": "wgs84",
    "cgcs2000": "cgcs2000",
    "gcj02": "gcj02",
    "bd09": "bd09",
}
ELLIPSOID = Geod(a=AXIS_M, f=FLATTENING)


@dataclass(frozen=True)
class Origin:
    """Where and when a photo says that it was taken; None is not known.

    Attributes
    ----------
    taken_at : aware instant, from the clock with its offset, or from the satellites.
    taken_local : ``2026-11-25 08:30:00`` of a clock whose offset from UTC nobody told; never beside `taken_at`.
    lon, lat : CGCS2000 degrees on the lattice; both or none.
    datum : what the photo declares its position to be in; ``wgs84`` where it declares nothing.
    accuracy_m : radius of the position's uncertainty in metres.
    """

    taken_at: datetime | None = None
    taken_local: str | None = None
    lon: float | None = None
    lat: float | None = None
    datum: str | None = None
    accuracy_m: float | None = None


@dataclass(frozen=True)
class ReportPhoto:
    """A photo as a report has it; `origin` is None where the photo told nothing."""

    sha256: str
    width_px: int
    height_px: int
    origin: Origin | None


@dataclass(frozen=True)
class Fit:
    """How a photo's origin fits its report; None cannot be told.

    Attributes
    ----------
    distance_m : from the reported point, along the ellipsoid.
    is_far : more than `FAR_M` away.
    is_old : taken more than `OLD_AFTER` before the report was captured.
    """

    distance_m: float | None = None
    is_far: bool | None = None
    is_old: bool | None = None


def read_origin(tags: Mapping[str, object]) -> Origin | None:
    """Return what EXIF tags tell of place and time, or None when that is nothing.

    `tags` may hold anything, since a stranger wrote them: ``latitude``, ``longitude``, ``gps_time`` and ``error_m`` are
    lists of numbers, ``latitude_ref``, ``longitude_ref``, ``map_datum``, ``gps_date``, ``original`` and ``offset`` are
    texts. What is not so, not finite or out of range counts as not told. Nothing is guessed and nothing is raised.
    """
    taken_at = _with_offset(tags) or _by_satellite(tags)
    local = _local(tags.get("original"))
    taken_local = None if taken_at or not local else local.isoformat(sep=" ")
    place = _place(tags)
    origin = Origin(taken_at, taken_local, *place, _accuracy(tags)) if place else Origin(taken_at, taken_local)
    return None if origin == Origin() else origin


def fit(origin: Origin, *, lon: float, lat: float, captured_at: datetime) -> Fit:
    """Return how a photo fits a report at a place (CGCS2000 degrees) and an instant."""
    distance_m = None
    if origin.lon is not None and origin.lat is not None:
        distance_m = round(float(ELLIPSOID.inv(lon, lat, origin.lon, origin.lat)[2]), 1)
    is_far = None if distance_m is None else distance_m > FAR_M
    is_old = None if origin.taken_at is None else captured_at - origin.taken_at > OLD_AFTER
    return Fit(distance_m, is_far, is_old)


def _place(tags: Mapping[str, object]) -> tuple[float, float, str] | None:
    lat = _degrees(tags.get("latitude"), _text(tags.get("latitude_ref")), "NS", 90)
    lon = _degrees(tags.get("longitude"), _text(tags.get("longitude_ref")), "EW", 180)
    datum = DATUMS.get(re.sub(r"[^a-z0-9]", "", _text(tags.get("map_datum")).lower()))
    # Zero, zero is what phones write that had no fix.
    if lat is None or lon is None or datum is None or (lat, lon) == (0, 0):
        return None
    x, y = to_cgcs2000(lon, lat, datum=datum)
    return float(snap(x)), float(snap(y)), datum


def _degrees(value: object, ref: str, refs: str, limit: int) -> float | None:
    """Return degrees, minutes and seconds as signed degrees; without N, S, E or W the sign is not known."""
    parts = _numbers(value)
    if not parts or len(ref) != 1 or ref.upper() not in refs:
        return None
    degrees, minutes, seconds = [*parts, 0.0, 0.0][:3]
    total = degrees + minutes / 60 + seconds / 3600
    # Some cameras round 59.9996 up to 60.
    if minutes > 60 or seconds > 60 or total > limit:
        return None
    return -total if ref.upper() == refs[1] else total


def _accuracy(tags: Mapping[str, object]) -> float | None:
    found = _numbers(tags.get("error_m"))
    return found[0] if found and 0 < found[0] <= ACCURACY_LIMIT_M else None


def _with_offset(tags: Mapping[str, object]) -> datetime | None:
    local, offset = _local(tags.get("original")), _text(tags.get("offset"))
    if local is None or not OFFSET.fullmatch(offset):
        return None
    try:
        return datetime.fromisoformat(f"{local.isoformat()}{offset}").astimezone(UTC)
    except ValueError:
        return None


def _by_satellite(tags: Mapping[str, object]) -> datetime | None:
    day, parts = DAY.fullmatch(_text(tags.get("gps_date"))), _numbers(tags.get("gps_time"))
    if not day or not parts or len(parts) != 3:
        return None
    return _moment(*day.groups(), *(str(int(part)) for part in parts), zone=UTC)


def _local(value: object) -> datetime | None:
    found = LOCAL.fullmatch(_text(value))
    return _moment(*found.groups()) if found else None


def _moment(*parts: str, zone: timezone | None = None) -> datetime | None:
    year, month, day, hour, minute, second = (int(part) for part in parts)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in YEARS else None


def _text(value: object) -> str:
    return value.strip(" \0") if isinstance(value, str) else ""


def _numbers(value: object) -> list[float] | None:
    """Return one to three finite numbers that are not negative, or None."""
    if not isinstance(value, list) or not 1 <= len(value) <= 3:
        return None
    if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in value):
        return None
    try:
        numbers = [float(each) for each in value]
    except OverflowError:
        return None
    return numbers if all(math.isfinite(each) and each >= 0 for each in numbers) else None
