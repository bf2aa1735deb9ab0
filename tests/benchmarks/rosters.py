"""How long the roster of a whole city takes, from the file to the last post, beside one row after the other.

Run it on a loaded city: `python -m tests.benchmarks.rosters`. All of it is one transaction that is rolled back.
"""

import csv
import io
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import openpyxl
import sqlalchemy as sa

from gis import settings as environment
from gis.db import accounts, posts, vacancies
from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.domain.posts import Post
from gis.files.handouts import as_files, as_zip
from gis.files.rosters import read_roster
from gis.services import rosters

ROW_BY_ROW = 2_000
BOUND_S = 60
Row = tuple[str, str, str]
T = TypeVar("T")


def timed(what: str, act: Callable[[], T], *, rows: int) -> tuple[T, float]:
    """Do it, print how long it took, and return what came of it and the seconds."""
    began = time.perf_counter()
    done = act()
    took = time.perf_counter() - began
    print(f"{what:<44} {took:>7.2f} s {rows / took:>10,.0f} rows/s")
    return done, took


def as_csv(rows: list[Row]) -> bytes:
    """Return rows as a roster in CSV."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("登录名", "电话", "网格编码"), *rows])
    return text.getvalue().encode()


def as_xlsx(rows: list[Row]) -> bytes:
    """Return rows as a roster in XLSX."""
    book, packed = openpyxl.Workbook(write_only=True), io.BytesIO()
    sheet = book.create_sheet()
    for row in [("登录名", "电话", "网格编码"), *rows]:
        sheet.append(row)
    book.save(packed)
    return packed.getvalue()


def compare(connection: sa.Connection) -> float:
    """Print a line for each step on the city of a connection; return the seconds of the whole import."""
    by, today = Actor("benchmark"), posts.today(connection)
    areas = vacancies.areas(connection, today)
    rows = [(f"bench-{number}", f"99{number:09d}", code) for number, code in enumerate(sorted(areas))]
    connection.execute(sa.text("delete from posts"))
    sheet, reading = timed("read the CSV", lambda: read_roster(as_csv(rows)), rows=len(rows))
    _, in_xlsx = timed("read the XLSX", lambda: read_roster(as_xlsx(rows)), rows=len(rows))
    timed("preview", lambda: rosters.preview(connection, sheet), rows=len(rows))
    (_, given), loading = timed("import", lambda: rosters.load(connection, sheet, by=by), rows=len(rows))
    _, packing = timed("codes as one zip", lambda: as_zip(as_files(given)), rows=len(rows))
    timed("import it again, all unchanged", lambda: rosters.load(connection, sheet, by=by), rows=len(rows))
    connection.execute(sa.text("delete from posts"))
    few = rows[:ROW_BY_ROW]
    _, slowly = timed(
        f"one row after the other, {len(few):,} of them", lambda: one_by_one(connection, few), rows=len(few)
    )
    whole = max(reading, in_xlsx) + loading + packing
    print(f"whole import of {len(rows):,} rows: {whole:.1f} s; ", end="")
    print(
        f"row by row takes {slowly / len(few) * len(rows) / loading:.1f} times as long as our import, checks left out"
    )
    return whole


def one_by_one(connection: sa.Connection, rows: list[Row]) -> None:
    """Store accounts and posts with a statement each, and nothing checked."""
    today = posts.today(connection)
    for name, telephone, area in rows:
        code = credentials.new_activation(today)
        kept = {"activation_hash": credentials.code_digest(code.text), "activation_ends_on": code.ends_on}
        account = accounts.append(connection, f"plain-{name}", telephone=f"1{telephone}", **kept)
        posts.append(connection, Post(0, area, "worker", account or 0, today))


def main() -> int:
    """Measure the loaded city; 1 when the whole import takes a minute or longer."""
    engine = engines.connect(clusters.addresses(environment.from_environment()).app, statement_limit_s=0)
    with engine.connect() as connection:
        whole = compare(connection)
        connection.rollback()
    engine.dispose()
    return int(whole >= BOUND_S)


if __name__ == "__main__":
    sys.exit(main())
