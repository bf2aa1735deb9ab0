"""The administrative tree (行政区划): city, county, town, village or community (the level-1 grid).

A frame of divisions has the columns code (12 digits), name, level, parent_code; geometry is not looked at here.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

import pandas as pd

from gis.domain.categories import Name
from gis.domain.codes import LEVELS, division_level
from gis.errors import Fault, InvalidCodeError, NotFoundError

LEVEL_NAMES: Mapping[str, Name] = MappingProxyType(
    {
        "city": Name("市", "City"),
        "county": Name("区县", "County"),
        "town": Name("镇街", "Town"),
        "village": Name("村社区", "Village or community"),
    }
)


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
        """Build the tree from a frame of divisions. Codes must differ (see `faults`)."""
        columns = (divisions[name] for name in ("code", "name", "level", "parent_code"))
        rows = (Division(code, name, level, _text(parent)) for code, name, level, parent in zip(*columns, strict=True))
        return cls({row.code: row for row in rows})

    @cached_property
    def _children(self) -> dict[str | None, list[Division]]:
        found: dict[str | None, list[Division]] = {}
        for division in sorted(self.by_code.values(), key=lambda one: one.code):
            found.setdefault(division.parent_code, []).append(division)
        return found

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

    def ancestors(self, code: str) -> tuple[Division, ...]:
        """Return the divisions above one, the city first. Raises `NotFoundError`."""
        return self.chain(code)[:-1]

    def children(self, code: str | None) -> tuple[Division, ...]:
        """Return the divisions directly below one, by code; those without a parent for None."""
        return tuple(self._children.get(code, ()))

    def below(self, code: str, *, level: str | None = None) -> Iterator[Division]:
        """Yield every division below one, or those of one level, each after its parent."""
        waiting, seen = list(reversed(self.children(code))), {code}
        while waiting:
            division = waiting.pop()
            if division.code in seen:  # a circle is a fault of the table, not a reason to hang
                continue
            seen.add(division.code)
            if level in (None, division.level):
                yield division
            waiting.extend(reversed(self.children(division.code)))

    def full_name(self, code: str, *, between: str = "") -> str:
        """Return the names from the county down, as an address begins: 立山区沙河街道新工社区."""
        return between.join(division.name for division in self.chain(code) if division.level != "city")


def faults(divisions: pd.DataFrame) -> list[Fault]:
    """Return everything that keeps a frame of divisions from being a tree, by row.

    A code that is no 12-digit division code, comes twice or is of another level; a parent that is missing, or is not
    the next level above. Towns may stand directly below a city that has no counties.
    """
    levels = dict(zip(divisions["code"], divisions["level"], strict=True))
    times = Counter(divisions["code"])
    found: list[Fault] = []
    for row, (code, level, parent) in enumerate(
        zip(divisions["code"], divisions["level"], divisions["parent_code"], strict=True)
    ):
        details = [*_code_faults(code, level, times[code]), *_parent_faults(code, level, _text(parent), levels)]
        found.extend(Fault(f"row {row + 1}", detail) for detail in details)
    return found


def _code_faults(code: object, level: object, times: int) -> Iterator[str]:
    if times > 1:
        yield f"The code {code} comes {times} times."
    if not isinstance(code, str):
        yield f"The code {code} is not a text; read the column as text, so that no zero is lost."
        return
    try:
        by_code = division_level(code)
    except InvalidCodeError as error:
        yield error.detail
        return
    if by_code != level:
        yield f"{code} is the code of a {by_code}, not of a {level}."


def _parent_faults(code: str, level: str, parent: str | None, levels: dict[str, str]) -> Iterator[str]:
    if parent is None:
        if level != "city":
            yield f"{code} has no parent."
        return
    allowed = {"county": ("city",), "town": ("county", "city"), "village": ("town",)}.get(level, ())
    if parent not in levels:
        yield f"The parent {parent} of {code} is not in the table."
    elif levels[parent] not in allowed:
        yield f"{code}, a {level}, cannot lie in {parent}, a {levels[parent]}."


def _text(value: object) -> str | None:
    """Return a parent's code; None for what frames hold in its place."""
    return value if isinstance(value, str) and value else None
