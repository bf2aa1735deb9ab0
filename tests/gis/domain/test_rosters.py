"""What a roster wants, and what of it contradicts what is there."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.posts import Post
from gis.domain.roster_changes import Mode, Person, Present, Roster, judge
from gis.domain.rosters import HEADINGS, CellFault, Row, Sheet, day_of, read, role_of

TODAY = date(2026, 6, 1)
VILLAGE = "210304015017"
LEVEL2, LEAF, NEXT, DEDICATED = VILLAGE + "101000", VILLAGE + "101001", VILLAGE + "101002", VILLAGE + "200001"
ELSEWHERE = "210304015011101001"
LEVELS = {VILLAGE: "village", LEVEL2: "level2", LEAF: "grid", NEXT: "grid", DEDICATED: "grid", ELSEWHERE: "grid"}


def sheet(*rows: dict[str, str]) -> Sheet:
    return Sheet({name: name for name in HEADINGS}, tuple(Row(number, cells) for number, cells in enumerate(rows, 2)))


def present(*posts: Post, people: tuple[Person, ...] = ()) -> Present:
    known = {one.name: one for one in people} | {
        post.person: Person(post.account_id, post.person, None, True) for post in posts
    }
    telephones = {one.telephone: one.name for one in known.values() if one.telephone}
    return Present(TODAY, LEVELS, known, telephones, posts)


def held(area: str, account: int, **values: Any) -> Post:
    return Post(account, area, "worker", account, TODAY - timedelta(30), person=f"p{account}", **values)


def judged(*rows: dict[str, str], there: Present | None = None, whole: bool = False, on: date = TODAY) -> Roster:
    return judge(sheet(*rows), there or present(), Mode(on, (VILLAGE,) if whole else None))


def told(found: Roster) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in found.faults]


@pytest.mark.parametrize("text", ["2026-06-01", "2026-6-1", "2026/06/01", "20260601", "2026年6月1日"])
def test_days_are_read_as_people_write_them(text: str) -> None:
    assert day_of(text) == TODAY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-13-01",
        "2026-02-30",
        "1.6.2026",
        "2026-06",
        "２０２６-06-01",
        "2026-06-01 09:00",
        "1899-12-31",
        "2201-01-01",
    ],
)
def test_what_is_no_day_is_none(text: str) -> None:
    assert day_of(text) is None


@pytest.mark.parametrize("text", ["9999-12-31", "9999/12/31", "99991231", "9999年12月31日"])
def test_the_last_day_of_all_calendars_is_no_end(text: str) -> None:
    row = {"name": "one", "area": LEAF, "until": text}
    ((wanted,), faults) = read(sheet(row))
    assert (wanted.last_on, faults) == (None, [])
    _, faults = read(sheet({**row, "from": text}, {**row, "substitute": "yes"}, {**row, "until": "9999-12-30"}))
    assert [(fault.row, fault.column) for fault in faults] == [(2, "from"), (3, "until"), (4, "until")]


def test_roles_are_known_by_their_names() -> None:
    assert [role_of(text) for text in ("网格员", "Grid leader", "level2", "king")] == [
        "worker",
        "leader",
        "level2",
        None,
    ]


@given(st.dictionaries(st.sampled_from(list(HEADINGS)), st.text(max_size=60)))
def test_whatever_a_row_says_it_is_wanted_or_has_faults_with_its_number(cells: dict[str, str]) -> None:
    wanted, faults = read(sheet(cells))
    assert bool(wanted) is not bool(faults)
    assert all(fault.row == 2 and len(fault.value) <= 40 for fault in faults)


def test_all_faults_of_all_cells_are_told_at_once() -> None:
    bad = {
        "name": "a b",
        "telephone": "12",
        "area": "",
        "role": "king",
        "from": "soon",
        "until": "x",
        "substitute": "?",
    }
    formula = {"name": "one", "area": "=A1"}
    wanted, faults = read(sheet(bad, formula))
    assert wanted == []
    expected = [(2, name) for name in ("name", "telephone", "area", "role", "from", "until", "substitute")]
    assert [(fault.row, fault.column) for fault in faults] == [*expected, (3, "area")]
    assert CellFault(3, "area", "=A1", "Not so.").as_fault().pointer == "row 3, column area"


def test_new_people_and_posts_are_counted_and_roles_follow_from_areas() -> None:
    found = judged(
        {"name": "One", "area": LEAF, "telephone": "00000000001"},
        {"name": "one", "area": DEDICATED},
        {"name": "two", "area": VILLAGE, "role": "网格长"},
        {"name": "three", "area": LEAF, "substitute": "是", "until": "2026-06-09"},
    )
    assert found.faults == ()
    assert found.new_people == {"one": "00000000001", "two": None, "three": None}
    assert [(new.name, new.post.role, new.post.substitute) for new in found.added] == [
        ("one", "worker", False),
        ("one", "worker", False),
        ("two", "leader", False),
        ("three", "worker", True),
    ]
    assert found.vacancies == {"village": 0, "level2": 1, "grid": 2}


def test_what_is_so_already_is_unchanged_whenever_it_began() -> None:
    there = present(held(LEAF, 1))
    long_ago = {"name": "p1", "area": LEAF, "from": "2026-05-20"}
    for row in ({"name": "p1", "area": LEAF}, long_ago):
        found = judged(row, there=there)
        assert (found.unchanged, found.added, found.faults) == (1, (), ())


def test_areas_that_others_hold_are_told_with_who_and_until_when() -> None:
    found = judged({"name": "two", "area": LEAF}, there=present(held(LEAF, 1)))
    assert told(found) == [(2, "area")]
    assert "p1 holds it from 2026-05-02 until further notice" in found.faults[0].detail
    twice = judged({"name": "one", "area": LEAF}, {"name": "two", "area": LEAF})
    assert told(twice) == [(3, "area")]
    assert "in this sheet" in twice.faults[0].detail
    again = judged({"name": "one", "area": LEAF}, {"name": "one", "area": LEAF})
    assert told(again) == [(3, "area")]


def test_two_may_hold_one_area_after_each_other() -> None:
    found = judged(
        {"name": "one", "area": LEAF, "until": "2026-06-30"}, {"name": "two", "area": LEAF, "from": "2026-07-01"}
    )
    assert found.faults == ()


def test_the_roster_of_an_area_ends_whom_it_does_not_name_there_and_nobody_elsewhere() -> None:
    there = present(held(LEAF, 1), held(NEXT, 2), held(ELSEWHERE, 3))
    found = judged({"name": "p1", "area": LEAF}, {"name": "new", "area": NEXT}, there=there, whole=True)
    assert found.faults == ()
    assert [post.person for post in found.ended] == ["p2"]
    assert found.unchanged == 1
    assert [new.name for new in found.added] == ["new"]
    assert judged({"name": "p1", "area": LEAF}, there=there).ended == ()
    outside = judged({"name": "new", "area": ELSEWHERE}, there=there, whole=True)
    assert told(outside) == [(2, "area")]


def test_past_days_unknown_areas_and_wrong_roles_are_told() -> None:
    found = judged(
        {"name": "one", "area": LEAF, "from": "2026-05-31"},
        {"name": "one", "area": NEXT, "until": "2026-05-31"},
        {"name": "one", "area": VILLAGE + "999999"},
        {"name": "one", "area": LEVEL2, "role": "leader"},
    )
    assert told(found) == [(2, "from"), (3, "until"), (4, "area"), (5, "role")]


def test_a_telephone_is_one_persons_and_a_person_has_one() -> None:
    there = present(people=(Person(1, "known", "00000000001", True), Person(2, "bare", None, True)))
    found = judged(
        {"name": "new", "area": LEAF, "telephone": "00000000001"},
        {"name": "known", "area": NEXT, "telephone": "+86 000-0000-0002"},
        {"name": "bare", "area": DEDICATED, "telephone": "00000000003"},
        {"name": "bare", "area": LEVEL2, "telephone": "00000000004"},
        there=there,
    )
    assert told(found) == [(2, "telephone"), (3, "telephone"), (5, "telephone")]
    assert found.telephones == {"bare": "00000000003"}


def test_systems_and_disabled_people_hold_nothing() -> None:
    found = judged({"name": "gone", "area": LEAF}, there=present(people=(Person(1, "gone", None, False),)))
    assert told(found) == [(2, "name")]


def test_who_reads_the_record_or_gives_rights_is_refused_a_post() -> None:
    reader = Person(1, "reader", None, True, frozenset({"auditor"}))
    planner = Person(2, "drawer", None, True, frozenset({"planner"}))
    found = judged(
        {"name": "reader", "area": LEAF}, {"name": "drawer", "area": NEXT}, there=present(people=(reader, planner))
    )
    assert told(found) == [(2, "name")]
    assert "never auditor and worker" in found.faults[0].detail
    assert [new.name for new in found.added] == ["drawer"]
