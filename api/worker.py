"""The queue's worker: what the web defers, and what is done by the clock."""

import logging

import sqlalchemy as sa
from procrastinate import App, JobContext

from gis.db import engine as engines
from gis.db import queue
from gis.services import photos, tiles
from gis.settings import Settings

log = logging.getLogger("wangge.worker")

HOURLY = "17 * * * *"
SWEEP = "sweep"
# After a signal to stop, a job that is under way has this long to end; what it has not done is done again.
LAST_JOBS_S = 10.0


def create_worker(engine: sa.Engine) -> App:
    """Return the worker's side of the queue in the engine's database, with every task we have."""
    app = App(connector=queue.connector(engine))
    app.task(name=tiles.WARM, pass_context=True, lock=tiles.WARM)(warm_tiles)
    app.periodic(cron=HOURLY)(app.task(name=SWEEP, pass_context=True, queueing_lock=SWEEP)(sweep))
    return app


def run(settings: Settings, engine: sa.Engine, *, wait: bool = True) -> None:
    """Work until SIGINT or SIGTERM; with `wait` False only until the queue is empty."""
    sweep_now(settings, engine)
    create_worker(engine).run_worker(
        wait=wait,
        delete_jobs="successful",
        shutdown_graceful_timeout=LAST_JOBS_S,
        additional_context={"settings": settings, "engine": engine},
    )


def warm_tiles(context: JobContext) -> None:
    """Make the tiles of low zooms after a drawing, and remove those of former revisions."""
    settings, engine = _given(context)
    with engines.transaction(engine) as connection:
        swept = tiles.sweep(connection, settings.tiles)
        made = tiles.warm(connection, settings.tiles)
    log.info("%d tiles made ahead, %d old revisions removed", made, swept)


def sweep(context: JobContext, timestamp: int) -> None:
    """Remove what nobody names any more; `timestamp` is the second at which it was due."""
    sweep_now(*_given(context))


def sweep_now(settings: Settings, engine: sa.Engine) -> None:
    """Remove tiles of former revisions, and photos that no report names."""
    with engines.transaction(engine) as connection:
        swept = tiles.sweep(connection, settings.tiles)
        orphans = photos.sweep(connection, settings.photos)
    log.info("%d old revisions of tiles and %d photos without a report removed", swept, orphans)


def _given(context: JobContext) -> tuple[Settings, sa.Engine]:
    return context.additional_context["settings"], context.additional_context["engine"]
