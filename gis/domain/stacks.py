"""Stacked grids: which of those that share a footprint a unit and a floor name (叠置网格)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Under:
    """A grid in force that covers a place. `footprint` is the lowest id of the grids that share its boundary."""

    id: int
    code: str
    kind: str
    name: str
    village_code: str
    level2_code: str | None
    unit: str | None
    floor_from: int | None
    floor_to: int | None
    footprint: int


@dataclass(frozen=True)
class Standing:
    """What an address stands in.

    Attributes
    ----------
    grid : the very comprehensive grid; None outside the city, and where the address does not tell which of a stack.
    stack : the grids of a shared footprint that are left to choose from, two or more; empty where `grid` is known.
    dedicated : the dedicated grid over them, whose people are responsible; None where there is none.
    """

    grid: Under | None
    stack: tuple[Under, ...]
    dedicated: Under | None

    @property
    def village_code(self) -> str | None:
        """Code of the village that the footprint lies in."""
        lowest = self.grid or next(iter(self.stack), None)
        return lowest.village_code if lowest else None


def resolve(covering: Sequence[Under], *, unit: str, floor: int | None) -> Standing:
    """Return which of the grids that cover a place has a unit and floor ('' and None where nothing is said).

    Of several footprints (a place on a border) the one with the lowest permanent id has it, as everywhere. A unit or
    floor that no grid of the stack has narrows nothing.
    """
    dedicated = min((each for each in covering if each.kind == "dedicated"), key=lambda each: each.id, default=None)
    leaves = [each for each in covering if each.kind == "comprehensive"]
    if not leaves:
        return Standing(None, (), dedicated)
    footprint = min(each.footprint for each in leaves)
    stack = sorted((each for each in leaves if each.footprint == footprint), key=lambda each: each.id)
    if unit:
        stack = [each for each in stack if _number(each.unit) == unit] or stack
    if floor is not None:
        stack = [each for each in stack if _has(each, floor)] or stack
    if len(stack) == 1:
        return Standing(stack[0], (), dedicated)
    return Standing(None, tuple(stack), dedicated)


def _has(leaf: Under, floor: int) -> bool:
    return leaf.floor_from is not None and leaf.floor_to is not None and leaf.floor_from <= floor <= leaf.floor_to


def _number(unit: str | None) -> str:
    """Return the number of a unit as its grid has it: 2单元 is 2."""
    return re.sub(r"单元|门", "", unit or "").lstrip("0")
