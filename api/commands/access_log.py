"""`wangge access-log`: the network access log, for who is responsible for the network."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="The network access log: who reached what from where, for six months.")


@app.callback()
def _group() -> None:
    """Keep `export` a command of its own, though it is the only one."""


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .csv.")],
    since: Annotated[datetime, typer.Option(help="From this instant on, in UTC.")],
    until: Annotated[datetime, typer.Option(help="Before this instant, in UTC.")],
) -> None:
    """Write the requests of a period to a file, as the role that owns the tables; that is recorded too.

    The service cannot read this log. Example: wangge access-log export -o may.csv --since 2026-05-01 --until 2026-06-01
    """
    import getpass
    from datetime import UTC

    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.audit import Actor
    from gis.services import access_log as services

    first, last = (at.replace(tzinfo=UTC) if at.tzinfo is None else at for at in (since, until))
    server = engine.connect(addresses(environment.from_environment()).owner, statement_limit_s=0)
    with engine.transaction(server) as connection:
        count = services.export(connection, output, first, last, by=Actor(getpass.getuser(), "terminal"))
    server.dispose()
    typer.echo(f"{count:>10,} requests: {output}")
