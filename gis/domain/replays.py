"""Replays: whether a decision comes out again, and what does otherwise (判定复核)."""

from typing import Any, NamedTuple

from gis.domain.certainty import DECIMALS, Certainty
from gis.domain.coordinates import to_cgcs2000
from gis.domain.reports import Assignment, Report
from gis.domain.routing import Answer
from gis.domain.routing_rules import VERSION, Rule

# Coordinates that an import brought of itself may differ from their originals by its own rounding.
SAME_SHARE = 2 * 10.0**-DECIMALS
TOLERANCES = {
    "location": 1e-6,
    "distance_m": 1e-6,
    "share": SAME_SHARE,
    "outside": SAME_SHARE,
    "alternatives": SAME_SHARE,
}


class Difference(NamedTuple):
    """One value that a replay gives otherwise, by the name of its column."""

    name: str
    stored: object
    replayed: object


def differences(
    report: Report, taken: Assignment, answer: Answer, certainty: Certainty, rule: Rule
) -> tuple[Difference, ...]:
    """Return what differs between a decision as it was taken and as its rule and plan give it again."""
    said = report.submission
    x, y = (float(degrees) for degrees in to_cgcs2000(said.x, said.y, datum=said.datum))
    pairs: list[tuple[str, object, object]] = [
        ("location", (report.lon, report.lat), (x, y)),
        ("version", rule.version, VERSION),
        ("plan", taken.revision, answer.revision),
        ("method", taken.method, answer.method),
        ("grid", taken.grid, answer.grid),
        ("grid_id", taken.grid_id, answer.grid_id),
        ("dedicated_id", taken.dedicated_id, answer.dedicated_id),
        ("level2", taken.level2, answer.level2),
        ("village_code", taken.village_code, answer.village_code),
        ("zone", taken.zone, answer.zone),
        ("post_code", taken.post_code, answer.post_code),
        ("distance_m", taken.distance_m, answer.distance_m),
    ]
    if taken.rule_id is not None:
        pairs += [
            ("share", taken.certainty.share, certainty.share),
            ("outside", taken.certainty.outside, certainty.outside),
            ("doubt", taken.certainty.doubt, certainty.doubt),
            ("alternatives", _listed(taken.certainty), _listed(certainty)),
        ]
    return tuple(Difference(*pair) for pair in pairs if not _same(*pair))


def _same(name: str, stored: object, replayed: object) -> bool:
    """Tell whether two values are one, but for rounding."""
    within = TOLERANCES.get(name)
    if within is None or stored is None or replayed is None:
        return stored == replayed
    one, other = _numbers(stored), _numbers(replayed)
    return one.keys() == other.keys() and all(abs(one[key] - other[key]) <= within for key in one)


def _numbers(value: Any) -> dict[object, float]:
    """Return numbers by what tells them apart: the codes of grids, or their places."""
    if isinstance(value, dict):
        return dict(value)
    return dict(enumerate(value if isinstance(value, tuple) else (value,)))


def _listed(certainty: Certainty) -> dict[str, float]:
    return {one.grid: one.share for one in certainty.alternatives}
