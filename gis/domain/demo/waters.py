"""Waters: rivers and streams along cuts, and a lake in each town; grids border on their middle lines."""

import geopandas as gpd
import numpy as np
import shapely

from gis.domain.demo.borders import Cut
from gis.domain.demo.layout import deepest
from gis.domain.demo.plane import Floats, Ints, random, to_metres
from gis.domain.demo.shapes import Shapes, frame, in_plane, on_lattice

WIDTH_M = {"town": (16.0, 60.0), "village": (6.0, 18.0), "level2": (3.0, 7.0), "leaf": (2.0, 5.0)}
FIRST, SECOND = "清白沙柳杨青石玉龙凤金银泉松桃杏榆槐", "河沟溪泉"
DEEPEST_STREAM = 2
LAKE_TRIES = 12
SYNTHETIC = "（示例）"


def waters_of(cuts: list[Cut], towns: dict[str, Ints], dedicated: Shapes, seed: int) -> gpd.GeoDataFrame:
    """Return the waters: columns name, category (river, stream, lake); geometry `surface` (EPSG:4490).

    No lake touches a dedicated grid (`dedicated`: their boundaries in EPSG:4490).
    """
    rng = random(seed, "waters")
    streams = [cut for cut in cuts if cut.stream and cut.rank <= DEEPEST_STREAM]
    widths = np.array([rng.uniform(*WIDTH_M[cut.parts]) for cut in streams])
    middles = np.array([shapely.LineString(to_metres(cut.path)) for cut in streams], object)
    banks = shapely.buffer(shapely.simplify(middles, 1.0), widths / 2, quad_segs=3)
    compounds = shapely.STRtree(in_plane(dedicated))
    drawn = [_lake(ring, compounds, random(seed, "lake", town)) for town, ring in sorted(towns.items())]
    lakes = np.array([lake for lake in drawn if lake], object)
    categories = ["river" if cut.parts == "town" else "stream" for cut in streams] + ["lake"] * len(lakes)
    names = [_name(rng) + SYNTHETIC if cut.parts in ("town", "village") else "" for cut in streams]
    names += [f"{rng.choice(list(FIRST))}湖{SYNTHETIC}" for _ in lakes]
    surfaces = on_lattice(np.concatenate((banks, lakes)))
    sound = shapely.is_valid(surfaces) & (shapely.get_type_id(surfaces) == shapely.GeometryType.POLYGON)
    table = frame({"name": names, "category": categories}, "surface", surfaces)
    return table[sound].reset_index(drop=True)


def _name(rng: np.random.Generator) -> str:
    """Return a river's name."""
    return str(rng.choice(list(FIRST))) + str(rng.choice(list(SECOND)))


def _lake(ring: Ints, compounds: shapely.STRtree, rng: np.random.Generator) -> shapely.Polygon | None:
    """Return a lake inside a town, in metres, away from the compounds; None when no place is found."""
    for _ in range(LAKE_TRIES):
        lake = _basin(ring, rng)
        if len(compounds.query(lake, predicate="intersects")) == 0:
            return lake
    return None


def _basin(ring: Ints, rng: np.random.Generator) -> shapely.Polygon:
    """Return a lake well inside a town, in metres, as large as the town allows."""
    middle = deepest(ring, rng)
    room = float(np.hypot(*(to_metres(ring) - middle).T).min())
    radius = min(0.25 * room, float(rng.lognormal(5.0, 0.6)))
    return shapely.Polygon(_shore(middle, radius, rng))


def _shore(middle: Floats, radius: float, rng: np.random.Generator) -> Floats:
    """Return an uneven round shore of 48 vertices."""
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    away = np.ones_like(angle)
    for wave in (1, 2, 3, 5):
        away += rng.uniform(0, 0.22) * np.sin(wave * angle + rng.uniform(0, 2 * np.pi)) / wave
    return np.asarray(middle + radius * away[:, None] * np.column_stack((np.cos(angle), 0.7 * np.sin(angle))))
