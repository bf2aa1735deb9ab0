"""Public figures: nobody can work out a count that was hidden, by any sum or difference of those that are shown."""

import hmac
import itertools
import secrets
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from gis.domain.categories import CATEGORIES
from gis.domain.figures import GROUP_OF, GROUPS, LEAST, Order, parent_of, shown, summed, tree_of

CITY = "210300000000"
Counts = dict[str, int]


def villages(shape: list[list[int]]) -> list[str]:
    """Return codes of villages; `shape` says how many each town of each county has."""
    return [
        f"2103{county + 1:02}{town + 1:03}{village + 1:03}"
        for county, towns in enumerate(shape)
        for town, count in enumerate(towns)
        for village in range(count)
    ]


@st.composite
def cities(draw: st.DrawFn) -> Counts:
    shape = draw(st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), min_size=1, max_size=3))
    return {code: draw(st.sampled_from((0, 0, 1, 1, 2, 3, 4, 5, 6, 9, 20))) for code in villages(shape)}


def any_order() -> Order:
    """Return an order that nobody knows."""
    key = secrets.token_bytes(16)
    return lambda code: hmac.digest(key, code.encode(), "sha256").hex()


def published(counts: Counts) -> tuple[Counts, dict[str, int | None], dict[str, list[str]]]:
    children = tree_of(list(counts))
    truth = summed(counts, children)
    return truth, shown(truth, children, order=any_order()), children


def known_to_an_attacker(told: dict[str, int | None], children: dict[str, list[str]]) -> dict[str, int]:
    """Return the hidden counts that follow from what is shown, by linear programming.

    The attacker knows every sum, that nothing is below 0, and that zeros are shown: what is hidden is 1 or more.
    """
    codes = list(told)
    place = {code: number for number, code in enumerate(codes)}
    sums = np.zeros((len(children), len(codes)))
    for row, (parent, below) in enumerate(children.items()):
        sums[row, place[parent]] = -1
        sums[row, [place[code] for code in below]] = 1
    bounds = [(1, 10_000) if told[code] is None else (told[code], told[code]) for code in codes]
    found = {}
    for code in (code for code in codes if told[code] is None):
        aim = np.zeros(len(codes))
        aim[place[code]] = 1
        least, most = (linprog(sign * aim, A_eq=sums, b_eq=np.zeros(len(children)), bounds=bounds) for sign in (1, -1))
        assert least.success
        assert most.success
        if -most.fun - least.fun < 0.5:
            found[code] = round(least.fun)
    return found


@given(cities())
@settings(max_examples=150, deadline=None)
def test_no_hidden_count_follows_from_those_that_are_shown(counts: Counts) -> None:
    truth, told, children = published(counts)
    assert known_to_an_attacker(told, children) == {}
    assert all(told[code] is None for code, count in truth.items() if 0 < count < LEAST)
    assert all(told[code] in (None, count) for code, count in truth.items())


def test_of_ten_thousand_hidden_counts_in_large_cities_the_sums_determine_none() -> None:
    rng = np.random.default_rng(210300)
    attempts = 0
    while attempts < 10_000:
        shape = [[int(rng.integers(1, 30)) for _ in range(rng.integers(1, 16))] for _ in range(rng.integers(1, 8))]
        counts = {code: int(rng.poisson(rng.choice((0.3, 1, 4, 12)))) for code in villages(shape)}
        _, told, children = published(counts)
        hidden = [code for code, count in told.items() if count is None]
        attempts += len(hidden)
        # A hidden count is determined where it is constant on all solutions: where its unit vector lies in the rows.
        place = {code: number for number, code in enumerate(hidden)}
        rows = np.zeros((len(children), len(hidden)))
        for row, (parent, below) in enumerate(children.items()):
            for code, sign in [(parent, -1), *((code, 1) for code in below)]:
                if code in place:
                    rows[row, place[code]] = sign
        free = np.eye(len(hidden)) - np.linalg.pinv(rows) @ rows
        assert (np.abs(np.diag(free)) > 1e-9).all()


def test_the_attacker_of_this_test_finds_what_hiding_small_counts_alone_leaves_open() -> None:
    counts = dict(zip(villages([[3, 2]]), (2, 9, 8, 1, 1), strict=True))
    children = tree_of(list(counts))
    truth = summed(counts, children)
    naive = {code: None if 0 < count < LEAST else count for code, count in truth.items()}
    assert set(known_to_an_attacker(naive, children).values()) >= {2, 1}
    assert known_to_an_attacker(shown(truth, children, order=any_order()), children) == {}


def test_a_count_that_is_alone_hidden_takes_whichever_beside_it_comes_first_in_the_order() -> None:
    counts = dict(zip(villages([[3]]), (2, 9, 30), strict=True))
    children = tree_of(list(counts))
    for first, left in ((1, (None, None, 30)), (2, (None, 9, None))):
        chosen = villages([[3]])[first]
        told = shown(summed(counts, children), children, order=lambda code, chosen=chosen: str(code != chosen))
        assert (*(told[code] for code in counts), told[CITY]) == (*left, 41)


def of_total(parts: int, total: int) -> Iterator[tuple[int, ...]]:
    """Yield every way to give a total to some villages."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        yield from ((first, *rest) for rest in of_total(parts - 1, total - first))


def orders(codes: list[str]) -> Iterator[dict[str, str]]:
    """Yield every order of the children of one sum, as the place of each."""
    for permutation in itertools.permutations(range(len(codes))):
        yield {code: f"{place}" for code, place in zip(codes, permutation, strict=True)}


@pytest.mark.parametrize("shape", [[[3]], [[4]], [[2, 1]], [[1, 1, 1]], [[2], [1]], [[1], [2]], [[2, 2]]])
def test_who_runs_the_rule_on_every_input_in_every_order_determines_no_hidden_count(shape: list[list[int]]) -> None:
    codes = villages(shape)
    children = tree_of(codes)
    # Every choice is between the children of one sum.
    below = [list(each) for each in children.values() if len(each) > 1]
    ranks = [
        {code: rank for part in chosen for code, rank in part.items()}
        for chosen in itertools.product(*(list(orders(each)) for each in below))
    ]
    possible: dict[tuple[int | None, ...], list[set[int]]] = {}
    trees = 0
    for total in range(13):
        for tried in of_total(len(codes), total):
            trees += 1
            truth = summed(dict(zip(codes, tried, strict=True)), children)
            for rank in ranks:
                told = shown(truth, children, order=lambda code, rank=rank: rank.get(code, ""))
                seen = possible.setdefault(tuple(told.values()), [set() for _ in told])
                for values, code in zip(seen, told, strict=True):
                    values.add(truth[code])
    assert trees > 400
    for told, found in possible.items():
        assert all(count is not None or len(values) > 1 for count, values in zip(told, found, strict=True)), told


def test_a_town_whose_villages_all_have_one_report_is_hidden_itself() -> None:
    _, told, _ = published(dict.fromkeys(villages([[6, 1]])[:6], 1) | {villages([[6, 1]])[6]: 50})
    assert told["210301001000"] is None
    assert told["210301002000"] is None


def test_zeros_and_large_counts_are_shown_where_nothing_is_to_be_hidden() -> None:
    counts = dict(zip(villages([[2], [2]]), (0, 0, 5, 700), strict=True))
    truth, told, _ = published(counts)
    assert told == truth


def test_every_category_has_one_group_and_every_group_a_category() -> None:
    assert set(GROUP_OF) == set(CATEGORIES)
    assert set(GROUP_OF.values()) == set(GROUPS)


@pytest.mark.parametrize(
    ("code", "above"),
    [
        ("210304015017", "210304015000"),
        ("210304015000", "210304000000"),
        ("210304000000", CITY),
        (CITY, None),
    ],
)
def test_the_code_of_a_division_names_the_one_above(code: str, above: str | None) -> None:
    assert parent_of(code) == above
