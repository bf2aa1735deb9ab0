"""Plans from files, for analysts without a database and for the first load of a city."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import pandas as pd

from gis.domain.coordinates import Datum
from gis.domain.grids import CRS, Plan, level2_of
from gis.errors import NotFoundError, UnsupportedFormatError
from gis.files import frames
from gis.files.nouns import NOUNS, as_noun
from gis.files.past_reports import reported, with_ids
from gis.files.placement import Say, silently

PLAN_NOUNS = ("divisions", "zones", "level2", "grids")


def noun_files(source: Path | str, *, noun: str | None = None) -> dict[str, Path]:
    """Return the file of each noun in a folder, or the one noun of a single file.

    A file's noun is `noun`, or its name without suffix. Raises `NotFoundError` and `UnsupportedFormatError`.
    """
    path = Path(source)
    if path.is_dir():
        found = {name: _one_of(path, name) for name in NOUNS}
        files = {name: file for name, file in found.items() if file is not None}
        if not files:
            raise NotFoundError(f"No file in {path} is called after one of {', '.join(NOUNS)}.")
        return files
    if not path.is_file():
        raise NotFoundError(f"There is no file or folder {path}.")
    name = noun or path.name.removesuffix(".gz").rpartition(".")[0]
    if name not in NOUNS:
        raise UnsupportedFormatError(f"{path.name}: say what it holds (--as): one of {', '.join(NOUNS)}.")
    return {name: path}


def read_noun(
    path: Path,
    name: str,
    *,
    datum: str | Datum | None = None,
    crs: int | None = None,
    say: Say = silently,
    keep_invalid: bool = False,
    renamed: dict[str, str] | None = None,
    defaults: Mapping[str, str] | None = None,
) -> gpd.GeoDataFrame:
    """Return the rows of a noun in one file, typed and named as they are stored; see `frames.read_frame`.

    `renamed` maps names of columns in the file to ours, x and y of a CSV file among them; `defaults` see `reported`.
    """
    theirs = {ours: name for name, ours in (renamed or {}).items()}
    xy = (theirs["x"], theirs["y"]) if {"x", "y"} <= theirs.keys() else None
    frame = frames.read_frame(path, datum=datum, crs=crs, layer=name, xy=xy, say=say, keep_invalid=keep_invalid)
    if name == "reports" and "id" not in {*frame.columns, *(renamed or {}).values()}:
        frame = with_ids(frame)
    if renamed:
        frame = frame.rename(columns=renamed)
    if name == "reports" and defaults:
        frame = reported(frame, defaults)
    return as_noun(frame, name, say=say, file=path.name)


def read_plan(
    source: Path | str, *, datum: str | Datum | None = None, crs: int | None = None, say: Say = silently
) -> Plan:
    """Return the plan of a folder (or of one file of grids), without any database.

    The plan has no revision and is in force from now on. Grids without an id are numbered in the order of the file.
    Raises what `frames.read_frame` and `nouns.as_noun` raise.
    """
    files = noun_files(source, noun=None if Path(source).is_dir() else "grids")
    read = {name: read_noun(files[name], name, datum=datum, crs=crs, say=say) for name in PLAN_NOUNS if name in files}
    return plan_of(read)


def plan_of(read: dict[str, gpd.GeoDataFrame]) -> Plan:
    """Return a plan of frames by noun; nouns that are missing are empty, level-2 grids are united from leaves."""
    grids = _numbered(read.get("grids", empty("grids")))
    named = read.get("level2")
    names = dict(zip(named["code"], named["name"], strict=True)) if named is not None else {}
    return Plan(
        revision=None,
        in_force_at=datetime.now(UTC),
        divisions=read.get("divisions", empty("divisions")),
        zones=read.get("zones", empty("zones")),
        level2=level2_of(grids, names),
        grids=grids,
    )


def empty(name: str) -> gpd.GeoDataFrame:
    """Return a frame of a noun without rows."""
    noun = NOUNS[name]
    return gpd.GeoDataFrame(
        {column: [] for column in noun.columns} | {noun.geometry: []}, geometry=noun.geometry, crs=CRS
    )


def _one_of(folder: Path, name: str) -> Path | None:
    files = sorted(folder / f"{name}{suffix}" for suffix in frames.SUFFIXES if (folder / f"{name}{suffix}").is_file())
    if len(files) > 1:
        raise UnsupportedFormatError(f"{folder} holds {name} twice: {', '.join(file.name for file in files)}.")
    return files[0] if files else None


def _numbered(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ids = pd.array(grids["id"], dtype="Int64")
    missing = ids.isna()
    if missing.any():
        first = 1 if missing.all() else int(ids.max()) + 1
        ids[missing] = range(first, first + int(missing.sum()))
    return grids.assign(id=ids.astype("int64"))
