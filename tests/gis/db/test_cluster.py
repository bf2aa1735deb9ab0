"""The private PostgreSQL."""

import pytest
import sqlalchemy as sa

from gis.db import tables
from gis.db.cluster import Cluster
from gis.services import accounts
from tests.staff import BY

TELEPHONE = "12000005432"


def test_its_log_names_what_failed_without_the_row_that_failed(cluster: Cluster, town_engine: sa.Engine) -> None:
    log = cluster.data / "server.log"
    began = log.stat().st_size
    with town_engine.begin() as connection:
        accounts.add(connection, "worker-5432", telephone=TELEPHONE, by=BY)
    for kind in ("person", "neither"):
        other = {"name": "worker-5433", "telephone": TELEPHONE, "kind": kind}
        with pytest.raises(sa.exc.IntegrityError), town_engine.begin() as connection:
            connection.execute(sa.insert(tables.accounts).values(other))
    logged = log.read_bytes()[began:].decode()
    assert "duplicate key" in logged
    assert "violates check constraint" in logged
    assert TELEPHONE not in logged
