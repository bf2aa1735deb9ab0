"""`wangge demo`: a whole city, made, loaded and served."""

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.settings import Settings


class Size(StrEnum):
    """How much of the city is made."""

    full = "full"
    small = "small"


def demo(
    size: Annotated[Size, typer.Option(help="full: 66,623 grids; small: one town.")] = Size.full,
    reports: Annotated[int, typer.Option(min=0, max=10_000_000, help="Past reports of one year.")] = 200_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same city.")] = 2103,
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only say what would be done.")] = False,
    serve: Annotated[bool, typer.Option("--serve", help="Then serve it, with its worker, until Ctrl-C.")] = False,
) -> None:
    """Make the synthetic demo city of Anshan and load it; a database that holds a plan keeps what it has.

    Example: wangge demo --size small --commit --serve
    """
    from gis import settings as environment
    from gis.db import engine, schema
    from gis.db.cluster import addresses
    from gis.services import plans

    settings = environment.from_environment()
    where = addresses(settings)
    owner = engine.connect(where.owner, statement_limit_s=0)
    schema.migrate(owner)
    with engine.transaction(owner) as connection:
        revision = plans.current_revision(connection)
    if revision is not None:
        typer.echo(f"A city is loaded already (plan {revision}); its data is kept.")
    elif not commit:
        typer.echo(
            f"Would make the {size.value} city with {reports:,} reports (seed {seed}) and load it into {where.app}."
        )
        typer.echo("Nothing was changed; add --commit to do it.")
        return
    else:
        _make(settings, owner, size=size.value, reports=reports, seed=seed)
    owner.dispose()
    if serve:
        _serve(settings)


def _make(settings: "Settings", owner: "sa.Engine", *, size: str, reports: int, seed: int) -> None:
    """Build the city and load it in one transaction, with a progress bar."""
    from datetime import UTC, datetime
    from typing import Literal, cast

    from api.progress import shown
    from api.terminal import operator
    from gis.db import engine
    from gis.domain.demo import city as cities
    from gis.files import anshan
    from gis.services import demo as services
    from gis.services import demo_accounts

    until = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with shown() as show:
        city = cities.generate(
            anshan.read(),
            seed=seed,
            until=until,
            size=cast(Literal["full", "small"], size),
            reports=reports,
            progress=lambda stage, done, total: show(f"drawing {stage}", done, total),
        )
        with engine.transaction(owner) as connection:
            services.load(
                connection, city, progress=lambda step, done, total: show("loading", done, total), by=operator()
            )
            accounts = demo_accounts.make(connection)
    path = services.write_truth(settings.home, city.truth)
    typer.echo(f"{len(city.plan.grids):,} grids and {len(city.reports):,} reports are loaded; what was planted: {path}")
    typer.echo("Sign in as one of these; the passwords are told this once (`wangge user reset` makes a new one):")
    for account in accounts:
        typer.echo(f"  {account.name:<16} {account.password}   {account.grant.role} in {account.grant.area}")


def _serve(settings: "Settings") -> None:
    """Serve with a worker beside it; at the end the worker and a private database are stopped too."""
    import subprocess
    import sys
    from pathlib import Path

    from api.commands.serve import listen, run
    from gis.db.cluster import Cluster

    # A demo is there to be looked at, and its terminal tells where.
    log_level = settings.log_level or "warning"
    settings = replace(settings, open_map=True, open_reporting=True, log_level=log_level)
    listener = listen(settings.host, settings.port)
    # A session of its own: Ctrl-C reaches this process alone, which then ends the worker in order.
    worker = subprocess.Popen([Path(sys.executable).with_name("wangge"), "worker", "--quiet"], start_new_session=True)
    try:
        run(settings, listener)
    finally:
        worker.terminate()
        worker.wait(timeout=15)
        if settings.database_url is None:
            Cluster(settings.home).down()
    typer.echo("Ended; the city is kept, and the same command serves it again.")
