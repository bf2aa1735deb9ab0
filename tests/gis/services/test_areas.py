"""Areas of a map on the fixture town: grids where they can be told apart, villages where not."""

import pytest
import sqlalchemy as sa

from gis.domain.staff import EVERYWHERE
from gis.errors import InvalidInputError, NotFoundError, TooManyPolygonsError
from gis.services import areas

TOWN, VILLAGE = "210304015000", "210304015017"
FOOTPRINTS = 39


def test_a_small_place_is_shown_by_footprints_and_a_stack_is_one(town_connection: sa.Connection) -> None:
    found = areas.read(town_connection, scope=EVERYWHERE)
    assert (found.level, len(found.frame), found.name, found.villages) == (areas.GRIDS, FOOTPRINTS, "", None)
    assert found.frame["boundary"].geom_equals(found.frame["boundary"].drop_duplicates()).all()


def test_a_stack_goes_by_its_lowest_number(town_connection: sa.Connection) -> None:
    stacked = sa.text("select min(id) from grids where kind = 'comprehensive' group by boundary having count(*) > 1")
    lowest = town_connection.scalars(stacked).all()
    assert len(lowest) == 1
    assert set(lowest) <= set(areas.read(town_connection, scope=EVERYWHERE).frame["id"])


def test_a_village_holds_its_own_grids_alone(town_connection: sa.Connection) -> None:
    found = areas.read(town_connection, scope=EVERYWHERE, within=VILLAGE)
    assert 0 < len(found.frame) < FOOTPRINTS
    assert set(found.frame["village_code"]) == {VILLAGE}
    assert found.name == "新工社区"
    assert list(found.outlines["level"]) == ["village"]


def test_villages_can_be_asked_for(town_connection: sa.Connection) -> None:
    found = areas.read(town_connection, scope=EVERYWHERE, within=TOWN, level=areas.VILLAGES)
    assert (found.level, found.key, found.tally_key) == ("villages", "code", "village_code")
    assert len(found.frame) == 2


def test_a_box_takes_the_grids_that_touch_it(town_connection: sa.Connection) -> None:
    west, south, east, north = areas.read(town_connection, scope=EVERYWHERE).bounds
    part = areas.read(town_connection, scope=EVERYWHERE, bbox=(west, south, (west + east) / 2, (south + north) / 2))
    nothing = areas.read(town_connection, scope=EVERYWHERE, bbox=(120.0, 40.0, 120.1, 40.1))
    assert 0 < len(part.frame) < FOOTPRINTS
    assert (len(nothing.frame), nothing.bounds) == (0, (0.0, 0.0, 0.0, 0.0))


def test_over_the_limit_villages_are_taken_and_grids_refused(
    town_connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas, "POLYGON_LIMIT", FOOTPRINTS - 1)
    assert areas.read(town_connection, scope=EVERYWHERE).level == areas.VILLAGES
    with pytest.raises(TooManyPolygonsError, match=r"39 grids are more than the 38 .* narrow with within="):
        areas.read(town_connection, scope=EVERYWHERE, level=areas.GRIDS)


def test_at_the_limit_grids_are_taken(town_connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "POLYGON_LIMIT", FOOTPRINTS)
    assert areas.read(town_connection, scope=EVERYWHERE).level == areas.GRIDS


def test_an_unknown_division_or_level_is_refused(town_connection: sa.Connection) -> None:
    with pytest.raises(NotFoundError):
        areas.read(town_connection, scope=EVERYWHERE, within="990000000000")
    with pytest.raises(InvalidInputError):
        areas.read(town_connection, scope=EVERYWHERE, level="counties")


def test_a_grown_box_is_wider_by_so_many_metres() -> None:
    west, south, east, north = areas.grown((122.99, 41.11, 122.99, 41.11), 1000)
    assert (east - west) * 83_900 == pytest.approx(2000, rel=0.01)
    assert (north - south) * 111_060 == pytest.approx(2000, rel=0.01)
