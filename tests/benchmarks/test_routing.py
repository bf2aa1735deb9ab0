"""The benchmark of routing runs on the town, and every way in it gives the same answers there."""

import pytest
import sqlalchemy as sa

from gis.domain.routing import PlanIndex
from gis.services import plans
from tests.benchmarks import routing


def test_every_way_of_the_benchmark_answers_alike(
    town_connection: sa.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plans.in_force(town_connection)
    lon, lat = routing.places(plan, 2000, 0.2, seed=1)
    routing.compare(town_connection, PlanIndex(plan), lon, lat)
    table = capsys.readouterr().out.splitlines()[1:]
    assert len(table) == 9
    assert {line.split()[-1] for line in table} == {"0"}


def test_single_lookups_agree_in_full(town_connection: sa.Connection) -> None:
    plan = plans.in_force(town_connection)
    assert routing.single(town_connection, PlanIndex(plan), *routing.places(plan, 40, 0.3, seed=2))
