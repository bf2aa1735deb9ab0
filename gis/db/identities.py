"""Identities at a provider by account, and the sign-ins that were brought to an end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import identities, used_attempts


@dataclass(frozen=True)
class Link:
    """One identity and the account that it signs in."""

    issuer: str
    subject: str
    account_id: int
    linked_at: datetime


def append(connection: sa.Connection, issuer: str, subject: str, account_id: int) -> bool:
    """Store a link; False when the identity has an account already, or the account an identity of this issuer."""
    row = insert(identities).values(issuer=issuer, subject=subject, account_id=account_id)
    return connection.scalar(row.on_conflict_do_nothing().returning(identities.c.account_id)) is not None


def find(connection: sa.Connection, issuer: str, subject: str) -> Link | None:
    """Return the link of an identity, or None."""
    query = sa.select(identities).where(identities.c.issuer == issuer, identities.c.subject == subject)
    row = connection.execute(query).first()
    return Link(**row._mapping) if row else None


def of_accounts(connection: sa.Connection, account_ids: Sequence[int]) -> dict[int, tuple[Link, ...]]:
    """Return by account its links, by issuer."""
    query = sa.select(identities).where(identities.c.account_id.in_(account_ids)).order_by(identities.c.issuer)
    found: dict[int, list[Link]] = {number: [] for number in account_ids}
    for row in connection.execute(query):
        found[row.account_id].append(Link(**row._mapping))
    return {number: tuple(links) for number, links in found.items()}


def remove(connection: sa.Connection, account_id: int, issuer: str | None = None) -> int:
    """Remove an account's links, or that of one issuer; return how many there were."""
    these = sa.delete(identities).where(identities.c.account_id == account_id)
    return connection.execute(these if issuer is None else these.where(identities.c.issuer == issuer)).rowcount


def use_attempt(connection: sa.Connection, state_hash: str) -> bool:
    """Mark an attempt as brought to an end; False when it was already."""
    row = insert(used_attempts).values(state_hash=state_hash).on_conflict_do_nothing()
    return connection.scalar(row.returning(used_attempts.c.state_hash)) is not None


def forget_attempts(connection: sa.Connection, *, after: timedelta) -> None:
    """Remove marks of attempts that are too old to be carried by any browser."""
    connection.execute(sa.delete(used_attempts).where(used_attempts.c.used_at < sa.func.now() - after))
