"""`wangge reporter`: hand out, or erase, what is kept of who reported."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.domain.reports import Report
    from gis.files.vault import Vault
    from gis.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help="What is kept of who reported: hand it out, or erase it, when that person asks (PIPL, articles 45 and 47). "
    "Make sure first that it is that person who asks.",
)

Reports = Annotated[list[UUID] | None, typer.Option("--report", help="Id of a report; may be repeated.")]
Told = Annotated[
    str | None,
    typer.Option(
        "--contact",
        help="Telephone or e-mail address that was left with reports; - asks for it, so that no history has it.",
    ),
]
Reason = Annotated[str, typer.Option(help="Why, for the audit log: a number or date of the request, never a name.")]
Commit = Annotated[bool, typer.Option("--commit", help="Do it; without it, say what would be done.")]


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="JSON file to write; none is overwritten.")],
    reason: Reason,
    report: Reports = None,
    contact: Told = None,
    commit: Commit = False,
) -> None:
    """Write everything that is kept of a reporter into one JSON file, photos included; the look is recorded.

    Example: wangge reporter export --contact - --reason "request of 2026-11-20" -o request.json --commit
    """
    import json

    from api.terminal import operator
    from gis.files.whole import new_file
    from gis.services import reporters

    with _opened() as (connection, settings, vault):
        found = _found(connection, vault, report, contact)
        if not _told(found, commit=commit):
            return
        ids = [one.submission.id for one in found]
        told = reporters.export(connection, ids, vault=vault, folder=settings.photos, by=operator(), reason=reason)
        with new_file(output) as file:
            file.write(json.dumps(told, ensure_ascii=False, indent=1).encode())
    typer.echo(f"{output} holds what is kept of {len(found):,} reports.")


@app.command()
def erase(
    reason: Reason,
    report: Reports = None,
    contact: Told = None,
    again: Annotated[
        Path | None,
        typer.Option(
            help="List of erasures (WANGGE_HOME/erasures.jsonl): after a restore erase once more what it names."
        ),
    ] = None,
    commit: Commit = False,
) -> None:
    """Erase the reporter of reports for good: contact, words, photos, and texts of the audit log about them.

    Where, when and what kind stay, and all counts. Backups that were made before still hold what is erased; after one
    is restored, erase again with the list: keep a copy of it where this machine cannot write.

    Example: wangge reporter erase --report 0b9f8c1e-6f0a-4b5e-9a57-1f2b3c4d5e6f --reason "request 17" --commit
    """
    from api.terminal import operator
    from gis.services import photos, reporters

    with _opened() as (connection, settings, vault):
        listed = reporters.erased_before(again) if again else []
        found = _found(connection, vault, [*(report or []), *listed], contact)
        if not _told(found, commit=commit):
            return
        erasure = reporters.erase(
            connection,
            [one.submission.id for one in found],
            vault=vault,
            again=settings.erasures,
            by=operator(),
            reason=reason,
        )
    with _opened() as (connection, settings, _):
        photos.discard(connection, erasure.photos, folder=settings.photos)
    before = len(found) - erasure.reports
    typer.echo(f"{erasure.reports:,} reports are erased; {before:,} were erased before.")


def _found(
    connection: "sa.Connection", vault: "Vault", report: list[UUID] | None, contact: str | None
) -> "list[Report]":
    """Return the reports that are meant; raises `NotFoundError` when there are none."""
    from gis.errors import NotFoundError
    from gis.services import contacts, reporters

    if contact == "-":
        contact = str(typer.prompt("Telephone or e-mail address", hide_input=True))
    ids = [*(report or []), *(contacts.reports_of(connection, contact, vault=vault) if contact else [])]
    found = reporters.known(connection, ids)
    if not found:
        raise NotFoundError("No such report is stored; name one with --report, or --contact.")
    return found


def _told(found: "list[Report]", *, commit: bool) -> bool:
    """Print which reports are meant; return whether to go on."""
    for one in found:
        state = "erased already" if one.erased_at else one.submission.category
        typer.echo(f"{one.submission.id}  {one.number:>8}  {one.received_at:%Y-%m-%d}  {state}")
    if not commit:
        typer.echo("Nothing was done; add --commit.")
    return commit


@contextmanager
def _opened() -> "Iterator[tuple[sa.Connection, Settings, Vault]]":
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses
    from gis.domain.staff import EVERYWHERE
    from gis.files.vault import Vault

    settings = environment.from_environment()
    server = engine.connect(addresses(settings).app, statement_limit_s=0)
    try:
        with engine.transaction(server, scope=EVERYWHERE, reads_audit=True) as connection:
            yield connection, settings, Vault(settings.keys, settings.secret_key)
    finally:
        server.dispose()
