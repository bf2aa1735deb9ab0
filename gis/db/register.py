"""The registers of impact assessments and of breaches: rows that are added and corrected."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from gis.db.tables import assessments, breaches

TABLES: Mapping[str, sa.Table] = {"assessments": assessments, "breaches": breaches}


def append(connection: sa.Connection, kind: str, values: Mapping[str, Any]) -> int:
    """Store a new row of a register and return its id."""
    table = TABLES[kind]
    return int(connection.execute(sa.insert(table).values(**values).returning(table.c.id)).scalar_one())


def change(connection: sa.Connection, kind: str, id: int, values: Mapping[str, Any]) -> dict[str, Any] | None:
    """Correct a row of a register; return it as it was before, or None where there is none."""
    table = TABLES[kind]
    row = connection.execute(sa.select(table).where(table.c.id == id).with_for_update()).mappings().first()
    if row is not None:
        connection.execute(sa.update(table).where(table.c.id == id).values(**values, corrected_at=sa.func.now()))
    return dict(row) if row is not None else None


def before(connection: sa.Connection, kind: str, id: int | None, *, limit: int) -> list[dict[str, Any]]:
    """Return at most `limit` rows of a register with an id below `id` (None: from the newest), newest first."""
    table = TABLES[kind]
    query = sa.select(table).order_by(table.c.id.desc()).limit(limit)
    if id is not None:
        query = query.where(table.c.id < id)
    return [dict(row) for row in connection.execute(query).mappings()]
