"""The private PostgreSQL that serves when nobody names another.

It listens on a Unix socket only; who may connect is decided by the operating system's user (peer authentication and an
ident map), so there is no password. Data checksums are on and every setting is durable. As root the server runs as the
`postgres` user, since PostgreSQL refuses to run as root; otherwise as the caller.
"""

import fcntl
import getpass
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from gis.errors import DatabaseUnavailableError
from gis.settings import Settings

DATABASE = "wangge"
OWNER = "wangge_owner"
APP = "wangge_app"
# Reads the network access log, and nothing else.
NETWORK = "wangge_network"
ROLES = (OWNER, APP, NETWORK)
# The last checkpoint syncs every file that was written; on a busy disk that took over a minute.
STOP_LIMIT_S = 600
EXTENSIONS = ("postgis", "btree_gist", "pg_trgm")
# What the serving role may do with every table and sequence that the owner makes.
DEFAULT_RIGHTS = (("tables", "select, insert, update, delete"), ("sequences", "usage, select"))
# A terse error names what failed without the row that failed, which may hold what somebody reported.
CONFIGURATION = """
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0777
shared_buffers = 512MB
effective_cache_size = 4GB
work_mem = 32MB
maintenance_work_mem = 512MB
max_wal_size = 4GB
random_page_cost = 1.1
fsync = on
full_page_writes = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_error_verbosity = terse
"""


@dataclass(frozen=True)
class Addresses:
    """Where the database is, for the role that serves and for the role that owns the tables."""

    app: str
    owner: str


@dataclass(frozen=True)
class Cluster:
    """One PostgreSQL of our own below `home`: data, socket and log."""

    home: Path

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "postgres"

    @property
    def socket(self) -> Path:
        """The folder of the Unix socket."""
        return self.home / "run"

    def address(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy address of a database for a role."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.socket}"

    def status(self) -> str:
        """Return ``absent``, ``stopped`` or ``running``."""
        if not self._exists("PG_VERSION"):
            return "absent"
        return "running" if self._run("pg_ctl", "status", "-D", str(self.data), check=False) == 0 else "stopped"

    def up(self) -> None:
        """Make the cluster if it is absent, start it if it is stopped, and prepare roles, database and extensions.

        Raises
        ------
        DatabaseUnavailableError
            When PostgreSQL is not installed or does not start; says where its log is. When its folder cannot be made.
        """
        try:
            self._make_folders()
        except OSError as error:
            raise DatabaseUnavailableError(
                f"No database can be kept in {self.home}: {error.strerror}; name another folder in WANGGE_HOME."
            ) from error
        with self._alone():
            if self.status() == "absent":
                self._initialise()
            if self.status() == "stopped":
                self._start()
            prepare(self.address("postgres", "postgres"))

    def down(self) -> None:
        """Stop the server if it runs; committed data stays."""
        if self.status() == "running":
            self._run("pg_ctl", "stop", "-D", str(self.data), "-m", "fast", "-w", "-t", str(STOP_LIMIT_S))

    def _exists(self, name: str) -> bool:
        # The data directory is closed to others; as root one may look.
        return (self.data / name).exists()

    def _make_folders(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        for folder in (self.data, self.socket):
            folder.mkdir(exist_ok=True)
            if os.geteuid() == 0:
                shutil.chown(folder, "postgres", "postgres")
        self.data.chmod(0o700)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold a lock on the folder, so that two commands at once do not both start a server."""
        with (self.home / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _initialise(self) -> None:
        self._run(
            *("initdb", "-D", str(self.data), "--username=postgres", "--auth=peer", "--data-checksums"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"),
        )
        roles = ("postgres", *ROLES)
        users = sorted({getpass.getuser(), "postgres"})
        ident = "".join(f"wangge {user} {role}\n" for user in users for role in roles)
        self._write("pg_ident.conf", ident)
        self._write("pg_hba.conf", "local all all peer map=wangge\n")
        self._write("postgresql.conf", "include 'conf.d.wangge'\n", append=True)

    def _write(self, name: str, text: str, *, append: bool = False) -> None:
        path = self.data / name
        with path.open("a" if append else "w") as file:
            file.write(text)
        if os.geteuid() == 0:
            shutil.chown(path, "postgres", "postgres")

    def _start(self) -> None:
        # Anew at each start, so that a cluster of an older release follows.
        self._write("conf.d.wangge", CONFIGURATION.format(socket=self.socket))
        log = self.data / "server.log"
        if self._run("pg_ctl", "start", "-D", str(self.data), "-l", str(log), "-w", "-t", "60", check=False):
            raise DatabaseUnavailableError(f"The private PostgreSQL did not start; its log is {log}.")

    def _run(self, program: str, *arguments: str, check: bool = True) -> int:
        command = [*_as_server_user(), str(binary(program)), *arguments]
        done = subprocess.run(command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if check and done.returncode:
            raise DatabaseUnavailableError(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")
        return done.returncode


def addresses(settings: Settings) -> Addresses:
    """Return where the database is; starts the private cluster when the settings name no other."""
    if settings.database_url:
        return Addresses(settings.database_url, settings.database_owner_url or settings.database_url)
    cluster = Cluster(settings.home)
    if cluster.status() != "running":
        cluster.up()
    return Addresses(cluster.address(APP), cluster.address(OWNER))


def prepare(superuser_url: str, database: str = DATABASE) -> None:
    """Make roles, database and extensions where they are missing; needs a superuser, once.

    `geometry_overlaps` is marked LEAKPROOF because row-level security would otherwise switch every PostGIS index off.
    """
    with _open(superuser_url) as connection:
        for role in ROLES:
            if not connection.execute("select 1 from pg_roles where rolname = %s", [role]).fetchone():
                connection.execute(sql.SQL("create role {} login").format(sql.Identifier(role)))
        if not connection.execute("select 1 from pg_database where datname = %s", [database]).fetchone():
            connection.execute(
                sql.SQL("create database {} owner {} template template0 encoding 'UTF8'").format(
                    sql.Identifier(database), sql.Identifier(OWNER)
                )
            )
    with _open(superuser_url, database) as connection:
        for extension in EXTENSIONS:
            connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(extension)))
        connection.execute("alter function geometry_overlaps(geometry, geometry) leakproof")
        for what, rights in DEFAULT_RIGHTS:
            connection.execute(
                sql.SQL("alter default privileges for role {} grant {} on {} to {}").format(
                    sql.Identifier(OWNER), sql.SQL(rights), sql.SQL(what), sql.Identifier(APP)
                )
            )
        # Tables that were migrated before the role was there.
        if connection.execute("select to_regclass('public.access_log') is not null").fetchone() == (True,):
            connection.execute(sql.SQL("grant select on access_log to {}").format(sql.Identifier(NETWORK)))


def _open(url: str, database: str | None = None) -> psycopg.Connection[tuple[object, ...]]:
    """Connect with psycopg to a SQLAlchemy address; waits a moment for a server that has just started."""
    from sqlalchemy import make_url

    parts = make_url(url)
    for attempt in range(20):
        try:
            return psycopg.connect(
                host=parts.query.get("host") or parts.host,  # type: ignore[arg-type]
                port=parts.port,
                user=parts.username,
                password=parts.password,
                dbname=database or parts.database,
                autocommit=True,
            )
        except psycopg.OperationalError as error:
            if attempt == 19:
                raise DatabaseUnavailableError(f"The database cannot be reached: {error}") from error
            time.sleep(0.1)
    raise AssertionError


def _as_server_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--reset-env"]


def binary(name: str) -> Path:
    """Return a program of the newest PostgreSQL that Debian's packages installed, or the one on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    if found:
        return found[-1]
    elsewhere = shutil.which(name)
    if elsewhere is None:
        raise DatabaseUnavailableError(
            "PostgreSQL with PostGIS is not installed; run `make setup`, or name a database in WANGGE_DATABASE_URL."
        )
    return Path(elsewhere)
