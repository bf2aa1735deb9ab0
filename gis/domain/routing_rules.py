"""Routing rules: the version of the rule that routes, with the limits an installation sets (分派规则).

Apart from the rule itself, since settings name it and load no heavy library.
"""

from dataclasses import dataclass

# Counts up whenever the same inputs may get another answer.
VERSION = 1


@dataclass(frozen=True)
class Rule:
    """The rule with its limits, as it is kept with what it decided.

    Attributes
    ----------
    snap_limit_m : a point outside the city but this close to a grid, in metres, goes to the nearest grid.
    sure_share : share of the disc of accuracy below which a grid is not sure.
    imprecise_m : radius above which a position decides nothing, in metres.
    version : of the code that decided.
    """

    snap_limit_m: float = 50.0
    sure_share: float = 0.6
    imprecise_m: float = 500.0
    version: int = VERSION


# Its limits where nobody sets others.
USUAL = Rule()
