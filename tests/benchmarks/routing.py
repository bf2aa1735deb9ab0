"""How fast points find their grids, ours and others side by side in one run, with every answer compared.

Run it on a loaded city: `python -m tests.benchmarks.routing --points 500000`. It reads the database that the WANGGE_*
settings name, and writes nothing but a temporary table. All ways answer both layers, comprehensive and dedicated (ours
the zones too), with borders counted as inside and the lowest permanent number winning; a share of the points lies
exactly on borders. Everything runs on one thread. Times are those of the processor, so that a busy machine does not
count; for PostGIS, another process, by the clock. It fails when any answer differs or a peer is faster than the index.
"""

import argparse
import sys
import time
from collections.abc import Callable

import geopandas as gpd
import numpy as np
import rtree
import shapely
import sqlalchemy as sa

from gis import settings as environment
from gis.db import engine as engines
from gis.db.cluster import addresses
from gis.domain import outlines
from gis.domain.cell_index import CellIndex
from gis.domain.coordinates import snap
from gis.domain.grids import CRS, Plan
from gis.domain.outlines import STEP
from gis.domain.routing import PlanIndex
from gis.services import plans, routing

KINDS = ("comprehensive", "dedicated")
Points = np.ndarray
Answers = np.ndarray  # ids by kind and point, -1 for none
POINTS_TABLE = sa.text(
    """
create temporary table asked on commit drop as
select n - 1 as n, ST_SetSRID(ST_MakePoint(x, y), 4490) as location
from unnest(cast(:x as float8[]), cast(:y as float8[])) with ordinality as given (x, y, n)
"""
)
NOW = "upper_inf(g.valid) and upper_inf(g.known)"
GRIDS_SEARCHED = sa.text(
    f"""
select p.n, g.kind, min(g.id) from asked p
join grids g on g.boundary && p.location and ST_Covers(g.boundary, p.location) and {NOW} group by p.n, g.kind
"""
)
POINTS_SEARCHED = sa.text(
    f"""
select p.n, g.kind, min(g.id) from grids g cross join lateral
(select n from asked where location && g.boundary and ST_Covers(g.boundary, location) offset 0) p
where {NOW} group by p.n, g.kind
"""
)
ONE_POINT = sa.text(
    f"""
select g.kind, min(g.id) from grids g where g.boundary && ST_SetSRID(ST_MakePoint(:x, :y), 4490)
and ST_Covers(g.boundary, ST_SetSRID(ST_MakePoint(:x, :y), 4490)) and {NOW} group by g.kind
"""
)


def places(plan: Plan, count: int, border_share: float, seed: int) -> tuple[Points, Points]:
    """Return snapped longitudes and latitudes: near grids chosen at random, so dense where the city is, and on borders.

    Those on borders are vertices of grids, where two or more meet.
    """
    random = np.random.default_rng(seed)
    shapes = plan.grids.geometry.to_numpy()
    boxes = shapely.bounds(shapes)[random.integers(0, len(shapes), count)]
    lon, lat = random.uniform(boxes[:, 0], boxes[:, 2]), random.uniform(boxes[:, 1], boxes[:, 3])
    on_border = random.random(count) < border_share
    vertices = shapely.get_coordinates(shapes)
    chosen = vertices[random.integers(0, len(vertices), int(on_border.sum()))]
    lon[on_border], lat[on_border] = chosen[:, 0], chosen[:, 1]
    return snap(lon), snap(lat)


def lowest(count: int, point: np.ndarray, ids: np.ndarray) -> np.ndarray:
    """Return the lowest id for each point, -1 for none."""
    none = np.iinfo(np.int64).max
    best = np.full(count, none)
    np.minimum.at(best, point, ids)
    return np.where(best == none, -1, best)


def ours(index: PlanIndex, lon: Points, lat: Points) -> Answers:
    """Answer by the index in memory, from degrees."""
    covered = index.cells.locate(lon, lat)
    return np.stack(
        [layer.ids_at(covered.positions[row]) for row, layer in enumerate((index.comprehensive, index.dedicated))]
    )


def by_place(lon: Points, lat: Points) -> np.ndarray:
    """Return the order in which points lie along a Z curve, as a history that is kept by place has them."""
    curve = np.zeros(len(lon), dtype=np.uint64)
    for axis, degrees in enumerate((lon, lat)):
        steps = ((degrees - degrees.min()) / STEP).astype(np.uint64)
        for bit in np.arange(26, dtype=np.uint64):
            curve |= ((steps >> bit) & np.uint64(1)) << (np.uint64(2) * bit + np.uint64(axis))
    return np.argsort(curve)


def memory_limit(lon: Points, lat: Points, ids: np.ndarray) -> Answers:
    """Read both coordinates and gather one word for each point: what no index can be faster than."""
    return ids[((lon + lat) * 0).astype(np.int32)]


def by_sjoin(plan: Plan, lon: Points, lat: Points) -> Answers:
    """Answer by geopandas.sjoin, the way everybody writes it."""
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lon, lat), crs=CRS)
    answers = []
    for kind in KINDS:
        joined = points.sjoin(plan.of_kind(kind)[["id", "boundary"]], predicate="intersects")
        answers.append(lowest(len(lon), joined.index.to_numpy(), joined["id"].to_numpy()))
    return np.stack(answers)


def by_prepared_shapely(plan: Plan, lon: Points, lat: Points) -> Answers:
    """Answer by a tree of boxes and prepared polygons, the fastest way with shapely."""
    points, answers = shapely.points(lon, lat), []
    for kind in KINDS:
        grids = plan.of_kind(kind)
        shapes = grids.geometry.to_numpy()
        shapely.prepare(shapes)
        point, place = shapely.STRtree(shapes).query(points)
        covered = shapely.intersects_xy(shapes[place], lon[point], lat[point])
        answers.append(lowest(len(lon), point[covered], grids["id"].to_numpy()[place[covered]]))
    return np.stack(answers)


def by_rtree(plan: Plan, lon: Points, lat: Points) -> Answers:
    """Answer by rtree's boxes and prepared polygons."""
    answers = []
    for kind in KINDS:
        grids = plan.of_kind(kind)
        shapes = grids.geometry.to_numpy()
        shapely.prepare(shapes)
        boxes = shapely.bounds(shapes)
        tree = rtree.index.Index((place, tuple(box), None) for place, box in enumerate(boxes))
        place, counts = tree.intersection_v(np.column_stack((lon, lat)), np.column_stack((lon, lat)))
        point = np.repeat(np.arange(len(lon)), counts.astype(np.int64))
        covered = shapely.intersects_xy(shapes[place], lon[point], lat[point])
        answers.append(lowest(len(lon), point[covered], grids["id"].to_numpy()[place[covered]]))
    return np.stack(answers)


def by_postgis(connection: sa.Connection, query: sa.TextClause, count: int) -> Answers:
    """Answer by a join in PostGIS over the temporary table of points."""
    answers = np.full((len(KINDS), count), -1)
    for number, kind, grid in connection.execute(query):
        answers[KINDS.index(kind), number] = grid
    return answers


def timed(
    way: Callable[[], Answers], rounds: int = 1, clock: Callable[[], float] = time.process_time
) -> tuple[float, Answers]:
    """Return the best seconds of some rounds, and the answers."""
    best, answers = float("inf"), np.empty(0)
    for _ in range(rounds):
        began = clock()
        answers = way()
        best = min(best, clock() - began)
    return best, answers


def compare(connection: sa.Connection, index: PlanIndex, lon: Points, lat: Points) -> bool:
    """Print the table of all ways; return whether ours is the fastest and every answer is the same."""
    plan, count = index.plan, len(lon)
    connection.execute(POINTS_TABLE, {"x": lon.tolist(), "y": lat.tolist()})
    connection.execute(sa.text("create index on asked using gist (location)"))
    connection.execute(sa.text("analyze asked"))
    connection.execute(sa.text("set local max_parallel_workers_per_gather = 0"))
    connection.execute(sa.text("set local statement_timeout = 0"))
    seconds, expected = timed(lambda: ours(index, lon, lat), rounds=5)
    order = by_place(lon, lat)
    near_lon, near_lat = lon[order], lat[order]
    stored, in_order = timed(lambda: ours(index, near_lon, near_lat), rounds=5)
    ids = index.comprehensive.ids
    peers = {
        "geopandas.sjoin": lambda: by_sjoin(plan, lon, lat),
        "shapely, tree and prepared polygons": lambda: by_prepared_shapely(plan, lon, lat),
        "rtree and prepared polygons": lambda: by_rtree(plan, lon, lat),
        "PostGIS, each point searches the grids": lambda: by_postgis(connection, GRIDS_SEARCHED, count),
        "PostGIS, each grid searches the points": lambda: by_postgis(connection, POINTS_SEARCHED, count),
    }
    rows = [
        ("reading and one gather (the limit)", timed(lambda: memory_limit(near_lon, near_lat, ids), rounds=5)[0], 0)
    ]
    rows.append(("ours, points by place", stored, int((in_order != expected[:, order]).any(axis=0).sum())))
    rows.append(("ours, points in any order", seconds, 0))
    rows.append(("ours, with method and distance", timed(lambda: index.find(lon, lat).grid, rounds=3)[0], 0))
    for name, way in peers.items():
        taken, answers = timed(way, clock=time.perf_counter if "PostGIS" in name else time.process_time)
        rows.append((name, taken, int((answers != expected).any(axis=0).sum())))
    print(f"{'way':<40} {'thousand points/s':>18} {'any order':>10} {'by place':>9} {'mismatches':>11}")
    for name, taken, mismatches in rows:
        ratios = f"{taken / seconds:>10.1f} {taken / stored:>9.1f}"
        print(f"{name:<40} {count / taken / 1e3:>18,.0f} {ratios} {mismatches:>11,}")
    return all(taken >= seconds for _, taken, _ in rows[4:]) and not any(mismatches for _, _, mismatches in rows)


def single(connection: sa.Connection, index: PlanIndex, lon: Points, lat: Points) -> bool:
    """Print what one lookup takes; return whether the whole answers of index and database agree."""
    points = list(zip(lon.tolist(), lat.tolist(), strict=True))[:300]
    steps = {(x, y): (round(x / STEP), round(y / STEP)) for x, y in points}
    ways: dict[str, Callable[[float, float], object]] = {
        "ours, grid, dedicated grid and zone": lambda x, y: index.cells.at(*steps[x, y]),
        "ours, the whole answer": index.route,
        "PostGIS, one query for both ids": lambda x, y: connection.execute(ONE_POINT, {"x": x, "y": y}).all(),
        "PostGIS, the whole answer": lambda x, y: routing.route_in_database(connection, x, y),
    }
    print(f"\n{'one lookup':<40} {'microseconds':>18}")
    for name, way in ways.items():
        way(*points[0])
        clock = time.perf_counter if "PostGIS" in name else time.process_time
        seconds, _ = timed(lambda way=way: [way(x, y) for x, y in points], rounds=3, clock=clock)
        print(f"{name:<40} {seconds / len(points) * 1e6:>18,.1f}")
    differ = sum(index.route(x, y) != routing.route_in_database(connection, x, y) for x, y in points)
    print(f"{'whole answers that differ':<40} {differ:>18,} of {len(points)}")
    return not differ


def main(arguments: list[str] | None = None) -> int:
    """Print the tables; return 1 when an answer differs or a peer is faster."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=2_800_000)
    parser.add_argument("--border-share", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=2103)
    asked = parser.parse_args(arguments)
    engine = engines.connect(addresses(environment.from_environment()).app, statement_limit_s=0)
    with engine.connect() as connection:
        plan = plans.in_force(connection)
        began = time.perf_counter()
        index = PlanIndex(plan)
        built = time.perf_counter() - began
        layers = (index.comprehensive, index.dedicated, index.zones)
        began = time.process_time()
        rings = [outlines.rings_of(layer.rows.geometry.to_numpy()) for layer in layers]
        CellIndex.build(rings)
        table_s = time.process_time() - began
        began = time.process_time()
        shapely.coverage_is_valid(index.comprehensive.rows.geometry.to_numpy())
        checked_s = time.process_time() - began
        lon, lat = places(plan, asked.points, asked.border_share, asked.seed)
        print(
            f"{len(plan.grids):,} grids, {sum(len(one.vertices) for one in rings):,} vertices; the whole plan is ready "
            f"after {built:.1f} s, of which the cells take {table_s:.1f} s and {index.cells.table.nbytes / 1e6:.0f} MB "
            f"(shapely.coverage_is_valid: {checked_s:.1f} s)\n"
            f"{asked.points:,} points in any order, {asked.border_share:.0%} on borders; how many times others take\n"
        )
        fine = compare(connection, index, lon, lat)
        fine = single(connection, index, lon, lat) and fine
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
