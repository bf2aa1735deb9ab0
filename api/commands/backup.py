"""`wangge backup`: everything that is kept, in one encrypted file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from api.exit_codes import IN_WORDS, told_apart

if TYPE_CHECKING:
    from gis.services.backups import Contents

Identity = Annotated[
    Path | None,
    typer.Option(help="File with the age identity that opens the backup; WANGGE_HOME/keys/backup.key when left out."),
]


class WithDefault(TyperGroup):
    """Commands of which `make` is meant when none is named, so that `wangge backup FILE` is enough."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Name the command when the first word is none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["make", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=WithDefault,
    help="Back up the database and the photos into one encrypted file; `wangge backup FILE` means `make FILE`.\n\n"
    + IN_WORDS,
)


@app.command(epilog=IN_WORDS)
@told_apart
def make(
    file: Annotated[
        Path | None, typer.Argument(help="File to write; WANGGE_HOME/backups/wangge-DATE.age when left out.")
    ] = None,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Another age recipient (age1...) who may open it too; may be repeated.")
    ] = None,
) -> None:
    """Write a backup of the database and the photos, read it back, and give it its name when it is whole.

    It is encrypted to the key of `wangge backup key`. Nothing is overwritten. Work goes on meanwhile.

    Example: wangge backup /mnt/disk/wangge.age
    """
    from api.progress import end_in_order, shown
    from api.terminal import operator
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.services import backups

    end_in_order()
    settings = environment.from_environment()
    if backups.keep_key(settings):
        typer.echo(_made(settings.backup_key))
    target = file or backups.default_target(settings)
    owner_url = addresses(settings).owner
    owner = engine.connect(owner_url, statement_limit_s=0)
    try:
        with shown() as show, engine.transaction(owner) as connection:
            contents = backups.make(
                connection, target, settings, owner_url=owner_url, recipients=recipient or (), progress=show
            )
        with engine.transaction(owner) as connection:
            backups.record(connection, "backup.made", target, contents, recipients=recipient or (), by=operator())
    finally:
        owner.dispose()
    typer.echo(f"{target} ({target.stat().st_size / 1e6:,.1f} MB) was read back and is whole.")
    tell(contents)


@app.command(epilog=IN_WORDS)
@told_apart
def verify(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    identity: Identity = None,
) -> None:
    """Read a backup to its last byte and say what is in it; needs no database.

    Example: wangge backup verify /mnt/disk/wangge.age
    """
    from api.progress import shown
    from gis import settings as environment
    from gis.services import backups

    with shown() as show:
        contents = backups.check(file, backups.identities(environment.from_environment(), identity), progress=show)
    typer.echo(f"{file} is whole.")
    tell(contents)


@app.command()
@told_apart
def key() -> None:
    """Make the key of backups where there is none, and print its public recipient (age1...).

    Keep a copy of the file somewhere else: without it no backup can be opened.
    """
    from gis import settings as environment
    from gis.services import backups

    settings = environment.from_environment()
    if backups.keep_key(settings):
        typer.echo(_made(settings.backup_key), err=True)
    for name in backups.recipients(settings):
        typer.echo(name)


def tell(contents: "Contents") -> None:
    """Print what is in a backup."""
    manifest = contents.manifest
    rows = sum(manifest.tables.values())
    typer.echo(f"  database   {manifest.database} as of {manifest.made_at}, migration {manifest.migration}")
    typer.echo(f"  rows       {rows:,} in {len(manifest.tables)} tables ({contents.dump_bytes / 1e6:,.1f} MB)")
    typer.echo(f"  photos     {contents.photos:,} ({contents.photo_bytes / 1e6:,.1f} MB)")
    if contents.photos_missing:
        typer.echo(f"  {contents.photos_missing:,} photos had no file when the backup was made.")
    if contents.spoiled:
        typer.echo(f"  {contents.spoiled:,} photos were damaged on disk already when the backup was made.")


def _made(path: Path) -> str:
    return f"A key was made: {path}. Keep a copy of it somewhere else: without it no backup can be opened."
