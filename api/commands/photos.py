"""`wangge photos`: look after the files of photos."""

from typing import Annotated

import typer

MISSING_SHOWN = 20

app = typer.Typer(no_args_is_help=True, help="Photos: remove the files that nobody names, count those that are gone.")


@app.callback()
def _group() -> None:
    """Keep the name of the one command."""


@app.command()
def sweep(
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only say what would be done.")] = False,
) -> None:
    """Remove photos that no report named for a day, files without a row and halves of files; name those that are gone.

    The worker does so every hour. The exit code is 1 when a report names a photo whose file is gone.

    Example: wangge photos sweep --commit
    """
    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine as engines
    from gis.db.cluster import addresses
    from gis.domain.staff import EVERYWHERE
    from gis.services import photos

    settings = environment.from_environment()
    engine = engines.connect(addresses(settings).app)
    try:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            swept = photos.sweep(connection, settings.photos, commit=commit, by=operator())
        if commit:
            with engines.transaction(engine, scope=EVERYWHERE) as connection:
                photos.discard(connection, swept.orphans, folder=settings.photos)
    finally:
        engine.dispose()
    verb = "removed" if commit else "to remove"
    for count, what in (
        (len(swept.orphans), "photos that no report names"),
        (swept.strays, "photos with files and without a row"),
        (swept.halves, "files whose writing was cut off"),
    ):
        typer.echo(f"{count:>10,} {what} {verb}")
    typer.echo(f"{len(swept.missing):>10,} photos of reports whose file is gone")
    for sha256 in swept.missing[:MISSING_SHOWN]:
        typer.echo(f"           {sha256}")
    if not commit:
        typer.echo("Nothing was changed; add --commit to do it.")
    if swept.missing:
        raise typer.Exit(1)
