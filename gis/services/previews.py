"""Previews: what an import would change and what is wrong with it; nothing is written.

What a file of grids names is replaced village by village: the grids of villages that the file does not name stay.
Divisions are replaced by code; zones, layers, addresses, cameras and patrols as a whole; reports are added, those whose
id is known already are passed over.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import sqlalchemy as sa

from gis.db import divisions, grids, inventory, level2_grids, plans, zones
from gis.domain import cleaning, validity
from gis.domain.coordinates import parse_datum
from gis.domain.grids import Plan
from gis.domain.merging import merged, unchanged
from gis.domain.routing_rules import USUAL, Rule
from gis.errors import Fault, InvalidInputError
from gis.files.placement import Say, silently
from gis.files.plans import noun_files, read_noun
from gis.services import consents, history, suspicions
from gis.services.grids import check_ids

LAYERS = ("streets", "waters", "buildings")
PLAN_NOUNS = ("divisions", "zones", "grids")
# A file of these takes the place of all that the city has of them.
REPLACED_WHOLE = ("zones", *LAYERS, "addresses", "cameras", "patrols")
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
    rule : by whose limits reports are routed.
    """

    noun: str | None = None
    renamed: dict[str, str] = field(default_factory=dict)
    defaults: dict[str, str] = field(default_factory=dict)
    profile: str = "anshan18"
    clean: bool = False
    in_force_at: datetime | None = None
    rule: Rule = USUAL


@dataclass(frozen=True)
class Source:
    """The file that a noun came from: its name, and the SHA-256 of its content."""

    name: str
    sha256: str


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
    sources : the files that were read, by noun.
    """

    counts: tuple[Count, ...]
    faults: gpd.GeoDataFrame
    repair: gpd.GeoDataFrame | None
    frames: Frames
    sources: Mapping[str, Source]


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
    if "patrols" in found:
        consents.check_tracks(connection, found["patrols"])
    faults, repair = validity.table_of([]), None
    if any(name in found for name in PLAN_NOUNS):
        progress("check")
        faults = validity.faults(wanted, profile=options.profile)
        if options.clean and len(faults):
            wanted, repair = cleaning.propose(wanted)
            faults = validity.faults(wanted, profile=options.profile)
    frames = found | {name: getattr(wanted, name) for name in _touched(found, wanted, repair)}
    sources = {name: _source(path) for name, path in noun_files(source, noun=options.noun).items()}
    return Preview(_counts(connection, present, frames), faults, repair, frames, sources)


def _source(path: Path) -> Source:
    with path.open("rb") as file:
        return Source(path.name, hashlib.file_digest(file, "sha256").hexdigest())


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
