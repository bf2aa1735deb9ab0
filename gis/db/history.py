"""History: which of many past reports are stored already."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa

from gis.db.tables import reports


def known(connection: sa.Connection, ids: Collection[UUID]) -> set[UUID]:
    """Return those ids under which a report is stored."""
    wanted = sa.select(sa.func.unnest(sa.literal(list(ids), sa.ARRAY(sa.UUID(as_uuid=True)))))
    return set(connection.scalars(sa.select(reports.c.id).where(reports.c.id.in_(wanted))))
