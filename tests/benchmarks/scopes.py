"""What row-level security costs: each read path as the role that serves, and as the owner, whom no policy holds.

Run it on a loaded city: `python -m tests.benchmarks.scopes`. It reads the database that the WANGGE_* settings name and
writes nothing. Both roles are asked the same, the service's own filter included, for the whole city, for the grid with
most reports and for its village, town and county, in turn; a time is the best of `ROUNDS`.
"""

import sys
import time
from collections.abc import Callable

import sqlalchemy as sa

from gis import settings as environment
from gis.db import engine as engines
from gis.db import patrols as stored_patrols
from gis.db.cluster import addresses
from gis.domain.periods import Period
from gis.domain.reports import Wanted
from gis.domain.staff import EVERYWHERE, LEVEL_DIGITS, Scope
from gis.services import cameras, hotspots, reports

ROUNDS = 5
# Slower than this beside the owner is told as a fault.
RATIO_LIMIT, SPARED_MS = 1.5, 5.0
# A parallel plan hides on an idle machine what a query costs on a busy one; policies rule it out.
ONE_PROCESS = sa.text("set local max_parallel_workers_per_gather = 0")
BUSIEST = """
select post_code from assignments where post_code is not null group by 1 order by count(*) desc, 1 limit 1
"""
PERIODS = "select max(captured_at) - interval '30 days', max(captured_at) + interval '1 second' from reports"
AROUND = """
select st_x(p) - 0.01, st_y(p) - 0.01, st_x(p) + 0.01, st_y(p) + 0.01
from (select st_pointonsurface(boundary) p from grids where code ^@ :code and upper_inf(valid) and upper_inf(known)
order by id limit 1) g
"""
Path = Callable[[sa.Connection, Scope], object]


def scopes(code: str) -> dict[str, Scope]:
    """Return the whole city, and of each size below it the area that a grid lies in."""
    prefixes = {name: code[:digits] for name, digits in LEVEL_DIGITS.items() if name != "city"}
    return {"city": EVERYWHERE, **{name: (one,) for name, one in prefixes.items()}, "grid": (code,)}


def paths(connection: sa.Connection, code: str) -> dict[str, Path]:
    """Return what is asked, by name: for a month, and around the busiest grid."""
    since, until = connection.execute(sa.text(PERIODS)).one()
    month = Period(since, until)
    west, south, east, north = connection.execute(sa.text(AROUND), {"code": code}).one()
    box = (west, south, east, north)
    newest = reports.page(connection, Wanted(), scope=(code,), before=None, limit=1)[0].submission.id
    return {
        "one report": lambda c, scope: reports.get(c, newest, scope=scope),
        "newest 100 reports": lambda c, scope: reports.page(c, Wanted(), scope=scope, before=None, limit=100),
        "reports in a box": lambda c, scope: reports.page(c, Wanted(bbox=box), scope=scope, before=None, limit=100),
        "hotspots of a month": lambda c, scope: hotspots.feed(c, month, scope=scope, limit=1_000),
        "patrols in a box": lambda c, scope: stored_patrols.ended_in(c, month, scope=scope, bbox=box),
        "cameras in a box": lambda c, scope: cameras.read(c, scope=scope, bbox=box),
    }


def best_ms(engine: sa.Engine, scope: Scope, path: Path) -> float:
    """Return the milliseconds of one transaction, the best of some rounds."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        with engines.transaction(engine, scope=scope) as connection:
            connection.execute(ONE_PROCESS)
            path(connection, scope)
        times.append(time.perf_counter() - began)
    return min(times) * 1e3


def main() -> int:
    """Print the table; return 1 when a read path is slower under the policies than the bound."""
    named = addresses(environment.from_environment())
    app, owner = (engines.connect(address, statement_limit_s=0) for address in (named.app, named.owner))
    with owner.connect() as connection:
        code = str(connection.scalar(sa.text(BUSIEST)))
        asked = scopes(code)
        read = paths(connection, code)
    print(f"{'read path':<22} {'scope':<8} {'without policies ms':>20} {'with ms':>9} {'times':>6}")
    slow = 0
    for name, path in read.items():
        for size, scope in asked.items():
            without, with_ = best_ms(owner, scope, path), best_ms(app, scope, path)
            slow += with_ > RATIO_LIMIT * without and with_ - without > SPARED_MS
            print(f"{name:<22} {size:<8} {without:>20.1f} {with_:>9.1f} {with_ / without:>6.2f}")
    print(f"read paths over {RATIO_LIMIT} times and {SPARED_MS:.0f} ms slower: {slow}")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
