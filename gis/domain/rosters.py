"""Rosters (花名册): a sheet with one row for each post, and what its cells say.

Columns by their Chinese or English headings: sign-in name, telephone, area, role, first and last day, substitute. A
person may stand in several rows. The role follows from the area, and a column of roles only has to agree with it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from gis.domain.periods import YEARS, is_in_years
from gis.domain.staff import ROLES, account_name, account_telephone
from gis.errors import Fault, InvalidInputError

HEADINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("name", "account", "登录名", "账号"),
        "telephone": ("telephone", "phone", "电话", "手机"),
        "area": ("area", "网格编码", "编码"),
        "role": ("role", "角色"),
        "from": ("from", "起"),
        "until": ("until", "止"),
        "substitute": ("substitute", "代管"),
    }
)
REQUIRED = ("name", "area")
VALUE_SHOWN = 40
YES, NO = ("yes", "y", "true", "1", "是", "代管"), ("", "no", "n", "false", "0", "否")
_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})-|/([0-9]{1,2})/|年([0-9]{1,2})月|([0-9]{2}))([0-9]{1,2})日?")


@dataclass(frozen=True)
class CellFault:
    """What is wrong with a cell: its row and heading as in the sheet, what stands there, cut short, and why not."""

    row: int
    column: str
    value: str
    detail: str

    def as_fault(self) -> Fault:
        """Return it in the form of all faults."""
        said = f" It says {self.value!r}." if self.value else ""
        return Fault(f"row {self.row}, column {self.column}", self.detail + said)


@dataclass(frozen=True)
class Row:
    """A row: its number as in the sheet, where the headings are 1, and its cells by our names of columns."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Sheet:
    """A sheet as it was read.

    Attributes
    ----------
    headings : by our names of columns those that it has.
    rows : those whose cells could be read.
    sha256 : of the file.
    faults : cells that could not be read.
    """

    headings: Mapping[str, str]
    rows: tuple[Row, ...]
    sha256: str = ""
    faults: tuple[CellFault, ...] = ()

    def fault(self, row: Row, column: str, detail: str) -> CellFault:
        """Return a fault at a cell."""
        value = row.cells.get(column, "")
        shown = value if len(value) <= VALUE_SHOWN else value[: VALUE_SHOWN - 1] + "…"
        return CellFault(row.number, self.headings.get(column, column), shown, detail)


@dataclass(frozen=True)
class Wanted:
    """One post that a roster wants; None of `from_on` is the roster's own day, of `last_on` no end."""

    row: Row
    name: str
    telephone: str | None
    area: str
    role: str | None
    from_on: date | None
    last_on: date | None
    substitute: bool


def columns_of(headings: list[str]) -> dict[str, int]:
    """Return by our names in which column each stands. Raises `InvalidInputError` where one is missing or stands twice.

    Columns that a roster does not know are passed over.
    """
    found: dict[str, int] = {}
    faults = []
    for place, heading in enumerate(headings):
        name = next((name for name, known in HEADINGS.items() if heading.strip().lower() in known), None)
        if name in found:
            faults.append(Fault(f"row 1, column {heading[:VALUE_SHOWN]}", f"The column of {name} stands twice."))
        elif name is not None:
            found[name] = place
    faults += [
        Fault("row 1", f"There is no column of {name}; call it {' or '.join(HEADINGS[name][::-1])}.")
        for name in REQUIRED
        if name not in found
    ]
    if faults:
        raise InvalidInputError(faults[0].detail, faults)
    return found


def read(sheet: Sheet) -> tuple[list[Wanted], list[CellFault]]:
    """Return what the rows want, and what is wrong with their cells; a row with a fault is not wanted."""
    wanted: list[Wanted] = []
    faults = list(sheet.faults)
    for row in sheet.rows:
        own = list(_faults(sheet, row))
        faults += own
        if not own:
            wanted.append(_wanted(row))
    return wanted, faults


def day_of(text: str) -> date | None:
    """Return a day from ``2026-06-01``, ``2026/6/1``, ``20260601`` or ``2026年6月1日``.

    None where it is none, or beyond the years that a day may lie in.
    """
    day = _written(text)
    return day if day is not None and is_in_years(day) else None


def _written(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if not found:
        return None
    year, *months, day = found.groups()
    try:
        return date(int(year), int(next(month for month in months if month)), int(day))
    except ValueError:
        return None


def role_of(text: str) -> str | None:
    """Return a role by its key or its Chinese or English name; None where there is none."""
    said = text.lower()
    return next((key for key, name in ROLES.items() if said in (key, name.zh, name.en.lower())), None)


def _faults(sheet: Sheet, row: Row) -> Iterator[CellFault]:
    formulas = [column for column, value in row.cells.items() if value.startswith("=")]
    for column in formulas:
        yield sheet.fault(row, column, "A formula is no value; write what it gives.")
    if not formulas:
        yield from _faults_of_people(sheet, row)
        yield from _faults_of_posts(sheet, row)


def _faults_of_people(sheet: Sheet, row: Row) -> Iterator[CellFault]:
    for column, check in (("name", account_name), ("telephone", account_telephone)):
        try:
            if row.cells.get(column) or column == "name":
                check(row.cells.get(column, ""))
        except InvalidInputError as error:
            yield sheet.fault(row, column, error.detail)


def _faults_of_posts(sheet: Sheet, row: Row) -> Iterator[CellFault]:
    cells = row.cells
    if not cells.get("area"):
        yield sheet.fault(row, "area", "Write the code of a village, level-2 grid or grid.")
    if cells.get("role") and role_of(cells["role"]) is None:
        yield sheet.fault(row, "role", "This is no role; it may be left empty.")
    until = _until(row)
    for column, text in (("from", cells.get("from")), ("until", until)):
        if text and day_of(text) is None:
            yield sheet.fault(row, column, f"Write a day such as 2026-06-01, {YEARS}.")
    said = cells.get("substitute", "").lower()
    if said not in (*YES, *NO):
        yield sheet.fault(row, "substitute", "Write yes for who stands in, else nothing.")
    elif said in YES and not until:
        yield sheet.fault(row, "until", "Whoever stands in does so until a day; name it.")


def _until(row: Row) -> str:
    """Return the last day as it stands; nothing where it is the day by which other systems say that there is no end."""
    text = row.cells.get("until", "")
    return "" if _written(text) == date.max else text


def _wanted(row: Row) -> Wanted:
    cells = row.cells
    return Wanted(
        row,
        account_name(cells["name"]),
        account_telephone(cells["telephone"]) if cells.get("telephone") else None,
        cells["area"],
        role_of(cells["role"]) if cells.get("role") else None,
        day_of(cells.get("from", "")),
        day_of(_until(row)),
        cells.get("substitute", "").lower() in YES,
    )
