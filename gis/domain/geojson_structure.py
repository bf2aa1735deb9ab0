"""The structure of GeoJSON (RFC 7946): parsed JSON in, shapely values and every fault with its pointer out."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.domain import limits
from gis.domain.json_text import pointer_to
from gis.errors import Fault

Path = tuple[str | int, ...]
Found = TypeVar("Found")
Positions = npt.NDArray[np.float64]

FAULTS_SHOWN = 100
FARTHEST_M = 1e9  # no map system counts farther
KINDS = (
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
)
# RFC 7946 section 7.1: members of one type must not stand in another.
FOREIGN = {
    "Feature": ("coordinates", "geometries", "features"),
    "FeatureCollection": ("coordinates", "geometries", "geometry", "properties"),
    "geometry": ("geometry", "properties", "features"),
}


@dataclass(frozen=True)
class Limits:
    """What one GeoJSON document may hold; published to those who send it."""

    features: int = limits.FEATURES
    vertices: int = limits.VERTICES  # of one feature
    rings: int = limits.RINGS  # of one feature


class TooManyFaultsError(Exception):
    """Ends a reading early; never leaves the readers of GeoJSON."""


@dataclass
class Structure:
    """One reading of one document: its limits, and the faults found so far.

    `degrees` says that x and y must lie within -180 to 180 and -90 to 90; False for an EPSG code in metres.
    """

    limits: Limits
    degrees: bool = True
    faults: list[Fault] = field(default_factory=list)
    over_limit: int = 0
    _vertices: int = 0
    _rings: int = 0

    def fault(self, path: Path, detail: str) -> None:
        """Note a fault; after the hundredth the reading ends."""
        if len(self.faults) >= FAULTS_SHOWN:
            raise TooManyFaultsError
        self.faults.append(Fault(pointer_to(*path), detail))

    def too_large(self, path: Path, detail: str) -> None:
        """Note that a limit is exceeded."""
        self.fault(path, detail)
        self.over_limit += 1

    def starts_feature(self) -> None:
        """Count vertices and rings anew."""
        self._vertices = self._rings = 0

    def members(self, value: dict[str, Any], kind: str, path: Path) -> None:
        """Check what every GeoJSON object has in common: no members of other types, a proper bbox."""
        for name in FOREIGN[kind]:
            if name in value:
                self.fault((*path, name), f"A {kind} must not have a member {name!r}.")
        box = value.get("bbox", [0, 0, 0, 0])
        if not (isinstance(box, list) and len(box) in (4, 6) and set(map(type, box)) <= {int, float}):
            self.fault((*path, "bbox"), "A bbox is an array of 4 or 6 numbers.")

    def properties(self, value: dict[str, Any], path: Path) -> dict[str, Any]:
        """Return the properties of a feature, {} for null."""
        found = value.get("properties", [])
        if found is None:
            return {}
        if not isinstance(found, dict):
            self.fault((*path, "properties"), "A feature has properties: an object, or null.")
            return {}
        return found

    def geometry(self, value: Any, path: Path) -> BaseGeometry | None:
        """Return a geometry, longitude latitude without height; None for null, empty or faulty ones."""
        if not isinstance(value, dict):
            self.fault(path, "A geometry is an object.")
            return None
        if len(path) > limits.JSON_DEPTH:
            self.too_large(path, "Geometries are collected in one another too deeply.")
            return None
        kind = value.get("type")
        if kind == "GeometryCollection":
            self.members(value, "geometry", path)
            return self._collection(value.get("geometries"), (*path, "geometries"))
        if not isinstance(kind, str) or kind not in _READERS:
            self.fault((*path, "type"), f"A geometry has a type: one of {', '.join(KINDS)}.")
            return None
        self.members(value, "geometry", path)
        where = (*path, "coordinates")
        coordinates = value.get("coordinates")
        if not isinstance(coordinates, list):
            self.fault(where, f"A {kind} has coordinates: an array.")
            return None
        return _READERS[kind](self, coordinates, where) if coordinates else None

    def _collection(self, members: Any, path: Path) -> BaseGeometry | None:
        if not isinstance(members, list):
            self.fault(path, "A GeometryCollection has geometries: an array.")
            return None
        shapes = [self.geometry(member, (*path, place)) for place, member in enumerate(members)]
        return shapely.GeometryCollection(_well(shapes))

    def _point(self, value: list[Any], path: Path) -> shapely.Point | None:
        found = self._positions([value], (), path)
        return None if found is None else shapely.Point(found[0])

    def _multi_point(self, value: list[Any], path: Path) -> shapely.MultiPoint | None:
        found = self._positions(value, path, path)
        return None if found is None else shapely.MultiPoint(found)

    def _line(self, value: Any, path: Path) -> shapely.LineString | None:
        if not isinstance(value, list) or len(value) < 2:
            self.fault(path, "A line is an array of two or more positions.")
            return None
        found = self._positions(value, path, path)
        return None if found is None else shapely.LineString(found)

    def _ring(self, value: Any, path: Path) -> Positions | None:
        self._rings += 1
        if self._rings == self.limits.rings + 1:
            self.too_large(path, f"A feature may have {self.limits.rings:,} rings.")
        if not isinstance(value, list) or len(value) < 4:
            self.fault(path, "A ring is an array of four or more positions.")
            return None
        found = self._positions(value, path, path)
        if value[0] != value[-1]:
            self.fault(path, "A ring ends with the position it starts with.")
            return None
        return found

    def _polygon(self, value: Any, path: Path) -> shapely.Polygon | None:
        if not isinstance(value, list) or not value:
            self.fault(path, "A polygon is an array of rings.")
            return None
        rings = _well(self._ring(ring, (*path, place)) for place, ring in enumerate(value))
        return shapely.Polygon(rings[0], rings[1:]) if len(rings) == len(value) else None

    def _multi_line(self, value: list[Any], path: Path) -> shapely.MultiLineString:
        return shapely.MultiLineString(_well(self._line(line, (*path, place)) for place, line in enumerate(value)))

    def _multi_polygon(self, value: list[Any], path: Path) -> shapely.MultiPolygon:
        return shapely.MultiPolygon(_well(self._polygon(part, (*path, place)) for place, part in enumerate(value)))

    def _positions(self, value: list[Any], prefix: Path, path: Path) -> Positions | None:
        """Return positions as an array of x, y; all at once where all are well, one by one where a fault is."""
        self._vertices += len(value)
        if self._vertices > self.limits.vertices >= self._vertices - len(value):
            self.too_large(path, f"A feature may have {self.limits.vertices:,} vertices.")
        if (
            set(map(type, value)) == {list}
            and set(map(len, value)) <= {2, 3}
            and set(map(type, chain.from_iterable(value))) <= {int, float}
            and (found := self._array(value)) is not None
        ):
            return found
        for place, position in enumerate(value):
            detail = _position_fault(position, self.degrees)
            if detail:
                self.fault((*prefix, place) if prefix else path, detail)
        return None

    def _array(self, value: list[list[float]]) -> Positions | None:
        try:
            found = np.array([position[:2] for position in value], dtype=np.float64)
            heights = np.array([position[2] for position in value if len(position) == 3], dtype=np.float64)
        except OverflowError:
            return None
        well = (np.abs(found) <= _bounds(self.degrees)[:2]).all() and (np.abs(heights) <= FARTHEST_M).all()
        return found if well else None


def _well(parts: Iterable[Found | None]) -> list[Found]:
    """Return the parts that could be read; a fault stands on the list for each of the others."""
    return [part for part in parts if part is not None]


def _bounds(degrees: bool) -> tuple[float, float, float]:
    return (180.0, 90.0, FARTHEST_M) if degrees else (FARTHEST_M, FARTHEST_M, FARTHEST_M)


def _position_fault(position: Any, degrees: bool) -> str | None:
    """Say what is wrong with one position; finds exactly what the check of all at once has stumbled over."""
    if not isinstance(position, list) or not set(map(type, position)) <= {int, float}:
        return "A position is an array of numbers."
    if len(position) not in (2, 3):
        return f"A position has 2 or 3 numbers, not {len(position)}."
    names = ("longitude", "latitude", "height") if degrees else ("easting", "northing", "height")
    for number, bound, name in zip(position, _bounds(degrees), names, strict=False):
        if not abs(number) <= bound:
            said = f"{number:.12g}" if abs(number) < 1e99 else "found"
            return f"The {name} {said} is not a number from -{bound:g} to {bound:g}."
    return None


_READERS: dict[str, Callable[[Structure, Any, Path], BaseGeometry | None]] = {
    "Point": Structure._point,
    "MultiPoint": Structure._multi_point,
    "LineString": Structure._line,
    "MultiLineString": Structure._multi_line,
    "Polygon": Structure._polygon,
    "MultiPolygon": Structure._multi_polygon,
}
