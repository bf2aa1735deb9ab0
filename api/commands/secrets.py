"""`wangge secrets`: the keys that seal what the database keeps of persons and second factors."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.files.vault import Vault
    from gis.services.secrets import Sealed
    from gis.settings import Settings

    Within = Callable[[], AbstractContextManager[sa.Connection]]

app = typer.Typer(no_args_is_help=True, help="The keys that seal contacts of reporters and second factors.")


@app.command()
def rotate(
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without it, say what would be done.")] = False,
    keep_old: Annotated[
        bool, typer.Option("--keep-old", help="Leave the old keys in the file, for backups that were made with them.")
    ] = False,
) -> None:
    """Make a new key, seal everything anew with it, and drop the old key when nothing is sealed with it any more.

    Work goes on meanwhile. Interrupted, it goes on where it stopped when it is run again. A backup that was made before
    holds contacts and second factors of the old key: keep a copy of the key file as long as you may restore one.

    Where WANGGE_SECRET_KEY holds the keys, put a new one (`wangge secrets key`) before the old one, parted by a comma,
    start the services anew, run this, and take the old one out again.

    Example: wangge secrets rotate --commit
    """
    from api.progress import end_in_order
    from gis.files.vault import Vault
    from gis.services import secrets

    with _opened() as (settings, within):
        vault = Vault(settings.keys, settings.secret_key)
        with within() as connection:
            before, locked = secrets.count(connection, vault), secrets.locked(connection, vault)
        is_under_way = len(vault.key_ids) > 1
        _tell(before, is_under_way=is_under_way, is_given=vault.is_given)
        if locked:
            typer.echo(secrets_locked(locked))
        if not commit:
            typer.echo("Nothing was changed; add --commit.")
            return
        if not vault.is_given:
            vault.renew()
        elif not is_under_way:
            raise typer.BadParameter("WANGGE_SECRET_KEY holds one key; put a new one before it, parted by a comma.")
        end_in_order()
        total = before.others if is_under_way else before.newest + before.others
        done = _seal_anew(within, vault, total=total, keep_old=keep_old)
    typer.echo(f"{done:,} texts are sealed anew; key {vault.key_id} seals from now on.")
    if vault.is_given:
        typer.echo("Nothing is sealed with the other keys any more; take them out of WANGGE_SECRET_KEY.")
    typer.echo("Backups that were made before need the key of their time; keep a copy of it beside them.")


@app.command()
def key() -> None:
    """Print a new key, to be put before the present one in WANGGE_SECRET_KEY."""
    from gis.files.vault import new_key

    typer.echo(new_key())


def secrets_locked(count: int) -> str:
    """Return in words that texts cannot be opened, and what to do."""
    return (
        f"{count:,} contacts and second factors are sealed with a key that is not here. Put the secrets.key that "
        "belongs to this database into WANGGE_HOME/keys, or its key into WANGGE_SECRET_KEY. Without it contacts are "
        "lost, and those people set up their second factor anew after `wangge user reset`."
    )


def _tell(before: "Sealed", *, is_under_way: bool, is_given: bool) -> None:
    if is_under_way:
        typer.echo(
            f"A change of keys is under way: {before.others:,} texts are sealed with other keys than the newest."
        )
        return
    where = "WANGGE_SECRET_KEY" if is_given else "the key file"
    typer.echo(f"{before.newest + before.others:,} texts are sealed; {where} holds one key.")


def _seal_anew(within: "Within", vault: "Vault", *, total: int, keep_old: bool) -> int:
    """Seal everything with the newest key, a transaction for each batch; return how many texts there were."""
    import getpass

    from api.progress import shown
    from gis.domain.audit import Actor
    from gis.services import secrets

    done, is_finished = 0, False
    with shown() as show:
        while not is_finished:
            with within() as connection:
                sealed = secrets.reseal(connection, vault)
            done += sealed
            show("sealing anew", done, max(done, total))
            if not sealed:
                with within() as connection:
                    by = Actor(getpass.getuser(), "terminal")
                    is_finished = secrets.finish(connection, vault, keep_old=keep_old, by=by)
    return done


@contextmanager
def _opened() -> "Iterator[tuple[Settings, Within]]":
    """Give the settings, and what opens one transaction that sees every row."""
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.staff import EVERYWHERE

    settings = environment.from_environment()
    server = engine.connect(addresses(settings).app, statement_limit_s=0)
    try:
        yield settings, partial(engine.transaction, server, scope=EVERYWHERE)
    finally:
        server.dispose()
