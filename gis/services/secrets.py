"""Secrets: give the database's sealed texts a new key, bit by bit, while work goes on.

A change of keys is: a new key is put before the old one, everything is sealed anew in batches, and the old key goes
when nothing is sealed with it any more. Interrupted, it goes on where it stopped when it is begun again.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from gis.db import accounts, contacts
from gis.domain.audit import Actor
from gis.errors import StorageUnavailableError
from gis.files.vault import Vault
from gis.services import audit
from gis.services.contacts import opened, sealing

BATCH = 500


@dataclass(frozen=True)
class Sealed:
    """How many texts are sealed with the newest key, and how many with others."""

    newest: int
    others: int


def count(connection: sa.Connection, vault: Vault) -> Sealed:
    """Return how far a change of keys is: contacts and second factors, by whether the newest key sealed them."""
    by_key = contacts.count_by_key(connection)
    secrets = [vault.is_newest(sealed) for _, sealed in accounts.second_factors(connection)]
    newest = by_key.pop(vault.key_id, 0) + sum(secrets)
    return Sealed(newest, sum(by_key.values()) + len(secrets) - sum(secrets))


def locked(connection: sa.Connection, vault: Vault) -> int:
    """Return how many contacts and second factors none of the keys opens, as after a restore without the old key."""
    strange = sum(n for key_id, n in contacts.count_by_key(connection).items() if key_id not in vault.key_ids)
    return strange + sum(not _opens(vault, sealed) for _, sealed in accounts.second_factors(connection))


def reseal(connection: sa.Connection, vault: Vault, *, limit: int = BATCH) -> int:
    """Seal at most `limit` texts of other keys with the newest, and renew how contacts are found; return how many.

    Raises `StorageUnavailableError` when none of the keys opens one; nothing of this transaction is changed then.
    """
    batch = contacts.of_other_keys(connection, vault.key_id, limit=limit)
    for sealed in batch:
        contacts.reseal(connection, sealed.report_id, **sealing(opened(sealed, vault), sealed.report_id, vault.newest))
    left = limit - len(batch)
    # No column says which key sealed a second factor; there are few, and they come last.
    secrets = accounts.second_factors(connection, locked=True) if left else []
    old = [(account_id, secret) for account_id, secret in secrets if not vault.is_newest(secret)][:left]
    for account_id, secret in old:
        accounts.change(connection, account_id, totp_secret=vault.seal(vault.open(secret)))
    return len(batch) + len(old)


def finish(connection: sa.Connection, vault: Vault, *, keep_old: bool, by: Actor) -> bool:
    """Drop the old keys when nothing is sealed with them any more; return whether that is so.

    Whoever stores a contact or a second factor is waited for and waits, so nothing is sealed with a key that goes.
    With `keep_old`, or where the keys come from the environment, they stay; that it is done is recorded either way.
    """
    contacts.hold(connection)
    if count(connection, vault).others:
        return False
    if not keep_old and not vault.is_given:
        vault.drop_old()
    audit.record(connection, by.did("secrets.rotated", f"key:{vault.key_id}", old_keys_kept=len(vault.key_ids) - 1))
    return True


def _opens(vault: Vault, sealed: str) -> bool:
    try:
        vault.open(sealed)
    except StorageUnavailableError:
        return False
    return True
