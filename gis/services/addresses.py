"""Addresses: what somebody typed in, ranked candidates with their grids out."""

from dataclasses import dataclass

import sqlalchemy as sa

from gis.db import addresses as stored
from gis.db.addresses import Like
from gis.db.areas import Bounds
from gis.domain.addresses import Address, Entry, Match, match, parse
from gis.domain.stacks import Standing, resolve
from gis.services.divisions import Chain, Tree, chain

# So many are compared with care; the index knows no more of them than how like their names are.
COMPARED = 30
# How many levels of divisions a street's chain has: city and county.
COUNTY = 2
# What fits less, or not half as well as the best, is left out.
LEAST_SCORE, LEAST_SHARE = 0.2, 0.5


@dataclass(frozen=True)
class Candidate:
    """An entry of the gazetteer that may be meant, how well it fits, and what it stands in.

    `chain` has level, code and name of the divisions from the city down. A street stands in no one grid, and its chain
    ends at its county, since it may run through several below.
    """

    entry: Like
    match: Match
    standing: Standing | None
    chain: Chain


def find(
    connection: sa.Connection, text: str, tree: Tree, *, bbox: Bounds | None = None, limit: int
) -> list[Candidate]:
    """Return at most `limit` entries that a typed address may mean, the best first; none for a text without a name.

    `tree` has the divisions in force by code. `bbox` is west, south, east, north in degrees (EPSG:4490).
    """
    asked = parse(text)
    if not asked.street:
        return []
    found = [_candidate(asked, each, tree) for each in stored.like(connection, asked.key, bbox=bbox, limit=COMPARED)]
    least = max(LEAST_SCORE, LEAST_SHARE * max((each.match.score for each in found), default=0))
    worth = [each for each in found if each.match.score >= least]
    return sorted(worth, key=lambda each: -each.match.score)[:limit]


def _candidate(asked: Address, like: Like, tree: Tree) -> Candidate:
    standing = resolve(like.covering, unit=asked.unit, floor=asked.floor)
    above = chain(tree, standing.village_code)
    entry = Entry(parse(like.name), like.units, like.floors, tuple(each["name"] or "" for each in above))
    if like.kind == "street":
        return Candidate(like, match(asked, entry), None, above[:COUNTY])
    return Candidate(like, match(asked, entry), standing, above)
