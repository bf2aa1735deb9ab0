"""The network access log: keep what requests came, and hand it out to who is responsible for the network."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from gis.db import access_log as stored
from gis.domain.access_log import Access
from gis.domain.audit import Actor
from gis.files import access_log as files
from gis.services import audit


def keep(connection: sa.Connection, rows: Sequence[Access]) -> None:
    """Add requests to the log."""
    stored.append(connection, rows)


def export(connection: sa.Connection, path: Path, since: datetime, until: datetime, *, by: Actor) -> int:
    """Write the requests of a period to a new .csv file and return how many; the look itself is audited.

    Needs the role that owns the tables. Raises what writing a file raises.
    """
    count = files.write_rows(path, stored.every(connection, since, until))
    period = {"since": since.isoformat(), "until": until.isoformat()}
    audit.record(connection, by.did("access_log.exported", "access_log:all", rows=count, **period))
    return count
