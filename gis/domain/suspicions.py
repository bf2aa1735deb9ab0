"""What data themselves tell against the datum they are declared in, seen against the outline of the city.

GCJ-02 read as WGS 84 lies some 500 m to the east-north-east, BD-09 some 1.3 km: the commonest error of the field, and
one that puts every report into the wrong grid.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from gis.domain.coordinates import Datum, from_cgcs2000, metres_per_degree, parse_datum, to_cgcs2000

Geometries = npt.NDArray[np.object_]
ALTERNATIVES = ("cgcs2000", "gcj02", "bd09")
POINTS_LOOKED_AT = 20_000
# Farther than any of the datums lies from another: what is deeper inside the city than this stays inside.
REACH_DEG = 0.025
STANDARD_ERRORS = 3.0
BETTER = 0.6
LEAST_SHARE = 0.0005


@dataclass(frozen=True)
class Suspicion:
    """Data fit the city's outline better in another datum than in the declared one.

    Attributes
    ----------
    declared, likely : the two datums.
    shift_m : how far the two readings lie apart.
    misfit, likely_misfit : share of the data that does not fit the outline, as declared and as is likely.
    """

    declared: str
    likely: str
    shift_m: float
    misfit: float
    likely_misfit: float

    def __str__(self) -> str:
        return (
            f"The data seem to be in {self.likely}, not in {self.declared}: read so, {self.shift_m:,.0f} m away, "
            f"{self.likely_misfit:.2%} instead of {self.misfit:.2%} does not fit the outline that is known."
        )


def datum_suspicion(
    shapes: npt.ArrayLike, outline: BaseGeometry, *, declared: str | Datum = "cgcs2000"
) -> Suspicion | None:
    """Return a suspicion when shapes fit a city's outline clearly better in another datum, else None.

    Parameters
    ----------
    shapes : points or valid polygons, longitude latitude, converted to CGCS2000 from `declared` already. Polygons that
        fill the city are held against its outline from both sides, fewer ones and points only where they leave it.
    outline : the city, CGCS2000, valid.

    Nothing suspected proves nothing: data far inside the city say nothing of their datum.
    """
    name = parse_datum(declared).name
    read_as = name if name in ALTERNATIVES else "cgcs2000"
    found = np.asarray(shapes, dtype=object).ravel()
    found = found[~(shapely.is_missing(found) | shapely.is_empty(found))]
    areal = bool(found.size) and bool((shapely.get_dimensions(found) == 2).all())
    fit = _PolygonFit(found, outline) if areal else _PointFit(found, outline)
    if not fit.moving.size:
        return None
    readings = {other: _read_as(fit.moving, read_as, other) for other in ALTERNATIVES if other != read_as}
    as_declared = fit.misfit(fit.moving)
    misfits = {other: fit.misfit(moved) for other, moved in readings.items()}
    likely = min(misfits, key=misfits.__getitem__)
    if not fit.clearly_better(misfits[likely], as_declared):
        return None
    shift_m = _distance_m(fit.moving, readings[likely])
    whole = fit.whole
    return Suspicion(str(declared), likely, shift_m, as_declared / whole, misfits[likely] / whole)


class _PointFit:
    """Misfit of points: how many of at most `POINTS_LOOKED_AT` lie outside."""

    def __init__(self, shapes: Geometries, outline: BaseGeometry) -> None:
        xy = shapely.get_coordinates(shapes)
        self.moving: Geometries = np.asarray(shapely.points(xy[:: len(xy) // POINTS_LOOKED_AT + 1]))
        self.whole = float(len(self.moving))
        self.outline = outline
        shapely.prepare(outline)

    def misfit(self, points: Geometries) -> float:
        return float(np.count_nonzero(~shapely.covers(self.outline, points)))

    def clearly_better(self, misfit: float, declared: float) -> bool:
        """Tell whether the difference of two counts is more than chance makes."""
        return misfit <= BETTER * declared and declared - misfit > STANDARD_ERRORS * float(np.sqrt(declared + misfit))


class _PolygonFit:
    """Misfit of polygons: area outside, and area of the city left free when they fill it. Square degrees."""

    def __init__(self, shapes: Geometries, outline: BaseGeometry) -> None:
        inner = outline.buffer(-REACH_DEG)
        shapely.prepare([inner, outline])
        self.moving: Geometries = shapes[~shapely.covers(inner, shapes)]
        self.whole = float(shapely.area(shapes).sum())
        self.outline = outline
        inside = self.whole - float(shapely.area(self.moving).sum())
        # What the border ones have to fill, when all together are as large as the city.
        self.to_fill = outline.area - inside if BETTER <= self.whole / outline.area <= 1 / BETTER else 0.0

    def misfit(self, polygons: Geometries) -> float:
        # Overlay with a whole city's outline is slow, and most polygons are told by the prepared outline alone.
        crossing = polygons[~shapely.covers(self.outline, polygons)]
        outside = float(shapely.area(shapely.difference(crossing, self.outline)).sum())
        covered = float(shapely.area(polygons).sum()) - outside
        return outside + max(0.0, self.to_fill - covered)

    def clearly_better(self, misfit: float, declared: float) -> bool:
        """Tell whether the better fit is more than a difference of drawing."""
        return misfit <= BETTER * declared and declared >= LEAST_SHARE * self.whole


def _read_as(shapes: Geometries, declared: str, other: str) -> Geometries:
    """Return shapes as they lie when their original numbers are in another datum than was declared."""

    def move(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        original = from_cgcs2000(xy[:, 0], xy[:, 1], datum=declared)
        return np.column_stack(to_cgcs2000(*original, datum=other))

    moved: Geometries = np.asarray(shapely.transform(shapes, move))
    return moved


def _distance_m(shapes: Geometries, moved: Geometries) -> float:
    here, there = shapely.get_coordinates(shapes), shapely.get_coordinates(moved)
    per_degree = np.column_stack(metres_per_degree(here[:, 1]))
    return float(np.hypot(*((there - here) * per_degree).T).mean())
