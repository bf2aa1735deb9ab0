"""CSV: places as WKT or as two columns, text in UTF-8 or GB 18030."""

import csv
import io
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gis.errors import Fault, InvalidGeometryError, InvalidInputError
from gis.files.placement import Say, silently
from gis.files.sizes import unpacked

FAULTS_SHOWN = 100
WKT_NAMES = ("wkt", "geometry", "geom", "the_geom", "boundary", "location", "path", "surface", "footprint", "track")
XY_NAMES = (
    ("x", "y"),
    ("lon", "lat"),
    ("lng", "lat"),
    ("longitude", "latitude"),
    ("经度", "纬度"),
    ("easting", "northing"),
)
SEPARATORS = ",;\t"
QUOTED = re.compile('"[^"]*"')
# A cell that a spreadsheet would take for a formula is written with an apostrophe in front (OWASP, CSV injection).
FORMULA = re.compile(r"^'*[=+\-@\t\r]")


def read_csv(path: Path, *, xy: tuple[str, str] | None = None, say: Say = silently) -> gpd.GeoDataFrame:
    """Return a CSV file as a frame without CRS: every column text (None where empty), `geometry` as it stands.

    `xy` names the columns of longitude or easting and of latitude or northing; otherwise a column of WKT or a known
    pair of names is taken. Raises `InvalidInputError`.
    """
    table = read_text_table(path, say=say)
    names = {name.strip().lower(): name for name in table.columns}
    wkt = next((names[name] for name in WKT_NAMES if name in names and _is_wkt(table[names[name]])), None)
    if wkt is not None and xy is None:
        return _with_geometry(table.drop(columns=wkt), _from_wkt(table[wkt]))
    pair = xy or next(((names[x], names[y]) for x, y in XY_NAMES if x in names and y in names), None)
    if pair is None or not set(pair) <= set(table.columns):
        raise InvalidInputError(
            f"{path.name} has no column of WKT and no pair of coordinates; name them with --x and --y. "
            f"Columns: {', '.join(table.columns)}."
        )
    x, y = (_numbers(table[name], name) for name in pair)
    return _with_geometry(table.drop(columns=list(pair)), shapely.points(x, y))


def read_text_table(path: Path, *, say: Say = silently) -> pd.DataFrame:
    """Return a CSV file (.gz too), comma, semicolon or tab, with every cell as text and None where it is empty.

    Raises `InvalidInputError`, see `parse_table`.
    """
    content = path.read_bytes()
    if path.name.lower().endswith(".gz"):
        content = unpacked(content, path.name)
    text = decoded(content, say)
    separator = separator_of(text)
    try:
        table = parse_table(text, separator, file=path.name)
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as error:
        raise InvalidInputError(f"{path.name} is not a CSV table: {str(error).strip()}.") from None
    table = table.astype(object)
    return table.where(table.notna() & (table != ""), None).map(unescaped)


def parse_table(text: str, separator: str, *, file: str) -> pd.DataFrame:
    """Return CSV text as a table of text. Blank lines are passed over; cells that a row lacks at its end are empty.

    Raises `InvalidInputError` with a fault for each row that has more cells than the header, since pandas would lose
    them; empty ones at its end are no loss. Else raises what `pandas.read_csv` raises.
    """
    faults = _overlong(text, separator)
    if faults:
        count = "1 row has" if len(faults) == 1 else f"{len(faults):,} rows have"
        raise InvalidInputError(
            f"{file}: {count} more cells than the header, first {faults[0].pointer}.", faults[:FAULTS_SHOWN]
        )
    table = pd.read_csv(io.StringIO(text), sep=separator, dtype=str, keep_default_na=False, index_col=False)
    return table.fillna("")


def _overlong(text: str, separator: str) -> list[Fault]:
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # the outline of a city is one cell
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row)
    width, faults = len(next(rows, [])), []
    for number, row in enumerate(rows, start=1):
        if len(row) > width and any(row[width:]):
            faults.append(Fault(f"row {number}", f"The row has {len(row)} cells, the header {width}."))
    return faults


def write_csv(frame: gpd.GeoDataFrame, path: Path, *, decimals: int = 7) -> None:
    """Write a frame as CSV: points as columns x and y, other shapes as WKT; formulas are made harmless."""
    shapes = frame.geometry.array
    table = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    table = table.map(inert)
    if (shapely.get_type_id(shapes) == 0).all():
        form = f"%.{decimals}f"
        table["x"] = [form % value for value in shapely.get_x(shapes)]
        table["y"] = [form % value for value in shapely.get_y(shapes)]
    else:
        table["wkt"] = shapely.to_wkt(np.asarray(shapes), rounding_precision=decimals, trim=True)
    # With `\r\n` at their ends (RFC 4180) Python also quotes a cell with a lone `\r`, which else would begin a row.
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\r\n")


def inert(value: object) -> object:
    """Return a cell as it is, or with an apostrophe in front when a spreadsheet would take it for a formula."""
    return f"'{value}" if isinstance(value, str) and FORMULA.match(value) else value


def separator_of(text: str) -> str:
    """Return what parts the cells of CSV text: comma, semicolon or tab, whichever its first line has most, quoted not.

    Python's own sniffer takes quadratic time over quotes that do not close.
    """
    first = QUOTED.sub("", text.partition("\n")[0])
    return max(SEPARATORS, key=first.count)


def decoded(content: bytes, say: Say) -> str:
    """Return text in UTF-8, or else in GB 18030, which is said. Raises `InvalidInputError`."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise InvalidInputError("The file is neither in UTF-8 nor in GB 18030.") from None
    say("Note: the text is in GBK (GB 18030), not UTF-8; read so.")
    return text


def _is_wkt(column: "pd.Series[str]") -> bool:
    first = column.dropna().head(1)
    return first.empty or bool(re.match(r"\s*[A-Za-z]+\s*(Z|M|ZM)?\s*(\(|EMPTY)", str(first.iloc[0])))


def _from_wkt(column: "pd.Series[str]") -> NDArray[np.object_]:
    with np.errstate(invalid="ignore"):  # NaN in the text is refused where the shapes are placed
        shapes = shapely.from_wkt(column.to_numpy(dtype=object), on_invalid="ignore")
    bad = np.flatnonzero(shapely.is_missing(shapes) & column.notna().to_numpy())
    if bad.size:
        faults = [Fault(f"row {row + 1}, column {column.name}", "The text is not WKT.") for row in bad[:100]]
        raise InvalidGeometryError(f"{faults[0].pointer}: the text is not WKT.", faults)
    return np.asarray(shapes, dtype=object)


def _numbers(column: "pd.Series[str]", name: str) -> NDArray[np.float64]:
    values = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero(values.isna())
    if bad.size:
        faults = [Fault(f"row {row + 1}, column {name}", "This is not a number.") for row in bad[:100]]
        count = "1 row has" if len(bad) == 1 else f"{len(bad):,} rows have"
        raise InvalidGeometryError(f"{count} no number in column {name}.", faults)
    return np.asarray(values, dtype=np.float64)


def _with_geometry(table: pd.DataFrame, shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(table, geometry=gpd.GeoSeries(shapes, index=table.index))


def unescaped(value: object) -> object:
    """Return a cell as it was before `inert` put an apostrophe in front."""
    return value[1:] if isinstance(value, str) and value.startswith("'") and FORMULA.match(value) else value
