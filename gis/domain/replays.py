"""Replays: whether a decision comes out again, and what does otherwise (判定复核)."""

from typing import NamedTuple

from gis.domain.certainty import DECIMALS, VERSION, Certainty, Rule
from gis.domain.coordinates import to_cgcs2000
from gis.domain.reports import Assignment, Report
from gis.domain.routing import Answer

# Coordinates that an import brought of itself may differ from their originals by its own rounding.
SAME_PLACE_DEG = 1e-6
SAME_SHARE = 2 * 10.0**-DECIMALS
SAME_M = 1e-6


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
    """Tell whether two values are one, but for rounding; a distance of nothing is none at all in old imports."""
    if name == "location":
        return _close(stored, replayed, SAME_PLACE_DEG)
    if name == "distance_m":
        return _close((stored,), (replayed,), SAME_M)
    if name in ("share", "outside"):
        return _close((stored,), (replayed,), SAME_SHARE)
    if name == "alternatives":
        assert isinstance(stored, dict) and isinstance(replayed, dict)
        return stored.keys() == replayed.keys() and _close(
            tuple(stored.values()), tuple(replayed[grid] for grid in stored), SAME_SHARE
        )
    return stored == replayed


def _close(some: object, others: object, within: float) -> bool:
    assert isinstance(some, tuple) and isinstance(others, tuple)
    return all(
        one == other or (one is not None and other is not None and abs(one - other) <= within)
        for one, other in zip(some, others, strict=True)
    )


def _listed(certainty: Certainty) -> dict[str, float]:
    return {one.grid: one.share for one in certainty.alternatives}
