"""A change of keys: interrupted anywhere it goes on, nothing is lost, and the old key goes last."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa

from gis.db import accounts
from gis.db import contacts as contact_rows
from gis.db import engine as engines
from gis.db.tables import report_contacts
from gis.domain.audit import Actor, Wanted
from gis.domain.staff import EVERYWHERE
from gis.errors import StorageUnavailableError
from gis.files.vault import Vault
from gis.services import audit, contacts, secrets
from gis.services.secrets import Sealed
from tests.gis.services.test_contacts import submit
from tests.reporters import CONTACT, TELEPHONE, given

BY = Actor("operator", "terminal")
COUNT = 25


@pytest.fixture
def filled(
    cluster: object, new_database: Callable[[str], str], town_database: str, tmp_path: Path
) -> tuple[sa.Engine, Vault, set[UUID]]:
    """A town with contacts and second factors of one key."""
    from gis.db import cluster as clusters

    assert isinstance(cluster, clusters.Cluster)
    engine = engines.connect(cluster.address(clusters.APP, new_database(town_database)))
    vault = Vault(tmp_path)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        ids = {submit(connection, vault, given()) for _ in range(COUNT)}
        for number in range(3):
            accounts.append(connection, f"admin-{number}", totp_secret=vault.seal(f"SECRET{number}"))
    return engine, vault, ids


def interrupted(engine: sa.Engine, vault: Vault) -> None:
    """End in the middle of a batch, which then never was."""
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        secrets.reseal(connection, vault, limit=10)
        raise KeyboardInterrupt


def opens(engine: sa.Engine, vault: Vault, ids: set[UUID]) -> bool:
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert {contacts.opened(contacts.get(connection, one, scope=EVERYWHERE), vault) for one in ids} == {CONTACT}
        assert set(contacts.reports_of(connection, TELEPHONE, vault=vault)) == ids
        found = [vault.open(sealed) for _, sealed in accounts.second_factors(connection)]
    return found == ["SECRET0", "SECRET1", "SECRET2"]


def test_a_change_of_keys_that_was_interrupted_goes_on_where_it_stopped(
    filled: tuple[sa.Engine, Vault, set[UUID]], tmp_path: Path
) -> None:
    engine, vault, ids = filled
    old_key = (tmp_path / "secrets.key").read_text().strip()
    assert vault.renew()
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert secrets.count(connection, vault) == Sealed(0, COUNT + 3)
        assert secrets.reseal(connection, vault, limit=10) == 10
    with pytest.raises(KeyboardInterrupt):
        interrupted(engine, vault)
    assert opens(engine, vault, ids)
    again = Vault(tmp_path)
    assert not again.renew()
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert secrets.count(connection, again) == Sealed(10, COUNT + 3 - 10)
        assert not secrets.finish(connection, again, keep_old=False, by=BY)
    assert len(again.key_ids) == 2
    batches = []
    while not batches or batches[-1]:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            batches.append(secrets.reseal(connection, again, limit=7))
    assert batches == [7, 7, 4, 0]
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert secrets.finish(connection, again, keep_old=False, by=BY)
    assert old_key not in (tmp_path / "secrets.key").read_text()
    assert opens(engine, again, ids)
    with engines.transaction(engine, scope=EVERYWHERE, reads_audit=True) as connection:
        (row,) = audit.page(connection, Wanted(action="secrets"))
        assert row.row.subject == f"key:{again.key_id}"
        assert audit.verify(connection) == []
        marks = set(connection.scalars(sa.select(report_contacts.c.telephone_mark)))
    assert marks == {again.mark("telephone", "12000004321")}
    assert not marks & {Vault(tmp_path / "x", old_key).mark("telephone", "12000004321")}
    engine.dispose()


def test_what_is_sent_while_keys_change_is_sealed_with_the_newest_and_found(
    filled: tuple[sa.Engine, Vault, set[UUID]], tmp_path: Path
) -> None:
    engine, vault, ids = filled
    serving = Vault(tmp_path)
    vault.renew()
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        sent = submit(connection, serving, given())
        assert contacts.get(connection, sent, scope=EVERYWHERE).key_id == vault.key_id
    assert opens(engine, serving, ids | {sent})
    engine.dispose()


def test_a_contact_that_waits_for_the_end_of_a_change_is_sealed_with_a_key_that_is_left(
    filled: tuple[sa.Engine, Vault, set[UUID]], tmp_path: Path
) -> None:
    engine, vault, _ = filled
    sent: list[UUID] = []

    def send() -> None:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            sent.append(submit(connection, Vault(tmp_path), given()))

    sender = threading.Thread(target=send)
    waiting = sa.text("select count(*) from pg_locks where not granted and relation = 'report_contacts'::regclass")
    with engines.transaction(engine) as holding:
        contact_rows.hold(holding)
        sender.start()
        deadline = time.monotonic() + 30
        while not holding.scalar(waiting) and time.monotonic() < deadline:
            time.sleep(0.01)
        vault.renew()
        vault.drop_old()
    sender.join(timeout=30)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        found = contacts.get(connection, sent[0], scope=EVERYWHERE)
        assert found.key_id == vault.key_id
        assert contacts.opened(found, vault) == CONTACT
        assert sent == contacts.reports_of(connection, TELEPHONE, vault=vault)
    engine.dispose()


def test_with_keep_old_the_old_key_stays_for_older_backups(filled: tuple[sa.Engine, Vault, set[UUID]]) -> None:
    engine, vault, ids = filled
    vault.renew()
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        while secrets.reseal(connection, vault):
            pass
        assert secrets.finish(connection, vault, keep_old=True, by=BY)
    assert len(vault.key_ids) == 2
    assert opens(engine, vault, ids)
    engine.dispose()


def test_a_contact_that_no_key_opens_stops_the_change_and_keeps_every_key(
    filled: tuple[sa.Engine, Vault, set[UUID]], tmp_path: Path
) -> None:
    engine, vault, _ = filled
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        submit(connection, Vault(tmp_path / "elsewhere"), given())
    vault.renew()
    with (
        pytest.raises(StorageUnavailableError, match="another key"),
        engines.transaction(engine, scope=EVERYWHERE) as connection,
    ):
        secrets.reseal(connection, vault)
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert not secrets.finish(connection, vault, keep_old=False, by=BY)
    assert len(vault.key_ids) == 2
    engine.dispose()


def test_what_no_key_opens_is_counted_as_after_a_restore_without_its_key(
    filled: tuple[sa.Engine, Vault, set[UUID]], tmp_path: Path
) -> None:
    engine, vault, ids = filled
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        assert secrets.locked(connection, vault) == 0
        assert secrets.locked(connection, Vault(tmp_path / "another")) >= len(ids)
    engine.dispose()
