"""Nothing is stored that the data register does not tell of, and it tells of nothing that is not stored."""

import pytest

from gis.db import retention as removed
from gis.db.tables import metadata
from gis.domain import register
from gis.domain.register import REGISTER
from gis.domain.retention import RULES

TOLD = [(entry.table, column) for entry in REGISTER for column in entry.columns]
STORED = {(table.name, column.name) for table in metadata.tables.values() for column in table.columns}


def test_every_column_of_every_table_has_an_entry() -> None:
    assert STORED - set(TOLD) == set(), "add the column to its line in gis/domain/register.py"


def test_every_entry_is_of_a_column_that_is_there_and_none_stands_twice() -> None:
    assert set(TOLD) - STORED == set()
    assert len(TOLD) == len(set(TOLD))


def test_a_column_or_an_entry_too_many_is_noticed() -> None:
    told = {(entry.table, column) for entry in register.read(f"{register.TEXT}  nickname") for column in entry.columns}
    assert told - STORED == {("access_log", "nickname")}


def test_what_is_about_people_has_a_legal_ground_and_what_is_not_needs_none() -> None:
    for entry in REGISTER:
        if entry.subject in ("staff", "reporter"):
            assert entry.ground != "-", entry
        assert (entry.ground == "-") <= (entry.subject in ("place", "thing", "event", "none")), entry


def test_every_rule_of_retention_is_named_by_an_entry_or_narrows_one_and_is_carried_out() -> None:
    kept = {entry.kept for entry in REGISTER}
    assert set(RULES) - kept == {"sender_addresses"}
    assert set(removed.NAMES) == set(RULES)


def test_a_column_line_takes_from_its_table_what_it_does_not_say() -> None:
    text = """
patrols | staff | 29 | tracks | leader | 巡查 / patrols
  id post
  track | | | | auditor | 轨迹 / a track
"""
    first, second = register.read(text)
    assert (first.columns, first.who, first.purpose.en) == (("id", "post"), ("leader",), "patrols")
    assert (second.subject, second.kept, second.who, second.purpose.zh) == ("staff", "tracks", ("auditor",), "轨迹")


@pytest.mark.parametrize(
    "line",
    [
        "t | resident | 29 | tracks | leader | 一 / one",
        "t | staff | 99 | tracks | leader | 一 / one",
        "t | staff | 29 | some day | leader | 一 / one",
        "t | staff | 29 | tracks | everybody | 一 / one",
        "t | staff | 29 | tracks | leader | one",
    ],
)
def test_an_entry_that_says_what_is_not_known_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not known"):
        register.read(f"{line}\n  id")
