"""The administrative tree (行政区划): city, county, town, village or community (the level-1 grid).

A frame of divisions has the columns code (12 digits), name, level, parent_code; geometry is not looked at here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gis.domain.codes import LEVELS, division_level
from gis.errors import InvalidCodeError, NotFoundError

# Towns may stand directly below a city that has no counties, such as 东莞.
ABOVE = {"city": (), "county": ("city",), "town": ("county", "city"), "village": ("town",)}


@dataclass(frozen=True)
class Division:
    """One administrative unit; `level` is one of ``city``, ``county``, ``town``, ``village``."""

    code: str
    name: str
    level: str
    parent_code: str | None


@dataclass(frozen=True)
class Tree:
    """All divisions in force together, by code."""

    by_code: Mapping[str, Division]

    @classmethod
    def of(cls, divisions: pd.DataFrame) -> "Tree":
        """Build the tree from a frame of divisions. Codes must differ (see `validity`)."""
        columns = (divisions[name] for name in ("code", "name", "level", "parent_code"))
        rows = (Division(code, name, level, _text(parent)) for code, name, level, parent in zip(*columns, strict=True))
        return cls({row.code: row for row in rows})

    def chain(self, code: str) -> tuple[Division, ...]:
        """Return a division and all above it, the city first. Raises `NotFoundError`."""
        if code not in self.by_code:
            raise NotFoundError(f"There is no division {code[:40]}.")
        found: list[Division] = []
        above: str | None = code
        while above is not None and above in self.by_code and len(found) < len(LEVELS):
            found.append(self.by_code[above])
            above = found[-1].parent_code
        return tuple(reversed(found))


def code_problem(code: str, level: str) -> str | None:
    """Return what is wrong with the code of a division of a level, in a sentence; None when nothing is."""
    try:
        by_code = division_level(code)
    except InvalidCodeError as error:
        return error.detail
    return None if by_code == level else f"{code} is the code of a {by_code}, not of a {level}."


def parent_problem(code: str, level: str, parent: object, levels: Mapping[str, str]) -> str | None:
    """Return why a division cannot stand below its parent, in a sentence; None when it can.

    `levels` has the level of every division by code; a missing parent is whatever frames hold in its place.
    """
    above = _text(parent)
    if above is None:
        return None if level == "city" else f"{code} has no parent."
    if above not in levels:
        return f"Its parent {above} is not known."
    if levels[above] not in ABOVE[level]:
        return f"A {level} cannot lie in {above}, a {levels[above]}."
    return None


def _text(value: object) -> str | None:
    """Return a parent's code; None for what frames hold in its place."""
    return value if isinstance(value, str) and value else None
