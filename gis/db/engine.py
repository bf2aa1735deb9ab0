"""One pool of connections, one transaction for each piece of work, and a refusal to run on an unsafe server."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, PendingRollbackError

from gis.domain.staff import NOWHERE
from gis.errors import DatabaseUnavailableError, UnsafeServerError

# Of loads and other long work, and of what a request asks.
STATEMENT_LIMIT_S = 60
REQUEST_STATEMENT_LIMIT_S = 5
DURABLE_SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")
# Before these, statistics told of rows that a policy hides (CVE-2025-8713).
SAFE_MINOR = {15: 14, 16: 10, 17: 6}


def connect(url: str, *, pool_size: int = 10, statement_limit_s: int = STATEMENT_LIMIT_S) -> sa.Engine:
    """Return a pool of connections to the database at `url` (SQLAlchemy form, psycopg 3).

    No connection is opened yet. Sessions speak UTC; a statement over `statement_limit_s` seconds is stopped (0: never).

    Raises
    ------
    DatabaseUnavailableError
        When `url` is no address; it is not repeated, since it may hold a password.
    """
    try:
        address = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        form = "postgresql://USER@HOST/NAME"
        raise DatabaseUnavailableError(f"WANGGE_DATABASE_URL is no address of a database, such as {form}.") from error
    # A plan that is kept for every caller does not know how wide a scope is, and has leaked rows (CVE-2016-2193).
    plans = "-c plan_cache_mode=force_custom_plan"
    options = f"-c timezone=UTC -c statement_timeout={statement_limit_s * 1000} -c jit=off {plans}"
    return sa.create_engine(
        address.set(drivername="postgresql+psycopg"),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        # An error is logged with its statement; what people wrote is not part of it.
        hide_parameters=True,
        connect_args={"options": options, "connect_timeout": 5},
    )


@contextmanager
def transaction(
    engine: sa.Engine,
    *,
    scope: Collection[str] = NOWHERE,
    reads_audit: bool = False,
    read_only: bool = False,
    statement_limit_s: int | None = None,
) -> Iterator[sa.Connection]:
    """Open one transaction; it commits when the block ends and rolls back when the block raises.

    Of reports, patrols and cameras the database shows the rows inside `scope` alone (see `gis.domain.staff`), of the
    audit log none unless `reads_audit`. Nothing can be changed in one that is `read_only`; `statement_limit_s` replaces
    the limit of the engine.

    Raises
    ------
    DatabaseUnavailableError
        When the server cannot be reached, the connection breaks inside the block, a statement takes longer than its
        limit, or the tables were never made.
    """
    try:
        with engine.begin() as connection:
            # Without a scope nothing is seen anyway: what an earlier transaction set ended with it.
            if scope:
                look_within(connection, scope)
            if reads_audit:
                read_audit(connection)
            _restrict(connection, read_only, statement_limit_s)
            yield connection
    except OperationalError as error:
        if isinstance(error.orig, psycopg.errors.QueryCanceled):
            raise DatabaseUnavailableError("This takes too long to answer right now; ask for less.") from error
        raise DatabaseUnavailableError("The database cannot be reached right now; try again.") from error
    except (PendingRollbackError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise DatabaseUnavailableError("The database connection broke; try again.") from error
    except DBAPIError as error:
        if isinstance(error.orig, psycopg.errors.UndefinedTable):
            raise DatabaseUnavailableError("The database has no tables of ours; run `wangge db migrate`.") from error
        if error.connection_invalidated:
            raise DatabaseUnavailableError("The database connection broke; try again.") from error
        raise


def look_within(connection: sa.Connection, scope: Collection[str]) -> None:
    """Show rows inside a scope alone, until the transaction ends."""
    _set(connection, "app.scope", ",".join(scope))


def _restrict(connection: sa.Connection, read_only: bool, statement_limit_s: int | None) -> None:
    if read_only:
        _set(connection, "transaction_read_only", "on")
    if statement_limit_s is not None:
        _set(connection, "statement_timeout", f"{statement_limit_s}s")


def _set(connection: sa.Connection, name: str, value: str) -> None:
    """Set a parameter of PostgreSQL until the transaction ends."""
    connection.execute(sa.select(sa.func.set_config(name, value, True)))


def read_audit(connection: sa.Connection) -> None:
    """Show the rows of the audit log until the transaction ends; whoever asks for it judged that the reader may."""
    _set(connection, "app.reads_audit", "on")


def check_server(connection: sa.Connection) -> None:
    """Refuse a server under which an acknowledged report could be lost, or rows be seen outside of a scope.

    Raises
    ------
    UnsafeServerError
        When one of `DURABLE_SETTINGS` is off, PostGIS is missing, the server is older than `SAFE_MINOR`, or the role
        that serves owns tables or passes over policies; names what to change.
    """
    for name in DURABLE_SETTINGS:
        value = connection.scalar(sa.select(sa.func.current_setting(name)))
        if value == "off":
            raise UnsafeServerError(f"The database runs with {name} = off; turn it on, reports could be lost.")
    installed = connection.scalar(sa.text("select count(*) from pg_extension where extname = 'postgis'"))
    if not installed:
        raise UnsafeServerError("The database has no PostGIS; run `wangge db prepare` as its superuser.")
    check_version(int(connection.scalar(sa.text("select current_setting('server_version_num')")) or 0))
    _check_role(connection)


def check_version(number: int) -> None:
    """Refuse a server older than `SAFE_MINOR`, by its `server_version_num`. Raises `UnsafeServerError`."""
    major, minor = divmod(number, 10_000)
    if major < min(SAFE_MINOR) or minor < SAFE_MINOR.get(major, 0):
        safe = ", ".join(f"{known}.{least}" for known, least in SAFE_MINOR.items())
        raise UnsafeServerError(f"PostgreSQL {major}.{minor} tells of hidden rows; update to {safe} or newer.")


def _check_role(connection: sa.Connection) -> None:
    role = "select current_user, rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    name, passes_over = connection.execute(sa.text(role)).one()
    tables = "select count(*) from pg_tables where schemaname = 'public' and tableowner = current_user"
    owned = connection.scalar(sa.text(tables))
    if passes_over or owned:
        fault = "passes over row-level security" if passes_over else "owns the tables"
        raise UnsafeServerError(
            f"The role {name} of WANGGE_DATABASE_URL {fault}; serve as wangge_app, and name the owner in "
            "WANGGE_DATABASE_OWNER_URL."
        )
