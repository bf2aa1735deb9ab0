"""Values that rows of a noun can have: ranges, pairs that must agree, keys that stand once.

Judged where a file is read, so that a preview tells what a commit would refuse, all of it, by row and column.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.domain import addresses, codes, coordinates
from gis.domain.cameras import LONGEST_RANGE_M
from gis.domain.reports import ACCURACY_LIMIT_M, AHEAD_LIMIT, EARLIEST, fault_of
from gis.errors import Fault, InvalidCodeError, UnknownDatumError
from gis.files.cells import cell_fault

# What a sender's coordinates and the geometry may differ by: rounding, and the public formulas of GCJ-02 and BD-09.
NEAR_M = 5.0
MOST_UNITS = 1_000
LOWEST_FLOOR, HIGHEST_FLOOR = -100, 1_000


@dataclass(frozen=True)
class Range:
    """Which numbers a column can hold; `above` leaves `least` itself out."""

    least: float
    most: float = float("inf")
    above: bool = False

    def holds(self, values: "pd.Series[float]") -> "pd.Series[bool]":
        """Return for each value whether it is in range; a missing one is."""
        low = values > self.least if self.above else values >= self.least
        return (low & (values <= self.most)).fillna(True) | values.isna()

    def __str__(self) -> str:
        if self.most == float("inf"):
            return f"The value is {self.least:g} or more."
        return f"The value is {'over' if self.above else 'from'} {self.least:g} to {self.most:,g}."


RANGES: dict[str, dict[str, Range]] = {
    "grids": {
        "id": Range(1),
        "households": Range(0),
        "headcount": Range(0),
        "floor_from": Range(LOWEST_FLOOR, HIGHEST_FLOOR),
        "floor_to": Range(LOWEST_FLOOR, HIGHEST_FLOOR),
    },
    "buildings": {"floors": Range(1, HIGHEST_FLOOR), "households": Range(0)},
    "addresses": {"units": Range(1, MOST_UNITS), "floors": Range(1, HIGHEST_FLOOR)},
    "cameras": {
        "heading_deg": Range(0, 360),
        "view_deg": Range(0, 360, above=True),
        "range_m": Range(0, LONGEST_RANGE_M, above=True),
    },
    "reports": {"accuracy_m": Range(0, ACCURACY_LIMIT_M)},
}
# The second of a pair is never below the first.
PAIRS = {"grids": ("floor_from", "floor_to"), "patrols": ("started_at", "ended_at")}
# Columns whose values stand once; a missing one may repeat.
KEYS = {"grids": "id", "cameras": "code"}


def faults(rows: gpd.GeoDataFrame, noun: str, *, now: datetime) -> list[Fault]:
    """Return a fault for each value that no row of a noun can have, column by column; `now` is the reader's clock.

    `rows` has the noun's columns, typed, and geometry in EPSG:4490; cells that could not be typed are missing.
    """
    found: list[Fault] = []
    for name, allowed in RANGES.get(noun, {}).items():
        found += [cell_fault(row, name, str(allowed)) for row in _rows(~allowed.holds(rows[name].astype("Float64")))]
    if noun in PAIRS:
        first, second = PAIRS[noun]
        turned = (rows[second] < rows[first]).fillna(False)
        found += [cell_fault(row, second, f"The value is below {first}.") for row in _rows(turned)]
    if noun in KEYS:
        keys = rows[KEYS[noun]]
        twice = keys.duplicated() & keys.notna()
        found += [cell_fault(row, KEYS[noun], f"The {KEYS[noun]} stands twice.") for row in _rows(twice)]
    own = OWN_RULES.get(noun)
    return [*found, *own(rows, now)] if own else found


def _rows(told: "pd.Series[bool]") -> list[int]:
    rows: list[int] = np.flatnonzero(told.to_numpy(dtype=bool)).tolist()
    return rows


def _of_addresses(rows: gpd.GeoDataFrame, now: datetime) -> Iterator[Fault]:
    for row, (kind, name) in enumerate(zip(rows["kind"], rows["name"], strict=True)):
        address = addresses.parse(name or "")
        if name is not None and not address.street:
            yield cell_fault(row, "name", "This names no street, estate or place.")
        elif kind == "building" and not (address.number or address.building):
            yield cell_fault(row, "name", "A building has a number, such as 32栋; without one it is a place.")


def _of_cameras(rows: gpd.GeoDataFrame, now: datetime) -> Iterator[Fault]:
    for row, code in enumerate(rows["code"]):
        try:
            if code is not None:
                codes.check_camera(code)
        except InvalidCodeError as error:
            yield cell_fault(row, "code", error.detail)


def _of_grids(rows: gpd.GeoDataFrame, now: datetime) -> Iterator[Fault]:
    dedicated = rows["kind"] == "dedicated"
    for row in _rows(dedicated & rows["category"].isna()):
        yield cell_fault(row, "category", "A dedicated grid needs a category, such as school.")
    for row in _rows((rows["kind"] == "comprehensive") & rows["category"].notna()):
        yield cell_fault(row, "category", "Only a dedicated grid has a category.")


def _of_reports(rows: gpd.GeoDataFrame, now: datetime) -> Iterator[Fault]:
    ids = rows["id"].map(_uuid)
    for row in _rows(rows["id"].notna() & ids.isna()):
        yield cell_fault(row, "id", "This is not a UUID.")
    for row in _rows(ids.duplicated() & ids.notna()):
        yield cell_fault(row, "id", "The id stands twice.")
    ahead, early = rows["captured_at"] > now + AHEAD_LIMIT, rows["captured_at"] < EARLIEST
    for row in _rows(ahead | early):
        yield cell_fault(row, "captured_at", fault_of("captured_at", rows["captured_at"].iloc[row], now=now) or "")
    for row, text in enumerate(rows["text"]):
        detail = fault_of("text", text, now=now)
        if detail:
            yield cell_fault(row, "text", detail)
    yield from _originals(rows)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _originals(rows: gpd.GeoDataFrame) -> Iterator[Fault]:
    """Judge the coordinates as they were sent against the geometry."""
    x, y = rows["original_x"].notna(), rows["original_y"].notna()
    for row in _rows(x != y):
        yield Fault(f"row {row + 1}, columns original_x, original_y", "Both are given, or neither.")
    for row in _rows(x & y & rows["datum"].isna()):
        yield cell_fault(row, "datum", "The datum of original_x and original_y is missing.")
    shapes = rows.geometry.to_numpy()
    points = (shapely.get_type_id(shapes) == 0) & ~shapely.is_empty(shapes)
    whole = np.flatnonzero((x & y & rows["datum"].notna()).to_numpy(dtype=bool) & points)
    details: dict[int, str] = {}
    for datum, places in rows.iloc[whole].groupby("datum").indices.items():
        details |= dict(zip(whole[places].tolist(), _contradictions(rows.iloc[whole[places]], str(datum)), strict=True))
    for row, detail in sorted(details.items()):
        if detail:
            yield Fault(f"row {row + 1}, columns original_x, original_y, datum", detail)


def _contradictions(rows: gpd.GeoDataFrame, datum: str) -> list[str]:
    """Return for each row, all of one datum, why its coordinates cannot be those of its geometry; or nothing."""
    try:
        declared = coordinates.parse_datum(datum)
    except UnknownDatumError as error:
        return [error.detail] * len(rows)
    x, y = (rows[name].to_numpy(dtype=float) for name in ("original_x", "original_y"))
    lon, lat, reasons = coordinates.convert_rows(x, y, datum=declared)
    per_lon, per_lat = coordinates.metres_per_degree(rows.geometry.y.to_numpy())
    apart_m = np.hypot((lon - rows.geometry.x.to_numpy()) * per_lon, (lat - rows.geometry.y.to_numpy()) * per_lat)
    for row in np.flatnonzero(apart_m > NEAR_M):
        reasons[row] = f"In {declared} they lie {apart_m[row]:,.0f} m from the geometry; one of the datums is wrong."
    return [str(reason) for reason in reasons]


OWN_RULES: dict[str, Callable[[gpd.GeoDataFrame, datetime], Iterator[Fault]]] = {
    "addresses": _of_addresses,
    "cameras": _of_cameras,
    "grids": _of_grids,
    "reports": _of_reports,
}
