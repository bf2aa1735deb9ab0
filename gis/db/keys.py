"""Keys of systems, each kept as its hash."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from gis.db.sessions import Session
from gis.db.tables import accounts, api_keys


@dataclass(frozen=True)
class Key:
    """What is known of a key; the key itself was told once."""

    id: int
    created_at: datetime
    expires_at: datetime
    per_minute: int


COLUMNS = (api_keys.c.id, api_keys.c.created_at, api_keys.c.expires_at, api_keys.c.per_minute)
HOLDS = api_keys.c.expires_at > sa.func.now()


def append(connection: sa.Connection, key_hash: str, account_id: int, *, lifetime: timedelta, per_minute: int) -> Key:
    """Store the key of a system."""
    row = sa.insert(api_keys).values(
        key_hash=key_hash, account_id=account_id, expires_at=sa.func.now() + lifetime, per_minute=per_minute
    )
    return Key(**connection.execute(row.returning(*COLUMNS)).one()._mapping)


def find(connection: sa.Connection, key_hash: str) -> Session | None:
    """Return who a key that has not ended stands for."""
    query = (
        sa.select(api_keys.c.account_id, accounts.c.name, api_keys.c.per_minute)
        .join(accounts, accounts.c.id == api_keys.c.account_id)
        .where(api_keys.c.key_hash == key_hash, accounts.c.disabled_at.is_(None), HOLDS)
    )
    row = connection.execute(query).first()
    return Session(row.account_id, row.name, True, row.per_minute) if row else None


def of_account(connection: sa.Connection, account_id: int) -> list[Key]:
    """Return the keys of an account that hold, oldest first."""
    query = sa.select(*COLUMNS).where(api_keys.c.account_id == account_id, HOLDS).order_by(api_keys.c.id)
    return [Key(**row._mapping) for row in connection.execute(query)]


def end(connection: sa.Connection, account_id: int, key_id: int) -> bool:
    """End one key of an account; return whether it held."""
    this = sa.delete(api_keys).where(api_keys.c.account_id == account_id, api_keys.c.id == key_id, HOLDS)
    return connection.execute(this).rowcount == 1


def end_all(connection: sa.Connection, account_id: int) -> None:
    """End every key of an account."""
    connection.execute(sa.delete(api_keys).where(api_keys.c.account_id == account_id))


def forget(connection: sa.Connection) -> None:
    """Remove the keys that have ended."""
    connection.execute(sa.delete(api_keys).where(sa.not_(HOLDS)))
