"""The database and the index in memory give the same answers, now and for any day."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.db import grids, statistics, zones
from gis.db import plans as stored_plans
from gis.db.routing import grids_covering
from gis.domain.grids import Plan
from gis.domain.routing import METHODS, PlanIndex
from gis.services import plans
from gis.services.routing import route_in_database
from tests.drawing import drawn, place
from tests.meshes import degrees, telling_points
from tests.plans import IN_FORCE_AT, mesh_plan, town_plan
from tests.staff import BY

LATER = IN_FORCE_AT + timedelta(days=30)


def store(connection: sa.Connection, plan: Plan) -> None:
    revision = stored_plans.append(connection, in_force_at=IN_FORCE_AT, note="", changes=len(plan.grids))
    grids.append(connection, plan.grids, revision=revision, valid_from=IN_FORCE_AT)
    zones.replace(connection, plan.zones, valid_from=IN_FORCE_AT)


def agree(connection: sa.Connection, points: list[tuple[int, int]], limit_m: float) -> set[str]:
    index = PlanIndex(plans.in_force(connection), limit_m)
    methods = set()
    for lon, lat in zip(*degrees(points), strict=True):
        answer = route_in_database(connection, lon, lat, limit_m=limit_m)
        assert answer == index.route(lon, lat)
        methods.add(answer.method)
    return methods


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 3), limit_m=st.sampled_from([0.0, 10.0, 50.0]))
def test_the_database_answers_as_the_index(connection: sa.Connection, seed: int, limit_m: float) -> None:
    with connection.begin_nested() as savepoint:
        plan = mesh_plan(seed=seed)
        store(connection, plan)
        agree(connection, telling_points(list(plan.grids.geometry), seed=seed, count=10), limit_m)
        savepoint.rollback()


def test_every_kind_of_place_of_the_town_is_answered_alike(connection: sa.Connection, town: Path) -> None:
    plan = town_plan(town)
    store(connection, plan)
    points = telling_points(list(plan.grids.geometry), seed=3, count=60)
    assert agree(connection, points, 50.0) == set(METHODS)


def test_a_day_before_the_redraw_is_answered_by_the_plan_of_that_day(connection: sa.Connection) -> None:
    first = plans.replace_grids(connection, drawn("AABB"), in_force_at=IN_FORCE_AT, by=BY)
    second = plans.replace_grids(connection, drawn("AAAB"), in_force_at=LATER, by=BY)
    lon, lat = place(2.5, 0.5)
    before = route_in_database(connection, lon, lat, at=LATER - timedelta(seconds=1))
    after = route_in_database(connection, lon, lat, at=LATER)
    assert (before.revision, after.revision) == (first, second)
    assert before.grid != after.grid
    assert after == PlanIndex(plans.in_force(connection)).route(lon, lat)


def test_where_there_is_no_plan_everything_is_outside(connection: sa.Connection) -> None:
    answer = route_in_database(connection, *place(0.5, 0.5))
    assert (answer.method, answer.revision) == ("outside", None)


def test_a_point_is_found_by_the_index_of_the_database(owner: sa.Connection) -> None:
    seen: list[str] = []
    villages = [drawn("ABCDEFGH IJKLMNOP QRSTUVWX", village=f"210304015{number:03d}") for number in range(20)]
    plans.replace_grids(owner, pd.concat(villages, ignore_index=True), in_force_at=IN_FORCE_AT, by=BY)
    statistics.gather(owner)
    sa.event.listen(owner, "before_cursor_execute", lambda *call: seen.append(call[2] % call[3]))
    grids_covering(owner, *place(0.5, 0.5), at=None)
    owner.execute(sa.text("set local enable_seqscan = off"))
    lines = owner.exec_driver_sql("explain " + seen[0]).scalars().all()
    assert any("ix_grids_boundary" in line for line in lines), lines
