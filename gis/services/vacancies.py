"""Vacancies (空岗): areas that nobody holds on a day, and how many; and what redraws left open."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from gis.db import listings, post_questions, posts
from gis.db import vacancies as stored
from gis.db.post_questions import Asked
from gis.db.vacancies import Vacancy
from gis.domain.codes import division_level
from gis.domain.staff import EVERYWHERE, LEVEL_DIGITS, Scope, is_inside, prefix
from gis.errors import NotFoundError

BELOW = {"city": "county", "county": "town", "town": "village", "village": "village"}


@dataclass(frozen=True)
class Tally:
    """How many areas of each level a division has, and how many nobody holds: ``{"grid": (areas, vacant)}``."""

    code: str
    name: str
    levels: dict[str, tuple[int, int]]


def page(
    connection: sa.Connection,
    on: date | None = None,
    *,
    within: str | None = None,
    level: str | None = None,
    after: str = "",
    limit: int = 100,
    scope: Scope = EVERYWHERE,
) -> list[Vacancy]:
    """Return at most `limit` vacancies as of a day (None: today) with codes above `after`, by code.

    `within` is a division, `level` village, level2 or grid. Raises `NotFoundError` for a division that is not there.
    """
    day = on or posts.today(connection)
    start = _start(connection, within, day, scope)
    return stored.after(connection, day, scope, within=start, level=level, code=after, limit=limit)


def tallies(
    connection: sa.Connection, on: date | None = None, *, within: str | None = None, scope: Scope = EVERYWHERE
) -> list[Tally]:
    """Return a tally for each division one level below `within` (None: the city), by code. Raises `NotFoundError`."""
    day = on or posts.today(connection)
    start = _start(connection, within, day, scope)
    level = BELOW["city" if within is None else division_level(within)]
    digits = LEVEL_DIGITS[level]
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for part, kind, areas, vacant in stored.counts(connection, day, scope, within=start, digits=digits):
        found.setdefault(part.ljust(12, "0"), {})[kind] = (areas, vacant)
    tree = listings.tree(connection, stored.end_of(day))
    return [Tally(code, str(tree[code]["name"]) if code in tree else code, found[code]) for code in sorted(found)]


def questions(
    connection: sa.Connection, *, after: str = "", limit: int = 100, scope: Scope = EVERYWHERE
) -> list[Asked]:
    """Return at most `limit` open questions of areas above `after`, by area."""
    return post_questions.after(connection, scope, area=after, limit=limit)


def _start(connection: sa.Connection, within: str | None, day: date, scope: Scope) -> str:
    """Return what the codes in a division begin with, of one that shares anything with the scope."""
    if within is None:
        return ""
    start = prefix(within)
    meets = start == "*" or is_inside(start, scope) or any(one.startswith(start) for one in scope)
    if within not in listings.tree(connection, stored.end_of(day)) or not meets:
        raise NotFoundError(f"There is no division {within[:40]!r} on {day}.")
    return "" if start == "*" else start
