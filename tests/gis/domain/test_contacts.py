"""Contacts: what can be one, what is shown of it, and by what it is known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gis.domain.contacts import Consent, Contact, addressed, check, check_reason, dialled, faults, masked, pack, unpack
from gis.errors import InvalidInputError
from tests.reporters import CONTACT

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
AGREED = Consent("1", NOW - timedelta(days=3))


def places(contact: Contact, consent: Consent = AGREED) -> list[str]:
    return [fault.pointer for fault in faults(contact, consent, now=NOW)]


@pytest.mark.parametrize(
    ("contact", "shown"),
    [
        (Contact("示先生", "12000004321"), Contact("示*", "120****4321")),
        (Contact("示", "+86 120 0000 4321"), Contact("示*", "120****4321")),
        (Contact("", "5550123", "a@example.invalid"), Contact("", "55****23", "a***@…")),
        (Contact("", "12345"), Contact("", "1****5")),
        (Contact("", None, "somebody@example.invalid", True), Contact("", None, "s***@…", True)),
    ],
)
def test_a_masked_contact_shows_no_more_than_who_knows_it_would_recognise(contact: Contact, shown: Contact) -> None:
    assert masked(contact) == shown


def test_a_telephone_is_known_however_it_is_written() -> None:
    ways = ("12000004321", "120 0000 4321", "120-0000-4321", "+86 12000004321", "0086-120-00004321", "8612000004321")
    assert {dialled(way) for way in ways} == {"12000004321"}
    assert dialled("(0412) 555-0123") == "04125550123"
    assert dialled("86-5550-123") == "865550123"
    assert addressed("Post@Example.INVALID") == addressed("post@example.invalid")


def test_what_was_packed_for_one_report_opens_for_no_other() -> None:
    text = pack(CONTACT, "one")
    assert unpack(text, "one") == CONTACT
    with pytest.raises(ValueError, match="another report"):
        unpack(text, "two")


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": "x" * 41}, "/name"),
        ({"name": "one\ntwo"}, "/name"),
        ({"name": "a\0b"}, "/name"),
        ({"name": "\ud800"}, "/name"),
        ({"name": "   "}, "/name"),
        ({"telephone": None, "email": None}, "/telephone"),
        ({"telephone": "1234"}, "/telephone"),
        ({"telephone": "1" * 21}, "/telephone"),
        ({"telephone": "１２０００００４３２１"}, "/telephone"),
        ({"telephone": "=cmd|' /C calc'!A0"}, "/telephone"),
        ({"email": "nobody"}, "/email"),
        ({"email": "two words@example.invalid"}, "/email"),
        ({"email": f"a@{'b' * 260}"}, "/email"),
    ],
)
def test_what_cannot_be_a_contact_is_named_by_its_place_and_never_repeated(wrong: dict[str, str], place: str) -> None:
    contact = replace(CONTACT, **wrong)  # type: ignore[arg-type]
    assert places(contact) == [place]
    with pytest.raises(InvalidInputError) as refused:
        check(contact, AGREED, now=NOW)
    told = f"{refused.value} {refused.value.faults}"
    assert not any(value and value in told for value in wrong.values())


def test_bounds_are_inside() -> None:
    assert places(Contact("名" * 40, "1" * 20, f"{'a' * 64}@{'b' * 189}")) == []
    assert places(Contact("", "12345")) == []


def test_a_consent_is_to_a_notice_that_is_known_and_not_from_tomorrow() -> None:
    assert places(CONTACT, replace(AGREED, version="0")) == ["/consent"]
    assert places(CONTACT, replace(AGREED, at=NOW + timedelta(hours=1))) == ["/consented_at"]
    assert places(CONTACT, replace(AGREED, at=NOW.replace(tzinfo=None))) == ["/consented_at"]
    assert places(CONTACT, replace(AGREED, at=NOW + timedelta(minutes=4))) == []


def test_a_reason_is_one_line_that_says_something() -> None:
    assert check_reason("  回访 ") == "回访"
    for empty in ("", " x ", "one\ntwo", "x" * 201):
        with pytest.raises(InvalidInputError):
            check_reason(empty)
