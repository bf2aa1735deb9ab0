"""Public figures (公开统计): reports by division, month and kind, so that no small count can be worked out.

Counts from 1 to 4 are hidden. A count that is alone hidden in its town would be the difference between the town's and
what else it shows, so more are hidden until no difference says anything (complementary suppression). There is no total
over kinds, months or zones: each kind and month is one tree of sums, which can be judged exactly.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gis.domain.categories import Name
from gis.domain.codes import division_level
from gis.domain.staff import LEVEL_DIGITS

LEAST = 5
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


def shown(counts: Mapping[str, int], children: Children, *, least: int = LEAST) -> dict[str, int | None]:
    """Return the counts as they may be published: None for those under `least`, and for those that would tell of them.

    Parameters
    ----------
    counts : by code, of every division; each parent's is the sum of its children's.
    children : by code, children before parents.

    Who knows all that is shown, and that a hidden count is not 0, can tell no hidden count: what is hidden below a sum
    that is shown adds up to `least` or more, in two parts or more, not all of them 1.
    """
    hiding = _Hiding(counts, children, least)
    for place in children:
        hiding.protect(place)
    return {code: None if code in hiding.hidden else count for code, count in counts.items()}


@dataclass
class _Hiding:
    """What is hidden so far, while sums are protected from below."""

    counts: Mapping[str, int]
    children: Children
    least: int

    def __post_init__(self) -> None:
        self.hidden = {code for code, count in self.counts.items() if 0 < count < self.least}

    def protect(self, place: str) -> None:
        """Hide more below a published sum until nothing follows from it; where nothing is left, hide the sum."""
        while place not in self.hidden and not self._is_safe(place):
            spare = self._smallest(place)
            if spare is None:
                self.hidden.add(place)
            else:
                self._hide(spare)

    def _is_safe(self, place: str) -> bool:
        leaves = list(self._leaves(place))
        if not leaves:
            return True
        rest = sum(self.counts[leaf] for leaf in leaves)
        # A hidden town that has all of them would be known by what is left.
        parts = [list(self._leaves(child)) for child in self.children[place] if child in self.hidden]
        alone = any(len(part) == len(leaves) for part in parts)
        return not alone and rest >= self.least and rest > len(leaves)

    def _leaves(self, place: str) -> Iterator[str]:
        """Yield the hidden villages whose nearest published sum is above `place`, or `place` itself."""
        if place not in self.children:
            yield place
        for child in self.children.get(place, ()):
            if child in self.hidden:
                yield from self._leaves(child)

    def _hide(self, place: str) -> None:
        """Hide a place; a hidden sum whose parts were all shown would not be hidden."""
        self.hidden.add(place)
        if place in self.children and not any(self._leaves(place)):
            spare = self._smallest(place)
            assert spare is not None, "a sum over 0 has a part over 0"
            self._hide(spare)

    def _smallest(self, place: str) -> str | None:
        """Return the child with the smallest count that is shown and not 0."""
        left = [child for child in self.children[place] if child not in self.hidden and self.counts[child]]
        return min(left, key=lambda child: (self.counts[child], child), default=None)
