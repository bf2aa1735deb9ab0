"""Rosters: many accounts and posts at once, and what is there of those that a roster names."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from gis.db.arrays import numbers, texts
from gis.db.copying import copy_rows
from gis.db.moments import today
from gis.db.tables import accounts, grants, posts, roster_ids
from gis.domain.roster_changes import Person
from gis.errors import ConflictError


def new_id(connection: sa.Connection) -> int:
    """Return the number of a new roster."""
    return int(connection.execute(sa.select(roster_ids.next_value())).scalar_one())


def people(connection: sa.Connection, names: Collection[str], telephones: Collection[str]) -> list[Person]:
    """Return the accounts that have one of these names or telephones, with the roles given to them, now or later."""
    columns = (accounts.c.id, accounts.c.name, accounts.c.telephone)
    is_active = sa.and_(accounts.c.kind == "person", accounts.c.disabled_at.is_(None))
    lasts = sa.or_(sa.func.upper_inf(grants.c.valid), sa.func.upper(grants.c.valid) > today())
    given = sa.select(grants.c.role).where(grants.c.account_id == accounts.c.id, lasts)
    query = sa.select(*columns, is_active, sa.func.array(given.scalar_subquery())).where(
        sa.or_(accounts.c.name.in_(texts(names)), accounts.c.telephone.in_(texts(telephones)))
    )
    return [Person(row.id, row.name, row.telephone, row[3], frozenset(row[4])) for row in connection.execute(query)]


def append_people(
    connection: sa.Connection,
    rows: Iterable[tuple[str, str | None, str | None, date | None]],
    *,
    made_by: str | None = None,
    synthetic: bool = False,
) -> None:
    """Store accounts of persons: name, telephone, hash and last day of the activation code (both None: it has none)."""
    values = ((*row, made_by, synthetic) for row in rows)
    columns = ("name", "telephone", "activation_hash", "activation_ends_on", "made_by", "synthetic")
    copy_rows(connection, accounts, columns, values)


def ids_of(connection: sa.Connection, names: Collection[str]) -> dict[str, int]:
    """Return the ids of accounts by name."""
    query = sa.select(accounts.c.name, accounts.c.id).where(accounts.c.name.in_(texts(names)))
    return {row.name: row.id for row in connection.execute(query)}


def set_telephones(connection: sa.Connection, telephones: Mapping[str, str]) -> None:
    """Set the telephones of accounts, by name. Raises `ConflictError` where another account has got one meanwhile."""
    if telephones:
        row = sa.update(accounts).where(accounts.c.name == sa.bindparam("which"))
        row = row.values(telephone=sa.bindparam("number"))
        try:
            connection.execute(row, [{"which": name, "number": number} for name, number in telephones.items()])
        except sa.exc.IntegrityError as error:
            raise ConflictError("Another account has got one of these telephones meanwhile; look again.") from error


def fingerprint(connection: sa.Connection, subject: str, telephones_of: Sequence[int] = ()) -> str:
    """Return a SHA-256 over what a roster made and changed, by the ids.

    Of accounts and posts that it made: what never changes. Of the accounts `telephones_of`, which got one: it as it is
    now, so that a later fingerprint tells that one was changed since.
    """
    digest = hashlib.sha256()
    made = sa.select(accounts.c.id, accounts.c.name).where(accounts.c.made_by == subject).order_by(accounts.c.id)
    held = (
        posts.c.id,
        posts.c.area,
        posts.c.role,
        posts.c.account_id,
        posts.c.substitute,
        sa.func.lower(posts.c.valid),
    )
    given = sa.select(*held).where(posts.c.made_by == subject).order_by(posts.c.id)
    gained = sa.select(accounts.c.id, accounts.c.telephone).where(accounts.c.id.in_(numbers(telephones_of)))
    for query in (made, given, gained.order_by(accounts.c.id)):
        for row in connection.execute(query):
            digest.update("\t".join(map(str, row)).encode() + b"\n")
    return digest.hexdigest()
