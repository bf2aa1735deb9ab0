"""The pool is opened from an address that somebody typed, and says what is wrong with the database behind it."""

import contextlib
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db.copying import copy_rows
from gis.db.engine import check_server, check_version, connect, transaction
from gis.db.tables import zones
from gis.errors import DatabaseUnavailableError, UnsafeServerError


@pytest.mark.parametrize("typed", ["", "secret-word", "postgresql://x:secret-word@host:port/name"])
def test_an_address_that_is_none_is_told_in_one_sentence_without_repeating_it(typed: str) -> None:
    with pytest.raises(DatabaseUnavailableError, match="is no address of a database") as refused:
        connect(typed)
    assert "secret-word" not in str(refused.value)


def test_a_database_without_our_tables_is_told_in_one_sentence(cluster: clusters.Cluster) -> None:
    engine = connect(cluster.address("postgres", "postgres"))
    with pytest.raises(DatabaseUnavailableError, match="wangge db migrate"), transaction(engine) as connection:
        connection.execute(sa.text("select * from plans"))
    engine.dispose()


def end(cluster: clusters.Cluster, connection: sa.Connection) -> None:
    """Let the server end the session of a connection, as a dying one does."""
    superuser = connect(cluster.address("postgres", "postgres"))
    with superuser.begin() as other:
        other.execute(sa.select(sa.func.pg_terminate_backend(connection.scalar(sa.text("select pg_backend_pid()")))))
    superuser.dispose()


def ask(connection: sa.Connection) -> None:
    connection.execute(sa.text("select 1"))


def copy(connection: sa.Connection) -> None:
    copy_rows(connection, zones, ["code"], [["Z"]])


def ask_again(connection: sa.Connection) -> None:
    with contextlib.suppress(sa.exc.OperationalError):
        ask(connection)
    ask(connection)


@pytest.mark.parametrize("work", [ask, copy, ask_again])
def test_a_server_that_dies_in_the_middle_is_told_in_one_sentence(
    cluster: clusters.Cluster, engine: sa.Engine, work: Callable[[sa.Connection], None]
) -> None:
    def broken() -> None:
        with transaction(engine) as connection:
            end(cluster, connection)
            work(connection)

    with pytest.raises(DatabaseUnavailableError):
        broken()


@pytest.mark.parametrize(("role", "fault"), [(clusters.OWNER, "owns the tables"), ("postgres", "row-level security")])
def test_a_role_that_policies_do_not_hold_is_not_served_by(
    cluster: clusters.Cluster, empty_database: str, role: str, fault: str
) -> None:
    engine = connect(cluster.address(role, empty_database))
    with engine.connect() as connection, pytest.raises(UnsafeServerError, match=fault):
        check_server(connection)
    engine.dispose()


@pytest.mark.parametrize("number", [140_099, 150_013, 160_009, 170_005])
def test_a_server_that_tells_of_hidden_rows_is_not_served_by(number: int) -> None:
    with pytest.raises(UnsafeServerError, match="update to"):
        check_version(number)
    for safe in (150_014, 160_010, 170_006, 180_000):
        check_version(safe)
