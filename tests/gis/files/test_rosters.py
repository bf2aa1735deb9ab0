"""Rosters are read as they stand in a sheet, and what cannot be read is told by cell."""

import csv
import io
import time
import tracemalloc
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from gis.domain.limits import ROSTER_BYTES
from gis.domain.rosters import Row, Sheet
from gis.errors import ConflictError, InvalidInputError, TooLargeError, UnsupportedFormatError
from gis.files import rosters, workbooks
from gis.files.handouts import Handout, as_files, as_zip, write_folder
from gis.files.rosters import read_roster

ZH = ("登录名", "电话", "网格编码", "角色", "起", "止", "代管")
LEAF = "210304015017101001"
ROW = ("xingong-w-001", "00000000001", LEAF, "网格员", "2026-06-01", "", "")


def text(*rows: tuple[object, ...], separator: str = ",", encoding: str = "utf-8") -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=separator).writerows(rows)
    return written.getvalue().encode(encoding)


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, packed = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(packed)
    return packed.getvalue()


def cells(sheet: Sheet) -> list[tuple[int, dict[str, str]]]:
    return [(row.number, dict(row.cells)) for row in sheet.rows]


EXPECTED = {
    "name": "xingong-w-001",
    "telephone": "00000000001",
    "area": LEAF,
    "role": "网格员",
    "from": "2026-06-01",
    "until": "",
    "substitute": "",
}


@pytest.mark.parametrize(
    "content",
    [
        text(ZH, ROW),
        text(ZH, ROW, encoding="utf-8-sig"),
        text(ZH, ROW, encoding="gb18030"),
        text(ZH, ROW, separator=";"),
        text(("Name", "phone", "area", "Role", "from", "until", "substitute"), ROW),
        text(ZH, (*ROW[:4], "2026-06-01")),
        workbook(ZH, ROW),
        workbook(ZH, (*ROW[:4], datetime(2026, 6, 1), None, None)),
    ],
)
def test_a_sheet_is_read_whatever_it_is_written_with(content: bytes) -> None:
    assert cells(read_roster(content)) == [(2, EXPECTED)]


def test_rows_have_the_numbers_that_people_see() -> None:
    broken = ("a\nb", "", LEAF, "", "", "", "")
    sheet = read_roster(text(ZH, ROW, ("",) * 7, broken, ROW) + b"\n\n" + text(ROW))
    assert [row.number for row in sheet.rows] == [2, 4, 5, 8]
    assert [row.number for row in read_roster(workbook(ZH, ROW, (None,) * 7, ROW)).rows] == [2, 4]


def test_columns_in_another_order_and_unknown_ones_do_not_matter() -> None:
    sheet = read_roster(text(("备注", "网格编码", "登录名"), ("x", LEAF, "one")))
    assert cells(sheet) == [(2, {"area": LEAF, "name": "one"})]
    assert sheet.headings == {"area": "网格编码", "name": "登录名"}


def test_missing_and_repeated_columns_are_told_all_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_roster(text(("电话", "phone", "编码"), ("1", "2", LEAF)))
    assert [fault.pointer for fault in refused.value.faults] == ["row 1, column phone", "row 1"]
    with pytest.raises(InvalidInputError, match="no column of name"):
        read_roster(b"")


def test_cells_that_cannot_be_read_are_told_by_row_and_heading() -> None:
    rounded, long = int(LEAF), "x" * 2_000
    sheet = read_roster(workbook(ZH, ("one", None, rounded), ROW, (long, None, LEAF), ("=1+1", None, LEAF)))
    assert [(fault.row, fault.column) for fault in sheet.faults] == [(2, "网格编码"), (4, "登录名")]
    assert all(len(fault.value) <= 40 for fault in sheet.faults)
    assert [row.number for row in sheet.rows] == [3, 5]
    assert sheet.rows[1].cells["name"].startswith("=")  # a formula stays one, so that it is refused by cell


def test_a_telephone_that_a_spreadsheet_keeps_as_a_number_is_read() -> None:
    sheet = read_roster(workbook(ZH, ("one", 10000000001, LEAF)))
    assert sheet.rows[0].cells["telephone"] == "10000000001"


def zipped(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return packed.getvalue()


def test_bombs_are_refused_before_they_unpack() -> None:
    with pytest.raises(TooLargeError, match="unpacks"):
        read_roster(zipped(xl__worksheets__sheet1_xml=b"0" * 201_000_000))
    with pytest.raises(TooLargeError, match="unpacks"):
        read_roster(zipped(**{f"member{number}": b"" for number in range(1_001)}))
    with pytest.raises(InvalidInputError, match="entities"):
        read_roster(zipped(xl__workbook_xml=b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'))
    with pytest.raises(TooLargeError, match="bytes"):
        read_roster(b"x" * (ROSTER_BYTES + 1))


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_member_that_lies_of_its_size_is_not_unpacked(packing: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", packing) as made, made.open("xl/x.xml", "w", force_zip64=True) as part:
        for _ in range(100):
            part.write(bytes(1_000_000))
    lying = bytearray(packed.getvalue())
    said = lying.rfind(b"PK\x01\x02") + 24
    lying[said : said + 4] = (1_000).to_bytes(4, "little")
    tracemalloc.start()
    with pytest.raises(InvalidInputError, match="plain zip"):
        read_roster(bytes(lying))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


WORKBOOK = workbook(ZH, ROW)


def with_part(name: str, content: bytes) -> bytes:
    """Return a workbook in which one part has another content."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as read, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for member in read.namelist():
            made.writestr(member, content if member == name else read.read(member))
    return packed.getvalue()


def with_rows(rows: bytes, *, prefix: bytes = b"") -> bytes:
    tag, of = (prefix + b":", b":" + prefix) if prefix else (b"", b"")
    start = b'<%bworksheet xmlns%b="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><%bsheetData>'
    end = b"</%bsheetData></%bworksheet>" % (tag, tag)
    return with_part("xl/worksheets/sheet1.xml", start % (tag, of, tag) + rows + end)


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1000000000"><c><v>1</v></c></row>',
        b'<row r="1e9"><c><v>1</v></c></row>',
        b'<row r="1048576"><c><v>1</v></c></row>',
        b"<row/>" * 1_000_000,
        b"<row>" + b"<c><v>1</v></c>" * 2_000_000 + b"</row>",
        (b"<row>" + b"<c/>" * 10_000 + b"</row>") * 200,
        b"<row>" + b"<x/>" * 100_001 + b"</row>",
        b"<row>" + b"".join(b"<x%d/>" % n for n in range(1_000_000)) + b"</row>",
        b'<row a="' + b"x" * 32_000_000 + b'"/>',
        b"<!--" + b"x" * 32_000_000 + b"-->",
        b"<row " + b" ".join(b'a%d=""' % n for n in range(101)) + b"/>",
    ],
)
def test_a_sheet_that_asks_for_hours_is_refused_in_a_moment(rows: bytes) -> None:
    bomb = with_rows(rows)
    before = time.process_time()
    with pytest.raises(TooLargeError):
        read_roster(bomb)
    assert time.process_time() - before < 3


def test_elements_of_all_kinds_are_counted_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "ELEMENTS_LIMIT", 1_000)
    with pytest.raises(TooLargeError, match="cells or formats"):
        read_roster(with_rows(b"<a/><b/><d/>" * 400))


def test_quotes_that_do_not_close_are_refused_in_a_moment() -> None:
    before = time.process_time()
    with pytest.raises(InvalidInputError):
        read_roster(b',"a' * 16_000 + b"\nx")
    assert time.process_time() - before < 3


def test_rows_are_counted_under_any_prefix() -> None:
    with pytest.raises(TooLargeError, match="rows"):
        read_roster(with_rows(b'<s:row r="1000000000"/>', prefix=b"s"))


DECLARED = '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "docProps/core.xml"])
@pytest.mark.parametrize(
    "content",
    [
        b'<?xml version="1.0"?>' + b" " * 3_000 + DECLARED.encode(),
        b'<?xml version="1.0"?><!--' + b"-> <" * 100_000 + b"-->" + DECLARED.encode(),
        DECLARED.encode("utf-16"),
        ('<?xml version="1.0" encoding="utf-16"?>' + DECLARED).encode("utf-16-be"),
        b"\xef\xbb\xbf" + DECLARED.encode(),
        b'<?xml version="1.0" encoding="ISO-8859-1"?><x/>',
    ],
)
def test_entities_are_found_wherever_they_stand_and_other_encodings_refused(name: str, content: bytes) -> None:
    with pytest.raises(InvalidInputError, match=r"entities|UTF-8"):
        read_roster(with_part(name, content))


def test_a_sheet_with_many_rows_is_read() -> None:
    row = '<row><c t="inlineStr"><is><t>n{0}</t></is></c><c/><c t="inlineStr"><is><t>' + LEAF + "</t></is></c></row>"
    headings = "".join(f'<c t="inlineStr"><is><t>{heading}</t></is></c>' for heading in ZH)
    rows = f"<row>{headings}</row>" + "".join(row.format(number) for number in range(20_000))
    sheet = read_roster(with_rows(rows.encode()))
    assert len(sheet.rows) == 20_000
    assert sheet.rows[-1] == Row(20_001, dict.fromkeys(EXPECTED, "") | {"name": "n19999", "area": LEAF})


def test_a_sheet_with_too_many_rows_is_refused_at_the_first_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rosters, "ROWS_LIMIT", 3)
    assert len(read_roster(text(ZH, ROW, ROW)).rows) == 2
    with pytest.raises(TooLargeError, match="rows"):
        read_roster(text(ZH, ROW, ROW, ROW))
    with pytest.raises(TooLargeError, match="empty"):
        read_roster(text(ZH, ROW, ROW) + b"\n")
    with pytest.raises(TooLargeError, match="empty"):
        read_roster(workbook(ZH, ROW, (), ("",)))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (zipped(nothing=b""), InvalidInputError),
        (workbook(ZH, ROW)[:2_000], InvalidInputError),
        (b"PK\x03\x04" + b"x" * 100, InvalidInputError),
        (b"\x00\x01\x02", UnsupportedFormatError),
        (b"\xff\xfe\xff", InvalidInputError),
        (text(ZH) + b'"open', InvalidInputError),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        read_roster(content)


HANDOUTS = {
    "210304015017": [Handout("=cmd", LEAF, "worker", "aaaa-bbbb-cccc", date(2026, 12, 25))],
    "210304015000": [Handout("leader", "210304015017", "leader", "dddd-eeee-ffff", date(2026, 12, 25))],
}


def test_codes_are_one_closed_file_for_each_leader(tmp_path: Path) -> None:
    folder = tmp_path / "codes"
    write_folder(as_files(HANDOUTS), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["210304015000.csv", "210304015017.csv"]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    written = (folder / "210304015017.csv").read_text(encoding="utf-8-sig")
    assert "'=cmd" in written
    assert "激活码 activation code,有效期至 valid until" in written
    assert "aaaa-bbbb-cccc,2026-12-25" in written
    assert "dddd" not in written
    with pytest.raises(ConflictError, match="something already"):
        write_folder(as_files(HANDOUTS), folder)


def test_codes_as_one_zip_are_the_same_files() -> None:
    files = as_files(HANDOUTS)
    with zipfile.ZipFile(io.BytesIO(as_zip(files))) as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files
