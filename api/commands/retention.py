"""`wangge retention`: remove what is due, and tell what was removed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gis.domain.retention import Standing

app = typer.Typer(no_args_is_help=True, help="Retention: what is removed after how many days, and what was.")


@app.command()
def run(
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only show what is due.")] = False,
) -> None:
    """Remove what is due under the rules of retention, as the worker does every night.

    WANGGE_RETENTION_TRACKS_DAYS and the like make a rule shorter, never longer.
    """
    from datetime import UTC, datetime
    from functools import partial

    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.retention import rules
    from gis.domain.staff import EVERYWHERE
    from gis.services import retention as services

    settings = environment.from_environment()
    chosen, now = rules(settings.retention_days), datetime.now(UTC)
    server = engine.connect(addresses(settings).app, statement_limit_s=0)
    transactions = partial(engine.transaction, server, scope=EVERYWHERE, reads_audit=True)
    if commit:
        found = services.run(transactions, chosen, now, by=operator())
    else:
        with transactions() as connection:
            found = services.preview(connection, chosen, now)
    server.dispose()
    _print(found)
    typer.echo("Done." if commit else "Nothing was removed; add --commit to do it.")


@app.command()
def report() -> None:
    """Tell what the last run of each rule removed."""
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.retention import rules
    from gis.services import retention as services

    settings = environment.from_environment()
    server = engine.connect(addresses(settings).app)
    with engine.transaction(server) as connection:
        found = services.report(connection, rules(settings.retention_days))
    server.dispose()
    _print(found)


def _print(standings: "Sequence[Standing]") -> None:
    from rich.console import Console
    from rich.table import Table

    from gis.domain.retention import RULES

    table = Table("rule", "what", box=None, pad_edge=False)
    for name in ("days", "due", "removed"):
        table.add_column(name, justify="right")
    table.add_column("oldest left")
    table.add_column("run at")
    for each in standings:
        instants = (f"{at:%Y-%m-%d %H:%M}" if at else "-" for at in (each.oldest_at, each.at))
        numbers = (f"{number:,}" for number in (each.days, each.due, each.deleted))
        table.add_row(each.rule, RULES[each.rule].what.en, *numbers, *instants)
    Console().print(table)
