"""Rows of the network access log: added by the service, read by the owner and by `wangge_network` alone."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, fields
from datetime import datetime

import sqlalchemy as sa

from gis.db.copying import copy_rows
from gis.db.tables import access_log
from gis.domain.access_log import Access

COLUMNS = tuple(field.name for field in fields(Access))
BATCH = 5_000


def append(connection: sa.Connection, rows: Sequence[Access]) -> None:
    """Add rows."""
    copy_rows(connection, access_log, COLUMNS, map(astuple, rows))


def every(connection: sa.Connection, since: datetime, until: datetime) -> Iterator[Access]:
    """Yield the rows of a period, oldest first; `until` is not included."""
    query = sa.select(*(access_log.c[name] for name in COLUMNS)).order_by(access_log.c.at)
    query = query.where(access_log.c.at >= since, access_log.c.at < until).execution_options(yield_per=BATCH)
    for row in connection.execute(query):
        yield Access(*row)
