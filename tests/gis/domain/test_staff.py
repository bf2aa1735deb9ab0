"""Areas hold what lies in them, and nothing beside."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.staff import EVERYWHERE, NOWHERE, Caller, Grant, account_name, check_grant, is_inside, prefix, scope_of
from gis.errors import InvalidInputError

VILLAGE = "210304015017"
LEAF, LEVEL2, DEDICATED = VILLAGE + "102013", VILLAGE + "102000", VILLAGE + "200001"
areas = st.sampled_from(
    [
        "210304000000",
        "210304015000",
        VILLAGE,
        "210304015011",
        LEVEL2,
        LEAF,
        DEDICATED,
        "2103Z1",
        "2103Z10",
        "2103",
        "Z1",
    ]
)


@pytest.mark.parametrize(
    ("area", "found"),
    [
        ("210300000000", "*"),
        ("210304000000", "210304"),
        ("210304015000", "210304015"),
        (VILLAGE, VILLAGE),
        (LEVEL2, VILLAGE + "102"),
        (LEAF, LEAF),
        (DEDICATED, DEDICATED),
        ("2103Z1", "=2103Z1"),
        ("2103", "=2103"),
    ],
)
def test_everything_in_an_area_begins_alike_or_names_the_whole_of_it(area: str, found: str) -> None:
    assert prefix(area) == found


@given(st.lists(areas, max_size=6), areas)
def test_a_scope_holds_what_one_of_its_areas_holds(given_areas: list[str], code: str) -> None:
    scope = scope_of(given_areas)
    starts = [prefix(area) for area in given_areas]
    assert is_inside(code, scope) == (code in given_areas or any(code.startswith(start) for start in starts))
    assert scope == scope_of(reversed(given_areas))


def test_a_zone_holds_no_other_whose_code_begins_alike() -> None:
    assert scope_of(["Z1", "Z10", "Z1"]) == ("=Z1", "=Z10")
    assert [is_inside(code, scope_of(["Z1"])) for code in ("Z1", "Z10", "Z")] == [True, False, False]
    assert not is_inside(VILLAGE, scope_of(["2103"]))


def test_the_city_holds_all_even_what_lies_outside_of_it() -> None:
    assert scope_of(["210300000000", LEAF]) == EVERYWHERE
    assert is_inside(None, EVERYWHERE)
    assert not is_inside(None, scope_of(["210304000000"]))
    assert scope_of([]) == NOWHERE


def test_a_role_reaches_no_further_than_it_is_given() -> None:
    caller = Caller(1, "someone", (Grant("leader", VILLAGE), Grant("worker", "210304015011101001")))
    assert caller.scope({"leader"}) == (VILLAGE,)
    assert caller.scope({"leader", "worker"}) == ("210304015011101001", VILLAGE)
    assert caller.scope({"auditor"}) == NOWHERE


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (" Zhang-01 ", "zhang-01"),
        ("ｚｈａｎｇ－０１", "zhang-01"),
        ("张三01", "张三01"),
        ("zhāng", "zhāng"),
        ("zha\u0304ng", "zhāng"),
        ("иванов", "иванов"),
    ],
)
def test_a_name_is_kept_as_names_are_compared(name: str, kept: str) -> None:
    assert account_name(name) == kept == account_name(kept)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("\u0430dmin", "look alike"),
        ("adm\u03b9n", "look alike"),
        ("张ad\u043cin", "look alike"),
        ("ad\u200bmin", "cannot be seen"),
        ("admin\ufeff", "cannot be seen"),
        ("ad\u202emin", "cannot be seen"),
        ("ad\u00admin", "cannot be seen"),
        ("ad\u3164min", "cannot be seen"),
        ("admin\ufe0f", "cannot be seen"),
        ("ad\u0001min", "cannot be seen"),
        ("ad min", "without spaces"),
        ("１２３４５", "digits alone"),
    ],
)
def test_a_name_that_looks_like_another_is_refused(name: str, why: str) -> None:
    with pytest.raises(InvalidInputError, match=why) as refused:
        account_name(name)
    assert [fault.pointer for fault in refused.value.faults] == ["/name"]


@pytest.mark.parametrize(("role", "area"), [("king", VILLAGE), ("leader", ""), ("leader", "*"), ("leader", "21,03")])
def test_a_grant_that_cannot_be_is_refused(role: str, area: str) -> None:
    with pytest.raises(InvalidInputError):
        check_grant(role, area)
