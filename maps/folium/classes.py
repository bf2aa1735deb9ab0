"""Classes of a value on a map: breaks, colours, and how many areas fall into each."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from maps.style import CLASS_EDGES, CLASSES, ramp

APART = -1


@dataclass(frozen=True)
class Step:
    """One class of the legend: what it means, its colour (None: not filled) and how many areas are in it."""

    label: str
    colour: str | None
    areas: int


@dataclass(frozen=True)
class Measure:
    """One value by which areas are coloured.

    Attributes
    ----------
    title : what the value is, with its unit.
    steps : the classes from few to many.
    apart : the class of areas that have no such value, drawn hatched; None when all have one.
    classes : for each area the number of its step, -1 for `apart`.
    """

    title: str
    steps: tuple[Step, ...]
    apart: Step | None
    classes: NDArray[np.int64]


def counts(values: pd.Series, *, title: str, theme: str) -> Measure:
    """Class whole numbers: zero alone and not filled, up to five others each alone, more by fifths of their areas."""
    some = values[values > 0]
    ends = some.unique() if some.nunique() <= CLASSES else np.quantile(some, np.arange(1, CLASSES + 1) / CLASSES)
    bounds = sorted({0, *(int(np.ceil(end)) for end in ends)})
    edges = bounds[1:-1]
    labels = ["0", *(_whole(low + 1, high) for low, high in pairwise(bounds))]
    classes = np.searchsorted(np.asarray([0, *edges]), values.to_numpy(), side="left")
    return _measure(title, labels, [None, *_spread(len(labels) - 1, theme)], classes)


def shares(values: pd.Series, *, title: str, theme: str) -> Measure:
    """Class shares of 0 to 1: nothing at all alone and not filled, the rest by fifths of the whole."""
    edges = CLASS_EDGES["share"]
    bounds = [0, *(round(edge * 100) for edge in edges), 100]
    labels = ["0 %", *(f"{_above(low, high)} %" for low, high in pairwise(bounds))]
    classes = np.searchsorted(np.asarray([0, *edges]), values.to_numpy(), side="left")
    return _measure(title, labels, [None, *ramp(theme)], classes)


def days(values: pd.Series, *, title: str, never: str, theme: str) -> Measure:
    """Class days since a visit: the longer, the darker; areas without a visit (NaN) apart."""
    edges = CLASS_EDGES["days"]
    between = [_above(low, high) for low, high in pairwise(edges)]
    labels = [f"≤ {edges[0]:g}", *between, f"> {edges[-1]:g}"]
    classes = np.where(values.isna(), APART, np.searchsorted(np.asarray(edges), values.fillna(0), side="left"))
    return _measure(title, labels, ramp(theme), classes, apart=never)


def _measure(
    title: str,
    labels: Sequence[str],
    colours: Sequence[str | None],
    classes: NDArray[np.int64],
    *,
    apart: str | None = None,
) -> Measure:
    """Put labels, colours and the number of areas together."""
    steps = [
        Step(label, colour, int((classes == number).sum()))
        for number, (label, colour) in enumerate(zip(labels, colours, strict=True))
    ]
    hatched = Step(apart, None, int((classes == APART).sum())) if apart else None
    return Measure(title, tuple(steps), hatched, classes.astype("int64"))


def _spread(count: int, theme: str) -> list[str]:
    """Return so many colours of the ramp, its darkest among them."""
    colours = ramp(theme)
    return (
        [colours[round(place)] for place in np.linspace(CLASSES - 1, 0, max(count, 1))][::-1][-count:] if count else []
    )


def _above(low: float, high: float) -> str:
    """Return the words of a class whose lower edge belongs to the class below it."""
    return f"> {low:g}–{high:g}"


def _whole(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,}–{high:,}"
