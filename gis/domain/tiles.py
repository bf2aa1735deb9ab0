"""Vector tiles, the pure part: which layer is drawn at which zoom, in web Mercator, how simplified, labelled where.

Shapes here are shapely geometries in numpy arrays. Drawn material is EPSG:3857 in metres of web Mercator, which are
longer than metres on the ground (1.33 times in Anshan): it is looked at, never measured. A tile has 4,096 units a side
and is shown on 512 pixels, as MapLibre does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from gis.domain.footprints import footprint_keys
from gis.errors import NotFoundError

Shapes = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]

# Web Mercator's sphere: EPSG method 1024, "Popular Visualisation Pseudo Mercator", with the WGS 84 axis.
RADIUS_M = 6378137.0
HALF_WORLD_M = np.pi * RADIUS_M
# Where the projected world becomes a square.
LAST_LATITUDE = 85.0511287798066
MAX_ZOOM = 16
PIXELS_A_TILE = 512
# Corners flatter than a triangle of this many pixels squared are left out.
TOLERANCE_PX = 0.6


@dataclass(frozen=True)
class Layer:
    """One layer of the map.

    Attributes
    ----------
    name, zh, en : name in addresses and inside the tile, and its titles.
    minzoom : first zoom at which tiles hold anything.
    details : highest zooms that each simplification serves, ascending; the last has the full geometry.
    form : ``cover`` (borders are shared and stay shared), ``areas`` (each for itself) or ``lines``.
    labels_from : first zoom with label points in the MVT layer ``<name>_labels``; None for no labels.
    kinds_from : first zoom of kinds that appear later than `minzoom`.
    """

    name: str
    zh: str
    en: str
    minzoom: int
    details: tuple[int, ...]
    form: str
    labels_from: int | None
    kinds_from: Mapping[str, int] = field(default_factory=dict)

    def detail_at(self, zoom: int) -> int | None:
        """Return the detail that serves `zoom`: the smallest that is not below it; None below `minzoom`."""
        if zoom < self.minzoom:
            return None
        return next(detail for detail in self.details if detail >= zoom)

    def labelled_at(self, zoom: int) -> bool:
        """Tell whether tiles of `zoom` hold label points."""
        return self.labels_from is not None and zoom >= self.labels_from


STREETS_FROM = {"main": 11, "side": 13, "lane": 14}
WATERS_FROM = {"stream": 12}
LAYERS: dict[str, Layer] = {
    layer.name: layer
    for layer in (
        Layer("counties", "县（市、区）", "Counties", 4, (6, 8, 10, 12, 16), "cover", 4),
        Layer("towns", "街道、乡镇", "Towns", 8, (9, 11, 13, 16), "cover", 8),
        Layer("villages", "社区、村", "Villages", 10, (10, 11, 12, 13, 16), "cover", 11),
        Layer("zones", "功能区", "Functional zones", 6, (8, 11, 13, 16), "areas", 10),
        Layer("level2", "二级网格", "Level-2 grids", 12, (12, 13, 14, 16), "cover", 13),
        Layer("grids", "综合网格", "Comprehensive grids", 13, (13, 14, 16), "cover", 15),
        Layer("dedicated", "专属网格", "Dedicated grids", 13, (13, 14, 16), "areas", 13),
        Layer("streets", "街道路网", "Streets", 9, (10, 12, 13, 14, 16), "lines", None, STREETS_FROM),
        Layer("waters", "水系", "Water", 8, (9, 11, 13, 14, 16), "areas", 12, WATERS_FROM),
        Layer("buildings", "建筑物", "Buildings", 15, (16,), "areas", None),
    )
}
PLAN_LAYERS = ("counties", "towns", "villages", "zones", "level2", "grids", "dedicated")


@dataclass(frozen=True)
class Address:
    """Where a tile lies: zoom, column from the west, row from the north."""

    z: int
    x: int
    y: int

    @property
    def bounds_xy(self) -> tuple[float, float, float, float]:
        """West, south, east, north in metres of web Mercator."""
        side = 2 * HALF_WORLD_M / 2**self.z
        west, north = -HALF_WORLD_M + self.x * side, HALF_WORLD_M - self.y * side
        return west, north - side, west + side, north


def layer(name: str) -> Layer:
    """Return the layer called `name`. Raises `NotFoundError`."""
    if name not in LAYERS:
        raise NotFoundError(f"There is no layer {name[:40]!r}; there are {', '.join(LAYERS)}.")
    return LAYERS[name]


def address(z: str, x: str, y: str) -> Address:
    """Return the address that three path segments name, plain decimal digits without sign or leading zeros.

    Raises
    ------
    NotFoundError : not such numbers, zoom above `MAX_ZOOM` (the map enlarges tiles from there), or outside the world.
    """
    parts = (z, x, y)
    plain = all(part.isascii() and part.isdigit() and len(part) <= 6 and str(int(part)) == part for part in parts)
    if not plain or int(z) > MAX_ZOOM or max(int(x), int(y)) >= 2 ** int(z):
        raise NotFoundError(f"There is no such tile; zooms are 0 to {MAX_ZOOM}, columns and rows 0 to 2^zoom - 1.")
    return Address(int(z), int(x), int(y))


def address_of(lon: float, lat: float, zoom: int) -> Address:
    """Return the tile of `zoom` that holds a point in degrees."""
    x, y = _project(np.array([[lon, lat]]))[0]
    return next(covering((x, y, x, y), zoom))


def covering(bounds_xy: tuple[float, float, float, float], zoom: int) -> Iterator[Address]:
    """Yield the tiles of `zoom` that touch a box: west, south, east, north in metres of web Mercator."""
    scale, last = 2**zoom / (2 * HALF_WORLD_M), 2**zoom - 1
    west, south, east, north = bounds_xy
    columns = [min(max(int((side + HALF_WORLD_M) * scale), 0), last) for side in (west, east)]
    rows = [min(max(int((HALF_WORLD_M - side) * scale), 0), last) for side in (north, south)]
    for x in range(columns[0], columns[1] + 1):
        for y in range(rows[0], rows[1] + 1):
            yield Address(zoom, x, y)


def to_mercator(shapes: Shapes) -> Shapes:
    """Project shapes from degrees longitude, latitude to metres of web Mercator (EPSG:3857), by the closed formula.

    x = R lon, y = R artanh(sin(lat)). CGCS2000 is taken as WGS 84 (they differ by less than can be drawn). Latitudes
    beyond 85.05° are drawn on the edge of the square.
    """
    return np.asarray(shapely.transform(shapes, _project), dtype=object)


def to_degrees(shapes: Shapes) -> Shapes:
    """Undo `to_mercator`: metres of web Mercator to degrees longitude, latitude."""
    return np.asarray(shapely.transform(shapes, _unproject), dtype=object)


def _project(degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    radians = np.radians(np.clip(degrees, [-np.inf, -LAST_LATITUDE], [np.inf, LAST_LATITUDE]))
    return RADIUS_M * np.column_stack([radians[:, 0], np.arctanh(np.sin(radians[:, 1]))])


def _unproject(metres: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    x, y = (metres / RADIUS_M).T
    degrees: npt.NDArray[np.float64] = np.degrees(np.column_stack([x, np.arcsin(np.tanh(y))]))
    return degrees


def pixel_m(zoom: int) -> float:
    """Return the width of a screen pixel at `zoom`, in metres of web Mercator."""
    return float(2 * HALF_WORLD_M / PIXELS_A_TILE / 2**zoom)


def simplified(layer: Layer, shapes_xy: Shapes, kinds: npt.NDArray[np.str_]) -> Iterator[tuple[int, Rows, Shapes]]:
    """Draw one layer at each of its details, the finest first.

    Parameters
    ----------
    layer : what to draw.
    shapes_xy : full geometry of every row, in metres of web Mercator.
    kinds : kind of every row; decides from which zoom the row is drawn.

    Yields
    ------
    Detail, the rows that are drawn in it, and their shapes. A cover is simplified as one (Visvalingam-Whyatt on shared
    edges), so that neighbours meet without gap or overlap; each detail starts from the finer one.
    """
    appears = np.array([layer.kinds_from.get(str(kind), layer.minzoom) for kind in kinds], dtype=int)
    rows = np.arange(len(shapes_xy))
    for detail in reversed(layer.details):
        drawn = appears[rows] <= detail
        rows, shapes_xy = rows[drawn], shapes_xy[drawn]
        if detail != layer.details[-1]:
            shapes_xy = _simplify(layer.form, shapes_xy, TOLERANCE_PX * pixel_m(detail))
        yield detail, rows, shapes_xy


def _simplify(form: str, shapes_xy: Shapes, tolerance_m: float) -> Shapes:
    """Return simpler shapes; `tolerance_m` is the side of the triangles, or the width of the band, that may go."""
    if form == "cover":
        return np.asarray(shapely.coverage_simplify(shapes_xy, tolerance_m), dtype=object)
    return np.asarray(shapely.simplify(shapes_xy, tolerance_m / 2), dtype=object)


def drawing_order(shapes_xy: Shapes) -> Rows:
    """Return rows in an order that keeps neighbours on the map together, so that a tile reads few pages."""
    centres = shapely.get_coordinates(shapely.centroid(shapely.envelope(shapes_xy)))
    cells = np.clip((centres / HALF_WORLD_M + 1) * 2**15, 0, 2**16 - 1).astype(np.uint64)
    order: Rows = np.argsort(_spread(cells[:, 0]) | _spread(cells[:, 1]) << np.uint64(1), kind="stable")
    return order


def _spread(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Put a zero between the 16 low bits of each value: half of a Morton number."""
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        values = (values | values << np.uint64(shift)) & np.uint64(mask)
    return values


def label_points(shapes_xy: Shapes) -> Shapes:
    """Return a point inside each area to write its name at: the centroid where that lies inside, another elsewhere."""
    centres = shapely.centroid(shapes_xy)
    inside = shapely.contains_xy(shapes_xy, shapely.get_x(centres), shapely.get_y(centres))
    return np.where(inside, centres, shapely.point_on_surface(shapes_xy))


def footprints(boundaries: Shapes, ids: npt.NDArray[np.int64]) -> tuple[Rows, npt.NDArray[np.int64]]:
    """Find the distinct footprints among grids, of which stacked ones repeat their boundary.

    Returns the row of the grid with the lowest id on each footprint, by ascending id, and how many grids stand on it.
    """
    order = np.argsort(ids, kind="stable")
    keys = footprint_keys(boundaries[order])
    places: dict[bytes, int] = {}
    place = np.fromiter((places.setdefault(key, len(places)) for key in keys), dtype=np.int64, count=len(keys))
    _, first, counts = np.unique(place, return_index=True, return_counts=True)
    return order[first], counts
