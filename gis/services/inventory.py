"""What a database holds: migration, plan in force, counts."""

import sqlalchemy as sa

from gis.db import inventory, schema
from gis.services import plans


def take(connection: sa.Connection) -> dict[str, int | str | None]:
    """Return the state of the database by name: migration, plan, and how many rows of each noun."""
    present = schema.present(connection)
    state: dict[str, int | str | None] = {"migration": f"{present} of {schema.newest()}"}
    if present is None:
        return state
    state["plan in force"] = plans.current_revision(connection)
    return state | inventory.counts(connection)
