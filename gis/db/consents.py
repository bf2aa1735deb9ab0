"""Consents of staff, and who held a post on a day."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gis.db.tables import consents, posts
from gis.domain.notices import Consent


def of(connection: sa.Connection, account_ids: Collection[int]) -> dict[int, list[Consent]]:
    """Return the consents that accounts ever gave, by account, newest first."""
    query = sa.select(consents).where(consents.c.account_id.in_(list(account_ids))).order_by(consents.c.id.desc())
    found: dict[int, list[Consent]] = {number: [] for number in account_ids}
    for row in connection.execute(query):
        found[row.account_id].append(Consent(row.purpose, row.notice_version, row.given_at, row.withdrawn_at))
    return found


def append(connection: sa.Connection, account_id: int, consent: Consent) -> None:
    """Store a consent that was given."""
    connection.execute(sa.insert(consents).values(account_id=account_id, **vars(consent)))


def withdraw(connection: sa.Connection, account_id: int, purpose: str, at: datetime) -> bool:
    """End the consent of an account that is in force; return whether there was one."""
    these = sa.and_(
        consents.c.account_id == account_id, consents.c.purpose == purpose, consents.c.withdrawn_at.is_(None)
    )
    # A clock that was set back ends nothing before it began.
    at_or_after = sa.func.greatest(consents.c.given_at, at)
    return connection.execute(sa.update(consents).where(these).values(withdrawn_at=at_or_after)).rowcount > 0


def holders(connection: sa.Connection, held: Collection[tuple[str, date]]) -> dict[tuple[str, date], set[int]]:
    """Return by area and day the accounts that held its post, substitutes among them; without those nobody held."""
    asked = sa.values(sa.column("area", sa.Text), sa.column("day", sa.Date), name="asked").data(list(held))
    is_held: Any = sa.and_(posts.c.area == asked.c.area, posts.c.valid.contains(asked.c.day))
    query = sa.select(asked.c.area, asked.c.day, posts.c.account_id).select_from(asked.join(posts, is_held))
    found: dict[tuple[str, date], set[int]] = {}
    for area, day, account_id in connection.execute(query) if held else ():
        found.setdefault((area, day), set()).add(account_id)
    return found
