"""Nouns in files: which columns each has, of which type, and what its geometry must be."""

from dataclasses import dataclass
from datetime import UTC, datetime

import geopandas as gpd
import pandas as pd
import shapely

from gis.domain import subjects
from gis.domain.addresses import KINDS
from gis.domain.cameras import MEASURES
from gis.domain.categories import CATEGORIES, CHANNELS
from gis.domain.grids import CRS
from gis.domain.reports import EXPORTED_COLUMNS
from gis.errors import Fault, InvalidGeometryError, InvalidInputError
from gis.files import cells, values
from gis.files.placement import Say, silently

FAULTS_SHOWN = 100
AREAS, LINES, POINTS = ("Polygon", "MultiPolygon"), ("LineString", "MultiLineString"), ("Point",)
# Every noun says whether the demo made it; what says nothing was not.
MARK: dict[str, str] = {"synthetic": "flag"}
UNMARKED: dict[str, object] = {"synthetic": False}


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
    derived : columns that an export adds and an import passes over without a word.
    """

    geometry: str
    kinds: tuple[str, ...]
    columns: dict[str, str]
    required: tuple[str, ...]
    defaults: dict[str, object]
    known: dict[str, tuple[str, ...]]
    derived: tuple[str, ...] = ()


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
    "addresses": Noun(
        "extent",
        (*POINTS, *LINES, *AREAS),
        {"kind": "text", "name": "text", "units": "whole", "floors": "whole", "source": "text"} | MARK,
        ("name",),
        {"kind": "building", "source": ""} | UNMARKED,
        {"kind": KINDS},
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
        {"category": tuple(CATEGORIES), "channel": tuple(CHANNELS)},
        EXPORTED_COLUMNS,
    ),
}


def as_noun(frame: gpd.GeoDataFrame, name: str, *, say: Say = silently, file: str = "") -> gpd.GeoDataFrame:
    """Return a read frame as rows of a noun: its columns in order, typed, geometry under its stored name.

    Columns that are not of the noun are left out, and that is said; columns that look like data of persons refuse the
    whole file. Raises `InvalidInputError` with a fault for each missing column, and for each wrong cell, value that
    cannot be so (see `values`) and geometry of another kind (the first 100); `InvalidGeometryError` where nothing but
    geometry is wrong.
    """
    noun = NOUNS[name]
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    _refuse(file, name, subjects.personal_columns(table))
    _refuse(file, name, _missing(table, noun))
    spare = [str(column) for column in table.columns if column not in (*noun.columns, *noun.derived)]
    if spare:
        say(f"Note: {file or name}: not stored: {', '.join(spare)}.")
    faults: list[Fault] = []
    columns = {column: _typed(table, column, kind, noun=noun, faults=faults) for column, kind in noun.columns.items()}
    kinds = _kind_faults(frame.geometry, noun)
    rows = gpd.GeoDataFrame(pd.DataFrame(columns), geometry=frame.geometry, crs=CRS).rename_geometry(noun.geometry)
    faults += values.faults(rows, name, now=datetime.now(UTC))
    if kinds and not faults:
        raise InvalidGeometryError(f"{file or name}: {kinds[0].pointer}: {kinds[0].detail}", kinds[:FAULTS_SHOWN])
    _refuse(file, name, faults + kinds)
    if noun.geometry in ("location", "track"):
        return rows
    return rows.set_geometry(gpd.GeoSeries(_lone_parts(rows.geometry), index=rows.index, crs=CRS).rename(noun.geometry))


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
    values, bad = cells.typed(given, kind)
    faults += [cells.cell_fault(row, name, f"This is not {cells.WANTED[kind]}.") for row in bad]
    if name in noun.required:
        empty = [row for row, value in enumerate(given) if value is None]
        faults += [cells.cell_fault(row, name, "The cell is empty.") for row in empty]
    if name in noun.known:
        options = noun.known[name]
        odd = [row for row, value in enumerate(values) if value not in options]
        faults += [cells.cell_fault(row, name, f"The value is none of {', '.join(options)}.") for row in odd]
    return values


def _kind_faults(shapes: gpd.GeoSeries, noun: Noun) -> list[Fault]:
    wrong = [row for row, kind in enumerate(shapes.geom_type) if kind not in noun.kinds]
    wanted = " or ".join(noun.kinds)
    return [
        Fault(
            f"row {row + 1}",
            "The row has no geometry."
            if shapes.iloc[row] is None
            else f"The geometry is {shapes.geom_type.iloc[row]}, not {wanted}.",
        )
        for row in wrong
    ]


def _lone_parts(shapes: gpd.GeoSeries) -> list[shapely.Geometry]:
    """Return shapes with a multi-geometry of one part as that part, so that formats that only know multi agree."""
    return [shape.geoms[0] if hasattr(shape, "geoms") and len(shape.geoms) == 1 else shape for shape in shapes]
