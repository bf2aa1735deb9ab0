"""Shapes in EPSG:4490 from lattice steps, and back."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.plane import EAST_M, NORTH_M, ORIGIN, STEP_DEG, Ints, Objects, to_degrees
from gis.domain.grids import CRS

Shapes = Objects


def polygons(rings: list[Ints]) -> Shapes:
    """Return one polygon in EPSG:4490 for each ring of lattice steps."""
    return _built(shapely.GeometryType.POLYGON, [np.concatenate((ring, ring[:1])) for ring in rings])


def lines(paths: list[Ints]) -> Shapes:
    """Return one line in EPSG:4490 for each path of lattice steps."""
    return _built(shapely.GeometryType.LINESTRING, paths)


def _built(kind: shapely.GeometryType, parts: list[Ints]) -> Shapes:
    """Build all shapes at once."""
    if not parts:
        return np.empty(0, object)
    starts = np.concatenate(([0], np.cumsum([len(part) for part in parts])))
    offsets = (starts, np.arange(len(parts) + 1)) if kind == shapely.GeometryType.POLYGON else (starts,)
    return np.asarray(shapely.from_ragged_array(kind, to_degrees(np.concatenate(parts)), offsets))


def in_plane(shapes: Shapes) -> Shapes:
    """Return shapes of EPSG:4490 in metres of the plane."""
    scale = np.array([EAST_M, NORTH_M]) / STEP_DEG
    origin = np.array(ORIGIN) * STEP_DEG
    return np.asarray(shapely.transform(shapes, lambda degrees: (degrees - origin) * scale))


def on_lattice(shapes: Shapes) -> Shapes:
    """Return shapes given in metres of the plane in EPSG:4490, every vertex on the lattice."""
    scale = np.array([EAST_M, NORTH_M])
    return np.asarray(shapely.transform(shapes, lambda metres: to_degrees(np.rint(metres / scale).astype(np.int64))))


def frame(columns: dict[str, object] | pd.DataFrame, geometry: str, shapes: Shapes) -> gpd.GeoDataFrame:
    """Return a GeoDataFrame in EPSG:4490 whose geometry column is called `geometry`; each row says it is synthetic."""
    table = pd.DataFrame(columns).assign(synthetic=True)
    table[geometry] = gpd.GeoSeries(shapes, index=table.index, crs=CRS)
    return gpd.GeoDataFrame(table, geometry=geometry, crs=CRS)
