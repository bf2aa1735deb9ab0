"""A row of the audit log holds no word that anyone wrote, and its hash covers all that it says."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.domain.audit import GENESIS, Entry, Head, link, row_bytes, seal, value_hash
from gis.errors import InvalidInputError
from tests.audit_rows import BEGAN

HEAD = Head(0, GENESIS, BEGAN)
SALT = b"salt of one row."
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


def test_a_row_follows_its_head_at_the_instant_of_the_head() -> None:
    first = seal(Entry("account.disabled", "account:17"), HEAD, SALT)[0]
    assert (first.position, first.at, first.previous_hash) == (1, BEGAN, GENESIS)
    second = seal(Entry("account.disabled", "account:18"), Head(1, first.hash, BEGAN), SALT)[0]
    assert (second.position, second.previous_hash) == (2, first.hash)
    assert second.hash == link(first.hash, second)


def test_the_bytes_of_a_row_are_written_down() -> None:
    row = seal(Entry("account.disabled", "account:17", actor_id=3, role="administrator"), HEAD, SALT)[0]
    expected = (
        '["2026-03-02T08:00:00.000000+00:00",3,"administrator","account.disabled","account:17",{},{},'
        f'"{row.texts_hash}"]'
    )
    assert row_bytes(row) == expected.encode()


def test_an_instant_is_the_same_in_every_time_zone() -> None:
    row = seal(Entry("plan.published", "plan:4"), HEAD, SALT)[0]
    in_beijing = row.at.astimezone(timezone(timedelta(hours=8)))
    assert row_bytes(replace(row, at=in_beijing)) == row_bytes(row)


@given(texts, texts, texts, texts)
def test_no_word_and_no_value_stands_in_the_row(name: str, address: str, reason: str, value: str) -> None:
    mark = "七"
    entry = Entry(
        "account.changed",
        "account:17",
        actor_name=mark + name,
        address=mark + address,
        reason=mark + reason,
        before={"telephone": mark + value},
        after={"telephone": mark},
    )
    row = seal(entry, HEAD, SALT)[0]
    assert mark not in str(row)


def test_only_values_that_are_to_be_shown_are_kept_readable() -> None:
    entry = Entry(
        "grant.added",
        "account:17",
        before={"role": None},
        after={"role": "planner", "telephone": "13900000000"},
        shown=frozenset({"role"}),
    )
    row, beside = seal(entry, HEAD, SALT)
    assert beside.shown == '{"after":{"role":"planner"},"before":{"role":null}}'
    assert set(row.after) == {"role", "telephone"}


def test_who_knows_a_value_and_the_salt_can_show_that_it_was_this_one() -> None:
    row = seal(Entry("account.changed", "account:17", after={"telephone": "13900000000"}), HEAD, SALT)[0]
    assert row.after["telephone"] == value_hash(SALT, "telephone", "13900000000")
    assert row.after["telephone"] != value_hash(b"another salt....", "telephone", "13900000000")
    assert row.after["telephone"] != value_hash(SALT, "name", "13900000000")


def test_the_same_texts_hash_differently_in_two_rows() -> None:
    entry = Entry("account.disabled", "account:17", reason="left")
    assert seal(entry, HEAD, b"a" * 16)[0].texts_hash != seal(entry, HEAD, b"b" * 16)[0].texts_hash


@pytest.mark.parametrize("text", ["nul \0", "half \ud83d"])
def test_a_text_that_no_table_keeps_is_refused_by_name(text: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Entry("account.disabled", "account:17", reason=text)
    assert caught.value.faults[0].pointer == "/reason"
