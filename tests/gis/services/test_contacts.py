"""Contacts of reporters: sealed, kept with the first arrival, seen for a reason that is recorded."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db.tables import report_contacts
from gis.domain.audit import Actor, Wanted
from gis.domain.contacts import Contact, Given, masked
from gis.domain.staff import EVERYWHERE
from gis.errors import InvalidInputError, NotFoundError, StorageUnavailableError
from gis.files.vault import Vault
from gis.services import audit, contacts, follows, reporters, reports
from tests.gis.services.test_reports import NOW, RULE, said
from tests.locks import during
from tests.reporters import CONTACT, EMAIL, NAME, TELEPHONE, consent, given, new_secret
from tests.staff import BY

CLERK = Actor("hotline-post-7", "clerk", 7, "10.0.0.7")


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def submit(connection: sa.Connection, vault: Vault, beside: Given) -> UUID:
    one = said()
    reports.submit(connection, one, now=NOW, loaded=None, rule=RULE, given=beside, vault=vault, by=BY)
    return one.id


def test_nothing_of_a_contact_is_stored_in_clear_or_as_a_hash_that_can_be_guessed(
    town_connection: sa.Connection, vault: Vault
) -> None:
    report_id = submit(town_connection, vault, given())
    row = town_connection.execute(sa.select(report_contacts)).one()
    assert not any(part in str(row) for part in (NAME, TELEPHONE, "12000004321", EMAIL, "canary"))
    bare = submit(town_connection, vault, Given())
    said_with, said_without = (reports.get(town_connection, one, scope=EVERYWHERE) for one in (report_id, bare))
    # The digest of a body is not keyed, so nothing of the contact may be in it.
    assert said_with.digest == said_with.submission.digest()
    assert said_without.digest == said_without.submission.digest()
    assert contacts.opened(contacts.get(town_connection, report_id, scope=EVERYWHERE), vault) == CONTACT


def test_a_repeat_changes_no_contact_whatever_it_carries_and_is_answered_alike(
    town_connection: sa.Connection, vault: Vault
) -> None:
    one, secret, thief = said(), new_secret(), new_secret()

    def send(beside: Given) -> tuple[object, bool]:
        kept, _, is_new = reports.submit(
            town_connection, one, now=NOW, loaded=None, rule=RULE, given=beside, vault=vault, by=BY
        )
        return kept, is_new

    first = send(given(secret=secret))
    other = Contact("x", "12000009999")
    repeats = [send(each) for each in (given(secret=secret), given(other, thief), Given(), given(None, thief))]
    assert [is_new for _, is_new in repeats] == [False] * 4
    assert {str(kept) for kept, _ in repeats} == {str(first[0])}
    assert contacts.show(town_connection, one.id, vault=vault, scope=EVERYWHERE) == masked(CONTACT)
    assert follows.find(town_connection, secret, address="10.0.0.1") == one.id
    assert follows.find(town_connection, thief, address="10.0.0.1") is None


def test_a_secret_follows_one_report(town_connection: sa.Connection, vault: Vault) -> None:
    secret = new_secret()
    submit(town_connection, vault, given(None, secret))
    with pytest.raises(InvalidInputError) as refused:
        submit(town_connection, vault, given(None, secret))
    assert [fault.pointer for fault in refused.value.faults] == ["/follow_sha256"]


def test_a_look_is_recorded_with_its_reason_and_told_to_the_reporter_without_a_name(
    town_connection: sa.Connection, vault: Vault
) -> None:
    report_id = submit(town_connection, vault, given())
    assert contacts.unmask(town_connection, report_id, " 回访 ", vault=vault, scope=EVERYWHERE, by=CLERK) == CONTACT
    (row,) = audit.page(town_connection, Wanted(action="contact", subject=f"report:{report_id}"))
    assert (row.row.action, row.row.actor_id, row.texts and row.texts.reason) == ("contact.unmasked", 7, "回访")
    assert not any(part in str(row) for part in (NAME, TELEPHONE, EMAIL))
    followed = follows.read(town_connection, report_id, vault=vault, loaded=None)
    (look,) = followed.looks
    assert (look.role, look.reason) == ("clerk", "回访")
    assert "post-7" not in str(followed)
    assert followed.contact == masked(CONTACT)


def test_without_a_reason_nothing_is_shown_or_recorded(town_connection: sa.Connection, vault: Vault) -> None:
    report_id = submit(town_connection, vault, given())
    with pytest.raises(InvalidInputError):
        contacts.unmask(town_connection, report_id, "  ", vault=vault, scope=EVERYWHERE, by=CLERK)
    assert audit.page(town_connection, Wanted(action="contact", subject=f"report:{report_id}")) == []


def test_a_reporter_corrects_and_withdraws_a_contact(town_connection: sa.Connection, vault: Vault) -> None:
    report_id = submit(town_connection, vault, given())
    other = Contact("示", "12000008765")
    contacts.correct(town_connection, report_id, other, consent(), vault=vault, now=NOW, by=follows.REPORTER)
    assert contacts.opened(contacts.get(town_connection, report_id, scope=EVERYWHERE), vault) == other
    assert contacts.reports_of(town_connection, TELEPHONE, vault=vault) == []
    for _ in range(2):
        contacts.withdraw(town_connection, report_id, by=follows.REPORTER)
    assert contacts.show(town_connection, report_id, vault=vault, scope=EVERYWHERE) is None
    actions = [
        one.row.action for one in audit.page(town_connection, Wanted(action="contact", subject=f"report:{report_id}"))
    ]
    assert actions == ["contact.withdrawn", "contact.corrected"]
    assert audit.page(town_connection, Wanted(action="contact", subject=f"report:{report_id}"))[0].texts.address == ""  # type: ignore[union-attr]


def test_all_reports_of_a_telephone_or_an_address_are_found_however_it_is_written(
    town_connection: sa.Connection, vault: Vault
) -> None:
    ids = {submit(town_connection, vault, given()) for _ in range(3)}
    submit(town_connection, vault, given(Contact("", "12000004322")))
    for told in (TELEPHONE, "+86-120-0000-4321", EMAIL.upper()):
        assert set(contacts.reports_of(town_connection, told, vault=vault)) == ids
    assert contacts.reports_of(town_connection, "12000000000", vault=vault) == []


def test_a_contact_that_was_put_beside_another_report_does_not_open(
    town_connection: sa.Connection, vault: Vault
) -> None:
    one, two = (submit(town_connection, vault, given()) for _ in range(2))
    stolen = sa.select(report_contacts.c.sealed).where(report_contacts.c.report_id == one).scalar_subquery()
    town_connection.execute(sa.update(report_contacts).where(report_contacts.c.report_id == two).values(sealed=stolen))
    with pytest.raises(StorageUnavailableError, match="does not belong"):
        contacts.show(town_connection, two, vault=vault, scope=EVERYWHERE)


def test_a_contact_is_never_stored_without_consent_or_seal(town_connection: sa.Connection, vault: Vault) -> None:
    for beside, kept in ((Given(contact=CONTACT), vault), (given(), None)):
        with pytest.raises(ValueError, match="consent"):
            reports.submit(town_connection, said(), now=NOW, loaded=None, rule=RULE, given=beside, vault=kept, by=BY)


def test_a_refused_contact_leaves_no_report_behind(town_engine: sa.Engine, vault: Vault) -> None:
    one = said()
    wrong = replace(CONTACT, telephone="none")
    with pytest.raises(InvalidInputError), town_engine.begin() as connection:
        reports.submit(connection, one, now=NOW, loaded=None, rule=RULE, given=given(wrong), vault=vault, by=BY)
    with town_engine.begin() as connection, pytest.raises(NotFoundError):
        reports.get(connection, one.id, scope=EVERYWHERE)


@pytest.mark.parametrize("look", ["unmask", "export"])
def test_a_look_during_an_erasure_leaves_no_reason_about_the_reporter(
    town_engine: sa.Engine, vault: Vault, tmp_path: Path, look: str
) -> None:
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        report_id = submit(connection, vault, given())

    def erasing(connection: sa.Connection) -> None:
        reporters.erase(connection, [report_id], vault=vault, again=tmp_path / "again", by=BY, reason="wish")

    def looking(connection: sa.Connection) -> Any:
        if look == "unmask":
            return contacts.unmask(connection, report_id, "called her", vault=vault, scope=EVERYWHERE, by=BY)
        return reporters.export(connection, [report_id], vault=vault, folder=tmp_path, by=BY, reason="asked")

    with during(town_engine, erasing, looking, waits_with="select reports") as asked:
        if look == "unmask":
            with pytest.raises(NotFoundError):
                asked.result(timeout=20)
        else:
            (told,) = asked.result(timeout=20)["reports"]
            assert (told["text"], told["contact"]) == ("", None)
