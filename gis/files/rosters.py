"""Rosters out of CSV and XLSX: the cells of one sheet as text, rows numbered as people see them.

What a file is, its content says. A workbook is refused when it is a bomb (see `gis.files.workbooks`), and where a cell
holds a formula or a number that the spreadsheet has rounded.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl

from gis.domain.limits import ROSTER_BYTES
from gis.domain.rosters import CellFault, Row, Sheet, columns_of
from gis.errors import InvalidInputError, TooLargeError, UnsupportedFormatError
from gis.files.delimited import decoded, inert, separator_of, unescaped
from gis.files.placement import Say, silently
from gis.files.workbooks import check_workbook

ROWS_LIMIT, COLUMNS_LIMIT = 200_000, 40
CELL_LIMIT = 1_000
ZIP = b"PK\x03\x04"
# A spreadsheet keeps 15 digits of a number; a code has 18.
EXACT_LIMIT = 10**15


def read_roster(content: bytes, *, say: Say = silently) -> Sheet:
    """Return the sheet of a CSV file or the first of an XLSX workbook.

    Raises
    ------
    TooLargeError : over `ROSTER_BYTES` or `ROWS_LIMIT` rows, empty ones too, or what `check_workbook` refuses.
    UnsupportedFormatError : neither of the two.
    InvalidInputError : columns are missing, or it is cut off. Cells that cannot be read are faults of the sheet.
    """
    if len(content) > ROSTER_BYTES:
        raise TooLargeError(f"A roster has at most {ROSTER_BYTES:,} bytes.")
    rows = _workbook(content) if content.startswith(ZIP) else _text(content, say)
    numbered = ((number, row) for number, row in _numbered(rows) if any(cell != "" for cell in row))
    number, headings = next(numbered, (1, []))
    places = columns_of([str(heading) for heading in headings])
    named = {name: str(headings[place]).strip() for name, place in places.items()}
    sheet = Sheet(named, (), hashlib.sha256(content).hexdigest())
    found: list[Row] = []
    faults: list[CellFault] = []
    for number, cells in numbered:
        row = Row(number, {name: cells[place] if place < len(cells) else "" for name, place in places.items()})
        refused = [sheet.fault(row, name, cell.detail) for name, cell in row.cells.items() if isinstance(cell, Refused)]
        faults += refused
        found += [] if refused else [row]
    return replace(sheet, rows=tuple(found), faults=tuple(faults))


def _numbered(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Yield rows with their numbers; an empty one takes time too, and counts."""
    for number, row in enumerate(rows, 1):
        if number > ROWS_LIMIT:
            raise TooLargeError(f"A roster has at most {ROWS_LIMIT:,} rows; delete the empty ones too.")
        yield number, row


class Refused(str):
    """A cell that cannot be read as it stands: the beginning of what it says, and why not."""

    detail: str

    def __new__(cls, shown: object, detail: str) -> "Refused":
        """Return one with its reason."""
        made = super().__new__(cls, repr(shown)[1:-1] if isinstance(shown, str) else str(shown))
        made.detail = detail
        return made


def _text(content: bytes, say: Say) -> Iterator[Sequence[str]]:
    text = decoded(content, say)
    if "\0" in text:
        raise UnsupportedFormatError("A roster is a CSV file or an XLSX workbook.")
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator_of(text), strict=True):
            yield [_bounded(str(unescaped(cell.strip()))) for cell in row[:COLUMNS_LIMIT]]
    except csv.Error as error:
        raise InvalidInputError(f"This is not a CSV table: {error}.") from None


def _workbook(content: bytes) -> Iterator[Sequence[str]]:
    try:
        check_workbook(content, rows_limit=ROWS_LIMIT)
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()
        for row in sheet.iter_rows(max_col=COLUMNS_LIMIT):
            is_blank = all(cell.value is None for cell in row)
            yield [] if is_blank else [_cell(cell.value, cell.data_type) for cell in row]
    except (TooLargeError, InvalidInputError):
        raise
    # Whatever a broken workbook breaks in the library is a fault of the file.
    except Exception as error:
        raise InvalidInputError("This workbook cannot be read; save it anew as .xlsx.") from error


def _cell(value: Any, kind: str) -> str:
    """Return what a cell of a workbook says, as text."""
    if value is None:
        return ""
    if kind == "f":
        return str(value) if str(value).startswith("=") else "="
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(value)
    return _bounded(str(value).strip())


def _number(value: float) -> str:
    if abs(value) >= EXACT_LIMIT:
        return Refused(value, "The spreadsheet has rounded this number; format the column as text and write it again.")
    return str(int(value)) if value == int(value) else str(value)


def _bounded(text: str) -> str:
    if len(text) > CELL_LIMIT:
        return Refused(text[:CELL_LIMIT], f"A cell has at most {CELL_LIMIT:,} characters.")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        return Refused(text, "This text cannot be stored.")
    return text


def rows_of(table: Iterable[Sequence[object]]) -> bytes:
    """Return rows as CSV that spreadsheets open: UTF-8 with a mark, formulas made harmless."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([inert(cell) for cell in row] for row in table)
    return text.getvalue().encode("utf-8-sig")
