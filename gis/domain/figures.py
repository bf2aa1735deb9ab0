"""Public figures (公开统计): reports by division, month and kind, so that no small count can be worked out.

Counts from 1 to 4 are hidden. A count that is alone hidden in its town would be the difference between the town's and
what else it shows, so more are hidden until no difference says anything (complementary suppression). Which, a secret
order decides: who knows the rule could otherwise run it on every input and see which one gives what is published. There
is no total over kinds, months or zones: each kind and month is one tree of sums, which can be judged exactly.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gis.domain.categories import Name
from gis.domain.codes import division_level
from gis.domain.staff import LEVEL_DIGITS

LEAST = 5
# How much more than one report each the hidden villages below a sum have; with one more, or none, they would be known.
SLACK = 2
# A phone that had no network may send for some days what it saw in a month that is over.
LAG_DAYS = 3
GROUPS: dict[str, Name] = {
    "environment": Name("市容环境", "Cleanliness"),
    "facilities": Name("市政设施", "Public facilities"),
    "supply": Name("供水供暖", "Water and heating"),
    "order": Name("街面秩序", "Public order"),
    "other": Name("其他", "Other"),
}
GROUP_OF: dict[str, str] = {
    "garbage": "environment",
    "road": "facilities",
    "drainage": "facilities",
    "lighting": "facilities",
    "water": "supply",
    "heating": "supply",
    "fire_lane": "order",
    "noise": "order",
    "parking": "order",
    "building": "order",
    "dispute": "other",
    "other": "other",
}
Children = Mapping[str, Sequence[str]]
# What a code comes by when one of several is to be hidden: secret, and different in each tree.
Order = Callable[[str], str]


@dataclass(frozen=True)
class Figure:
    """One published count; None where it is hidden."""

    month: date
    code: str
    level: str
    name: str
    category_group: str
    count: int | None
    synthetic: bool


def parent_of(code: str) -> str | None:
    """Return the code of the division above, which a division's code begins with; None for a city."""
    levels = list(LEVEL_DIGITS)
    above = levels.index(division_level(code)) - 1
    return None if above < 0 else code[: LEVEL_DIGITS[levels[above]]].ljust(12, "0")


def tree_of(villages: Sequence[str]) -> dict[str, list[str]]:
    """Return by code the divisions directly below, for all that lie above some villages; children before parents."""
    found: dict[str, dict[str, list[str]]] = {level: {} for level in ("town", "county", "city")}
    below = sorted(set(villages))
    for level in found:
        for code in below:
            above = parent_of(code)
            assert above is not None
            found[level].setdefault(above, []).append(code)
        below = sorted(found[level])
    return {code: codes for level in found.values() for code, codes in level.items()}


def summed(counts: Mapping[str, int], children: Children) -> dict[str, int]:
    """Return the counts of villages together with those of all that lies above; `children` as `tree_of` orders them."""
    found = {code: counts.get(code, 0) for codes in children.values() for code in codes if code not in children}
    for code, below in children.items():
        found[code] = sum(found[one] for one in below)
    return found


def shown(counts: Mapping[str, int], children: Children, *, order: Order) -> dict[str, int | None]:
    """Return the counts as they may be published: None for those under `LEAST`, and for those that would tell of them.

    Parameters
    ----------
    counts : by code, of every division; each parent's is the sum of its children's.
    children : by code, children before parents.
    order : whatever else could be hidden, the first of this order is; every order must be possible to who sees it not.

    Who knows all that is shown, that a hidden count is not 0, and this rule, but not the order, can tell no hidden
    count: other counts would be published alike. What is hidden below a sum that is shown has two parts or more and
    adds up to `LEAST` or more, and to `SLACK` more than one for each village. Below a hidden sum all but 0 is hidden.
    """
    hiding = _Hiding(counts, children, order)
    for place in children:
        hiding.protect(place)
    return {code: None if code in hiding.hidden else count for code, count in counts.items()}


@dataclass
class _Hiding:
    """What is hidden so far, while sums are protected from below."""

    counts: Mapping[str, int]
    children: Children
    order: Order

    def __post_init__(self) -> None:
        self.hidden = {code for code, count in self.counts.items() if 0 < count < LEAST}

    def protect(self, place: str) -> None:
        """Hide more below a published sum until nothing follows from it; where nothing is left, hide the sum."""
        while place not in self.hidden and not self._is_safe(place):
            left = [child for child in self.children[place] if child not in self.hidden and self.counts[child]]
            self._hide(min(left, key=self.order, default=place))

    def _is_safe(self, place: str) -> bool:
        parts = [child for child in self.children[place] if child in self.hidden]
        rest = sum(self.counts[part] for part in parts)
        # A part alone would be known by what is left.
        return not parts or (len(parts) > 1 and rest >= max(LEAST, self._villages(place) + SLACK))

    def _villages(self, place: str) -> int:
        """Return how many villages are hidden from `place` down, through hidden sums alone."""
        if place not in self.children:
            return 1
        return sum(self._villages(child) for child in self.children[place] if child in self.hidden)

    def _hide(self, place: str) -> None:
        """Hide a place and all below that has any; which of them were shown would tell how large the others are."""
        self.hidden.add(place)
        for child in self.children.get(place, ()):
            if self.counts[child]:
                self._hide(child)
