"""From the coordinates of a file to places on the lattice: declared datum, swapped axes, zones, validity.

Nothing is guessed: the datum is declared by who brings the file. What the numbers themselves tell against the
declaration (axes the wrong way round, a zone number before the easting) is recognised and said.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from gis.domain import coordinates
from gis.domain.coordinates import Datum
from gis.domain.limits import RINGS, VERTICES
from gis.errors import Fault, InvalidGeometryError, InvalidInputError, TooLargeError, UnknownDatumError

Geometries = NDArray[np.object_]
Say = Callable[[str], None]
Where = Callable[[int], str]

FAULTS_SHOWN = 100
# CGCS2000 Gauss-Krüger systems by central meridian and their twins with the zone number before the easting.
# EPSG: 3-degree 4534-4554 (75E to 135E) and 4513-4533 (zones 25 to 45); 6-degree 4502-4512 and 4491-4501.
ZONED = {code: code - 21 for code in range(4534, 4555)} | {code: code - 11 for code in range(4502, 4513)}
PLAIN = {zoned: code for code, zoned in ZONED.items()}
TAKEN_AS_EQUAL = {4326, 4490}
MARGIN_DEG = 1.5


def silently(remark: str) -> None:
    """Say nothing."""


@dataclass(frozen=True)
class Reading:
    """How the numbers of a file are to be read: in which datum, and whether its axes are swapped."""

    datum: Datum
    swapped: bool = False


def contradiction(found: CRS | None, declared: Datum) -> str | None:
    """Return what is wrong when a file says another system of itself than the caller does; None when nothing is.

    GCJ-02 and BD-09 have no EPSG code, so files in them call themselves WGS 84: that is no contradiction.
    """
    if found is None:
        return None
    expected = [declared.crs] if declared.crs else [4326]
    if expected[0] in TAKEN_AS_EQUAL:
        expected = sorted(TAKEN_AS_EQUAL)
    expected += [twin[code] for twin in (ZONED, PLAIN) for code in list(expected) if code in twin]
    if any(found.equals(CRS.from_epsg(code), ignore_axis_order=True) for code in expected):
        return None
    if found.to_epsg(min_confidence=60) in expected:
        return None
    return f"The file says that it is in {found.name}, the caller says {declared}: one of them is wrong."


def reading_of(x: NDArray[np.float64], y: NDArray[np.float64], declared: Datum) -> tuple[Reading, str | None]:
    """Return how to read coordinates, and what to say about it when the numbers tell against the declaration.

    Raises `UnknownDatumError` when the numbers fit the declared system in no way.
    """
    crs = CRS.from_epsg(declared.crs) if declared.crs else None
    if crs is None or crs.is_geographic:
        return _degrees(x, y, declared)
    middle = float(np.median(x)), float(np.median(y))
    for code in [declared.crs, ZONED.get(declared.crs or 0), PLAIN.get(declared.crs or 0)]:
        for swapped in (False, True):
            if code is not None and _inside_area(code, middle[::-1] if swapped else middle):
                reading = Reading(Datum("epsg", code), swapped)
                return reading, _remark(declared, reading)
    raise UnknownDatumError(
        f"Coordinates around {middle[0]:.0f}, {middle[1]:.0f} do not lie where {declared} ({crs.name}) is used."
    )


def _degrees(x: NDArray[np.float64], y: NDArray[np.float64], declared: Datum) -> tuple[Reading, str | None]:
    far_x, far_y = float(np.abs(x).max()), float(np.abs(y).max())
    if max(far_x, far_y) > 1000:
        raise UnknownDatumError(
            f"Coordinates such as {x[0]:.0f}, {y[0]:.0f} are metres, not degrees of {declared}: "
            "declare the EPSG code they are in (--crs 4550, for example)."
        )
    if far_x <= 90 < float(np.abs(y).min()) and far_y <= 180:
        return Reading(declared, swapped=True), _remark(declared, Reading(declared, swapped=True))
    return Reading(declared), None


def _inside_area(code: int, place: tuple[float, float]) -> bool:
    area = CRS.from_epsg(code).area_of_use
    if area is None:
        return True
    lon, lat = Transformer.from_crs(code, 4326, always_xy=True).transform(*place)
    inside_lon = area.west - MARGIN_DEG <= lon <= area.east + MARGIN_DEG
    return bool(inside_lon and area.south - MARGIN_DEG <= lat <= area.north + MARGIN_DEG)


def _remark(declared: Datum, reading: Reading) -> str | None:
    remarks = []
    if reading.swapped:
        remarks.append("the axes are swapped (latitude or northing first); read the other way round")
    if reading.datum != declared:
        which = "have a zone number in front" if reading.datum.crs in PLAIN else "have no zone number in front"
        remarks.append(f"the eastings {which}; read as {reading.datum} instead of {declared}")
    return "Note: " + "; ".join(remarks) + "." if remarks else None


def place(
    geometries: Geometries, declared: Datum, *, where: Where, say: Say = silently, keep_invalid: bool = False
) -> Geometries:
    """Return geometries in CGCS2000 (EPSG:4490), longitude latitude, every vertex on the lattice.

    Each vertex is converted and snapped once; vertices that fall together with the one before are dropped. `where`
    names a row in faults; a missing or empty geometry stays missing. With `keep_invalid` a ring that crosses itself is
    kept for the check of the plan to report.

    Raises
    ------
    InvalidGeometryError
        With one fault for each row that is not valid, out of range, or not valid on the lattice. Nothing is
        ever repaired in silence.
    TooLargeError
        When a geometry has more vertices or rings than `gis.domain.limits` allows.
    """
    _check_sizes(geometries, where)
    faults = _shape_faults(geometries, where, keep_invalid)
    if faults:
        raise _refused(faults)
    geometries = geometries.copy()
    geometries[shapely.is_empty(geometries)] = None
    if shapely.is_missing(geometries).all():
        return geometries
    if shapely.has_z(geometries).any() or shapely.has_m(geometries).any():
        say("Note: heights and measures are left out.")
        geometries = shapely.force_2d(geometries)
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    reading, remark = reading_of(xy[:, 0], xy[:, 1], declared)
    if remark:
        say(remark)
    x, y = (xy[:, 1], xy[:, 0]) if reading.swapped else (xy[:, 0], xy[:, 1])
    lon, lat, reasons = coordinates.convert_rows(x, y, datum=reading.datum)
    lost = np.flatnonzero(reasons != "")
    if lost.size:
        first = {int(owner[vertex]): str(reasons[vertex]) for vertex in lost[::-1]}
        raise _refused([Fault(where(row), reason) for row, reason in sorted(first.items())])
    snapped = np.column_stack([coordinates.snap(lon), coordinates.snap(lat)])
    return _on_lattice(shapely.set_coordinates(geometries, snapped), where, keep_invalid)


def _check_sizes(geometries: Geometries, where: Where) -> None:
    """Refuse the first geometry that is over a limit, before anything is computed with it."""
    parts, owner = shapely.get_parts(geometries, return_index=True)
    rings = np.zeros(len(geometries), dtype=np.int64)
    areas = shapely.get_type_id(parts) == 3
    np.add.at(rings, owner[areas], shapely.get_num_interior_rings(parts[areas]) + 1)
    for counts, most, what in (
        (shapely.get_num_coordinates(geometries), VERTICES, "vertices"),
        (rings, RINGS, "rings"),
    ):
        vast = np.flatnonzero(counts > most)
        if vast.size:
            raise TooLargeError(f"{where(int(vast[0]))}: a geometry may have {most:,} {what}.")


def _shape_faults(geometries: Geometries, where: Where, keep_invalid: bool) -> list[Fault]:
    xy, owner = shapely.get_coordinates(geometries, return_index=True)
    infinite = np.unique(owner[~np.isfinite(xy).all(axis=1)])
    faults = [Fault(where(row), "A coordinate is not a finite number.") for row in infinite.tolist()]
    four = np.flatnonzero(shapely.has_z(geometries) & shapely.has_m(geometries)).tolist()
    faults += [Fault(where(row), "A position has 2 or 3 numbers, not 4.") for row in four]
    if keep_invalid:
        return faults
    bad = np.flatnonzero(~(shapely.is_valid(geometries) | shapely.is_missing(geometries))).tolist()
    known = set(infinite.tolist())
    return faults + [Fault(where(row), reason_of(geometries[row])) for row in bad if row not in known]


def reason_of(geometry: shapely.Geometry) -> str:
    """Return why a geometry is not valid, with the place, in one sentence."""
    return f"The geometry is not valid: {shapely.is_valid_reason(geometry)}."


def _on_lattice(snapped: Geometries, where: Where, keep_invalid: bool) -> Geometries:
    fallen = _collapsed(snapped)
    if fallen:
        raise _refused(
            [Fault(where(row), "On the lattice of 1.3 cm a ring of the polygon falls together.") for row in fallen]
        )
    several = ~np.isin(shapely.get_type_id(snapped), (-1, 0, 4))
    tidy = snapped.copy()
    tidy[several] = shapely.remove_repeated_points(snapped[several])
    for row in _with_empty_rings(tidy).tolist():
        tidy[row] = _without_empty_rings(tidy[row])
    if keep_invalid:
        return tidy
    bad = np.flatnonzero(~(shapely.is_valid(tidy) | shapely.is_missing(tidy))).tolist()
    if bad:
        raise _refused([Fault(where(row), f"On the lattice of 1.3 cm: {reason_of(tidy[row])}") for row in bad])
    return tidy


def _collapsed(shapes: Geometries) -> list[int]:
    """Return the rows of polygons with a ring that has fewer than three different vertices, or all on one line."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(parts[areas], return_index=True)
    flat = np.flatnonzero((shapely.area(shapely.polygons(rings)) == 0) & ~shapely.is_empty(rings))
    # The area of a bow tie is zero too; only what has no width at all has fallen together.
    flat = flat[shapely.get_type_id(shapely.convex_hull(rings[flat])) != 3]
    return sorted(set(owner[areas][part[flat]].tolist()))


def _with_empty_rings(shapes: Geometries) -> NDArray[np.int64]:
    """Return the rows of shapes with a hole that has no vertex, which WKT can tell and PostGIS cannot."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    areas = shapely.get_type_id(parts) == 3
    rings, part = shapely.get_rings(parts[areas], return_index=True)
    return np.unique(owner[areas][part[shapely.is_empty(rings)]]).astype(np.int64)


def _without_empty_rings(shape: shapely.Geometry) -> shapely.Geometry:
    parts = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if not hole.is_empty])
        for part in shapely.get_parts(shape)
    ]
    return parts[0] if shapely.get_type_id(shape) == 3 else shapely.MultiPolygon(parts)


def _refused(faults: list[Fault]) -> InvalidGeometryError:
    count = f"{len(faults)} geometries" if len(faults) > 1 else "A geometry"
    detail = f"{count} cannot be stored: {faults[0].pointer}: {faults[0].detail}"
    return InvalidGeometryError(detail, faults[:FAULTS_SHOWN])


def contradicted(found: CRS | None, declared: Datum) -> None:
    """Raise `InvalidInputError` when a file's own system contradicts the declared one."""
    problem = contradiction(found, declared)
    if problem:
        raise InvalidInputError(problem)
