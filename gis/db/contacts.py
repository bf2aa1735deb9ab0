"""Contacts of reporters, as they are sealed; nothing here can open one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.scopes import inside
from gis.db.tables import assignments, report_contacts
from gis.domain.staff import Scope


@dataclass(frozen=True)
class Sealed:
    """A stored contact: what is sealed, with which key, how it is found, and what its reporter agreed to."""

    report_id: UUID
    sealed: str
    key_id: str
    telephone_mark: str | None
    email_mark: str | None
    consent_version: str
    consented_at: datetime
    stored_at: datetime


def keep(connection: sa.Connection, report_id: UUID, **values: Any) -> None:
    """Store the contact of a report, in the place of any that is there; it counts as stored just now."""
    row = insert(report_contacts).values(report_id=report_id, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["report_id"], set_=values | {"stored_at": _now()}))


def reseal(connection: sa.Connection, report_id: UUID, **values: Any) -> None:
    """Set what another key makes of a contact; nothing else about it changes."""
    connection.execute(sa.update(report_contacts).where(report_contacts.c.report_id == report_id).values(**values))


def find(connection: sa.Connection, report_id: UUID, *, scope: Scope) -> Sealed | None:
    """Return the contact of a report of a scope, or None."""
    query = sa.select(report_contacts).join(assignments, assignments.c.report_id == report_contacts.c.report_id)
    row = connection.execute(query.where(report_contacts.c.report_id == report_id, inside(assignments, scope))).first()
    return Sealed(**row._mapping) if row else None


def marked(connection: sa.Connection, *, telephone: Sequence[str], email: Sequence[str]) -> list[UUID]:
    """Return the reports whose contact has one of these marks."""
    either = sa.or_(
        report_contacts.c.telephone_mark.in_(list(telephone)), report_contacts.c.email_mark.in_(list(email))
    )
    query = sa.select(report_contacts.c.report_id).where(either).order_by(report_contacts.c.report_id)
    return list(connection.scalars(query))


def remove(connection: sa.Connection, report_ids: Sequence[UUID]) -> int:
    """Remove contacts; return how many there were."""
    return connection.execute(sa.delete(report_contacts).where(report_contacts.c.report_id.in_(report_ids))).rowcount


def of_other_keys(connection: sa.Connection, key_id: str, *, limit: int) -> list[Sealed]:
    """Return at most `limit` contacts that another key sealed, locked until the transaction ends."""
    query = sa.select(report_contacts).where(report_contacts.c.key_id != key_id)
    query = query.order_by(report_contacts.c.report_id).limit(limit).with_for_update()
    return [Sealed(**row._mapping) for row in connection.execute(query)]


def count_by_key(connection: sa.Connection) -> dict[str, int]:
    """Return how many contacts each key sealed."""
    query = sa.select(report_contacts.c.key_id, sa.func.count()).group_by(report_contacts.c.key_id)
    return {key_id: count for key_id, count in connection.execute(query)}


def hold(connection: sa.Connection) -> None:
    """Wait for all who store a contact, and let nobody store one until the transaction ends."""
    connection.execute(sa.text("lock table report_contacts, accounts in share row exclusive mode"))


def _now() -> sa.ColumnElement[datetime]:
    return sa.func.now()
