"""What a publication changes, and what became of what."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.changes import lineage, replacement
from tests.drawing import drawn

BEFORE = "AABB AABB CCCC"


def test_equal_grids_do_not_change() -> None:
    changes = replacement(drawn(BEFORE, first_id=1), drawn(BEFORE))
    assert len(changes) == 0


def test_a_ring_that_starts_elsewhere_is_the_same_grid() -> None:
    after = drawn(BEFORE)
    after["boundary"] = after["boundary"].reverse()
    assert len(replacement(drawn(BEFORE, first_id=1), after)) == 0


def test_a_moved_border_changes_both_its_sides_and_nobody_else() -> None:
    changes = replacement(drawn(BEFORE, first_id=1), drawn("AAAB AABB CCCC"))
    assert list(changes.closed["name"]) == ["A", "B"]
    assert list(changes.opened["id"]) == [1, 2]


def test_a_new_grid_has_no_number_yet_and_a_vanished_one_only_ends() -> None:
    changes = replacement(drawn(BEFORE, first_id=1), drawn("AADD AADD CCCC"))
    assert list(changes.closed["name"]) == ["B"]
    assert changes.opened["id"].isna().all()
    assert list(changes.opened["name"]) == ["D"]


def test_a_changed_headcount_is_a_new_version_of_the_same_grid() -> None:
    after = drawn(BEFORE)
    after.loc[0, "headcount"] = 51
    changes = replacement(drawn(BEFORE, first_id=1), after)
    assert list(changes.opened["id"]) == [1]


def test_half_of_a_split_grid_goes_to_each_child() -> None:
    rows = lineage(drawn("AAAA", first_id=1), drawn("AABB", first_id=1))
    assert rows["area_share"].to_list() == pytest.approx([0.5, 0.5])


def test_a_dedicated_grid_never_descends_from_a_comprehensive_one() -> None:
    rows = lineage(drawn("AA", first_id=1), drawn("AA", kind="dedicated", first_id=9))
    assert rows.empty


PICTURES = st.lists(st.text("ABC", min_size=4, max_size=4), min_size=3, max_size=3).map(" ".join)


@given(PICTURES, PICTURES)
def test_what_a_parent_loses_its_children_gain_wholly(before: str, after: str) -> None:
    rows = lineage(drawn(before, first_id=1), drawn(after, first_id=11))
    assert rows.groupby("parent_id")["area_share"].sum().to_list() == pytest.approx(
        [1.0] * len(set(before.replace(" ", "")))
    )
    assert isinstance(rows, pd.DataFrame)
