"""How long a cold tile takes and what it weighs, layer by layer and zoom by zoom, in the dense and in the open places.

Run it on a loaded city: `python -m tests.benchmarks.tiles`. It reads the database that the WANGGE_* settings name, and
keeps no tile. Every layer is asked for at every zoom around the densest places (the tiles with most labels of grids)
and around places spread over the whole city; a time is the query and the compression, as a first caller waits for them.
"""

import gzip
import sys
import time
from collections.abc import Iterable

import numpy as np
import sqlalchemy as sa

from gis import settings as environment
from gis.db import engine as engines
from gis.db import tiles
from gis.db.cluster import addresses
from gis.domain.tiles import LAYERS, MAX_ZOOM, Address, covering
from gis.services.tiles import COMPRESSION

DENSE, SPREAD = 12, 28
LIMIT_MS, LIMIT_KB = 50.0, 150.0
CROWDED = sa.text(
    """
select avg(ST_X(label)), avg(ST_Y(label)) from tile_shapes where layer = 'grids' and detail = 16
group by floor(ST_X(label) / 1223), floor(ST_Y(label) / 1223) order by count(*) desc limit :limit
"""
)


def places(connection: sa.Connection) -> list[tuple[float, float]]:
    """Return where tiles are asked for, in metres of web Mercator: the crowded places, then some all over the city."""
    crowded = [(x, y) for x, y in connection.execute(CROWDED, {"limit": DENSE})]
    box = tiles.extent(connection, "counties")
    assert box, "no city is loaded"
    random = np.random.default_rng(2103)
    spread = zip(random.uniform(box[0], box[2], SPREAD), random.uniform(box[1], box[3], SPREAD), strict=True)
    return [*crowded, *((float(x), float(y)) for x, y in spread)]


def measured(
    connection: sa.Connection, name: str, zoom: int, asked: Iterable[Address]
) -> tuple[list[float], list[float]]:
    """Return milliseconds and kilobytes of each tile that holds something."""
    layer, revision = LAYERS[name], next(each.revision for each in tiles.drawn(connection) if each.name == name)
    times, sizes = [], []
    for address in asked:
        began = time.perf_counter()
        cut = tiles.cut(
            connection, name, revision, address, detail=layer.detail_at(zoom), labelled=layer.labelled_at(zoom)
        )
        packed = gzip.compress(cut or b"", COMPRESSION)
        if cut:
            times.append((time.perf_counter() - began) * 1e3)
            sizes.append(len(packed) / 1e3)
    return times, sizes


def main() -> int:
    """Print the table; return 1 when a bound is broken."""
    engine = engines.connect(addresses(environment.from_environment()).app)
    print(f"{'layer':<10} {'zoom':>4} {'tiles':>5} {'p50 ms':>7} {'p95 ms':>7} {'max ms':>7} {'max kB':>7}")
    every_time: list[float] = []
    heaviest = 0.0
    with engine.connect() as connection:
        around = places(connection)
        for name, layer in LAYERS.items():
            for zoom in range(layer.minzoom, MAX_ZOOM + 1):
                asked = dict.fromkeys(next(covering((x, y, x, y), zoom)) for x, y in around)
                times, sizes = measured(connection, name, zoom, asked)
                if times:
                    row = (*np.percentile(times, [50, 95]), max(times), max(sizes))
                    print(f"{name:<10} {zoom:>4} {len(times):>5} " + " ".join(f"{value:>7.1f}" for value in row))
                    every_time += times
                    heaviest = max(heaviest, *sizes)
    p95 = float(np.percentile(every_time, 95))
    print(f"all layers: p95 {p95:.1f} ms (bound {LIMIT_MS:.0f}), heaviest {heaviest:.1f} kB (bound {LIMIT_KB:.0f})")
    return int(p95 > LIMIT_MS or heaviest > LIMIT_KB)


if __name__ == "__main__":
    sys.exit(main())
