"""Discs: how much of the disc of a position's accuracy lies in each area, exactly.

The area that a circle and a polygon share is summed edge by edge, after Green's theorem: seen from the centre every
edge sweeps a triangle where it runs inside the circle and a sector where it runs outside. It is the signed sum of
triangles by which the area of a polygon is found (O'Rourke, Computational Geometry in C, 1.3), with the arc of the
circle in place of what lies beyond it. Nothing is approximated but the plane, which touches the ellipsoid there.
"""

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gis.domain.coordinates import metres_per_degree

Numbers = NDArray[np.float64]


def areas_m2(boundaries: ArrayLike, lon: ArrayLike, lat: ArrayLike, radius_m: ArrayLike) -> Numbers:
    """Return the area that each boundary shares with its disc, in square metres.

    `boundaries`: polygons or multipolygons in degrees, longitude latitude, shape (n,); centres in degrees and radii in
    metres are one for all or one for each.
    """
    shapes = np.asarray(boundaries, dtype=object).reshape(-1)
    wanted = (np.broadcast_to(np.asarray(values, dtype=np.float64), shapes.shape) for values in (lon, lat, radius_m))
    lons, lats, radii = wanted
    parts, owner_of_part = shapely.get_parts(shapes, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    degrees, ring = shapely.get_coordinates(rings, return_index=True)
    owner = owner_of_part[part_of_ring[ring]]
    per_lon, per_lat = metres_per_degree(lats)
    middles, per_degree = np.column_stack([lons, lats]), np.column_stack([per_lon, per_lat])
    xy = (degrees - middles[owner]) * per_degree[owner]
    within = ring[1:] == ring[:-1]
    swept = _swept(xy[:-1][within], xy[1:][within], radii[owner[:-1][within]])
    of_ring = np.abs(np.bincount(ring[:-1][within], swept, minlength=len(rings)))
    # The first ring of a polygon is its outline, the others are holes.
    is_hole = np.concatenate([[False], part_of_ring[1:] == part_of_ring[:-1]])[: len(rings)]
    signed = np.where(is_hole, -of_ring, of_ring)
    return np.bincount(owner_of_part[part_of_ring], signed, minlength=len(shapes)).clip(0.0)


def _swept(start: Numbers, end: Numbers, radius: Numbers) -> Numbers:
    """Return the signed area of the circle around the origin that each edge sweeps, seen from there."""
    run = end - start
    length2 = _dot(run, run)
    half, power = _dot(start, run), _dot(start, start) - radius**2
    reach = np.sqrt(np.maximum(half**2 - length2 * power, 0.0))
    safe = np.where(length2 > 0, length2, 1.0)
    enter, leave = ((np.clip((-half + side * reach) / safe, 0.0, 1.0))[:, None] for side in (-1, 1))
    first, last = start + enter * run, start + leave * run
    return _sector(start, first, radius) + _cross(first, last) / 2 + _sector(last, end, radius)


def _sector(start: Numbers, end: Numbers, radius: Numbers) -> Numbers:
    return radius**2 / 2 * np.arctan2(_cross(start, end), _dot(start, end))


def _dot(one: Numbers, other: Numbers) -> Numbers:
    return one[:, 0] * other[:, 0] + one[:, 1] * other[:, 1]


def _cross(one: Numbers, other: Numbers) -> Numbers:
    return one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
