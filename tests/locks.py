"""Whether somebody waits for somebody else, for tests of what happens at once."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from gis.db import engine as engines
from gis.domain.staff import EVERYWHERE

Work = Callable[[sa.Connection], Any]


def comes(true: Callable[[], bool], within_s: float = 20) -> bool:
    """Tell whether something becomes true."""
    deadline = time.monotonic() + within_s
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def waits_for_a_lock(engine: sa.Engine, statement: str) -> bool:
    """Tell whether a statement that begins so waits in this database for a lock that somebody else holds."""
    waiting = sa.text(
        "select exists (select from pg_stat_activity where datname = current_database()"
        " and wait_event_type = 'Lock' and query ilike :begins)"
    )
    with engine.connect() as connection:
        return bool(connection.scalar(waiting, {"begins": f"{statement}%"}))


@contextmanager
def during(
    engine: sa.Engine, change: Work, work: Work, *, waits_with: str = "select accounts"
) -> Iterator[Future[Any]]:
    """Begin work while a change is not committed yet, and let it end once a statement of it waits for that commit."""

    def worked() -> Any:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            return work(connection)

    with ThreadPoolExecutor(1) as pool:
        with engines.transaction(engine, scope=EVERYWHERE, reads_audit=True) as connection:
            change(connection)
            asked = pool.submit(worked)
            assert comes(lambda: asked.done() or waits_for_a_lock(engine, waits_with))
            assert not asked.done()
        yield asked
