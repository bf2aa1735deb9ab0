"""Plans: which grids are in force, and how others come into force."""

from datetime import datetime
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from gis.db import divisions, grids, level2_grids, plans, zones
from gis.db import events as stored_events
from gis.db.plans import Published
from gis.domain import changes as redrawn
from gis.domain.audit import Actor
from gis.domain.changes import Changes
from gis.domain.grids import Plan, level2_of
from gis.errors import ConflictError, NotFoundError
from gis.services import audit, carrying, tiles

PLAN_LAYERS = ("grids", "dedicated", "level2")


def current_revision(connection: sa.Connection, at: datetime | None = None) -> int | None:
    """Return the number of the plan in force at an instant (None: the newest); None when there is none."""
    instant = plans.newest(connection, at)
    return instant.revision if instant else None


def in_force(connection: sa.Connection, at: datetime | None = None) -> Plan:
    """Return the whole plan in force at an instant (None: the newest).

    Raises
    ------
    NotFoundError
        When no plan was in force then.
    """
    instant = plans.newest(connection, at)
    if instant is None:
        raise NotFoundError("No plan is in force" + (f" at {at.isoformat()}." if at else " yet; load a city first."))
    # Read as of the plan's own instant: another one may be published between two of these statements.
    return Plan(
        revision=instant.revision,
        in_force_at=instant.in_force_at,
        divisions=divisions.at(connection, instant.in_force_at),
        zones=zones.at(connection, instant.in_force_at),
        level2=level2_grids.at(connection, instant.in_force_at),
        grids=grids.at(connection, instant.in_force_at),
    )


def clock(connection: sa.Connection) -> datetime:
    """Return what time it is for the database: what is in force then is in force now."""
    return plans.clock(connection)


def page(connection: sa.Connection, *, before: int | None, limit: int) -> list[Published]:
    """Return at most `limit` plans with revisions below `before` (None: from the newest), newest first."""
    return plans.before(connection, before, limit=limit)


def get(connection: sa.Connection, revision: int, *, lineage_limit: int) -> tuple[Published, list[dict[str, Any]]]:
    """Return one plan and at most `lineage_limit` rows of its lineage. Raises `NotFoundError`."""
    found = plans.before(connection, revision + 1, limit=1)
    if not found or found[0].revision != revision:
        raise NotFoundError(f"There is no plan {revision}.")
    return found[0], plans.lineage_of(connection, revision, limit=lineage_limit)


def publish(connection: sa.Connection, changes: Changes, *, in_force_at: datetime, note: str = "", by: Actor) -> int:
    """Bring changes into force at an instant, tell everyone, and return the new plan's revision.

    Raises what `bring_into_force` raises.
    """
    revision = bring_into_force(connection, changes, in_force_at=in_force_at, note=note)
    announce(connection, revision, by=by)
    return revision


def announce(connection: sa.Connection, revision: int, *, by: Actor) -> None:
    """Tell everyone who listens, and the audit log, of a plan that `bring_into_force` made; the last of its work."""
    (published,) = plans.before(connection, revision + 1, limit=1)
    stored_events.append(connection, "plan.published", {"revision": revision})
    told = {"in_force_at": published.in_force_at.isoformat(), "changes": published.changes, "note": published.note}
    audit.record(connection, by.did("plan.published", f"plan:{revision}", **told))
    carrying.record(connection, revision, by=by)


def bring_into_force(connection: sa.Connection, changes: Changes, *, in_force_at: datetime, note: str = "") -> int:
    """Bring changes into force at an instant and return the new plan's revision; the caller announces it at its end.

    Ended versions stay as history; new grids get permanent numbers in the order of the frame; level-2 grids whose
    leaves change are united anew; what became of what is stored as lineage; posts are carried along; tiles are drawn.

    Raises
    ------
    ConflictError
        When the instant is in the future, a later plan exists already, or a version to be ended is not in force.
    """
    plans.hold_publication(connection)
    if in_force_at > plans.clock(connection):
        raise ConflictError(
            "A plan comes into force when it is published, not later; choose an instant that has passed."
        )
    previous = plans.newest(connection)
    if previous and in_force_at <= previous.in_force_at:
        raise ConflictError(
            f"Plan {previous.revision} is in force from {previous.in_force_at.isoformat()}; choose a later instant.",
            revision=previous.revision,
        )
    revision = plans.append(connection, in_force_at=in_force_at, note=note, changes=len(changes))
    opened = _numbered(connection, changes.opened)
    _close(connection, changes, in_force_at)
    grids.append(connection, opened, revision=revision, valid_from=in_force_at)
    _unite_level2(connection, changes, in_force_at)
    lineage = redrawn.lineage(changes.closed, opened)
    plans.append_lineage(connection, revision, lineage)
    carrying.follow(connection, changes.closed, opened, lineage, revision=revision)
    tiles.draw(connection, PLAN_LAYERS, touched=_boxes(changes))
    return revision


def _boxes(changes: Changes) -> npt.NDArray[np.float64]:
    """Return the boxes of all that ends or begins: west, south, east, north in degrees."""
    return np.vstack([frame.bounds.to_numpy(dtype=np.float64) for frame in (changes.closed, changes.opened)])


def _numbered(connection: sa.Connection, opened: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Give permanent numbers to the grids that have none yet."""
    numbered = opened.assign(id=opened["id"].astype("Int64"))
    new = numbered["id"].isna()
    numbered.loc[new, "id"] = grids.new_ids(connection, int(new.sum()))
    return numbered.astype({"id": "int64"})


def _close(connection: sa.Connection, changes: Changes, at: datetime) -> None:
    ended = grids.close(connection, list(changes.closed["id"]), valid_to=at)
    if ended != len(changes.closed):
        raise ConflictError(
            f"{len(changes.closed) - ended} of the grids to be ended are no longer in force; reload the plan."
        )


def _unite_level2(connection: sa.Connection, changes: Changes, at: datetime) -> None:
    codes = changes.level2_codes
    if not codes:
        return
    names = _known_names(connection, codes) | changes.level2_names
    leaves = grids.at(connection, level2_codes=codes)
    level2_grids.replace(connection, level2_of(leaves, names), codes=codes, valid_from=at)


def _known_names(connection: sa.Connection, codes: list[str]) -> dict[str, str]:
    known = level2_grids.at(connection)
    return {code: name for code, name in zip(known["code"], known["name"], strict=True) if code in set(codes)}


def replace_grids(
    connection: sa.Connection,
    wanted: gpd.GeoDataFrame,
    *,
    in_force_at: datetime,
    level2_names: dict[str, str] | None = None,
    note: str = "",
    by: Actor,
) -> int:
    """Publish a whole new set of grids in place of the one in force; unchanged grids are not touched."""
    plans.hold_publication(connection)
    present = grids.at(connection)
    return publish(
        connection,
        redrawn.replacement(present, wanted, level2_names=level2_names),
        in_force_at=in_force_at,
        note=note,
        by=by,
    )
