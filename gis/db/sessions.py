"""Sessions, and sign-ins that failed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from gis.db.arrays import numbers
from gis.db.tables import accounts, sessions, sign_in_failures

SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """A signed-in account, by the hash of its token."""

    account_id: int
    name: str
    is_whole: bool
    per_minute: int | None = None


def append(connection: sa.Connection, token_hash: str, account_id: int, *, lifetime: timedelta, is_whole: bool) -> None:
    """Store a new session that ends after `lifetime`."""
    row = sa.insert(sessions).values(
        token_hash=token_hash, account_id=account_id, expires_at=sa.func.now() + lifetime, is_whole=is_whole
    )
    connection.execute(row)


def find(connection: sa.Connection, token_hash: str, *, idle: timedelta) -> Session | None:
    """Return the session of a token that has neither ended nor slept for `idle`, of an account not disabled."""
    query = (
        sa.select(sessions.c.account_id, accounts.c.name, sessions.c.is_whole, sessions.c.seen_at)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .where(sessions.c.token_hash == token_hash, accounts.c.disabled_at.is_(None))
        .where(sessions.c.expires_at > sa.func.now(), sessions.c.seen_at > sa.func.now() - idle)
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    this = sa.update(sessions).where(sessions.c.token_hash == token_hash)
    connection.execute(this.where(sessions.c.seen_at < sa.func.now() - SEEN_EVERY).values(seen_at=sa.func.now()))
    return Session(row.account_id, row.name, row.is_whole)


def complete(connection: sa.Connection, token_hash: str) -> bool:
    """Make a session whole: its second factor was set up; return whether there is one."""
    this = sa.update(sessions).where(sessions.c.token_hash == token_hash)
    return connection.execute(this.values(is_whole=True)).rowcount == 1


def end(connection: sa.Connection, token_hash: str) -> bool:
    """End one session; return whether there was one."""
    return connection.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash)).rowcount == 1


def end_all(connection: sa.Connection, account_id: int) -> None:
    """End every session of an account."""
    connection.execute(sa.delete(sessions).where(sessions.c.account_id == account_id))


def end_many(connection: sa.Connection, account_ids: Collection[int]) -> None:
    """End every session of many accounts."""
    connection.execute(sa.delete(sessions).where(sessions.c.account_id.in_(numbers(account_ids))))


def take_turn(connection: sa.Connection, name_hash: str) -> bool:
    """Return whether nobody else tries to sign in with a name right now; the turn lasts until the transaction ends."""
    turn = sa.func.pg_try_advisory_xact_lock(int(name_hash[:15], 16))
    return bool(connection.scalar(sa.select(turn)))


def fail(connection: sa.Connection, name_hash: str, address: str) -> None:
    """Store that a sign-in failed."""
    connection.execute(sa.insert(sign_in_failures).values(name_hash=name_hash, address=address))


def failures(
    connection: sa.Connection, name_hashes: Collection[str], address: str, *, within: timedelta
) -> tuple[int, int]:
    """Return how many sign-ins failed lately for some names together, and from an address."""
    recent = sign_in_failures.c.at > sa.func.now() - within
    of_names, of_address = sign_in_failures.c.name_hash.in_(name_hashes), sign_in_failures.c.address == address
    counts = [sa.select(sa.func.count()).where(recent, these).scalar_subquery() for these in (of_names, of_address)]
    by_name, by_address = connection.execute(sa.select(*counts)).one()
    return int(by_name), int(by_address)


def forget(connection: sa.Connection, *, failures_after: timedelta) -> int:
    """Remove sessions that have ended, and failures that are old; return how many sessions went."""
    connection.execute(sa.delete(sign_in_failures).where(sign_in_failures.c.at < sa.func.now() - failures_after))
    return connection.execute(sa.delete(sessions).where(sessions.c.expires_at < sa.func.now())).rowcount
