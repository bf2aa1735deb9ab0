"""`wangge worker`: deferred and timed work, in a process of its own."""

from typing import Annotated

import typer


def worker(
    until_empty: Annotated[bool, typer.Option("--until-empty", help="Do what is waiting, then end.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say only what goes wrong.")] = False,
) -> None:
    """Do deferred and timed work until Ctrl-C: tiles made ahead, old tiles and orphaned photos removed.

    Any number of workers may run; `wangge demo --serve` starts one.
    """
    from api import logs
    from api import worker as queue_worker
    from gis import settings as environment
    from gis.db import engine as engines
    from gis.db.cluster import addresses

    settings = environment.from_environment()
    logs.configure(logs.WARNING if quiet else settings.log_level)
    engine = engines.connect(addresses(settings).app, pool_size=2)
    try:
        queue_worker.run(settings, engine, wait=not until_empty)
    finally:
        engine.dispose()
