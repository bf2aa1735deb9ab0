"""`wangge figures`: publish the figures of months that are over."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Public figures: counts of reports by division, month and kind.")


@app.command()
def make(
    month: Annotated[str | None, typer.Option(help="Such as 2026-10; all that are over when left out.")] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Publish; without this only show what would be.")] = False,
) -> None:
    """Publish the figures of months that are over, small counts hidden. What is published never changes.

    Example: wangge figures make --month 2026-10 --commit
    """
    import getpass
    from datetime import UTC, datetime

    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.audit import Actor
    from gis.domain.staff import EVERYWHERE
    from gis.files.vault import Vault
    from gis.services import figures as services

    now, by = datetime.now(UTC), Actor(getpass.getuser(), "terminal")
    try:
        wanted = datetime.strptime(month, "%Y-%m").date() if month else None
    except ValueError:
        raise typer.BadParameter("a month is written as 2026-10", param_hint="--month") from None
    settings = environment.from_environment()
    vault = Vault(settings.keys, settings.secret_key)
    server = engine.connect(addresses(settings).app, statement_limit_s=0)
    with engine.transaction(server, scope=EVERYWHERE) as connection:
        months = [wanted] if wanted else services.due(connection, now)
        for each in months:
            made = (
                services.publish(connection, each, now, vault=vault, by=by)
                if commit
                else services.preview(connection, each, vault=vault)
            )
            hidden = sum(figure.count is None for figure in made)
            shown = len(made) - hidden
            typer.echo(f"{each:%Y-%m}  {len(made):>7,} figures: {shown:,} shown, {hidden:,} hidden")
    server.dispose()
    if not months:
        typer.echo("No month is over that is not published yet.")
    elif not commit:
        typer.echo("Nothing was published; add --commit to do it.")
