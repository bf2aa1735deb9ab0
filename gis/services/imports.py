"""Import: files into the city, whole or not at all.

What a file of grids names is replaced village by village: the grids of villages that the file does not name stay.
Divisions are replaced by code; zones, layers, cameras and patrols as a whole; reports are added, those whose id is
known already are passed over.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from gis.db import cameras, divisions, events, grids, inventory, layers, level2_grids, patrols, plans, scopes, zones
from gis.domain import cleaning, validity
from gis.domain.coordinates import parse_datum
from gis.domain.grids import Plan
from gis.domain.merging import merged, unchanged
from gis.errors import Fault, InvalidInputError, PlanFaultsError
from gis.files.placement import Say, silently
from gis.files.plans import noun_files, read_noun
from gis.services import history, suspicions, tiles
from gis.services import plans as publishing
from gis.services.grids import check_ids

LAYERS = ("streets", "waters", "buildings")
PLAN_NOUNS = ("divisions", "zones", "grids")
# A file of these takes the place of all that the city has of them.
REPLACED_WHOLE = ("zones", *LAYERS, "cameras", "patrols")
DRAWN = {"divisions": ("counties", "towns", "villages"), "zones": ("zones",)}
Progress = Callable[[str], None]
Frames = dict[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Options:
    """How files are read and checked.

    Attributes
    ----------
    noun : what a single file holds, where its name does not say.
    renamed : names of columns in the file to ours.
    defaults : captured_at, category, channel of reports whose file has none.
    profile : which structure grid codes follow.
    clean : propose a repair of the plan's faults, see `cleaning`.
    in_force_at : from when the plan holds; None for now.
    snap_limit_m : a report this close outside the city, in metres, goes to the nearest grid.
    """

    noun: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    profile: str = "anshan18"
    clean: bool = False
    in_force_at: datetime | None = None
    snap_limit_m: float = 50.0


@dataclass(frozen=True)
class Count:
    """How many rows of a noun are there now, would be there then, and how many are new, different or gone."""

    noun: str
    now: int
    then: int
    added: int
    changed: int
    dropped: int

    @property
    def replaces_all(self) -> bool:
        """Whether rows go because the file stands for all that the city has of the noun."""
        return self.noun in REPLACED_WHOLE and self.dropped > 0


@dataclass(frozen=True)
class Preview:
    """What an import would do.

    Attributes
    ----------
    counts : one for each noun that the files hold.
    faults : the table of `validity.faults`; an import with any is refused.
    repair : with `Options.clean`: code, area_before_m2, area_after_m2, changed_m2 of each grid and division that
        would change; None otherwise.
    frames : what would be written, by noun.
    """

    counts: tuple[Count, ...]
    faults: gpd.GeoDataFrame
    repair: gpd.GeoDataFrame | None
    frames: Frames


def read(
    source: Path | str,
    *,
    datum: str | None = None,
    crs: int | None = None,
    options: Options | None = None,
    say: Say = silently,
    progress: Progress = silently,
    look: Callable[[Frames], None] = lambda found: None,
) -> Frames:
    """Return the rows of a folder or file by noun, without any database; see `files.plans`.

    Rings that cross themselves are kept where the plan's check reports them. `progress` is told each file's name,
    `look` is shown what could be read before the rest is refused. Raises what reading a file raises; the faults of
    several files are told together.
    """
    options = options or Options()
    found: Frames = {}
    refused: dict[str, InvalidInputError] = {}
    for name, path in noun_files(source, noun=options.noun).items():
        progress(path.name)
        try:
            found[name] = read_noun(
                path,
                name,
                datum=datum,
                crs=crs,
                say=say,
                keep_invalid=name in PLAN_NOUNS,
                renamed=options.renamed,
                defaults=options.defaults,
            )
        except InvalidInputError as error:
            if not error.faults:
                raise
            refused[path.name] = error
    look(found)
    _refuse_files(refused)
    return found


def _refuse_files(refused: dict[str, InvalidInputError]) -> None:
    """Raise what was wrong with files: the one error, or one with the faults of all."""
    if len(refused) == 1:
        raise next(iter(refused.values()))
    if refused:
        faults = [Fault(f"{file}: {f.pointer}", f.detail) for file, error in refused.items() for f in error.faults]
        raise InvalidInputError(f"{len(refused)} files cannot be read: {', '.join(refused)}.", faults)


def alone(connection: sa.Connection) -> None:
    """Wait until no other import or publication is under way, and keep others waiting until the transaction ends.

    Ask before the `preview` that is to be written: what another import commits between the two would be undone.
    """
    plans.hold_publication(connection)


def preview(
    connection: sa.Connection,
    source: Path | str,
    *,
    datum: str | None = None,
    crs: int | None = None,
    options: Options | None = None,
    say: Say = silently,
    progress: Progress = silently,
) -> Preview:
    """Return what an import would change and what is wrong with it; writes nothing.

    Raises what reading files raises: `InvalidInputError` and its kin.
    """
    options = options or Options()
    present = _present(connection)
    look = suspicions.teller(present.divisions, declared=parse_datum(datum, crs=crs), say=say)
    found = read(source, datum=datum, crs=crs, options=options, say=say, progress=progress, look=look)
    wanted = merged(present, found)
    if len(wanted.grids) and wanted.divisions.empty and options.profile != "plain":
        raise InvalidInputError("Grids need the divisions they lie in; import divisions first, or both in one folder.")
    if "grids" in found:
        check_ids(connection, present.grids, found["grids"])
    faults, repair = validity.table_of([]), None
    if any(name in found for name in PLAN_NOUNS):
        progress("check")
        faults = validity.faults(wanted, profile=options.profile)
        if options.clean and len(faults):
            wanted, repair = cleaning.propose(wanted)
            faults = validity.faults(wanted, profile=options.profile)
    frames = found | {name: getattr(wanted, name) for name in _touched(found, wanted, repair)}
    return Preview(_counts(connection, present, frames), faults, repair, frames)


def load(
    connection: sa.Connection,
    source: Path | str,
    *,
    datum: str | None = None,
    crs: int | None = None,
    options: Options | None = None,
    say: Say = silently,
    progress: Progress = silently,
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
    write(connection, shown, options=options, source=Path(source).name, progress=progress)
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
    connection: sa.Connection, shown: Preview, *, options: Options, source: str = "", progress: Progress = silently
) -> None:
    """Write a preview without faults: the plan first, then layers, cameras, patrols and reports."""
    frames = shown.frames
    changed = {count.noun for count in shown.counts if count.added or count.changed or count.dropped}
    at = options.in_force_at or plans.clock(connection)
    if "divisions" in changed:
        divisions.replace(connection, frames["divisions"], valid_from=at)
    if "zones" in changed:
        zones.replace(connection, frames["zones"], valid_from=at)
    if changed & set(PLAN_NOUNS):
        progress("publish")
        _publish(connection, frames, at=at, source=source)
    drawn = [layer for noun, names in DRAWN.items() if noun in changed for layer in names]
    for name in (name for name in LAYERS if name in frames):
        revision = layers.replace(connection, name, frames[name], source=source)
        events.append(connection, "layers.loaded", {"name": name, "revision": revision})
        drawn.append(name)
    progress("draw")
    tiles.draw(connection, drawn)
    if "cameras" in frames:
        cameras.replace(connection, frames["cameras"])
    if "patrols" in frames:
        patrols.replace(connection, frames["patrols"])
    if changed & {"divisions", "zones"}:
        scopes.place(connection, *scopes.PLACED)
    if "reports" in frames:
        progress("reports")
        history.load(connection, frames["reports"], limit_m=options.snap_limit_m)


def _publish(connection: sa.Connection, frames: Frames, *, at: datetime, source: str) -> None:
    present = grids.at(connection)
    named = frames.get("level2")
    names = dict(zip(named["code"], named["name"], strict=True)) if named is not None else {}
    wanted = frames.get("grids", present)
    publishing.replace_grids(connection, wanted, in_force_at=at, level2_names=names, note=f"import {source}".strip())


def _present(connection: sa.Connection) -> Plan:
    """Return what is in force now, which may be nothing at all."""
    newest = plans.newest(connection)
    return Plan(
        revision=newest.revision if newest else None,
        in_force_at=newest.in_force_at if newest else datetime.now(UTC),
        divisions=divisions.at(connection),
        zones=zones.at(connection),
        level2=level2_grids.at(connection),
        grids=grids.at(connection),
    )


def _touched(found: Frames, wanted: Plan, repair: gpd.GeoDataFrame | None) -> list[str]:
    """Return the parts of the plan that an import writes: what the files hold, and what a repair changes besides."""
    mended = set() if repair is None else set(repair["code"])
    return [name for name in PLAN_NOUNS if name in found or mended & set(getattr(wanted, name)["code"])]


def _counts(connection: sa.Connection, present: Plan, frames: Frames) -> tuple[Count, ...]:
    return tuple(_count(connection, present, name, frame) for name, frame in frames.items() if name != "level2")


def _count(connection: sa.Connection, present: Plan, name: str, frame: gpd.GeoDataFrame) -> Count:
    if name in PLAN_NOUNS:
        old = getattr(present, name)
        same = unchanged(old, frame)
        before, after = set(old["code"]), set(frame["code"])
        changed = len(before & after) - len(same)
        return Count(name, len(old), len(frame), len(after - before), changed, len(before - after))
    now = int(inventory.counts(connection)[name] or 0)
    if name == "reports":
        new = history.unknown(connection, frame)
        return Count(name, now, now + len(new), len(new), 0, 0)
    return Count(name, now, len(frame), len(frame), 0, now)
