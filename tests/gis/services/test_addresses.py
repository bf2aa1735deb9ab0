"""An address in, candidates out: on the fixture town, whose tower 鞍千路18号楼 holds a stack of four grids."""

import sqlalchemy as sa

from gis.db import addresses as stored
from gis.db import listings
from gis.domain.addresses import parse
from gis.services import addresses
from gis.services.routing import route_in_database

TOWER = "鞍千路18号楼"


def find(connection: sa.Connection, text: str, **options: object) -> list[addresses.Candidate]:
    given = {"limit": 10} | options
    return addresses.find(connection, text, listings.tree(connection, None), **given)  # type: ignore[arg-type]


def test_every_spelling_finds_the_same_building_first(town_connection: sa.Connection) -> None:
    for text in ("鞍千路18栋", "鞍千路十八栋", "鞍千路１８号楼", "鞍山市立山区鞍千路18幢", "鞍千路18#"):
        first, *others = find(town_connection, text)
        assert first.entry.name == TOWER
        assert first.match.score > 0.9
        assert all(each.match.score < first.match.score for each in others)


def test_unit_and_floor_tell_the_very_grid_of_a_stack(town_connection: sa.Connection) -> None:
    grids: dict[tuple[str | None, int | None], str] = {}
    for unit in ("1", "2"):
        for floor in (3, 15):
            first = find(town_connection, f"鞍千路18号楼{unit}单元{floor}楼")[0]
            assert first.standing
            assert first.standing.grid
            assert first.standing.stack == ()
            found = first.standing.grid
            assert (found.unit, found.floor_from) == (f"{unit}单元", 1 if floor == 3 else 11)
            grids[found.unit, found.floor_from] = found.code
    assert len(set(grids.values())) == 4


def test_what_the_text_does_not_tell_of_a_stack_is_left_to_choose(town_connection: sa.Connection) -> None:
    whole = find(town_connection, "鞍千路18栋")[0].standing
    unit = find(town_connection, "鞍千路18栋二单元")[0].standing
    assert whole
    assert unit
    assert (whole.grid, len(whole.stack)) == (None, 4)
    assert [each.unit for each in unit.stack] == ["2单元", "2单元"]


def test_a_floor_that_is_not_there_narrows_nothing_and_costs_score(town_connection: sa.Connection) -> None:
    first = find(town_connection, "鞍千路18栋2单元40楼")[0]
    assert first.entry.name == TOWER
    assert first.match.score < 1
    assert first.standing
    assert len(first.standing.stack) == 2


def test_a_building_has_its_chain_and_the_grid_that_routing_has(town_connection: sa.Connection) -> None:
    for name in ("园北路1栋", "新工街8栋", "沿河路46号"):
        first = find(town_connection, name)[0]
        assert (first.entry.name, first.match.score) == (name, 1)
        decision = route_in_database(town_connection, *first.entry.location)
        assert first.standing
        assert first.standing.grid
        assert first.standing.grid.id == decision.grid_id
        assert first.chain[-1]["code"] == decision.village_code


def test_a_dedicated_grid_is_told_of_a_place(town_connection: sa.Connection) -> None:
    first = find(town_connection, "沿河示例医院")[0]
    assert (first.entry.kind, first.match.score) == ("place", 1)
    assert first.standing
    assert first.standing.dedicated
    assert first.standing.dedicated.name == "沿河示例医院"


def test_a_street_is_found_by_its_name_and_stands_in_no_one_grid(town_connection: sa.Connection) -> None:
    first = find(town_connection, "鞍千路")[0]
    assert (first.entry.kind, first.standing) == ("street", None)
    assert [each["level"] for each in first.chain] == ["city", "county"]


def test_a_wrong_character_finds_the_building_with_a_lower_score(town_connection: sa.Connection) -> None:
    first = find(town_connection, "安千路18栋")[0]
    assert first.entry.name == TOWER
    assert 0.5 < first.match.score < 1


def test_an_address_is_found_in_what_a_caller_tells(town_connection: sa.Connection) -> None:
    first = find(town_connection, "鞍千路十八号楼2单元12楼电梯和走廊一直在漏水，请派人来看看")[0]
    assert (first.entry.name, first.match.score) == (TOWER, 1)
    assert first.standing
    assert first.standing.grid


def test_a_house_that_is_not_there_finds_its_street_below_the_sure_score(town_connection: sa.Connection) -> None:
    found = find(town_connection, "鞍千路999栋")
    assert found
    assert (found[0].entry.kind, found[0].entry.name) == ("street", "鞍千路")
    assert all(each.entry.name.startswith("鞍千路") and each.match.score < 0.5 for each in found[:3])


def test_a_box_leaves_out_what_lies_elsewhere(town_connection: sa.Connection) -> None:
    lon, lat = find(town_connection, TOWER)[0].entry.location
    here, far = (lon - 1e-5, lat - 1e-5, lon + 1e-5, lat + 1e-5), (120.0, 40.0, 120.1, 40.1)
    assert [each.entry.name for each in find(town_connection, "鞍千路18栋", bbox=here)] == [TOWER]
    assert find(town_connection, "鞍千路18栋", bbox=far) == []


def test_candidates_and_their_grids_are_one_statement_by_two_indexes(town_connection: sa.Connection) -> None:
    statements: list[str] = []
    town_connection.execute(sa.select(1))  # a transaction begins by saying what it may see
    sa.event.listen(town_connection, "before_cursor_execute", lambda *given: statements.append(given[2]))
    stored.like(town_connection, parse("鞍千路18栋").key, limit=30)
    assert len(statements) == 1
    # A hundred entries are read whole sooner than by any index.
    town_connection.execute(sa.text("set local enable_seqscan = off"))
    query = stored.likest(parse("鞍千路18栋").key, bbox=None, limit=30)
    asked = query.compile(town_connection.engine)
    plan = town_connection.exec_driver_sql(f"explain {asked}", asked.params).scalars().all()
    told = "\n".join(plan)
    assert "ix_addresses_folded" in told
    assert "ix_grids_boundary" in told
    assert "Seq Scan" not in told
