"""The pool is opened from an address that somebody typed, and says what is wrong with the database behind it."""

import pytest
import sqlalchemy as sa

from gis.db import cluster as clusters
from gis.db.engine import connect, transaction
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
