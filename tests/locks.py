"""Whether somebody waits for somebody else, for tests of what happens at once."""

import time
from collections.abc import Callable

import sqlalchemy as sa


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
