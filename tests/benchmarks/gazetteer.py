"""Addresses as people type them: how long a lookup takes, how often it finds the building, beside plain text search.

Run it on a loaded city: `python -m tests.benchmarks.gazetteer`. A thousand spellings are drawn by seed from buildings
of the gazetteer; the peers only find names, ours also compares them and tells their grids. The peers' index is made in
a transaction that is rolled back.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from gis import settings as environment
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.db import listings
from gis.domain.addresses import parse
from gis.services import addresses

SPELLINGS, SEED, SHOWN = 1_000, 2103, 5
BOUND_MS, RECALL_BOUND = 100.0, 0.9
SIGNS = "零一二三四五六七八九"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
WORDS = {"栋": ("栋", "幢", "座", "号楼", "#", "#楼", ""), "号": ("号", "")}
TYPOS = "安千东路新生园工文华建胜立合平"
BUILDINGS = """
select a.name, st_x(location) lon, st_y(location) lat, coalesce(units, 1) units, coalesce(floors, 1) floors,
       county.name county, town.name town
from addresses a
join divisions county on county.level = 'county' and st_covers(county.boundary, location) and upper_inf(county.valid)
join divisions town on town.level = 'town' and st_covers(town.boundary, location) and upper_inf(town.valid)
where a.id = any(:ids)
"""
NAMES = "select name, st_x(location) lon, st_y(location) lat from addresses where "
PEERS = {
    "ILIKE '%text%'": NAMES + "name ilike '%' || :text || '%' order by length(name) limit :limit",
    "pg_trgm on names as written": NAMES + "name % :text order by similarity(name, :text) desc limit :limit",
}
Found = list[tuple[str, float, float]]
Search = Callable[[str], Found]


@dataclass(frozen=True)
class Typed:
    """What somebody typed, the building that is meant, and whether the text tells its county."""

    text: str
    name: str
    place: tuple[float, float]
    tells_county: bool

    def is_met_by(self, name: str, lon: float, lat: float) -> bool:
        """Tell whether a find is what was meant: where no county was told, any building of that address is."""
        return (lon, lat) == self.place if self.tells_county else parse(name).key == parse(self.name).key


def numeral(number: int) -> str:
    """Write a number below 10,000 as it is read aloud."""
    if number == 0:
        return SIGNS[0]
    text, gap = "", False
    for place, sign in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // place % 10
        text += ("零" if gap and text and digit else "") + (SIGNS[digit] + sign if digit else "")
        gap = digit == 0
    return text


def drawn(connection: sa.Connection, count: int) -> list[Typed]:
    """Return so many noisy spellings of buildings."""
    rng = np.random.default_rng(SEED)
    ids = connection.scalars(sa.text("select id from addresses where kind = 'building' order by id")).all()
    chosen = rng.choice(np.array(ids), min(count, len(ids)), replace=False).tolist()
    rows = connection.execute(sa.text(BUILDINGS), {"ids": chosen}).all()
    return [_typed(row, rng) for row in sorted(rows, key=lambda row: (row.name, row.lon))]


def _typed(row: sa.Row[tuple[object, ...]], rng: np.random.Generator) -> Typed:
    parts = parse(row.name)
    word = "栋" if parts.building else "号"
    number = int(parts.building or parts.number)
    spelled = rng.choice([str(number), str(number).translate(FULL_WIDTH), numeral(number)])
    ending = str(rng.choice(WORDS[word]))
    # A numeral needs the word behind it, as a street may end in one.
    text = _street(parts.street, rng) + (spelled if ending else str(number)) + ending
    if rng.random() < 0.5:
        text += f"{'' if ending else word}{rng.integers(1, row.units + 1)}单元{rng.integers(1, row.floors + 1)}楼"
    tells = rng.random() < 0.6
    if tells:
        text = row.county + (row.town if rng.random() < 0.5 else "") + text
    return Typed(text, row.name, (row.lon, row.lat), tells)


def _street(street: str, rng: np.random.Generator) -> str:
    """Return a street as it is typed: one in ten without its last character, one in ten with a wrong one."""
    chance = rng.random()
    if chance < 0.1 and len(street) > 2:
        return street[:-1]
    if chance < 0.2:
        at = int(rng.integers(len(street)))
        return street[:at] + str(rng.choice(list(TYPOS))) + street[at + 1 :]
    return street + str(rng.choice(["", " "], p=[0.8, 0.2]))


def measure(name: str, search: Search, asked: list[Typed]) -> tuple[float, float]:
    """Print a line for one way to search; return p95 in ms and the share that is found first."""
    times, first, among = [], 0, 0
    for typed in asked:
        began = time.perf_counter()
        found = search(typed.text)
        times.append(1_000 * (time.perf_counter() - began))
        hits = [typed.is_met_by(*each) for each in found[:SHOWN]]
        first, among = first + any(hits[:1]), among + any(hits)
    p50, p95 = np.percentile(times, [50, 95])
    total = len(asked)
    print(f"{name:<32} {p50:>8.1f} {p95:>8.1f} {first / total:>10.1%} {among / total:>10.1%}")
    return float(p95), first / total


def compare(connection: sa.Connection, asked: list[Typed]) -> tuple[float, float]:
    """Print a table of ours and its peers; return p95 in ms and the share found first of ours."""
    tree = listings.tree(connection, None)

    def ours(text: str) -> Found:
        found = addresses.find(connection, text, tree, limit=SHOWN)
        return [(each.entry.name, *each.entry.location) for each in found]

    def peer(query: str) -> Search:
        asking = sa.text(query)
        return lambda text: [
            (row.name, row.lon, row.lat) for row in connection.execute(asking, {"text": text, "limit": SHOWN})
        ]

    print(f"{'':<32} {'p50 ms':>8} {'p95 ms':>8} {'recall@1':>10} {f'recall@{SHOWN}':>10}")
    best = measure("ours, with grids and chain", ours, asked)
    for name, query in PEERS.items():
        measure(name, peer(query), asked)
    return best


def main() -> int:
    """Measure the loaded city; 1 when a lookup is slow, or one in ten is not found first."""
    engine = engines.connect(clusters.addresses(environment.from_environment()).owner, statement_limit_s=0)
    with engine.connect() as connection:
        entries = connection.scalar(sa.text("select count(*) from addresses"))
        connection.execute(sa.text("create index on addresses using gin (name gin_trgm_ops)"))
        connection.execute(sa.text("analyze addresses"))
        asked = drawn(connection, SPELLINGS)
        print(f"{entries:,} entries, {len(asked):,} spellings such as {', '.join(each.text for each in asked[:3])}\n")
        p95, first = compare(connection, asked)
        connection.rollback()
    engine.dispose()
    return int(p95 > BOUND_MS or first < RECALL_BOUND)


if __name__ == "__main__":
    sys.exit(main())
