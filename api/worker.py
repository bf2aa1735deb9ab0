"""The queue's worker: what the web defers, and what is done by the clock."""

import asyncio
import contextlib
import logging
import signal
from contextlib import AbstractContextManager
from datetime import UTC, datetime

import sqlalchemy as sa
from procrastinate import App, JobContext

from gis.db import engine as engines
from gis.db import queue
from gis.domain import retention
from gis.domain.audit import Actor
from gis.domain.staff import EVERYWHERE
from gis.files.vault import Vault
from gis.services import audit, figures, photos, sessions, tiles
from gis.services import retention as removals
from gis.settings import Settings

log = logging.getLogger("wangge.worker")

HOURLY = "17 * * * *"
SWEEP = "sweep"
DAILY = "7 3 * * *"
SIGN_HEAD = "sign_audit_head"
NIGHTLY = "37 2 * * *"
RETAIN = "retention"
PUBLISH = "figures"
# After a signal to stop, a job that is under way has this long to end; what it has not done is done again.
LAST_JOBS_S = 10.0
BY = Actor("worker", "worker process")
RETRY_S = 3.0


def create_worker(engine: sa.Engine) -> App:
    """Return the worker's side of the queue in the engine's database, with every task we have."""
    app = App(connector=queue.connector(engine))
    app.task(name=tiles.WARM, pass_context=True, lock=tiles.WARM)(warm_tiles)
    app.periodic(cron=HOURLY)(app.task(name=SWEEP, pass_context=True, queueing_lock=SWEEP)(sweep))
    app.periodic(cron=DAILY)(app.task(name=SIGN_HEAD, pass_context=True, queueing_lock=SIGN_HEAD)(sign_head))
    app.periodic(cron=NIGHTLY)(app.task(name=RETAIN, pass_context=True, queueing_lock=RETAIN)(retain))
    app.periodic(cron=DAILY)(app.task(name=PUBLISH, pass_context=True, queueing_lock=PUBLISH)(publish))
    return app


def run(settings: Settings, engine: sa.Engine, *, wait: bool = True) -> None:
    """Work until SIGINT or SIGTERM, also when the database restarts; with `wait` False until the queue is empty."""
    if wait:
        asyncio.run(_work_until_told(settings, engine))
        return
    _begin(settings, engine)
    asyncio.run(_work(settings, engine, wait=False))


async def _work_until_told(settings: Settings, engine: sa.Engine) -> None:
    """Start to work again whenever work ends without having been told to: the database went away."""
    told, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    while not told.is_set():
        work = asyncio.create_task(_sweep_and_work(settings, engine))
        stop = asyncio.create_task(told.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        (failure,) = await asyncio.gather(work, return_exceptions=True)
        if not told.is_set():
            log.warning("The worker lost its database and tries again in %d s (%s).", RETRY_S, failure or "it ended")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(stop), RETRY_S)
        stop.cancel()


async def _sweep_and_work(settings: Settings, engine: sa.Engine) -> None:
    await asyncio.to_thread(_begin, settings, engine)
    await _work(settings, engine, wait=True)


async def _work(settings: Settings, engine: sa.Engine, *, wait: bool) -> None:
    app = create_worker(engine)
    async with app.open_async():
        await app.run_worker_async(
            wait=wait,
            delete_jobs="successful",
            install_signal_handlers=False,
            shutdown_graceful_timeout=LAST_JOBS_S,
            additional_context={"settings": settings, "engine": engine},
        )


def _begin(settings: Settings, engine: sa.Engine) -> None:
    """Do at once what was due while no worker ran."""
    sweep_now(settings, engine)
    sign_head_now(settings, engine)


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
    """Remove tiles of former revisions, photos that no report names, and sessions and looks that are over."""
    with engines.transaction(engine) as connection:
        swept = tiles.sweep(connection, settings.tiles)
        ended = sessions.forget(connection)
        audit.forget_looks(connection)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        found = photos.sweep(connection, settings.photos, commit=True, by=BY)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        photos.discard(connection, found.orphans, folder=settings.photos)
    log.info("%d old revisions of tiles, %d sessions removed", swept, ended)
    log.info("%d photos without a report, %d strays, %d halves removed", len(found.orphans), found.strays, found.halves)
    if found.missing:
        log.error("%d photos of reports have no file, the first is %s", len(found.missing), found.missing[0])


def sign_head(context: JobContext, timestamp: int) -> None:
    """Keep a signed head of the audit log outside the database; `timestamp` is the second at which it was due."""
    sign_head_now(*_given(context))


def sign_head_now(settings: Settings, engine: sa.Engine) -> None:
    """Keep a signed head of the audit log outside the database."""
    with engines.transaction(engine) as connection:
        head = audit.sign_head(connection, keys=settings.keys, heads=settings.audit_heads)
    log.info("the head of the audit log is signed at row %d", head.position)


def retain(context: JobContext, timestamp: int) -> None:
    """Remove what is due by the rules of retention; `timestamp` is the second at which it was due."""
    retain_now(*_given(context))


def retain_now(settings: Settings, engine: sa.Engine) -> None:
    """Remove what is due by the rules of retention, a batch at a time."""
    rules = retention.rules(settings.retention_days)
    now = datetime.now(UTC)

    def transaction() -> AbstractContextManager[sa.Connection]:
        return engines.transaction(engine, scope=EVERYWHERE, reads_audit=True)

    done = removals.run(transaction, rules, now, by=BY)
    log.info(
        "retention: %s", ", ".join(f"{each.rule} {each.deleted}" for each in done if each.deleted) or "nothing due"
    )


def publish(context: JobContext, timestamp: int) -> None:
    """Publish the figures of months that are over; `timestamp` is the second at which it was due."""
    publish_now(*_given(context))


def publish_now(settings: Settings, engine: sa.Engine) -> None:
    """Publish the figures of months that are over, each in a transaction of its own."""
    now, vault = datetime.now(UTC), Vault(settings.keys, settings.secret_key)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        months = figures.due(connection, now)
    for month in months:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            figures.publish(connection, month, now, vault=vault, by=BY)
        log.info("the figures of %s are published", month.strftime("%Y-%m"))


def _given(context: JobContext) -> tuple[Settings, sa.Engine]:
    return context.additional_context["settings"], context.additional_context["engine"]
