"""Dedicated grids (专属网格): compounds of one unit, laid over the comprehensive grids.

Each lies inside one footprint, or across two neighbours of two villages, behind its walls; no two share a footprint, so
they never overlap. Nobody lives in one for the register: households and headcount are 0 and count at home.
"""

import numpy as np
import pandas as pd
import shapely

from gis.domain.demo.numbering import rows_from_north_west, short
from gis.domain.demo.plane import Floats, Ints, random
from gis.domain.demo.shapes import Shapes, in_plane, on_lattice

MOST_M2 = {
    "government": 15_000,
    "school": 30_000,
    "hospital": 25_000,
    "park": 90_000,
    "works": 160_000,
    "market": 12_000,
}
TITLES = {
    "government": ("街道办事处", "办公区", "服务中心"),
    "school": ("小学", "中学", "幼儿园"),
    "hospital": ("医院", "卫生服务中心"),
    "park": ("公园", "广场"),
    "works": ("机械厂", "物流园", "轧钢厂"),
    "market": ("农贸市场", "商场"),
}
WEIGHTS = {True: (0.13, 0.34, 0.11, 0.12, 0.14, 0.16), False: (0.22, 0.3, 0.12, 0.04, 0.26, 0.06)}
STRADDLING_SHARE = 0.02
SYNTHETIC = "（示例）"


def compounds(prints: pd.DataFrame, shapes: Shapes, table: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, Shapes]:
    """Return the dedicated grids of the villages of `table` by code, and their boundaries.

    Parameters
    ----------
    prints, shapes : footprints (see `numbering.footprint_table`) and their polygons in EPSG:4490.
    table : villages with code, name and the wanted number `dedicated`.

    Returns
    -------
    (pandas.DataFrame, array)
        code, name, category, village_code, urban, straddles (the other village's code or None).
    """
    rng = random(seed, "dedicated")
    chosen = _chosen(prints, table, rng)
    urban = prints["urban"].to_numpy()[chosen]
    kinds = np.array(list(MOST_M2))
    category = np.where(urban, rng.choice(kinds, len(chosen), p=WEIGHTS[True]), "")
    category = np.where(urban, category, rng.choice(kinds, len(chosen), p=WEIGHTS[False]))
    plane = in_plane(shapes)
    partner = _partners(prints, plane, chosen, max(1, round(STRADDLING_SHARE * len(chosen))), rng)
    category = np.where(partner >= 0, rng.choice(["works", "park", "school"], len(chosen)), category)
    boundaries = _walled(plane, chosen, partner, np.array([MOST_M2[kind] for kind in category]), rng)
    grids = pd.DataFrame(
        {"village_code": prints["village_code"].to_numpy()[chosen], "urban": urban, "category": category}
    )
    middles = shapely.get_coordinates(shapely.centroid(boundaries))
    number = rows_from_north_west(pd.Series(middles[:, 0]), pd.Series(middles[:, 1]), grids["village_code"])
    grids["code"] = grids["village_code"] + "200" + number.astype(str).str.zfill(3)
    titles = [rng.choice(TITLES[kind]) for kind in category]
    names = grids["village_code"].map(table.set_index("code")["name"].map(short))
    grids["name"] = names + pd.Series(titles) + SYNTHETIC
    other = prints["village_code"].to_numpy()[partner]
    grids["straddles"] = np.where(partner >= 0, other, None)
    order = grids["code"].argsort()
    return grids.iloc[order].reset_index(drop=True), boundaries[order]


def _chosen(prints: pd.DataFrame, table: pd.DataFrame, rng: np.random.Generator) -> Ints:
    """Return rows of footprints that stand alone, as many in each village as wanted, each once."""
    wanted = table.set_index("code")["dedicated"]
    alone = prints[prints["stack"] == 1]
    draw = pd.Series(rng.random(len(alone)), alone.index)
    rank = draw.groupby(alone["village_code"]).rank(method="first")
    return np.asarray(alone.index[rank <= alone["village_code"].map(wanted)])


def _partners(prints: pd.DataFrame, plane: Shapes, chosen: Ints, wanted: int, rng: np.random.Generator) -> Ints:
    """Return for each chosen footprint a free neighbour in another village to extend into, or -1."""
    partner = np.full(len(chosen), -1)
    village = prints["village_code"].to_numpy()
    taken = set(chosen.tolist())
    tree = shapely.STRtree(plane)
    for place in rng.permutation(len(chosen)):
        if (partner >= 0).sum() >= wanted:
            break
        own = plane[chosen[place]]
        near = [n for n in tree.query(own, predicate="intersects") if village[n] != village[chosen[place]]]
        for n in near:
            edge = shapely.length(shapely.intersection(own, plane[n]))
            if n not in taken and prints["stack"].iat[n] == 1 and edge > 0.15 * min(own.length, plane[n].length):
                partner[place] = n
                taken.add(int(n))
                break
    return partner


def _walled(plane: Shapes, chosen: Ints, partner: Ints, most_m2: Ints, rng: np.random.Generator) -> Shapes:
    """Return the compounds in EPSG:4490: blocks set back from their edge, cut down to a rectangle if too large."""
    own, other = plane[chosen], plane[np.where(partner >= 0, partner, chosen)]
    block = shapely.union(own, other)
    middle = shapely.point_on_surface(own)
    border = shapely.intersection(own, other)
    middle = np.where(partner >= 0, shapely.line_interpolate_point(_longest(border), 0.5, normalized=True), middle)
    size = np.sqrt(most_m2 * rng.uniform(0.45, 1.0, len(chosen)))
    rectangles = turned(shapely.get_coordinates(middle), size * 1.2, size / 1.2, rng.uniform(0, np.pi, len(chosen)))
    setback = np.clip(0.05 * np.sqrt(shapely.area(own)), 2.0, 12.0)
    inner = shapely.intersection(shapely.buffer(block, -setback, join_style="mitre", mitre_limit=2), rectangles)
    inner = np.where(shapely.is_empty(inner), shapely.buffer(middle, 2.5, quad_segs=2), inner)
    return on_lattice(_largest(shapely.simplify(inner, 0.5)))


def _largest(shapes: Shapes) -> Shapes:
    """Return the largest polygon of each shape."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    area = pd.Series(shapely.area(parts))
    return np.asarray(parts[area.groupby(owner).idxmax().to_numpy()])


def _longest(shapes: Shapes) -> Shapes:
    """Return the longest line of each shape; a polygon gives its outline."""
    outlines = np.where(shapely.get_dimensions(shapes) == 2, shapely.boundary(shapes), shapes)
    merged = [shapely.line_merge(shape) if shape.geom_type != "LineString" else shape for shape in outlines]
    parts, owner = shapely.get_parts(np.array(merged), return_index=True)
    length = pd.Series(shapely.length(parts))
    return np.asarray(parts[length.groupby(owner).idxmax().to_numpy()])


def turned(middle: Floats, long_m: Floats, wide_m: Floats, angle: Floats) -> Shapes:
    """Return rectangles around middles of shape (n, 2), `long_m` by `wide_m`, turned by `angle` radians."""
    corners = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
    x, y = corners[:, 0] * long_m[:, None], corners[:, 1] * wide_m[:, None]
    cos, sin = np.cos(angle)[:, None], np.sin(angle)[:, None]
    turned_xy = np.stack((x * cos - y * sin + middle[:, :1], x * sin + y * cos + middle[:, 1:]), axis=2)
    return np.asarray(shapely.polygons(turned_xy))
