"""Plans: the instants at which the grids changed, and the lineage of what changed."""

from dataclasses import dataclass
from datetime import datetime

import pandas as pd
import sqlalchemy as sa

from gis.db.copying import copy_rows
from gis.db.tables import lineage, plans

PUBLISHING = 4490


@dataclass(frozen=True)
class Instant:
    """A plan's number, and when it came into force."""

    revision: int
    in_force_at: datetime


@dataclass(frozen=True)
class Published:
    """A plan as it was published: when it came into force, when that was told, and how many grids it changed."""

    revision: int
    in_force_at: datetime
    published_at: datetime
    note: str
    changes: int


def hold_publication(connection: sa.Connection) -> None:
    """Wait until no other transaction publishes; held until this one ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(PUBLISHING)))


def clock(connection: sa.Connection) -> datetime:
    """Return what time it is for the database, which is the same for every process."""
    now: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    return now


def newest(connection: sa.Connection, at: datetime | None = None) -> Instant | None:
    """Return the newest plan in force at an instant (None: of all); None when there is none."""
    query = sa.select(plans.c.revision, plans.c.in_force_at).order_by(plans.c.in_force_at.desc()).limit(1)
    if at is not None:
        query = query.where(plans.c.in_force_at <= at)
    row = connection.execute(query).first()
    return Instant(row.revision, row.in_force_at) if row else None


def oldest(connection: sa.Connection) -> Instant | None:
    """Return the first plan that ever was; None when there is none."""
    query = sa.select(plans.c.revision, plans.c.in_force_at).order_by(plans.c.in_force_at).limit(1)
    row = connection.execute(query).first()
    return Instant(row.revision, row.in_force_at) if row else None


def before(connection: sa.Connection, revision: int | None, *, limit: int) -> list[Published]:
    """Return at most `limit` plans with revisions below `revision` (None: from the newest), newest first."""
    query = sa.select(plans).order_by(plans.c.revision.desc()).limit(limit)
    if revision is not None:
        query = query.where(plans.c.revision < revision)
    return [Published(**row) for row in connection.execute(query).mappings()]


def lineage_of(connection: sa.Connection, revision: int, *, limit: int) -> list[dict[str, float | int | None]]:
    """Return at most `limit` rows of a plan's lineage, by parent and child: their ids and the shares that moved."""
    columns = [column for column in lineage.c if column is not lineage.c.revision]
    query = sa.select(*columns).where(lineage.c.revision == revision).limit(limit)
    rows = connection.execute(query.order_by(lineage.c.parent_id, lineage.c.child_id)).mappings()
    return [dict(row) for row in rows]


def append(connection: sa.Connection, *, in_force_at: datetime, note: str, changes: int) -> int:
    """Store a new plan and return its revision."""
    row = sa.insert(plans).values(in_force_at=in_force_at, note=note, changes=changes).returning(plans.c.revision)
    return int(connection.execute(row).scalar_one())


def append_lineage(connection: sa.Connection, revision: int, rows: pd.DataFrame) -> None:
    """Store which parent became which child: columns parent_id, child_id, area_share, headcount_share."""
    columns = ["parent_id", "child_id", "area_share", "headcount_share"]
    values = rows[columns].astype(object).where(rows[columns].notna(), None)
    copy_rows(connection, lineage, ["revision", *columns], ((revision, *row) for row in values.itertuples(index=False)))
