"""Divisions, to be looked at: with boxes, label points and how many grids lie in each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from gis.db import listings
from gis.db.listings import WantedDivisions
from gis.domain.places import Place
from gis.errors import NotFoundError

COUNTS = {"grid_count": "comprehensive", "dedicated_count": "dedicated", "level2_count": "level2"}
Chain = list[dict[str, str | None]]
Tree = Mapping[str, Mapping[str, str | None]]


def page(connection: sa.Connection, wanted: WantedDivisions, *, after: str, limit: int, geometry: bool) -> list[Place]:
    """Return at most `limit` wanted divisions with codes above `after`, by code.

    Properties: code, name, level, parent_code, label (a point inside, degrees), and the counts of `COUNTS`, of
    everything below.
    """
    found = listings.divisions_after(connection, wanted, after=after, limit=limit, geometry=geometry)
    return _counted(connection, found, wanted.at)


def get(connection: sa.Connection, code: str, *, at: datetime | None = None) -> Place:
    """Return one division with its boundary, its `chain` from the city down and its counts.

    Raises
    ------
    NotFoundError : no such division at that instant (None: now).
    """
    wanted = WantedDivisions(code=code, at=at)
    found = listings.divisions_after(connection, wanted, after="", limit=1, geometry=True)
    if not found:
        raise NotFoundError(f"There is no division {code!r}" + (f" at {at.isoformat()}." if at else " now."))
    place = _counted(connection, found, at)[0]
    return replace(place, properties={**place.properties, "chain": chain(listings.tree(connection, at), code)})


def chain(tree: Tree, code: str | None) -> Chain:
    """Return level, code and name of the divisions from the city down to `code`; empty for an unknown one."""
    found: Chain = []
    while code is not None and code in tree and len(found) < len(tree):
        found.insert(0, {"level": tree[code]["level"], "code": code, "name": tree[code]["name"]})
        code = tree[code]["parent_code"]
    return found


def _counted(connection: sa.Connection, places: Sequence[Place], at: datetime | None) -> list[Place]:
    """Give each division the sums of all villages below it."""
    tree = listings.tree(connection, at)
    sums: dict[str, dict[str, int]] = {}
    for village, counts in listings.counts_by_village(connection, at).items():
        for above in chain(tree, village):
            of = sums.setdefault(str(above["code"]), dict.fromkeys(COUNTS, 0))
            for name, kind in COUNTS.items():
                of[name] += counts.get(kind, 0)
    none = dict.fromkeys(COUNTS, 0)
    return [replace(place, properties={**place.properties, **sums.get(str(place.id), none)}) for place in places]
