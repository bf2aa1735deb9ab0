"""Accounts with their grants: who may sign in, and what they may do where."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.moments import holds_today, today
from gis.db.tables import accounts, grants, posts
from gis.domain.staff import Grant


@dataclass(frozen=True)
class Account:
    """One account; what is kept of its secrets never leaves the services."""

    id: int
    name: str
    telephone: str | None
    kind: str
    password_hash: str | None
    activation_hash: str | None
    activation_ends_on: date | None
    totp_secret: str | None
    totp_counter: int
    created_at: datetime
    disabled_at: datetime | None
    synthetic: bool


COLUMNS = [accounts.c[field.name] for field in fields(Account)]


def append(connection: sa.Connection, name: str, **values: Any) -> int | None:
    """Store a new account and return its id; None when its name or telephone is taken."""
    row = insert(accounts).values(name=name, **values).on_conflict_do_nothing().returning(accounts.c.id)
    account_id: int | None = connection.scalar(row)
    return account_id


def find(connection: sa.Connection, account_id: int) -> Account | None:
    """Return an account, or None."""
    return _one(connection, accounts.c.id == account_id)


def lock(connection: sa.Connection, account_id: int) -> Account:
    """Return an account, of which there is one, as it is now; whoever locks it too waits until the transaction ends."""
    # Not for its key: whatever refers to the account shares that.
    query = sa.select(*COLUMNS).where(accounts.c.id == account_id).with_for_update(key_share=True)
    return Account(**connection.execute(query).one()._mapping)


def named(connection: sa.Connection, name: str) -> Account | None:
    """Return the account that signs in with a name or telephone, or None."""
    return _one(connection, sa.or_(accounts.c.name == name, accounts.c.telephone == name))


def activating(connection: sa.Connection, activation_hash: str) -> Account | None:
    """Return the account whose first password an activation code sets, or None."""
    return _one(connection, accounts.c.activation_hash == activation_hash)


def listed(connection: sa.Connection, *, after: str, limit: int, name: str | None = None) -> list[Account]:
    """Return at most `limit` accounts with names above `after`, by name; `name` narrows to those that begin so."""
    query = sa.select(*COLUMNS).where(accounts.c.name > after).order_by(accounts.c.name).limit(limit)
    if name is not None:
        query = query.where(accounts.c.name.startswith(name, autoescape=True))
    return [Account(**row._mapping) for row in connection.execute(query)]


def change(connection: sa.Connection, account_id: int, **values: Any) -> None:
    """Set columns of an account."""
    connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**values))


def second_factors(connection: sa.Connection, *, locked: bool = False) -> list[tuple[int, str]]:
    """Return (account, sealed secret) of every second factor; with `locked` nobody changes them meanwhile."""
    query = sa.select(accounts.c.id, accounts.c.totp_secret).where(accounts.c.totp_secret.is_not(None))
    query = query.order_by(accounts.c.id)
    found = connection.execute(query.with_for_update() if locked else query)
    return [(account_id, secret) for account_id, secret in found]


def grant(connection: sa.Connection, account_id: int, role: str, area: str) -> None:
    """Give a role in an area from today on; nothing happens where it is given already."""
    days = sa.func.daterange(today(), None)
    row = insert(grants).values(account_id=account_id, role=role, area=area, valid=days)
    connection.execute(row.on_conflict_do_nothing())


def revoke(connection: sa.Connection, account_id: int, role: str, area: str) -> bool:
    """End a role in an area; what began earlier stays as history, without today. Return whether it was in force."""
    these = sa.and_(
        grants.c.account_id == account_id, grants.c.role == role, grants.c.area == area, holds_today(grants)
    )
    since = sa.func.lower(grants.c.valid)
    of_today = connection.execute(sa.delete(grants).where(these, since == today()))
    ended = connection.execute(sa.update(grants).where(these).values(valid=sa.func.daterange(since, today())))
    return of_today.rowcount + ended.rowcount > 0


def grants_of(connection: sa.Connection, account_ids: Sequence[int]) -> dict[int, tuple[Grant, ...]]:
    """Return by account the roles that hold today, by grant and by post, in the order of role and area."""
    wanted = list(account_ids)
    given = sa.select(grants.c.account_id, grants.c.role, grants.c.area)
    held = sa.select(posts.c.account_id, posts.c.role, posts.c.area)
    both = sa.union(
        given.where(grants.c.account_id.in_(wanted), holds_today(grants)),
        held.where(posts.c.account_id.in_(wanted), holds_today(posts)),
    )
    found: dict[int, list[Grant]] = {number: [] for number in wanted}
    for account_id, role, area in connection.execute(both.order_by("role", "area")):
        found[account_id].append(Grant(role, area))
    return {number: tuple(given) for number, given in found.items()}


def given_to(connection: sa.Connection, account_ids: Sequence[int]) -> dict[int, frozenset[Grant]]:
    """Return by account the roles that hold today by grant, whatever its posts are."""
    wanted = list(account_ids)
    query = sa.select(grants.c.account_id, grants.c.role, grants.c.area)
    found: dict[int, set[Grant]] = {number: set() for number in wanted}
    for account_id, role, area in connection.execute(query.where(grants.c.account_id.in_(wanted), holds_today(grants))):
        found[account_id].add(Grant(role, area))
    return {number: frozenset(given) for number, given in found.items()}


def roles_of(connection: sa.Connection, account_id: int) -> frozenset[str]:
    """Return the roles of an account: by grants that hold today, and by posts that hold today or later."""
    given = sa.select(grants.c.role).where(grants.c.account_id == account_id, holds_today(grants))
    days = sa.func.daterange(today(), None)
    held = sa.select(posts.c.role).where(posts.c.account_id == account_id, posts.c.valid.op("&&")(days))
    return frozenset(connection.scalars(sa.union(given, held)))


def areas_of(connection: sa.Connection, account_id: int) -> list[str]:
    """Return the areas where an account has a role or a post, today or later; without any, those where it ever had."""
    days = sa.func.daterange(today(), None)
    both = [
        sa.select(table.c.area, table.c.valid.bool_op("&&")(days)).where(table.c.account_id == account_id)
        for table in (grants, posts)
    ]
    found = connection.execute(sa.union_all(*both)).all()
    return [area for area, lasts in found if lasts] or [area for area, _ in found]


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> Account | None:
    row = connection.execute(sa.select(*COLUMNS).where(condition)).first()
    return Account(**row._mapping) if row else None
