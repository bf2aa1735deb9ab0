import numpy as np
import pandas as pd
import pytest

from gis.domain.divisions import LEVEL_NAMES, Division, Tree, faults
from gis.errors import NotFoundError

CITY, COUNTY, TOWN, VILLAGE = "210300000000", "210304000000", "210304015000", "210304015017"
ROWS = [
    (VILLAGE, "新工社区", "village", TOWN),
    ("210304015001", "沙河社区", "village", TOWN),
    ("210302003004", "乐雪社区", "village", "210302003000"),
    (TOWN, "沙河街道", "town", COUNTY),
    ("210302003000", "山南街道", "town", "210302000000"),
    (COUNTY, "立山区", "county", CITY),
    ("210302000000", "铁东区", "county", CITY),
    (CITY, "鞍山市", "city", None),
]


def table(rows):
    return pd.DataFrame(rows, columns=["code", "name", "level", "parent_code"])


@pytest.fixture
def tree():
    return Tree.of(table(ROWS))


def test_the_chain_leads_from_the_city_down(tree):
    assert [division.name for division in tree.chain(VILLAGE)] == ["鞍山市", "立山区", "沙河街道", "新工社区"]
    assert [division.level for division in tree.ancestors(VILLAGE)] == ["city", "county", "town"]
    assert tree.chain(CITY) == (Division(CITY, "鞍山市", "city", None),)


def test_children_come_by_code(tree):
    assert [division.code for division in tree.children(TOWN)] == ["210304015001", VILLAGE]
    assert [division.code for division in tree.children(CITY)] == ["210302000000", COUNTY]
    assert [division.code for division in tree.children(None)] == [CITY]
    assert tree.children(VILLAGE) == ()
    assert tree.children("nowhere") == ()


def test_everything_below_comes_after_its_parent(tree):
    found = [division.code for division in tree.below(CITY)]
    assert len(found) == len(ROWS) - 1
    for division in tree.below(CITY):
        if division.parent_code != CITY:
            assert found.index(division.parent_code) < found.index(division.code)
    assert [division.name for division in tree.below(COUNTY, level="village")] == ["沙河社区", "新工社区"]
    assert list(tree.below(VILLAGE)) == []


def test_a_full_name_begins_as_an_address_does(tree):
    assert tree.full_name(VILLAGE) == "立山区沙河街道新工社区"
    assert tree.full_name(TOWN, between=" ") == "立山区 沙河街道"


def test_a_division_that_is_not_there_is_said_so(tree):
    with pytest.raises(NotFoundError):
        tree.chain("210304015099")


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, ""])
def test_a_city_has_no_parent_however_frames_say_it(nothing):
    frame = table([*ROWS[:-1], (CITY, "鞍山市", "city", nothing)])
    assert faults(frame) == []
    assert Tree.of(frame).by_code[CITY].parent_code is None


def test_a_proper_tree_has_no_faults():
    assert faults(table(ROWS)) == []
    assert faults(table([])) == []


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((VILLAGE, "再一个", "village", TOWN), ["2 times"]),
        (("2103040150", "短", "village", TOWN), ["12 digits"]),
        (("210304015018", "层级", "town", COUNTY), ["code of a village"]),
        (("210304015018", "无上级", "village", None), ["no parent"]),
        (("210304015018", "上级不在", "village", "210304099000"), ["not in the table"]),
        (("210304015018", "隔级", "village", COUNTY), ["cannot lie in"]),
        (("210304015018", "自己", "village", "210304015018"), ["cannot lie in"]),
        (("", "两处", "district", None), ["12 digits", "no parent"]),
        ((210304015018, "数字", "village", TOWN), ["not a text"]),
    ],
)
def test_what_is_no_tree_is_told_by_row(row, said):
    found = [fault for fault in faults(table([*ROWS, row])) if fault.pointer == f"row {len(ROWS) + 1}"]
    assert [text in fault.detail for text, fault in zip(said, found, strict=True)] == [True] * len(said)


def test_a_circle_of_parents_does_not_hang():
    tree = Tree.of(table([(TOWN, "甲", "town", VILLAGE), (VILLAGE, "乙", "village", TOWN)]))
    assert len(tree.chain(VILLAGE)) == len(LEVEL_NAMES)
    assert [division.name for division in tree.below(VILLAGE)] == ["甲"]
