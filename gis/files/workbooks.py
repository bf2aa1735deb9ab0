"""What an XLSX workbook may hold, asked before a library builds it: a small file can ask for hours of work.

Each part is read once by the parser that the library reads it with, which knows a document type in any encoding and
after any number of spaces; a part at which it stops is one at which the library stops too.
"""

import io
import zipfile
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NoReturn
from xml.parsers import expat

from gis.errors import InvalidInputError, TooLargeError
from gis.files.sizes import check_packing

UNPACKED_LIMIT_BYTES = 200_000_000
PARTS_LIMIT = 1_000
CELLS_LIMIT = 1_000_000
# What spreadsheets can have in a row.
CELLS_OF_ROW_LIMIT = 16_384
# Elements that come once for each cell or each text; Chinese spreadsheets write `phoneticPr` into every text.
OF_CELLS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(("c", "v", "f", "is", "t", "si", "phoneticPr"), CELLS_LIMIT)
)
# Styles, merged cells, links and so on, of each kind: slow to build, and no roster has many.
OTHERS_LIMIT = 100_000
KINDS_LIMIT = 1_000
# All kinds together: what a million cells of text have.
ELEMENTS_LIMIT = 5_000_000
ATTRIBUTES_LIMIT = 100
CHUNK_BYTES = 65_536
# The parser begins a tag anew with each chunk until it is there whole.
TAG_LIMIT_BYTES = 1_000_000
UTF16 = (b"\xff\xfe", b"\xfe\xff", b"\0<", b"<\0")


def check_workbook(content: bytes, *, rows_limit: int) -> None:
    """Refuse a workbook that is a bomb.

    Raises
    ------
    TooLargeError : it unpacks to too much, or has too many rows, cells in a row or altogether, other elements, or too
        long a tag; also when only the number of a row says so, since the rows before it would be made up.
    InvalidInputError : a part has a document type, which alone can declare entities, or is not in UTF-8, or is packed
        in another way than with deflate.
    zipfile.BadZipFile : it is no zip.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = packed.infolist()
        if len(members) > PARTS_LIMIT or sum(member.file_size for member in members) > UNPACKED_LIMIT_BYTES:
            raise TooLargeError(f"The workbook unpacks to more than {UNPACKED_LIMIT_BYTES:,} bytes.")
        check_packing(members)
        count = _Count(rows_limit)
        for member in members:
            with packed.open(member) as part:
                _read(part, count)


def _read(part: Any, count: "_Count") -> None:
    chunk = part.read(CHUNK_BYTES)
    if chunk.startswith(UTF16):
        _encoded()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _typed
    parser.XmlDeclHandler = _declared
    parser.StartElementHandler = count.take
    fed_bytes = 0
    try:
        while chunk:
            parser.Parse(chunk)
            fed_bytes += len(chunk)
            if fed_bytes - parser.CurrentByteIndex > TAG_LIMIT_BYTES:
                _overgrown()
            chunk = part.read(CHUNK_BYTES)
        # A parser may put off what looks unfinished, and would keep the end of the part to itself.
        parser.Parse(b"", True)
    except expat.ExpatError:
        # A picture, or XML that the library refuses at the same place.
        return


def _typed(*_: object) -> None:
    raise InvalidInputError("The workbook declares entities; no spreadsheet does.")


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
        _encoded()


def _encoded() -> None:
    raise InvalidInputError("The workbook is not in UTF-8; save it anew as .xlsx.")


def _overgrown() -> NoReturn:
    raise TooLargeError("The workbook has too many cells or formats; copy the roster alone into a new one.")


class _Count:
    """How many elements of each kind a workbook has."""

    def __init__(self, rows_limit: int) -> None:
        self._limits = {**OF_CELLS, "row": rows_limit}
        self._rows_limit = rows_limit
        self._found: Counter[str] = Counter()
        self._before_row = 0
        self._all = 0

    def take(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Count an element; raises `TooLargeError` at the first too many."""
        name = tag.rpartition(":")[2]
        found = self._found[name] = self._found[name] + 1
        self._all += 1
        if self._all > ELEMENTS_LIMIT or len(self._found) > KINDS_LIMIT or len(attributes) > ATTRIBUTES_LIMIT:
            _overgrown()
        if found > self._limits.get(name, OTHERS_LIMIT):
            self._refuse(name)
        if name == "row":
            self._before_row = self._found["c"]
            if _number(attributes.get("r", "")) > self._rows_limit:
                self._refuse(name)
        elif name == "c" and found - self._before_row > CELLS_OF_ROW_LIMIT:
            raise TooLargeError(f"A row of the workbook has more than {CELLS_OF_ROW_LIMIT:,} cells.")

    def _refuse(self, name: str) -> None:
        if name == "row":
            raise TooLargeError(f"A roster has at most {self._rows_limit:,} rows; delete the empty ones too.")
        _overgrown()


def _number(text: str) -> float:
    """Return the number of a row, as the library reads it; 0 for what is none, at which the library stops."""
    try:
        return float(text)
    except ValueError:
        return 0
