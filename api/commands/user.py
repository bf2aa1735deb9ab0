"""`wangge user`: accounts, their roles and keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.terminal import operator

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.domain.credentials import Code
    from gis.domain.staff import Grant
    from gis.services.accounts import Listed
    from gis.services.rosters import Previewed

app = typer.Typer(no_args_is_help=True, help="Accounts: add, list, disable; roles in areas; keys of systems.")

Name = Annotated[str, typer.Argument(help="What the account signs in with.")]
Role = Annotated[
    str,
    typer.Option(help="worker, level2, leader, window, handler, clerk, planner, dispatcher, auditor or administrator."),
]
Area = Annotated[str, typer.Option(help="Code of a division (12 digits), zone, level-2 grid or grid.")]


@app.command()
def add(
    name: Name,
    role: Role = "citizen",
    area: Area = "",
    telephone: Annotated[str | None, typer.Option(help="To sign in with instead of the name.")] = None,
    system: Annotated[bool, typer.Option("--system", help="A system's account: keys, no password.")] = False,
) -> None:
    """Add an account; a person's activation code is told once.

    Example: wangge user add xingong-leader --role leader --area 210304015017
    """
    from gis.services import accounts

    grants = () if role == "citizen" and not area else (_grant(role, area),)
    with _transaction() as connection:
        code = accounts.add(
            connection, name, grants=grants, telephone=telephone, kind="system" if system else "person", by=operator()
        )
    typer.echo(f"{name} is added." + (f" {_told(code)}" if code else ""))


@app.command("list")
def listing(
    beginning: Annotated[str, typer.Argument(help="Names that begin so.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 100,
) -> None:
    """List accounts with the roles that hold today."""
    from rich.console import Console
    from rich.table import Table

    from gis.services import accounts

    with _transaction() as connection:
        found = accounts.page(connection, limit=limit + 1, name=beginning or None)
    table = Table("name", "kind", "state", "linked", "roles", box=None, pad_edge=False)
    for account in found[:limit]:
        state = "disabled" if account.is_disabled else "active" if account.is_active else "not activated"
        roles = ", ".join(_role(account, grant) for grant in account.grants)
        table.add_row(account.name, account.kind, state, "yes" if account.is_linked else "", roles)
    Console().print(table)
    if len(found) > limit:
        typer.echo(f"There are more than {limit:,}; raise --limit, or name how the names begin.")


@app.command()
def disable(name: Name) -> None:
    """Disable an account; its sessions and keys end at once."""
    from gis.services import accounts

    with _transaction() as connection:
        accounts.disable(connection, name, by=operator())
    typer.echo(f"{name} is disabled.")


@app.command()
def enable(name: Name) -> None:
    """Let a disabled account sign in again."""
    from gis.services import accounts

    with _transaction() as connection:
        accounts.enable(connection, name, by=operator())
    typer.echo(f"{name} is enabled.")


@app.command()
def reset(name: Name) -> None:
    """Take password and second factor away; the new activation code is told once."""
    from gis.services import accounts

    with _transaction() as connection:
        code = accounts.reset(connection, name, by=operator())
    typer.echo(f"{name} is reset. {_told(code)}")


@app.command()
def telephone(
    name: Name, number: Annotated[str | None, typer.Argument(help="Digits; without them it is taken away.")] = None
) -> None:
    """Set the telephone that an account signs in with instead of its name, or take it away; its sessions end."""
    from gis.services import accounts

    with _transaction() as connection:
        accounts.set_telephone(connection, name, number, by=operator())
    typer.echo(f"{name} signs in with the name" + (" or the telephone." if number else " alone."))


@app.command()
def give(
    name: Name,
    role: Role,
    area: Area,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day; without end.")] = None,
) -> None:
    """Give a role in an area from today on, to a last day or without end."""
    from gis.services import accounts

    with _transaction() as connection:
        accounts.give(connection, name, _grant(role, area), last_on=until.date() if until else None, by=operator())
    typer.echo(f"{name} is {role} in {area} from today " + (f"until {until:%Y-%m-%d}." if until else "on."))


@app.command()
def take(name: Name, role: Role, area: Area) -> None:
    """End a role in an area; what began earlier stays as history."""
    from gis.services import accounts

    with _transaction() as connection:
        accounts.take(connection, name, _grant(role, area), by=operator())
    typer.echo(f"{name} is no {role} in {area} any more.")


@app.command()
def link(
    name: Name,
    subject: Annotated[str, typer.Option(help="`sub` of the provider's tokens.")],
    issuer: Annotated[str | None, typer.Option(help="The provider; WANGGE_OIDC_ISSUER.")] = None,
) -> None:
    """Let an identity provider (OpenID Connect) sign an account in.

    Example: wangge user link xingong-leader --subject 4711
    """
    from gis.services import identities

    with _transaction() as connection:
        identities.link(connection, name, issuer or _issuer(), subject, by=operator())
    typer.echo(f"{name} is linked.")


@app.command()
def unlink(
    name: Name, issuer: Annotated[str | None, typer.Option(help="Only of this provider; otherwise of all.")] = None
) -> None:
    """Let no identity provider sign an account in any more; its sessions end."""
    from gis.services import identities

    with _transaction() as connection:
        identities.unlink(connection, name, issuer, by=operator())
    typer.echo(f"{name} is unlinked.")


@app.command()
def key(
    name: Name,
    days: Annotated[int, typer.Option(help="How long it holds.")] = 365,
    per_minute: Annotated[int, typer.Option(help="Requests a minute.")] = 600,
) -> None:
    """Make a key of a system's account, told once; it goes into the header `Authorization: Bearer KEY`."""
    from gis.services import keys

    with _transaction() as connection:
        secret, made = keys.issue(connection, name, days=days, per_minute=per_minute, by=operator())
    typer.echo(f"{secret}\nholds until {made.expires_at:%Y-%m-%d}; told this once.")


@app.command("keys")
def list_keys(name: Name) -> None:
    """List the keys of a system's account that hold."""
    from rich.console import Console
    from rich.table import Table

    from gis.services import keys

    with _transaction() as connection:
        found = keys.held(connection, name)
    table = Table("number", "made", "holds until", "a minute", box=None, pad_edge=False)
    for one in found:
        table.add_row(str(one.id), f"{one.created_at:%Y-%m-%d}", f"{one.expires_at:%Y-%m-%d}", str(one.per_minute))
    Console().print(table)


@app.command("end-key")
def end_key(name: Name, number: Annotated[int, typer.Argument(help="As `wangge user keys` tells it.")]) -> None:
    """End a key of a system's account at once."""
    from gis.services import keys

    with _transaction() as connection:
        keys.end(connection, name, number, by=operator())
    typer.echo(f"Key {number} of {name} has ended.")


@app.command("import")
def load(
    source: Annotated[Path, typer.Argument(help="CSV or XLSX with one row for each post.")],
    whole_of: Annotated[
        str | None,
        typer.Option(help="Code of an area of which it is the whole truth: whoever it does not name there is ended."),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From which day on, where a row names none; or today.")
    ] = None,
    codes: Annotated[
        Path | None,
        typer.Option(help="New folder for the activation codes of new people, one file for each leader's area."),
    ] = None,
    commit: Annotated[bool, typer.Option("--commit", help="Do it; without this only say what would be done.")] = False,
) -> None:
    """Import a roster: accounts and posts, whole or not at all.

    Columns: name (登录名), area (网格编码), and where needed telephone (电话), role (角色), from (起), until (止),
    substitute (代管). New people get activation codes, which are written for their leaders and kept nowhere.

    Example: wangge user import roster.xlsx --whole-of 210304015000 --codes codes --commit
    """
    from api.progress import shown
    from gis.files import handouts
    from gis.files.rosters import read_roster
    from gis.services import rosters

    if commit and codes is not None:
        handouts.check_folder(codes)
    options = rosters.Options(on.date() if on else None, whole_of)
    with shown() as show, _transaction(statement_limit_s=0) as connection:
        show("reading the sheet", 0, 1)
        sheet = read_roster(read_bytes(source))
        show("reading the sheet", 1, 1)
        preview = rosters.preview(connection, sheet, options, progress=show)
        tell_roster(preview)
        rosters.refuse(preview.roster)
        if commit:
            if preview.roster.new_people:
                _folder(codes)
            _, given = rosters.load(connection, sheet, options, progress=show, by=operator())
            if given:
                handouts.write_folder(handouts.as_files(given), _folder(codes))
    if not commit:
        typer.echo("Nothing was changed; add --commit to do it.")
    else:
        typer.echo(f"Done; the codes are in {codes}." if given else "Done; nobody is new, so there are no codes.")


def read_bytes(path: Path) -> bytes:
    """Return what is in a file. Raises `NotFoundError`."""
    from gis.errors import NotFoundError

    try:
        return path.read_bytes()
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error


def tell_roster(preview: "Previewed") -> None:
    """Print what a roster would change."""
    roster = preview.roster
    vacant = ", ".join(f"{count:,} {level}" for level, count in roster.vacancies.items())
    typer.echo(f"{len(preview.sheet.rows):,} rows, from {preview.mode.on} on:")
    typer.echo(f"  accounts   {len(roster.new_people):,} new, {roster.known:,} known")
    typer.echo(f"  posts      {len(roster.added):,} new, {roster.unchanged:,} unchanged, {len(roster.ended):,} ended")
    typer.echo(f"  vacancies  {vacant} afterwards")


def _role(account: "Listed", grant: "Grant") -> str:
    if grant not in account.given:
        return f"{grant.role} in {grant.area} (by a post)"
    last_on = account.given[grant]
    return f"{grant.role} in {grant.area}" + (f" until {last_on}" if last_on else "")


def _folder(codes: Path | None) -> Path:
    if codes is None:
        raise typer.BadParameter("Name a new folder for the activation codes of new people.", param_hint="--codes")
    return codes


def _told(code: "Code") -> str:
    return f"Activation code, told this once and valid until {code.ends_on}: {code.text}"


@contextmanager
def _transaction(*, statement_limit_s: int | None = None) -> "Iterator[sa.Connection]":
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses

    limit = engine.STATEMENT_LIMIT_S if statement_limit_s is None else statement_limit_s
    server = engine.connect(addresses(environment.from_environment()).app, statement_limit_s=limit)
    with engine.transaction(server) as connection:
        yield connection
    server.dispose()


def _issuer() -> str:
    from gis import settings as environment
    from gis.errors import InvalidInputError

    provider = environment.from_environment().identity_provider
    if provider is None:
        raise InvalidInputError("Name the provider with --issuer, or set WANGGE_OIDC_ISSUER.")
    return provider.issuer


def _grant(role: str, area: str) -> "Grant":
    from gis.domain.staff import Grant

    return Grant(role, area)
