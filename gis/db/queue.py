"""The queue of deferred work, in the same database: a job and the change that asks for it commit together."""

from typing import Any

import psycopg
import sqlalchemy as sa
from procrastinate import App, PsycopgConnector, SyncPsycopgConnector

# Never opened: every job goes over its caller's connection.
_deferring = App(connector=SyncPsycopgConnector())


def defer(connection: sa.Connection, task: str, **arguments: Any) -> int:
    """Ask for a task, by its name, when the caller's transaction commits; return the job's number.

    `arguments` are JSON. Jobs of one task run one after the other.
    """
    driver = connection.connection.driver_connection
    return int(_deferring.configure_task(task, connection=driver, lock=task).defer(**arguments))


def connector(engine: sa.Engine) -> PsycopgConnector:
    """Return what the worker reaches the queue with: connections of its own to the engine's database."""
    _, options = engine.dialect.create_connect_args(engine.url)
    address = {name: str(value) for name, value in options.items() if isinstance(value, str | int)}
    return PsycopgConnector(conninfo=psycopg.conninfo.make_conninfo(**address), min_size=1, max_size=3)
