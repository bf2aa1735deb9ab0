"""How many rows of each noun there are."""

import sqlalchemy as sa

from gis.db.moments import in_force
from gis.db.tables import (
    addresses,
    buildings,
    cameras,
    divisions,
    events,
    grids,
    level2_grids,
    patrols,
    plans,
    reports,
    streets,
    waters,
    zones,
)

DATED = (divisions, zones, level2_grids, grids)
PLAIN = (plans, streets, waters, buildings, addresses, cameras, patrols, reports, events)


def counts(connection: sa.Connection) -> dict[str, int | None]:
    """Return the number of rows by table; of dated tables those in force."""
    count = sa.func.count()
    dated = {t.name: connection.scalar(sa.select(count).select_from(t).where(in_force(t, None))) for t in DATED}
    return dated | {t.name: connection.scalar(sa.select(count).select_from(t)) for t in PLAIN}
