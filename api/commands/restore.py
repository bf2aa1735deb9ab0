"""`wangge restore`: a backup back into an empty database."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.commands.backup import Identity, tell
from api.exit_codes import IN_WORDS, told_apart

if TYPE_CHECKING:
    import sqlalchemy as sa

    from api.progress import Show
    from gis.services.backups import Contents, Identities
    from gis.settings import Settings

EPILOG = IN_WORDS


@told_apart
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    identity: Identity = None,
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only say what would be done.")] = False,
) -> None:
    """Check a backup to its last byte and put it into an empty database and photo folder.

    The database is filled whole or not at all, compared with the backup, and migrated where this program is newer.

    Example: wangge restore /mnt/disk/wangge.age --identity backup.key --commit
    """
    from api.progress import end_in_order, shown
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.services import backups, restores

    end_in_order()
    settings = environment.from_environment()
    identities = backups.identities(settings, identity)
    with shown() as show:
        contents = backups.check(file, identities, progress=show)
    typer.echo(f"{file} is whole.")
    tell(contents)
    owner_url = addresses(settings).owner
    owner = engine.connect(owner_url, statement_limit_s=0)
    try:
        with engine.transaction(owner) as connection:
            restores.refuse_filled(connection)
        if not commit:
            typer.echo(f"Would restore it into {owner.url} and {settings.photos}.")
            typer.echo("Nothing was changed; add --commit to do it.")
            return
        with shown() as show:
            _put_back(file, identities, contents, settings, owner, show)
    finally:
        owner.dispose()
    typer.echo("Restored: every table has the rows and every photo the bytes of the backup. Start it: wangge serve")


def _put_back(
    file: Path, identities: "Identities", contents: "Contents", settings: "Settings", owner: "sa.Engine", show: "Show"
) -> None:
    """Fill the database, compare it with the backup, and bring it to the migration of this program."""
    from api.commands.secrets import secrets_locked
    from api.terminal import operator
    from gis.db import engine, schema
    from gis.files.vault import Vault
    from gis.services import backups, restores, secrets

    with engine.transaction(owner) as connection:
        restores.begin(connection)
    try:
        owner_url = owner.url.render_as_string(hide_password=False)
        restores.restore(file, identities, contents, settings, owner_url=owner_url, progress=show)
    except BaseException:
        with engine.transaction(owner) as connection:
            restores.give_up(connection)
        raise
    with engine.transaction(owner) as connection:
        restores.settle(connection, contents, settings)
    schema.migrate(owner)
    vault = Vault(settings.keys, settings.secret_key)
    with engine.transaction(owner) as connection:
        if locked := secrets.locked(connection, vault):
            typer.echo(secrets_locked(locked), err=True)
    with engine.transaction(owner) as connection:
        backups.record(connection, "backup.restored", file, contents, by=operator())
