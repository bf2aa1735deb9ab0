"""`wangge audit`: prove that the audit log is whole, keep its head, write it to a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import sqlalchemy as sa

    from gis.domain.audit_chain import Finding

FINDINGS_SHOWN = 50

app = typer.Typer(
    no_args_is_help=True, help="The audit log: prove that it is whole, keep its head, write it to a file."
)


@app.command()
def verify(
    heads: Annotated[
        Path | None, typer.Option(exists=True, help="File of signed heads; that of this installation when left out.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(exists=True, help="Public key of the heads; that of this installation when left out.")
    ] = None,
) -> None:
    """Check every row of the audit log against its chain and the signed heads; the exit code is 1 when one is wrong.

    Heads and the public key that were copied elsewhere prove more than those on this machine.

    Example: wangge audit verify --heads /mnt/stick/audit-heads.jsonl --key /mnt/stick/audit-ed25519.pub
    """
    from gis import settings as environment
    from gis.services import audit as services

    settings = environment.from_environment()
    anchors, findings = services.read_heads(heads or settings.audit_heads, key or settings.keys)
    with _connected() as connection, _bar("Checking") as progress:
        findings += services.verify(connection, anchors, progress=progress)
        count = services.count(connection)
    for finding in findings[:FINDINGS_SHOWN]:
        typer.echo(_told(finding))
    if len(findings) > FINDINGS_SHOWN:
        typer.echo(f"and {len(findings) - FINDINGS_SHOWN:,} more")
    if findings:
        raise typer.Exit(1)
    typer.echo(f"The audit log is whole: {count:,} rows, {len(anchors):,} signed heads.")
    if not anchors:
        typer.echo("No head was signed yet, so a tail that was cut with the database's own head would not be seen.")


@app.command()
def head() -> None:
    """Sign the head of the audit log and add it to the file of heads, as the worker does every day."""
    from gis import settings as environment
    from gis.services import audit as services

    settings = environment.from_environment()
    with _connected() as connection:
        signed = services.sign_head(connection, keys=settings.keys, heads=settings.audit_heads)
    typer.echo(f"row {signed.position:,}  {signed.hash}")
    typer.echo(f"Signed in {settings.audit_heads}; keep a copy where this machine cannot write.")


@app.command()
def export(
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write: .csv or .jsonl.")],
    actor: Annotated[int | None, typer.Option(help="Number of the account that did it.")] = None,
    action: Annotated[str | None, typer.Option(help="Such as account.disabled, or account for all of them.")] = None,
    subject: Annotated[str | None, typer.Option(help="Such as account:17, or account for all of them.")] = None,
    since: Annotated[datetime | None, typer.Option(help="From this instant on, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Before this instant, in UTC.")] = None,
) -> None:
    """Write rows of the audit log, with the texts that were not erased, to a file; that is recorded too.

    Example: wangge audit export -o march.csv --since 2026-03-01 --until 2026-04-01
    """
    from datetime import UTC

    from api.terminal import operator
    from gis.domain.audit import Wanted
    from gis.services import audit as services

    since, until = (at.replace(tzinfo=UTC) if at and at.tzinfo is None else at for at in (since, until))
    wanted = Wanted(actor_id=actor, action=action, subject=subject, since=since, until=until)
    asked = {name: str(value) for name, value in vars(wanted).items() if value is not None}
    with _connected() as connection:
        count = services.export(connection, wanted, output)
        services.record(connection, operator().did("audit.exported", "audit:all", asked=asked))
    typer.echo(f"{count:>10,} rows: {output}")


@contextmanager
def _connected() -> "Iterator[sa.Connection]":
    from gis import settings as environment
    from gis.db import engine
    from gis.db.cluster import addresses

    server = engine.connect(addresses(environment.from_environment()).app, statement_limit_s=0)
    with engine.transaction(server, reads_audit=True) as connection:
        yield connection
    server.dispose()


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _told(finding: "Finding") -> str:
    rows = f"row {finding.position}" if finding.position == finding.last else f"rows {finding.position}-{finding.last}"
    return f"{rows:<20} {finding.kind:<10} {finding.detail}"
