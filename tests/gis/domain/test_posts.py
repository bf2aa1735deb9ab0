"""Who holds what on which day, who answers, and what a redraw does to it."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.posts import KEPT_SHARE, Moves, Post, answering, carry, check_days
from gis.errors import InvalidInputError

TODAY = date(2026, 6, 1)
VILLAGE, LEVEL2, LEAF = "210304015017", "210304015017101000", "210304015017101001"
A, B, C, D = (f"21030401501710100{number}" for number in range(1, 5))


def post(area: str, account: int, number: int = 0, *, substitute: bool = False, last_on: date | None = None) -> Post:
    role = {12: "leader"}.get(len(area), "level2" if area.endswith("000") else "worker")
    return Post(number or account, area, role, account, TODAY, last_on, substitute)


def moves(ended: str, kept: str = "", renumbered: dict[str, str] | None = None, **shares: dict[str, float]) -> Moves:
    named = {globals()[name]: {globals()[to]: share for to, share in parts.items()} for name, parts in shares.items()}
    return Moves(
        frozenset(globals()[name] for name in ended),
        frozenset(globals()[name] for name in kept),
        named,
        {globals()[old]: globals()[new] for old, new in (renumbered or {}).items()},
    )


def test_a_substitute_answers_before_the_holder_and_levels_above_before_nobody() -> None:
    above = (LEVEL2, VILLAGE)
    leader, second, holder, stand_in = post(VILLAGE, 1), post(LEVEL2, 2), post(LEAF, 3), post(LEAF, 4, substitute=True)
    everyone = [leader, second, holder, stand_in]
    found = [answering(LEAF, above, everyone[:number], TODAY) for number in range(5)]
    assert [one.reason for one in found] == ["nobody", "vacant_leader", "vacant_level2", "holder", "substitute"]
    assert [one.posts for one in found] == [(), (leader,), (second,), (holder,), (stand_in,)]
    assert found[1].asked == (LEAF, LEVEL2, VILLAGE)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.booleans()), max_size=6), st.integers(0, 12))
def test_who_answers_holds_on_that_day(spans: list[tuple[int, int, bool]], day: int) -> None:
    posts = [
        Post(number, LEAF, "worker", number, TODAY + timedelta(start), TODAY + timedelta(start + length), substitute)
        for number, (start, length, substitute) in enumerate(spans)
    ]
    on = TODAY + timedelta(day)
    found = answering(LEAF, (), posts, on)
    assert all(one.holds_on(on) for one in found.posts)
    assert bool(found.posts) == any(one.from_on <= on <= (one.last_on or on) for one in posts)


@pytest.mark.parametrize(
    ("from_on", "last_on", "places"),
    [
        (TODAY, None, []),
        (TODAY, TODAY, []),
        (TODAY - timedelta(1), None, ["/on"]),
        (TODAY, TODAY - timedelta(1), ["/last_on"]),
        (TODAY - timedelta(2), TODAY - timedelta(3), ["/on", "/last_on"]),
        (TODAY, date(2200, 12, 31), []),
        (date(2201, 1, 1), date.max, ["/on", "/last_on"]),
    ],
)
def test_past_days_stay_as_they_are_and_none_is_beyond_all_years(
    from_on: date, last_on: date | None, places: list[str]
) -> None:
    if not places:
        check_days(from_on, last_on, today=TODAY)
        return
    with pytest.raises(InvalidInputError) as refused:
        check_days(from_on, last_on, today=TODAY)
    assert [fault.pointer for fault in refused.value.faults] == places


def test_a_code_that_stays_keeps_its_post_whatever_its_border() -> None:
    found = carry([post(A, 1)], moves("", "A", A={"A": 0.3, "B": 0.7}))
    assert found.kept == (post(A, 1),)
    assert (found.moved, found.ended, found.questions) == ((), (), ())


def test_a_grid_that_was_renumbered_takes_its_people_along() -> None:
    people = [post(A, 1), post(A, 2, substitute=True)]
    found = carry(people, moves("A", renumbered={"A": "B"}))
    assert [(one.area, one.account_id, one.substitute) for one in found.moved] == [(B, 1, False), (B, 2, True)]
    assert (found.ended, found.questions) == ((), ())


def test_a_merge_of_one_holder_is_carried_and_of_several_is_asked() -> None:
    both = {"A": {"C": 1.0}, "B": {"C": 1.0}}
    assert [one.area for one in carry([post(A, 1)], moves("AB", **both)).moved] == [C]
    same = carry([post(A, 1, 1), post(B, 1, 2)], moves("AB", **both))
    assert [(one.area, one.account_id) for one in same.moved] == [(C, 1)]
    several = carry([post(A, 1), post(B, 2)], moves("AB", **both))
    assert not several.moved
    assert [(one.area, one.reason) for one in several.questions] == [(C, "merged")]
    assert [(one.area, one.account_id, one.share) for one in several.questions[0].candidates] == [(A, 1, 1), (B, 2, 1)]


def test_who_holds_a_code_that_stays_keeps_it_while_a_merge_is_asked_about() -> None:
    found = carry([post(A, 1), post(B, 2)], moves("B", "A", A={"A": 1.0}, B={"A": 1.0}))
    assert found.kept == (post(A, 1),)
    assert found.ended == (post(B, 2),)
    assert [(one.area, [each.account_id for each in one.candidates]) for one in found.questions] == [(A, [1, 2])]


def test_the_largest_part_of_a_split_keeps_the_post_only_from_the_stated_share_on() -> None:
    carried = carry([post(A, 1)], moves("A", A={"B": KEPT_SHARE, "C": 1 - KEPT_SHARE}))
    assert [one.area for one in carried.moved] == [B]
    assert not carried.questions
    asked = carry([post(A, 1)], moves("A", A={"B": 0.79, "C": 0.21}))
    assert asked.ended == (post(A, 1),)
    assert [(one.area, one.reason) for one in asked.questions] == [(B, "split"), (C, "split")]


def test_a_dropped_grid_ends_its_post_and_asks_nobody() -> None:
    found = carry([post(A, 1)], moves("A"))
    assert found.ended == (post(A, 1),)
    assert (found.moved, found.questions) == ((), ())


def test_a_later_appointment_goes_along_with_the_present_one() -> None:
    now, later = post(A, 1, last_on=date(2026, 12, 31)), Post(9, A, "worker", 2, date(2027, 1, 1))
    found = carry([now, later], moves("A", A={"B": 1.0}))
    assert [(one.area, one.from_on, one.last_on) for one in found.moved] == [
        (B, TODAY, date(2026, 12, 31)),
        (B, date(2027, 1, 1), None),
    ]
    assert not found.questions


AREAS = (A, B, C, D)
TARGETS = (*AREAS, "E", "F")
shares = st.dictionaries(st.sampled_from(TARGETS), st.floats(0.01, 1), max_size=3).map(
    lambda parts: {to: part / max(1.0, sum(parts.values())) for to, part in parts.items()}
)
redraws = st.fixed_dictionaries(
    {
        "ended": st.frozensets(st.sampled_from(AREAS)),
        "shares": st.dictionaries(st.sampled_from(AREAS), shares),
        "renumbered": st.dictionaries(st.sampled_from(AREAS), st.sampled_from(("E", "F")), max_size=2),
    }
)
staffs = st.lists(st.tuples(st.sampled_from(AREAS), st.integers(1, 3), st.booleans()), max_size=8, unique=True)


@given(staffs, redraws)
def test_after_a_redraw_each_area_has_one_holder_at_most_and_nobody_is_lost_unsaid(staff: list, redraw: dict) -> None:
    held: set[str] = set()
    people = []
    for number, (area, account, substitute) in enumerate(sorted(staff), 1):
        if any(one.area == area and one.account_id == account for one in people) or (not substitute and area in held):
            continue
        held |= set() if substitute else {area}
        people.append(post(area, account, number, substitute=substitute))
    ended = redraw["ended"]
    gone = {old: {to: part for to, part in parts.items() if to not in ended} for old, parts in redraw["shares"].items()}
    renumbered = {old: new for old, new in redraw["renumbered"].items() if old in ended}
    found = carry(people, Moves(ended, frozenset(AREAS) - ended, gone, renumbered))
    after = [*found.kept, *found.moved]
    assert {one.area for one in after}.isdisjoint(ended)
    assert max(Counter(one.area for one in after if not one.substitute).values(), default=0) <= 1
    assert max(Counter((one.area, one.account_id) for one in after).values(), default=0) <= 1
    # Everybody is where they were, somewhere else, or said to have ended.
    assert {one.id for one in people} == {one.id for one in (*after, *found.ended)}
    assert found.kept == tuple(one for one in found.kept if one in people)
    asked = [one.area for one in found.questions]
    assert len(asked) == len(set(asked))
    # A rule or a question, never both: what is asked about has nobody who came by the rules.
    assert {one.area for one in found.moved if not one.substitute}.isdisjoint(asked)
    holders = {one.account_id for one in people if not one.substitute}
    assert {each.account_id for one in found.questions for each in one.candidates} <= holders
