import numpy as np
import pandas as pd
import pytest

from gis.domain.divisions import Division, Tree, code_problem, parent_problem
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
    assert [division.level for division in tree.chain(VILLAGE)[:-1]] == ["city", "county", "town"]
    assert tree.chain(CITY) == (Division(CITY, "鞍山市", "city", None),)


def test_a_division_that_is_not_there_is_said_so(tree):
    with pytest.raises(NotFoundError):
        tree.chain("210304015099")


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, ""])
def test_a_city_has_no_parent_however_frames_say_it(nothing):
    assert parent_problem(CITY, "city", nothing, {CITY: "city"}) is None
    assert Tree.of(table([(CITY, "鞍山市", "city", nothing)])).by_code[CITY].parent_code is None


def test_a_proper_tree_has_no_problems():
    levels = {code: level for code, _, level, _ in ROWS}
    for code, _, level, parent in ROWS:
        assert code_problem(code, level) is None
        assert parent_problem(code, level, parent, levels) is None
    assert parent_problem("441900003000", "town", "441900000000", {"441900000000": "city"}) is None  # 东莞


@pytest.mark.parametrize(
    ("code", "level", "said"),
    [
        ("2103040150", "village", "12 digits"),
        ("", "village", "12 digits"),
        ("210000000000", "city", "12 digits"),
        ("210304015018", "town", "code of a village"),
        (CITY, "county", "code of a city"),
    ],
)
def test_a_code_of_another_level_is_told(code, level, said):
    assert said in code_problem(code, level)


@pytest.mark.parametrize(
    ("level", "parent", "said"),
    [
        ("village", None, "no parent"),
        ("village", "210304099000", "not known"),
        ("village", COUNTY, "cannot lie in"),
        ("village", VILLAGE, "cannot lie in"),
        ("city", CITY, "cannot lie in"),
    ],
)
def test_a_parent_of_another_level_is_told(level, parent, said):
    levels = {code: level for code, _, level, _ in ROWS}
    assert said in parent_problem("210304015018", level, parent, levels)


def test_a_circle_of_parents_does_not_hang():
    tree = Tree.of(table([(TOWN, "甲", "town", VILLAGE), (VILLAGE, "乙", "village", TOWN)]))
    assert len(tree.chain(VILLAGE)) == 4
