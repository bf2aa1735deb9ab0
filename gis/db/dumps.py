"""The whole database out through pg_dump and back through pg_restore, as the role that owns the tables.

The owner is not held by row-level security, so a dump has every row; policies and the rights of the serving role are
part of it. Extensions are not: making them needs a superuser, and `cluster.prepare` does.
"""

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import sqlalchemy as sa
from psycopg.conninfo import make_conninfo

from gis.db.cluster import APP, DEFAULT_RIGHTS, binary
from gis.errors import BackupDamagedError, DatabaseUnavailableError

PIECE_BYTES = 1 << 20
# Belong to extensions, which `prepare` made; the owner of our tables may not touch them.
OF_EXTENSIONS = (" EXTENSION - ", " COMMENT - EXTENSION ", " TABLE DATA public spatial_ref_sys ")
OWNED = """
select format('%I.%I', schemaname, tablename) as name from pg_tables
where schemaname not in ('pg_catalog', 'information_schema') and pg_has_role(tableowner, 'usage')
and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.deptype = 'e'
    and d.objid = format('%I.%I', schemaname, tablename)::regclass)
order by name
"""


@dataclass(frozen=True)
class Receiver:
    """A program that reads a dump from its standard input."""

    process: subprocess.Popen[bytes]

    def feed(self, piece: bytes) -> None:
        """Hand over the next piece of a dump; a program that has read enough, or failed, is told nothing more."""
        stdin = self.process.stdin
        assert stdin is not None
        if not stdin.closed:
            try:
                stdin.write(piece)
            except BrokenPipeError:
                _close(stdin)

    def finish(self) -> int:
        """Tell the program that the dump ends here, and return its exit code."""
        assert self.process.stdin is not None
        _close(self.process.stdin)
        return self.process.wait()


def freeze(connection: sa.Connection) -> str:
    """Make the transaction, of which this is the first statement, see one instant; return its name for `dump`.

    What is counted and read on this connection and what `dump` writes are then the same rows, whatever is stored
    meanwhile.
    """
    connection.execute(sa.text("set transaction isolation level repeatable read, read only"))
    # The transaction waits while photos are read; a server that ends idle ones would end the backup.
    connection.execute(sa.text("set local idle_in_transaction_session_timeout = 0"))
    return str(connection.scalar(sa.select(sa.func.pg_export_snapshot())))


def counts(connection: sa.Connection) -> dict[str, int]:
    """Return the number of rows of every table that the caller's role owns, by schema and name; needs an owner."""
    names = connection.scalars(sa.text(OWNED)).all()
    count = sa.func.count()
    return {name: connection.scalar(sa.select(count).select_from(sa.text(name))) or 0 for name in names}


def name_of(connection: sa.Connection) -> str:
    """Return the name of the database."""
    return str(connection.scalar(sa.select(sa.func.current_database())))


def dump(url: str, snapshot: str) -> Iterator[bytes]:
    """Yield the dump of a database in pg_dump's custom format, as of `snapshot`.

    Raises
    ------
    DatabaseUnavailableError
        When pg_dump is not installed, too old for the server, or fails; says what it said.
    """
    with _connection_string(url) as address, tempfile.TemporaryFile() as said:
        command = [str(binary("pg_dump")), "--format=custom", f"--snapshot={snapshot}", f"--dbname={address}"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as process:
            assert process.stdout is not None
            try:
                while piece := process.stdout.read(PIECE_BYTES):
                    yield piece
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise DatabaseUnavailableError(f"The database was not dumped: {_complaint(said)}")


@contextmanager
def listing() -> Iterator[tuple[Receiver, list[str]]]:
    """Give a receiver of a dump and the list that will hold its entries when the block has ended.

    Raises
    ------
    BackupDamagedError
        When pg_restore cannot read the dump; says what it said.
    """
    entries: list[str] = []
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as said:
        with _receiver([str(binary("pg_restore")), "--list"], out, said) as receiver:
            yield receiver, entries
            if receiver.finish():
                raise BackupDamagedError(f"The dump in the backup cannot be read: {_complaint(said)}")
        out.seek(0)
        entries.extend(out.read().decode().splitlines())


@contextmanager
def restoring(url: str, entries: Sequence[str]) -> Iterator[Receiver]:
    """Give a receiver that restores a dump with the `entries` of `listing` into an empty database, whole or not at all.

    A block that raises leaves the database as it was.

    Raises
    ------
    DatabaseUnavailableError
        When pg_restore fails; says what it said.
    """
    wanted = [entry for entry in entries if not any(foreign in entry for foreign in OF_EXTENSIONS)]
    with (
        _connection_string(url) as address,
        tempfile.NamedTemporaryFile("w") as chosen,
        tempfile.TemporaryFile() as said,
    ):
        chosen.write("\n".join(wanted))
        chosen.flush()
        options = ["--single-transaction", "--exit-on-error", "--no-owner", f"--use-list={chosen.name}"]
        command = [str(binary("pg_restore")), *options, f"--dbname={address}"]
        with _receiver(command, subprocess.DEVNULL, said) as receiver:
            yield receiver
            if receiver.finish():
                raise DatabaseUnavailableError(f"The database was not restored: {_complaint(said)}")


def withhold_rights(connection: sa.Connection) -> None:
    """Give the serving role no right on tables that are made from now on.

    A dump grants what was granted and takes nothing away: a right that was revoked on one table would come back with
    the rights that every new table has. The dump itself brings these back at its end.
    """
    for what, _ in DEFAULT_RIGHTS:
        connection.execute(sa.text(f"alter default privileges revoke all on {what} from {APP}"))


def return_rights(connection: sa.Connection) -> None:
    """Give the serving role the usual rights on tables that are made from now on, as `cluster.prepare` does."""
    for what, rights in DEFAULT_RIGHTS:
        connection.execute(sa.text(f"alter default privileges grant {rights} on {what} to {APP}"))


@contextmanager
def _receiver(command: list[str], out: IO[bytes] | int, said: IO[bytes]) -> Iterator[Receiver]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=said)
    try:
        yield Receiver(process)
    finally:
        # After `finish` the program has ended; before it, a half dump must not be taken for a whole one.
        process.kill()
        process.wait()
        assert process.stdin is not None
        _close(process.stdin)


def _close(stdin: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        stdin.close()


@contextmanager
def _connection_string(url: str) -> Iterator[str]:
    """Turn a SQLAlchemy address into one for libpq; a password stands in a closed file, never among the arguments."""
    parts = sa.make_url(url)
    given = {name: value if isinstance(value, str) else ",".join(value) for name, value in parts.query.items()}
    named = {"host": parts.host, "port": parts.port, "user": parts.username, "dbname": parts.database}
    given |= {name: str(value) for name, value in named.items() if value is not None}
    password = given.pop("password", parts.password)
    with tempfile.TemporaryDirectory(prefix="wangge-") as folder:
        if password is not None:
            passfile = Path(folder) / "pgpass"
            passfile.touch(mode=0o600)
            passfile.write_text("*:*:*:*:" + str(password).replace("\\", "\\\\").replace(":", "\\:") + "\n")
            given["passfile"] = str(passfile)
        yield make_conninfo("", **given)


def _complaint(said: IO[bytes]) -> str:
    """Return the first line of what a program said that tells an error."""
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines() or ["it did not say why"]
    return next((line for line in lines if "error:" in line), lines[0]).partition("error: ")[2] or lines[0]
