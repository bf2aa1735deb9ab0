"""Whatever is done to a chain of audit rows is found, and named by its position."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.audit import GENESIS, Recorded, Row
from gis.domain.audit_chain import Finding, verify
from tests.audit_rows import chain, head_of, rehashed, renumbered

SOUND = list(chain(60))
END = head_of(SOUND[-1])
# How each part of a row may be altered.
CHANGES: dict[str, Callable[[Row], Row]] = {
    "at": lambda row: replace(row, at=row.at + timedelta(microseconds=1)),
    "actor_id": lambda row: replace(row, actor_id=None if row.actor_id else 91),
    "role": lambda row: replace(row, role=None),
    "action": lambda row: replace(row, action=row.action + "x"),
    "subject": lambda row: replace(row, subject=row.subject + "0"),
    "before": lambda row: replace(row, before={}),
    "after": lambda row: replace(row, after={**row.after, "area": "0" * 64}),
    "texts_hash": lambda row: replace(row, texts_hash="0" * 64),
    "previous_hash": lambda row: replace(row, previous_hash="f" * 64),
    "hash": lambda row: replace(row, hash="f" * 64),
}
places = st.integers(0, len(SOUND) - 1)
inner = st.integers(0, len(SOUND) - 2)
changes = st.sampled_from(sorted(CHANGES))


def with_row(rows: list[Recorded], place: int, row: Row) -> list[Recorded]:
    return [*rows[:place], replace(rows[place], row=row, texts=None), *rows[place + 1 :]]


def told(findings: list[Finding]) -> list[tuple[str, int, int]]:
    return [(finding.kind, finding.position, finding.last) for finding in findings]


def foreign(row: Row) -> Row:
    """A row that was never recorded, made to follow the row before."""
    return rehashed(replace(row, subject="account:999"))


def swapped(rows: list[Recorded], one: int, other: int) -> list[Recorded]:
    mixed = list(rows)
    mixed[one], mixed[other] = mixed[other], mixed[one]
    return renumbered(mixed)


def test_a_sound_chain_has_no_findings() -> None:
    assert verify(SOUND) == []
    assert verify(SOUND, [head_of(recorded) for recorded in SOUND]) == []


def test_an_empty_chain_is_sound() -> None:
    assert verify([]) == []


@given(places, changes)
def test_a_changed_row_is_named(place: int, what: str) -> None:
    tampered = with_row(SOUND, place, CHANGES[what](SOUND[place].row))
    assert told(verify(tampered)) == [("changed", place + 1, place + 1)]


@given(inner, changes.filter(lambda what: what not in ("hash", "previous_hash")))
def test_a_row_that_was_rewritten_with_a_new_hash_is_named(place: int, what: str) -> None:
    tampered = with_row(SOUND, place, rehashed(CHANGES[what](SOUND[place].row)))
    assert told(verify(tampered)) == [("changed", place + 1, place + 1)]


@given(st.integers(1, len(SOUND) - 2))
def test_a_row_that_was_rewritten_with_its_link_is_named(place: int) -> None:
    tampered = with_row(SOUND, place, rehashed(CHANGES["previous_hash"](SOUND[place].row)))
    assert told(verify(tampered)) == [("changed", place + 1, place + 1)]


@given(inner, st.integers(1, 5))
def test_deleted_rows_are_named(place: int, count: int) -> None:
    last = min(place + count, len(SOUND) - 1)
    assert told(verify(SOUND[:place] + SOUND[last:])) == [("deleted", place + 1, last)]


@given(st.integers(1, len(SOUND) - 2))
def test_a_deleted_row_is_found_when_later_rows_were_numbered_anew(place: int) -> None:
    tampered = renumbered(SOUND[:place] + SOUND[place + 1 :])
    assert told(verify(tampered)) == [("changed", place, place)]
    found = verify(tampered, [END])
    assert ("head", 60, 60) in told(found)
    assert f"stands at {59}" in found[-1].detail


@given(st.integers(0, len(SOUND)), st.sampled_from(["well", "badly", "not"]))
def test_an_inserted_row_is_named(place: int, how: str) -> None:
    before = SOUND[place - 1].row.hash if place else GENESIS
    model = SOUND[min(place, len(SOUND) - 1)].row
    row = replace(model, previous_hash=before if how == "well" else "e" * 64, subject="account:999")
    strange = Recorded(row if how == "not" else rehashed(row), None)
    tampered = renumbered([*SOUND[:place], strange, *SOUND[place:]])
    found = told(verify(tampered, [END]))
    if place == len(SOUND):
        # Behind the last head nobody can know; the database's own count does, see the tests of the service.
        assert how == "well" or found
    else:
        assert ("inserted", place + 1, place + 1) in found or ("changed", place + 1, place + 1) in found
        assert {position for _, position, _ in found} <= {place + 1, 60}


@given(places, places)
def test_rows_that_changed_places_are_named(one: int, other: int) -> None:
    found = told(verify(swapped(SOUND, one, other)))
    assert {kind for kind, _, _ in found} <= {"reordered"}
    named = {position for _, position, _ in found}
    if abs(one - other) == 2:
        # Of three rows in reverse any one may be said to stand right.
        assert len(named) == 2
    else:
        assert named <= {one + 1, other + 1}
        assert len(named) == min(abs(one - other), 2)


@given(places, places)
def test_a_row_that_was_moved_is_named_with_where_it_belongs(one: int, other: int) -> None:
    mixed = [recorded for place, recorded in enumerate(SOUND) if place != one]
    mixed.insert(other, SOUND[one])
    found = verify(renumbered(mixed))
    if abs(one - other) > 1:
        assert told(found) == [("reordered", other + 1, other + 1)]
        assert "belongs" in found[0].detail
    else:
        assert bool(found) == (one != other)


@given(st.integers(0, len(SOUND) - 1), st.integers(1, 9))
def test_a_row_with_another_number_is_named(place: int, beyond: int) -> None:
    row = replace(SOUND[place].row, position=60 + beyond)
    tampered = [*SOUND[:place], *SOUND[place + 1 :], Recorded(row, None)]
    assert told(verify(tampered)) == [("reordered", 60 + beyond, 60 + beyond)]


@given(st.integers(0, len(SOUND) - 1))
def test_a_cut_tail_is_found_by_a_head(kept: int) -> None:
    assert verify(SOUND[:kept]) == []
    assert told(verify(SOUND[:kept], [END])) == [("cut", kept + 1, 60)]


@given(st.integers(0, 49), st.integers(0, 49))
def test_a_tail_that_was_rewritten_whole_is_found_between_two_heads(place: int, early: int) -> None:
    """Every hash and link is sound again, so only a head from after that place can tell."""
    tampered, previous = SOUND[:place], SOUND[place].row.previous_hash
    for recorded in SOUND[place:]:
        row = rehashed(replace(recorded.row, previous_hash=previous, role="citizen"))
        tampered, previous = [*tampered, Recorded(row, None)], row.hash
    assert verify(tampered) == []
    heads = [head_of(SOUND[early]), END]
    assert told(verify(tampered, heads)) == [("head", early + 2 if early < place else 1, 60)]


def test_a_chain_that_was_cut_and_went_on_is_found() -> None:
    other = chain(70, seed=8)
    went_on, previous = SOUND[:50], SOUND[49].row.hash
    for recorded in other[50:]:
        row = rehashed(replace(recorded.row, previous_hash=previous))
        went_on, previous = [*went_on, Recorded(row, None)], row.hash
    assert told(verify(went_on, [head_of(SOUND[39]), END])) == [("head", 41, 60)]


@given(places)
def test_altered_texts_are_named_and_erased_ones_are_not(place: int) -> None:
    recorded = SOUND[place]
    assert recorded.texts is not None
    altered = replace(recorded, texts=replace(recorded.texts, reason="because"))
    assert told(verify([*SOUND[:place], altered, *SOUND[place + 1 :]])) == [("texts", place + 1, place + 1)]
    assert verify([*SOUND[:place], replace(recorded, texts=None), *SOUND[place + 1 :]]) == []


@pytest.fixture(scope="module")
def hundred_thousand() -> list[Recorded]:
    return list(chain(100_000))


def test_a_thousand_of_a_thousand_tampered_places_in_100_000_rows_are_named(hundred_thousand: list[Recorded]) -> None:
    dice = random.Random(20261125)
    spots = [100 * n + dice.randrange(10, 90) for n in range(1000)]
    tampered, planted, begins = [], [], 0
    for place in spots:
        tampered += hundred_thousand[begins:place]
        row, position = hundred_thousand[place].row, len(tampered) + 1
        kind = dice.choice(["changed", "rewritten", "removed", "inserted", "reordered"])
        if kind == "inserted":
            tampered += [Recorded(foreign(row), None), hundred_thousand[place]]
        elif kind == "reordered":
            tampered += [hundred_thousand[place + 1], hundred_thousand[place]]
        elif kind != "removed":
            what = dice.choice(sorted(CHANGES.keys() - {"hash", "previous_hash"}))
            altered = CHANGES[what](row)
            tampered.append(Recorded(altered if kind == "changed" else rehashed(altered), None))
        planted.append((kind, position))
        begins = place + (2 if kind == "reordered" else 1)
    found = verify(renumbered(tampered + hundred_thousand[begins:]))
    assert len(found) == 1000
    named = Counter()
    for finding, (kind, position) in zip(found, planted, strict=True):
        # Removed and numbered anew, it is the row before that no longer fits.
        expected = {"removed": (position - 1,), "reordered": (position, position + 1)}.get(kind, (position,))
        assert finding.position in expected
        assert finding.kind == {"rewritten": "changed", "removed": "changed"}.get(kind, kind)
        named[kind] += 1
    assert sum(named.values()) == 1000
    assert len(named) == 5
