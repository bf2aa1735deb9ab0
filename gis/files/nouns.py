"""Nouns in files: which columns each has, of which type, and what its geometry must be."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from gis.domain import subjects
from gis.domain.cameras import MEASURES
from gis.domain.grids import CRS
from gis.errors import Fault, InvalidGeometryError, InvalidInputError
from gis.files.placement import Say, silently

FAULTS_SHOWN = 100
AREAS, LINES, POINTS = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString"), ("Point",)
# Every noun says whether the demo made it; what says nothing was not.
MARK: dict[str, str] = {"synthetic": "flag"}
UNMARKED: dict[str, object] = {"synthetic": False}
YES, NO = {"true", "1", "yes", "是", "t"}, {"false", "0", "no", "否", "f"}


@dataclass(frozen=True)
class Noun:
    """What a file of one noun holds.

    Attributes
    ----------
    geometry : name of the geometry column as it is stored.
    kinds : geometry types that are taken.
    columns : name and type (text, whole, number, flag, instant) of each column.
    required : columns that a file must have, without empty cells.
    defaults : what stands in a column that the file does not have, or in its empty cells.
    known : columns with a closed list of values.
    """

    geometry: str
    kinds: tuple[str, ...]
    columns: dict[str, str]
    required: tuple[str, ...]
    defaults: dict[str, object]
    known: dict[str, tuple[str, ...]]


GRIDS = Noun(
    "boundary",
    AREAS,
    {
        "id": "whole",
        **dict.fromkeys(("code", "kind", "category", "name", "village_code", "level2_code"), "text"),
        "urban": "flag",
        "households": "whole",
        "headcount": "whole",
        "building": "text",
        "unit": "text",
        "floor_from": "whole",
        "floor_to": "whole",
    }
    | MARK,
    ("code",),
    {
        "kind": "comprehensive",
        "name": "",
        "village_code": "",
        "urban": True,
        "households": 0,
        "headcount": 0,
    }
    | UNMARKED,
    {"kind": ("comprehensive", "dedicated")},
)
NOUNS: dict[str, Noun] = {
    "divisions": Noun(
        "boundary",
        AREAS,
        dict.fromkeys(("code", "name", "level", "parent_code"), "text") | MARK,
        ("code", "name", "level"),
        UNMARKED,
        {"level": ("city", "county", "town", "village")},
    ),
    "zones": Noun("boundary", AREAS, {"code": "text", "name": "text"} | MARK, ("code", "name"), UNMARKED, {}),
    "level2": Noun(
        "boundary",
        AREAS,
        {"code": "text", "name": "text", "village_code": "text"} | MARK,
        ("code", "name"),
        UNMARKED,
        {},
    ),
    "grids": GRIDS,
    "streets": Noun(
        "path",
        LINES,
        {"name": "text", "category": "text"} | MARK,
        ("category",),
        {"name": ""} | UNMARKED,
        {"category": ("trunk", "main", "side", "lane")},
    ),
    "waters": Noun(
        "surface",
        AREAS,
        {"name": "text", "category": "text"} | MARK,
        ("category",),
        {"name": ""} | UNMARKED,
        {"category": ("river", "stream", "lake")},
    ),
    "buildings": Noun(
        "footprint",
        AREAS,
        {"name": "text", "floors": "whole", "households": "whole"} | MARK,
        ("floors",),
        {"name": "", "households": 0} | UNMARKED,
        {},
    ),
    "cameras": Noun(
        "location",
        POINTS,
        {"code": "text", "name": "text", **dict.fromkeys(MEASURES, "number")} | MARK,
        ("code", *MEASURES),
        {"name": ""} | UNMARKED,
        {},
    ),
    "patrols": Noun(
        "track",
        ("LineString",),
        {"post": "text", "started_at": "instant", "ended_at": "instant"} | MARK,
        ("post", "started_at", "ended_at"),
        UNMARKED,
        {},
    ),
    "reports": Noun(
        "location",
        POINTS,
        {
            "id": "text",
            "captured_at": "instant",
            "channel": "text",
            "category": "text",
            "text": "text",
            "original_x": "number",
            "original_y": "number",
            "datum": "text",
            "accuracy_m": "number",
        }
        | MARK,
        ("id", "captured_at", "channel", "category"),
        {"text": ""} | UNMARKED,
        {},
    ),
}


def as_noun(frame: gpd.GeoDataFrame, name: str, *, say: Say = silently, file: str = "") -> gpd.GeoDataFrame:
    """Return a read frame as rows of a noun: its columns in order, typed, geometry under its stored name.

    Columns that are not of the noun are left out, and that is said; columns that look like data of persons refuse the
    whole file. Raises `InvalidInputError` with a fault for each missing column and each wrong cell (of the first
    100), `InvalidGeometryError` for geometry of another kind.
    """
    noun = NOUNS[name]
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    _refuse(file, name, subjects.personal_columns(table))
    _refuse(file, name, _missing(table, noun))
    spare = [str(column) for column in table.columns if column not in noun.columns]
    if spare:
        say(f"Note: {file or name}: not stored: {', '.join(spare)}.")
    faults: list[Fault] = []
    columns = {column: _typed(table, column, kind, noun=noun, faults=faults) for column, kind in noun.columns.items()}
    _refuse(file, name, faults)
    shapes = _of_kinds(frame.geometry, noun, f"{file or name}: ")
    return gpd.GeoDataFrame(pd.DataFrame(columns), geometry=shapes, crs=CRS).rename_geometry(noun.geometry)


def _refuse(file: str, name: str, faults: list[Fault]) -> None:
    if faults:
        raise InvalidInputError(
            f"{file or name} cannot be read as {name}: {faults[0].pointer}: {faults[0].detail}", faults[:FAULTS_SHOWN]
        )


def _missing(table: pd.DataFrame, noun: Noun) -> list[Fault]:
    absent = [name for name in noun.required if name not in table.columns]
    return [Fault(f"column {name}", f"The column {name} is missing.") for name in absent]


def _typed(table: pd.DataFrame, name: str, kind: str, *, noun: Noun, faults: list[Fault]) -> "pd.Series[object]":
    if name not in table.columns:
        given = pd.Series([None] * len(table), index=table.index, dtype=object)
    else:
        given = table[name].astype(object).where(table[name].notna(), None)
    if name in noun.defaults:
        given = given.map(lambda value: noun.defaults[name] if value is None else value)
    values, bad = _PARSERS[kind](given)
    said = {"text": "text", "whole": "a whole number", "number": "a number", "flag": "true or false"}
    wanted = said.get(kind, "an instant with its offset, such as 2026-06-30T09:00:00+08:00")
    faults += [_cell(row, name, f"This is not {wanted}.") for row in bad]
    if name in noun.required:
        empty = [row for row, value in enumerate(given) if value is None]
        faults += [_cell(row, name, "The cell is empty.") for row in empty]
    if name in noun.known:
        options = noun.known[name]
        odd = [row for row, value in enumerate(given) if value not in options]
        faults += [_cell(row, name, f"The value is none of {', '.join(options)}.") for row in odd]
    return values


def _cell(row: int, column: str, detail: str) -> Fault:
    return Fault(f"row {row + 1}, column {column}", detail)


def _text(given: "pd.Series[object]") -> tuple["pd.Series[object]", list[int]]:
    def text(value: object) -> object:
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
        return str(value)

    return given.map(text).astype(object), [row for row, value in enumerate(given) if "\0" in str(value)]


def _whole(given: "pd.Series[object]") -> tuple["pd.Series[object]", list[int]]:
    values = pd.to_numeric(given, errors="coerce")
    whole = values.notna() & (values % 1 == 0) & (values.abs() < 2**31)
    bad = [row for row, value in enumerate(given) if value is not None and not whole.iloc[row]]
    kept = values.where(whole)
    return kept.astype("int64" if kept.notna().all() and len(kept) else "Int64"), bad


def _number(given: "pd.Series[object]") -> tuple["pd.Series[object]", list[int]]:
    values = pd.to_numeric(given, errors="coerce").astype("float64")
    finite = values.abs() < float("inf")
    return values, [row for row, value in enumerate(given) if value is not None and not finite.iloc[row]]


def _flag(given: "pd.Series[object]") -> tuple["pd.Series[object]", list[int]]:
    words = given.map(lambda value: str(value).strip().lower().removesuffix(".0"))
    bad = [row for row, word in enumerate(words) if word not in YES | NO]
    return words.isin(YES), bad


def _instant(given: "pd.Series[object]") -> tuple["pd.Series[object]", list[int]]:
    texts = given.map(lambda value: None if value is None else str(value))
    values = pd.to_datetime(texts, errors="coerce", utc=True, format="ISO8601")
    aware = texts.map(lambda text: text is not None and _has_offset(text))
    bad = [
        row for row, text in enumerate(texts) if text is not None and not (aware.iloc[row] and values.notna().iloc[row])
    ]
    return values, bad


def _has_offset(text: str) -> bool:
    clock = text[10:]
    return clock.endswith(("Z", "z")) or "+" in clock or "-" in clock


_PARSERS: dict[str, Callable[["pd.Series[object]"], tuple["pd.Series[object]", list[int]]]] = {
    "text": _text,
    "whole": _whole,
    "number": _number,
    "flag": _flag,
    "instant": _instant,
}


def _of_kinds(shapes: gpd.GeoSeries, noun: Noun, file: str) -> gpd.GeoSeries:
    wrong = [row for row, kind in enumerate(shapes.geom_type) if kind not in noun.kinds]
    if wrong:
        wanted = " or ".join(noun.kinds)
        faults = [
            Fault(
                f"row {row + 1}",
                "The row has no geometry."
                if shapes.iloc[row] is None
                else f"The geometry is {shapes.geom_type.iloc[row]}, not {wanted}.",
            )
            for row in wrong
        ]
        raise InvalidGeometryError(f"{file}{faults[0].pointer}: {faults[0].detail}", faults[:FAULTS_SHOWN])
    single = noun.geometry in ("location", "track")
    return shapes if single else gpd.GeoSeries(_lone_parts(shapes), index=shapes.index, crs=CRS)


def _lone_parts(shapes: gpd.GeoSeries) -> list[shapely.Geometry]:
    """Return shapes with a multi-geometry of one part as that part, so that formats that only know multi agree."""
    return [shape.geoms[0] if hasattr(shape, "geoms") and len(shape.geoms) == 1 else shape for shape in shapes]
