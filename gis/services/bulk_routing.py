"""Whole files of points, routed: the same rows out, in the same order, with what was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gis.domain import coordinates
from gis.domain.coordinates import Datum
from gis.domain.divisions import Tree
from gis.domain.grids import CRS, Plan
from gis.domain.routing import PlanIndex
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.files import areas, frames
from gis.files.placement import Reading, Say, contradicted, reading_of, silently
from gis.files.plans import empty
from gis.files.points import Points, read_points, suffix_of, write_points

BLOCK = 200_000
MOST_DEGREES = 1000.0  # a file of degrees may hold a few rows that are none
Reals = NDArray[np.float64]
UNREADABLE = "unreadable"
AREA_COLUMNS = ("grid", "method", "distance_m")
PLAN_COLUMNS = ("grid", "dedicated", "level2", "village", "town", "county", "zone", "method", "distance_m", "plan")
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Summary:
    """What became of a file: rows by method, where the rest went, and columns that had to be named anew."""

    rows: int
    methods: Mapping[str, int]
    unrouted: Path | None
    renamed: Mapping[str, str]


def index_of_file(
    path: Path, code_field: str, *, datum: Datum | None, limit_m: float, say: Say = silently
) -> PlanIndex:
    """Return an index over the polygons of any file; see `index_of_areas`.

    Without a `datum` the file's own word is taken, and said aloud; GeoJSON that says nothing is WGS 84 by RFC 7946.
    Overlaps are told through `say`. Raises `UnknownDatumError` when nothing says what the coordinates are in, and what
    `frames.read_frame` raises, such as `InvalidGeometryError` with a fault for each invalid row.
    """
    declared = datum or areas.declared_by(path, say=say)
    frame = frames.read_frame(path, datum=declared, say=say)
    index = index_of_areas(frame, code_field, limit_m=limit_m)
    remark = areas.overlap_remark(frame, code_field)
    if remark:
        say(remark)
    return index


def index_of_areas(frame: gpd.GeoDataFrame, code_field: str, *, limit_m: float) -> PlanIndex:
    """Return an index over any polygons (EPSG:4490, on the lattice) whose rows stand for grids, the first the lowest.

    Raises `InvalidInputError` when the field is missing or empty in some row, or a row is no area.
    """
    if code_field not in frame.columns:
        names = ", ".join(str(name) for name in frame.columns if name != frame.geometry.name)
        raise InvalidInputError(f"The file of grids has no column {code_field}. Columns: {names}.")
    faults = [Fault(f"row {row + 1}", "The code is empty.") for row in np.flatnonzero(frame[code_field].isna())]
    kinds = frame.geom_type.where(frame.geom_type.notna(), None).to_numpy()
    faults += [
        Fault(f"row {row + 1}", f"The geometry is a {kind}, not an area." if kind else "The row has no geometry.")
        for row, kind in enumerate(kinds)
        if kind not in ("Polygon", "MultiPolygon")
    ]
    if faults:
        raise InvalidInputError(f"The file of grids cannot be used: {faults[0].pointer}: {faults[0].detail}", faults)
    rows = {"id": np.arange(len(frame)), "code": frame[code_field].astype(str).to_numpy(), "kind": "comprehensive"}
    grids = gpd.GeoDataFrame(
        {**rows, "village_code": None, "level2_code": None, "boundary": frame.geometry.to_numpy()},
        geometry="boundary",
        crs=CRS,
    )
    divisions, zones, level2 = (empty(name) for name in ("divisions", "zones", "level2"))
    return PlanIndex(Plan(None, datetime.now(UTC), divisions, zones, level2, grids), limit_m)


def route_file(
    source: Path,
    target: Path,
    *,
    index: PlanIndex,
    datum: Datum,
    xy: tuple[str | None, str | None] = (None, None),
    columns: tuple[str, ...] = AREA_COLUMNS,
    progress: Progress = lambda done, total: None,
    say: Say = silently,
) -> Summary:
    """Route the points of a file into `index` and write its rows with `columns` added to `target`.

    Rows whose place cannot be read stay, with method ``unreadable``; they and those outside are written once more to a
    file beside it (``OUT.unrouted.suffix``) with a column `reason`. A column that the input has already is not touched:
    ours gets ``_2`` behind its name. What the numbers tell against the datum (axes swapped, zone numbers) is told
    through `say`. Raises `InvalidInputError` and its kin when the file as a whole cannot be read, `UnknownDatumError`
    when its numbers cannot be in the datum.
    """
    suffix_of(target)
    if not target.absolute().parent.is_dir():
        raise NotFoundError(f"There is no folder {target.absolute().parent}.")
    points = read_points(source, x=xy[0], y=xy[1])
    contradicted(points.crs, datum)
    lon, lat, reasons = _placed(points, datum, say)
    found = _routed(index, lon, lat, np.asarray(reasons == ""), progress)[list(columns)]
    renamed = {name: _free_name(name, points.table) for name in columns if name in points.table.columns}
    table = pd.concat([points.table, found.rename(columns=renamed)], axis=1)
    write_points(table, target, lon=lon, lat=lat, texts=table.columns[len(points.table.columns) :])
    lost = np.asarray(found["method"].isin([UNREADABLE, "outside"]))
    reasons = np.where(reasons == "", f"No grid covers the place and none is within {index.limit_m:g} m.", reasons)
    methods = {str(name): int(count) for name, count in found["method"].value_counts().items() if count}
    return Summary(len(table), methods, _write_lost(points, target, lost, reasons[lost], lon, lat), renamed)


def _placed(points: Points, datum: Datum, say: Say) -> tuple[Reals, Reals, NDArray[np.object_]]:
    """Return longitudes and latitudes (CGCS2000) of all rows, and for each the reason why it has none."""
    readable = points.reasons == ""
    degrees = readable & (np.abs(points.x) <= MOST_DEGREES) & (np.abs(points.y) <= MOST_DEGREES)
    telling = degrees if 2 * np.count_nonzero(degrees) > np.count_nonzero(readable) else readable
    reading = Reading(datum)
    if telling.any():
        reading, remark = reading_of(points.x[telling], points.y[telling], datum)
        if remark:
            say(remark)
    x, y = (points.y, points.x) if reading.swapped else (points.x, points.y)
    lon, lat, reasons = coordinates.convert_rows(x, y, datum=reading.datum)
    reasons = np.where(readable, reasons, points.reasons)
    # Only a longitude of over 90 degrees tells: China's do, and no latitude can be one.
    turned = readable & (reasons != "") & (np.abs(x) <= 90) & (np.abs(y) <= 180)
    if reading.datum.crs is None and turned.any():
        first = int(np.argmax(turned)) + 1
        say(
            f"Note: the axes of {np.count_nonzero(turned):,} row(s) look swapped, the first is row {first}; not routed."
        )
        reasons[turned] = "The latitude is not a number from -90 to 90 degrees; the axes of this row look swapped."
    return lon, lat, reasons


def beside(path: Path, word: str) -> Path:
    """Return a path with a word before the suffix: ``routed.csv.gz`` has ``routed.unrouted.csv.gz`` beside it."""
    stem = path.name[: -len(suffix_of(path))]
    return path.with_name(f"{stem}.{word}{path.name[len(stem) :]}")


def _routed(index: PlanIndex, lon: Reals, lat: Reals, good: NDArray[np.bool_], progress: Progress) -> pd.DataFrame:
    """Return the columns of answers for all rows, block by block; rows that are not `good` are unreadable."""
    rows, blocks = np.flatnonzero(good), []
    for start in range(0, max(len(rows), 1), BLOCK):
        some = rows[start : start + BLOCK]
        blocks.append(index.route_many(lon[some], lat[some]))
        progress(start + len(some), len(rows))
    answers = pd.concat(blocks, ignore_index=True).set_index(rows)
    answers["method"] = answers["method"].astype("str")
    answers = answers.reindex(np.arange(len(lon)))
    answers["method"] = answers["method"].fillna(UNREADABLE)
    return _with_chain(answers, index.plan)


def _with_chain(answers: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    """Add village, town, county and the number of the plan."""
    tree = Tree.of(plan.divisions)
    chains = {code: tree.chain(code) for code, one in tree.by_code.items() if one.level == "village"}
    for level in ("village", "town", "county"):
        codes = {code: one.code for code, chain in chains.items() for one in chain if one.level == level}
        known = codes if level != "village" else {**{c: c for c in answers["village_code"].dropna().unique()}, **codes}
        answers[level] = answers["village_code"].map(known).astype("str")
    return answers.assign(plan=pd.array([plan.revision] * len(answers), dtype="Int64"))


def _free_name(name: str, table: pd.DataFrame) -> str:
    number = 2
    while f"{name}_{number}" in table.columns:
        number += 1
    return f"{name}_{number}"


def _write_lost(
    points: Points,
    target: Path,
    lost: NDArray[np.bool_],
    reasons: NDArray[np.object_],
    lon: Reals,
    lat: Reals,
) -> Path | None:
    path = beside(target, "unrouted")
    if not lost.any():
        path.unlink(missing_ok=True)
        return None
    table = points.table[lost]
    name = "reason" if "reason" not in table.columns else _free_name("reason", table)
    write_points(table.assign(**{name: reasons.astype(str)}), path, lon=lon[lost], lat=lat[lost])
    return path
