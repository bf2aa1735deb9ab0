"""Classes add up, and their words say what is in them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.folium import classes
from maps.style import ramp


def told(measure: classes.Measure) -> list[tuple[str, int]]:
    return [(step.label, step.areas) for step in measure.steps]


def test_few_reports_make_one_class_for_each_count() -> None:
    measure = classes.counts(pd.Series([0, 0, 1, 2, 3]), title="t", theme="light")
    assert told(measure) == [("0", 2), ("1", 1), ("2", 1), ("3", 1)]
    assert measure.steps[0].colour is None
    assert measure.steps[-1].colour == ramp("light")[-1]


def test_no_reports_make_one_empty_class() -> None:
    assert told(classes.counts(pd.Series([0, 0]), title="t", theme="light")) == [("0", 2)]


def test_no_areas_make_classes_without_areas() -> None:
    assert told(classes.counts(pd.Series([], dtype="int64"), title="t", theme="dark")) == [("0", 0)]


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=200))
def test_every_count_lies_in_the_class_whose_words_hold_it(values: list[int]) -> None:
    measure = classes.counts(pd.Series(values), title="t", theme="light")
    assert sum(step.areas for step in measure.steps) == len(values)
    assert len(measure.steps) <= 6
    for value, number in zip(values, measure.classes, strict=True):
        ends = [int(end.replace(",", "")) for end in measure.steps[number].label.split("–")]
        assert ends[0] <= value <= ends[-1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=100))
def test_every_share_lies_in_the_class_whose_words_hold_it(values: list[float]) -> None:
    measure = classes.shares(pd.Series(values), title="t", theme="light")
    assert sum(step.areas for step in measure.steps) == len(values)
    for value, number in zip(values, measure.classes, strict=True):
        label = measure.steps[number].label.removesuffix(" %")
        ends = [float(end) / 100 for end in label.removeprefix("> ").split("–")]
        assert ends[0] < value <= ends[-1] if label.startswith(">") else value == ends[0]


@pytest.mark.parametrize(("share", "label"), [(0.2, "> 0–20 %"), (0.201, "> 20–40 %"), (1, "> 80–100 %")])
def test_the_words_of_a_class_say_whose_an_edge_is(share: float, label: str) -> None:
    measure = classes.shares(pd.Series([share]), title="t", theme="light")
    assert measure.steps[measure.classes[0]].label == label
    assert len({step.label for step in measure.steps}) == len(measure.steps)


def test_days_are_classed_and_no_visit_stands_apart() -> None:
    days = pd.Series([0.5, 1.0, 1.5, 6.9, 13, 14.1, np.nan])
    measure = classes.days(days, title="t", never="never", theme="light")
    assert told(measure) == [("≤ 1", 2), ("> 1–3", 1), ("> 3–7", 1), ("> 7–14", 1), ("> 14", 1)]
    assert measure.apart is not None
    assert (measure.apart.label, measure.apart.areas) == ("never", 1)
    assert measure.classes[-1] == classes.APART


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_those_of_the_theme(theme: str) -> None:
    measure = classes.shares(pd.Series([0.5]), title="t", theme=theme)
    assert [step.colour for step in measure.steps] == [None, *ramp(theme)]
