"""What of the audit log lies outside the database: key, signed heads, exports."""

import csv
import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from gis.domain.audit import Entry, Recorded, seal
from gis.errors import InvalidInputError, StorageUnavailableError, UnsupportedFormatError
from gis.files import audit
from tests.audit_rows import BEGAN, chain, head_of

HEADS = [head_of(recorded) for recorded in chain(60)[::20]]


@pytest.fixture
def heads(tmp_path: Path) -> Path:
    path = tmp_path / "audit-heads.jsonl"
    for head in HEADS:
        audit.append_head(path, head, audit.signing_key(tmp_path / "keys"))
    return path


def read(heads: Path):
    return audit.read_heads(heads, audit.public_key(heads.parent / "keys" / audit.PUBLIC_KEY))


def test_a_key_is_made_at_first_use_for_its_owner_alone_and_stays(tmp_path: Path) -> None:
    first = audit.signing_key(tmp_path / "keys")
    path = tmp_path / "keys" / audit.KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = audit.signing_key(tmp_path / "keys")
    assert again.public_key() == first.public_key() == audit.public_key(path.with_name(audit.PUBLIC_KEY))
    assert {item.name for item in path.parent.iterdir()} == {audit.KEY, audit.PUBLIC_KEY}


def test_many_who_need_the_key_first_at_once_have_one(tmp_path: Path) -> None:
    for number in range(20):
        keys, start = [], threading.Barrier(4)

        def make(keys: list = keys, start: threading.Barrier = start, folder: Path = tmp_path / str(number)) -> None:
            start.wait()
            keys.append(audit.signing_key(folder).public_key())

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(keys) == 4
        assert all(key == keys[0] for key in keys)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("a file, no folder")
    with pytest.raises(StorageUnavailableError):
        audit.signing_key(tmp_path / "keys")
    with pytest.raises(InvalidInputError):
        audit.public_key(tmp_path / "keys")


def test_signed_heads_come_back(heads: Path) -> None:
    assert read(heads) == (HEADS, [])


def test_a_head_with_a_wrong_signature_is_told_by_its_line_and_row(heads: Path) -> None:
    lines = heads.read_text().splitlines()
    lines[1] = json.dumps({**json.loads(lines[1]), "position": 30})
    heads.write_text("\n".join(lines) + "\n")
    trusted, findings = read(heads)
    assert trusted == [HEADS[0], HEADS[2]]
    assert [(finding.position, finding.detail) for finding in findings] == [
        (30, "line 2 of audit-heads.jsonl has a wrong signature")
    ]


def test_heads_of_another_key_are_not_trusted(heads: Path, tmp_path: Path) -> None:
    audit.signing_key(tmp_path / "other")
    trusted, findings = audit.read_heads(heads, audit.public_key(tmp_path / "other" / audit.PUBLIC_KEY))
    assert trusted == []
    assert len(findings) == 3


@pytest.mark.parametrize("torn", [b'{"position": 9', b"\xff\xfe", b"[1, 2]", b"{}", b'{"position": {}}'])
def test_a_torn_line_spoils_itself_only(heads: Path, torn: bytes) -> None:
    with heads.open("ab") as file:
        file.write(torn)
    audit.append_head(heads, HEADS[0], audit.signing_key(heads.parent / "keys"))
    trusted, findings = read(heads)
    assert trusted == [*HEADS, HEADS[0]]
    assert [finding.detail for finding in findings] == ["line 4 of audit-heads.jsonl is not a head"]


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)")


def test_a_formula_in_a_csv_cell_is_inert(tmp_path: Path) -> None:
    entries = [Entry("account.disabled", "account:17", reason=text, actor_name=text) for text in FORMULAS]
    rows = [Recorded(*seal(entry, replace(HEADS[0], at=BEGAN), b"salt")) for entry in entries]
    assert audit.write_rows(tmp_path / "rows.csv", rows) == 4
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file))
    assert [row["reason"] for row in table] == [f"'{text}" for text in FORMULAS]
    assert [row["actor_name"] for row in table] == [f"'{text}" for text in FORMULAS]
    assert table[0]["action"] == "account.disabled"


def test_json_lines_hold_what_was_recorded_and_null_where_it_was_erased(tmp_path: Path) -> None:
    rows = [chain(60)[0], replace(chain(60)[1], texts=None)]
    audit.write_rows(tmp_path / "rows.jsonl", rows)
    first, second = (json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines())
    assert first["reason"] == "transferred 调动"
    assert first["hash"] == second["previous_hash"] == rows[0].row.hash
    assert second["reason"] is None
    assert "salt" not in first


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormatError, match=r"\.csv or \.jsonl"):
        audit.write_rows(tmp_path / "rows.xlsx", [])
