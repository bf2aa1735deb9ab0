"""The benchmark of rosters runs on the town and leaves nothing behind."""

import pytest
import sqlalchemy as sa

from tests.benchmarks import rosters


def test_every_way_of_the_benchmark_stores_the_same_rows(
    town_connection: sa.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rosters.compare(town_connection) < rosters.BOUND_S
    assert town_connection.scalar(sa.text("select count(*) from posts")) == 51
    assert len(capsys.readouterr().out.splitlines()) == 8
