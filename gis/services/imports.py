"""Import: files into the city, whole or not at all; what is replaced and what is added stands in `previews`."""

from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from gis.db import addresses, cameras, divisions, events, grids, layers, patrols, plans, scopes, zones
from gis.domain import changes as redrawn
from gis.domain import validity
from gis.domain.audit import Actor
from gis.errors import PlanFaultsError
from gis.files.placement import Say, silently
from gis.services import audit, history, tiles
from gis.services import plans as publishing
from gis.services.previews import LAYERS, PLAN_NOUNS, Frames, Options, Preview, Progress, preview

DRAWN = {"divisions": ("counties", "towns", "villages"), "zones": ("zones",)}


def alone(connection: sa.Connection) -> None:
    """Wait until no other import or publication is under way, and keep others waiting until the transaction ends.

    Ask before the `preview` that is to be written: what another import commits between the two would be undone.
    """
    plans.hold_publication(connection)


def load(
    connection: sa.Connection,
    source: Path | str,
    *,
    datum: str | None = None,
    crs: int | None = None,
    options: Options | None = None,
    say: Say = silently,
    progress: Progress = silently,
    by: Actor,
) -> Preview:
    """Write what `preview` shows, in the caller's transaction, and return it.

    Raises
    ------
    PlanFaultsError
        When the plan would have faults, with the table under ``faults_table``; nothing is written then.
    InvalidInputError, ConflictError
        When a file cannot be read, or a later plan is in force already.
    """
    options = options or Options()
    alone(connection)
    shown = preview(connection, source, datum=datum, crs=crs, options=options, say=say, progress=progress)
    refuse(shown.faults)
    progress("write")
    write(connection, shown, options=options, source=Path(source).name, progress=progress, by=by)
    return shown


def refuse(faults: gpd.GeoDataFrame) -> None:
    """Raise `PlanFaultsError` when a table of faults has any row."""
    if len(faults):
        kinds = ", ".join(
            f"{count} × {validity.KINDS[kind][1]}" for kind, count in faults["kind"].value_counts().items()
        )
        count = "1 fault" if len(faults) == 1 else f"{len(faults):,} faults"
        raise PlanFaultsError(f"The plan has {count} ({kinds}); nothing was written.", faults_table=faults)


def write(
    connection: sa.Connection,
    shown: Preview,
    *,
    options: Options,
    source: str = "",
    progress: Progress = silently,
    by: Actor,
) -> None:
    """Write a preview without faults: the plan first, then layers, addresses, cameras, patrols and reports.

    At the end it is told: by events, and in the audit log by a row for each noun that was written.
    """
    frames = shown.frames
    changed = {count.noun for count in shown.counts if count.added or count.changed or count.dropped}
    at = options.in_force_at or plans.clock(connection)
    if "divisions" in changed:
        divisions.replace(connection, frames["divisions"], valid_from=at)
    if "zones" in changed:
        zones.replace(connection, frames["zones"], valid_from=at)
    revision = None
    if changed & set(PLAN_NOUNS):
        progress("publish")
        changes = _redrawn(connection, frames)
        note = f"import {source}".strip()
        revision = publishing.bring_into_force(connection, changes, in_force_at=at, note=note)
    drawn = [layer for noun, names in DRAWN.items() if noun in changed for layer in names]
    loaded = {name: layers.replace(connection, name, frames[name], source=source) for name in LAYERS if name in frames}
    progress("draw")
    tiles.draw(connection, [*drawn, *loaded])
    if "addresses" in frames:
        addresses.replace(connection, frames["addresses"])
    if "cameras" in frames:
        cameras.replace(connection, frames["cameras"])
    if "patrols" in frames:
        patrols.replace(connection, frames["patrols"])
    if changed & {"divisions", "zones"}:
        scopes.place(connection, *scopes.PLACED)
    if "reports" in frames:
        progress("reports")
        history.load(connection, frames["reports"], rule=options.rule)
    _tell(connection, shown, loaded, revision, by=by)


def _tell(
    connection: sa.Connection, shown: Preview, loaded: dict[str, int], revision: int | None, *, by: Actor
) -> None:
    """Tell what was written; only now, since senders of reports wait from the first event on."""
    for name, number in loaded.items():
        events.append(connection, "layers.loaded", {"name": name, "revision": number})
    if revision is not None:
        publishing.announce(connection, revision, by=by)
    for count in shown.counts:
        numbers = {"added": count.added, "changed": count.changed, "dropped": count.dropped}
        if any(numbers.values()):
            source = shown.sources.get(count.noun)
            file = {"file": source.name, "sha256": source.sha256} if source else {}
            audit.record(connection, by.did(f"{count.noun}.imported", f"{count.noun}:all", **file, **numbers))


def _redrawn(connection: sa.Connection, frames: Frames) -> redrawn.Changes:
    """Return what a file of grids changes, or a repair; nothing where only divisions or zones do."""
    plans.hold_publication(connection)
    present = grids.at(connection)
    named = frames.get("level2")
    names = dict(zip(named["code"], named["name"], strict=True)) if named is not None else {}
    return redrawn.replacement(present, frames.get("grids", present), level2_names=names)
