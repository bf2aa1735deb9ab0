"""Of grids that share a footprint, unit and floor tell one, as far as they are known."""

import itertools

from gis.domain.stacks import Under, resolve

NUMBERS = itertools.count(1)


def leaf(unit: str | None = None, floors: tuple[int, int] | None = None, *, footprint: int = 1, id: int = 0) -> Under:
    low, high = floors or (None, None)
    number = id or next(NUMBERS)
    return Under(number, f"code-{number}", "comprehensive", "网格", "village", "level2", unit, low, high, footprint)


def dedicated(id: int) -> Under:
    return Under(id, f"code-{id}", "dedicated", "学校", "village", None, None, None, None, id)


TOWER = [leaf(f"{unit}单元", floors) for unit in (1, 2) for floors in ((1, 5), (6, 10))]


def test_unit_and_floor_tell_one_grid() -> None:
    standing = resolve(TOWER, unit="2", floor=7)
    assert (standing.grid, standing.stack) == (TOWER[3], ())


def test_a_unit_alone_leaves_its_floors_and_a_floor_alone_its_units() -> None:
    assert resolve(TOWER, unit="1", floor=None).stack == tuple(TOWER[:2])
    assert resolve(TOWER, unit="", floor=3).stack == (TOWER[0], TOWER[2])


def test_what_no_grid_has_narrows_nothing() -> None:
    assert resolve(TOWER, unit="9", floor=None).stack == tuple(TOWER)
    assert resolve(TOWER, unit="1", floor=99).stack == tuple(TOWER[:2])


def test_on_a_border_the_footprint_with_the_lowest_id_has_the_place() -> None:
    here, there = leaf(footprint=101, id=101), leaf(footprint=100, id=100)
    standing = resolve([here, there], unit="", floor=None)
    assert standing.grid == there
    assert standing.village_code == "village"


def test_a_dedicated_grid_is_told_beside_the_comprehensive_one() -> None:
    alone = leaf()
    standing = resolve([dedicated(7), dedicated(5), alone], unit="", floor=None)
    assert (standing.grid, standing.dedicated) == (alone, dedicated(5))


def test_outside_of_every_grid_there_is_none() -> None:
    standing = resolve([], unit="1", floor=1)
    assert (standing.grid, standing.stack, standing.dedicated, standing.village_code) == (None, (), None, None)
