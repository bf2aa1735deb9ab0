"""Plans come into force, and stay explainable."""

from datetime import UTC, datetime, timedelta

import geopandas as gpd
import pytest
import shapely
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db import events
from gis.db.tables import lineage
from gis.domain.grids import CRS
from gis.errors import ConflictError, NotFoundError
from gis.services import plans
from gis.services.routing import route_in_database
from tests.drawing import VILLAGE, drawn, place
from tests.staff import BY

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = datetime(2026, 6, 1, tzinfo=UTC)


def names(connection: sa.Connection, at: datetime | None = None) -> list[str]:
    return list(plans.in_force(connection, at).grids["name"])


def test_before_the_first_plan_nothing_is_in_force(connection: sa.Connection) -> None:
    assert plans.current_revision(connection) is None
    with pytest.raises(NotFoundError):
        plans.in_force(connection)


def test_a_published_plan_is_in_force_from_its_instant_and_not_before(connection: sa.Connection) -> None:
    revision = plans.replace_grids(connection, drawn("AB"), in_force_at=FIRST, by=BY)
    assert plans.current_revision(connection) == revision
    assert names(connection) == ["A", "B"]
    with pytest.raises(NotFoundError):
        plans.in_force(connection, FIRST - timedelta(seconds=1))


def test_after_a_redraw_the_past_is_what_it_was(connection: sa.Connection) -> None:
    plans.replace_grids(connection, drawn("AABB"), in_force_at=FIRST, by=BY)
    before = plans.in_force(connection)
    plans.replace_grids(connection, drawn("AAAB"), in_force_at=SECOND, by=BY)
    past = plans.in_force(connection, SECOND - timedelta(seconds=1))
    assert past.revision == before.revision
    assert shapely.equals_exact(past.grids.geometry.to_numpy(), before.grids.geometry.to_numpy()).all()
    assert list(plans.in_force(connection).grids["id"]) == list(before.grids["id"])


def test_a_split_is_remembered_with_its_shares(connection: sa.Connection) -> None:
    plans.replace_grids(connection, drawn("AAAA"), in_force_at=FIRST, by=BY)
    parent = int(plans.in_force(connection).grids["id"].iloc[0])
    revision = plans.replace_grids(connection, drawn("AAAC"), in_force_at=SECOND, by=BY)
    rows = connection.execute(sa.select(lineage).where(lineage.c.revision == revision)).all()
    shares = {row.child_id: row.area_share for row in rows}
    child = int(plans.in_force(connection).grids.set_index("name")["id"]["C"])
    assert {row.parent_id for row in rows} == {parent}
    assert shares == pytest.approx({parent: 0.75, child: 0.25})


def test_permanent_numbers_are_never_given_twice(connection: sa.Connection) -> None:
    plans.replace_grids(connection, drawn("AB"), in_force_at=FIRST, by=BY)
    vanished = set(plans.in_force(connection).grids["id"])
    plans.replace_grids(connection, drawn("CD"), in_force_at=SECOND, by=BY)
    assert vanished.isdisjoint(plans.in_force(connection).grids["id"])


def test_a_level_2_grid_is_the_union_of_its_leaves_and_keeps_its_name(connection: sa.Connection) -> None:
    code = f"{VILLAGE}101000"
    plans.replace_grids(connection, drawn("AAB"), in_force_at=FIRST, level2_names={code: "东片"}, by=BY)
    plans.replace_grids(connection, drawn("AAA"), in_force_at=SECOND, by=BY)
    level2 = plans.in_force(connection).level2
    assert list(level2["name"]) == ["东片"]
    assert level2.geometry.iloc[0].equals(drawn("AAA").geometry.iloc[0])


def test_a_plan_cannot_come_into_force_before_the_one_that_is(connection: sa.Connection) -> None:
    plans.replace_grids(connection, drawn("AB"), in_force_at=SECOND, by=BY)
    with pytest.raises(ConflictError, match="later instant"):
        plans.replace_grids(connection, drawn("AC"), in_force_at=FIRST, by=BY)


def test_a_plan_cannot_come_into_force_in_the_future(connection: sa.Connection) -> None:
    with pytest.raises(ConflictError, match="has passed"):
        plans.replace_grids(connection, drawn("AB"), in_force_at=datetime.now(UTC) + timedelta(days=1), by=BY)


def test_the_database_itself_refuses_two_grids_of_one_code_at_a_time(connection: sa.Connection) -> None:
    twice = drawn("AB")
    twice["code"] = twice["code"].iloc[0]
    with pytest.raises(ConflictError, match="grids_one_code_at_a_time"):
        plans.replace_grids(connection, twice, in_force_at=FIRST, by=BY)


def test_everyone_is_told_of_a_new_plan(connection: sa.Connection) -> None:
    revision = plans.replace_grids(connection, drawn("AB"), in_force_at=FIRST, by=BY)
    assert [(e.kind, e.payload) for e in events.after(connection, 0, 10)] == [
        ("plan.published", {"revision": revision})
    ]


def test_what_is_read_while_another_plan_is_published_is_of_one_plan(engine: sa.Engine) -> None:
    with engines.transaction(engine) as connection:
        first = plans.replace_grids(connection, drawn("AABB"), in_force_at=FIRST, by=BY)

    def redraw(*_: object) -> None:
        with engines.transaction(engine) as connection:
            plans.replace_grids(connection, drawn("CCCD"), in_force_at=SECOND, by=BY)

    with engine.begin() as reading:
        sa.event.listen(reading, "after_cursor_execute", redraw, once=True)
        plan = plans.in_force(reading)
    assert (plan.revision, list(plan.grids["name"])) == (first, ["A", "B"])


def test_a_point_that_is_routed_while_another_plan_is_published_is_routed_by_one(engine: sa.Engine) -> None:
    with engines.transaction(engine) as connection:
        first = plans.replace_grids(connection, drawn("AABB"), in_force_at=FIRST, by=BY)
        here = route_in_database(connection, *place(2.5, 0.5))

    def redraw(*_: object) -> None:
        with engines.transaction(engine) as connection:
            plans.replace_grids(connection, drawn("AAAB"), in_force_at=SECOND, by=BY)

    with engine.begin() as reading:
        sa.event.listen(reading, "after_cursor_execute", redraw, once=True)
        assert route_in_database(reading, *place(2.5, 0.5)) == here
        assert here.revision == first
        assert route_in_database(reading, *place(2.5, 0.5)) != here


def test_what_is_in_force_can_be_changed_and_published_again(connection: sa.Connection) -> None:
    floors = drawn("AB").assign(floor_from=[1, None], floor_to=[6, None])
    plans.replace_grids(connection, floors, in_force_at=FIRST, by=BY)
    read = plans.in_force(connection).grids
    plans.replace_grids(connection, read.assign(name=["C", "D"]), in_force_at=SECOND, by=BY)
    assert plans.in_force(connection).grids["floor_to"].iloc[0] == 6


def test_the_database_refuses_a_grid_without_area(connection: sa.Connection) -> None:
    empty = drawn("A").assign(boundary=gpd.GeoSeries([shapely.Polygon()], crs=CRS))
    with pytest.raises(ConflictError, match="boundary_is_not_empty"):
        plans.replace_grids(connection, empty, in_force_at=FIRST, by=BY)
