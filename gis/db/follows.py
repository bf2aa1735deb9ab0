"""What reporters follow their reports by: hashes of secrets that they made."""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import report_follows


def append(connection: sa.Connection, report_id: UUID, secret_sha256: str) -> bool:
    """Let a report be followed with a secret; False when the secret is another report's."""
    row = insert(report_follows).values(report_id=report_id, secret_sha256=secret_sha256)
    stored = row.on_conflict_do_nothing().returning(report_follows.c.report_id)
    return connection.execute(stored).first() is not None


def find(connection: sa.Connection, secret_sha256: str) -> UUID | None:
    """Return the report that is followed with a secret, or None."""
    query = sa.select(report_follows.c.report_id).where(report_follows.c.secret_sha256 == secret_sha256)
    report_id: UUID | None = connection.scalar(query)
    return report_id


def remove(connection: sa.Connection, report_ids: Sequence[UUID]) -> None:
    """Let reports be followed by nobody any more."""
    connection.execute(sa.delete(report_follows).where(report_follows.c.report_id.in_(report_ids)))
