"""The pool is opened from an address that somebody typed, and says what is wrong with the database behind it."""

import contextlib

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db.copying import copy_rows
from gis.db.engine import connect, transaction
from gis.db.tables import zones
from gis.errors import DatabaseUnavailableError


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


@pytest.mark.parametrize("by_copy", [False, True])
def test_a_server_that_dies_in_the_middle_is_told_in_one_sentence(
    cluster: clusters.Cluster, engine: sa.Engine, by_copy: bool
) -> None:
    superuser = connect(cluster.address("postgres", "postgres"))
    with pytest.raises(DatabaseUnavailableError), transaction(engine) as connection:
        process = connection.scalar(sa.text("select pg_backend_pid()"))
        with superuser.begin() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(process)))
        if by_copy:
            copy_rows(connection, zones, ["code"], [["Z"]])
        connection.execute(sa.text("select 1"))
    superuser.dispose()


def test_work_after_a_broken_connection_is_told_in_one_sentence(cluster: clusters.Cluster, engine: sa.Engine) -> None:
    superuser = connect(cluster.address("postgres", "postgres"))
    with pytest.raises(DatabaseUnavailableError, match="broke"), transaction(engine) as connection:
        process = connection.scalar(sa.text("select pg_backend_pid()"))
        with superuser.begin() as other:
            other.execute(sa.select(sa.func.pg_terminate_backend(process)))
        with contextlib.suppress(sa.exc.OperationalError):
            connection.execute(sa.text("select 1"))
        connection.execute(sa.text("select 1"))
    superuser.dispose()
