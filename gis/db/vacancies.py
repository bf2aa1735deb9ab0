"""Vacancies: the areas that are in force on a day, and those of them that nobody holds."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from gis.db.moments import CITY_TIME, in_force
from gis.db.posts import holds_on, inside
from gis.db.scopes import begins
from gis.db.tables import accounts, divisions, grids, level2_grids, posts, zones
from gis.domain.staff import Scope


@dataclass(frozen=True)
class Area:
    """An area in force that somebody can hold: `level` is village, level2 or grid."""

    code: str
    level: str
    name: str
    level2_code: str | None
    village_code: str

    @property
    def above(self) -> tuple[str, ...]:
        """The codes of the areas above it, the nearest first."""
        return tuple(code for code in (self.level2_code, self.village_code) if code and code != self.code)


@dataclass(frozen=True)
class Vacancy:
    """An area without a holder; `since_on` is the first day after the last one's, None where nobody ever held it."""

    code: str
    level: str
    name: str
    since_on: date | None


def end_of(day: date) -> datetime:
    """Return the last instant of a day in the city: what is in force then was in force on that day."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(CITY_TIME))
    return midnight - timedelta(microseconds=1)


def area(connection: sa.Connection, code: str, day: date) -> Area | None:
    """Return the area of a code that is in force on a day, or None."""
    found = _areas(day)
    row = connection.execute(sa.select(found).where(found.c.code == code)).first()
    return Area(**row._mapping) if row else None


def areas(connection: sa.Connection, day: date) -> dict[str, Area]:
    """Return all areas in force on a day, by code."""
    return {row.code: Area(*row) for row in connection.execute(sa.select(_areas(day)))}


def names(connection: sa.Connection, codes: Collection[str], day: date) -> dict[str, str]:
    """Return what areas are called on a day, by code."""
    found = _areas(day)
    query = sa.select(found.c.code, found.c.name).where(found.c.code.in_(list(codes)))
    return {row.code: row.name for row in connection.execute(query)}


def is_in_force(connection: sa.Connection, code: str, day: date) -> bool:
    """Tell whether a code is that of a division, zone, level-2 grid or grid in force on a day.

    As long as there is no division at all every code is, so that the first accounts come before the city.
    """
    at = end_of(day)
    there = [
        sa.exists().where(in_force(table, at), table.c.code == code)
        for table in (divisions, zones, level2_grids, grids)
    ]
    is_empty = ~sa.exists().where(in_force(divisions, at))
    return bool(connection.scalar(sa.select(sa.or_(*there, is_empty))))


def after(
    connection: sa.Connection, day: date, scope: Scope, *, within: str, level: str | None, code: str, limit: int
) -> list[Vacancy]:
    """Return at most `limit` vacancies with codes above `code`, by code; codes begin with `within`."""
    found, held = _areas(day), _held(day)
    query = sa.select(found.c.code, found.c.level, found.c.name)
    query = query.join_from(found, held, held.c.area == found.c.code, isouter=True).where(held.c.area.is_(None))
    query = query.where(found.c.code > code, inside(found.c.code, scope))
    query = query.where(begins(found.c.code, within) if within else sa.true())
    if level is not None:
        query = query.where(found.c.level == level)
    # Since when is asked of one page alone.
    page = query.order_by(found.c.code).limit(limit).subquery()
    ended = sa.select(sa.func.max(sa.func.upper(posts.c.valid)))
    ended = ended.where(posts.c.area == page.c.code, ~posts.c.substitute, sa.func.upper(posts.c.valid) <= day)
    rows = connection.execute(sa.select(*page.c, ended.scalar_subquery()).order_by(page.c.code))
    return [Vacancy(row[0], row[1], row[2], row[3]) for row in rows]


def counts(
    connection: sa.Connection, day: date, scope: Scope, *, within: str, digits: int
) -> list[tuple[str, str, int, int]]:
    """Return by the first `digits` of the codes and by level: both, how many areas there are, and how many vacant."""
    found, held = _areas(day), _held(day)
    part = sa.func.left(found.c.code, digits)
    query = sa.select(part, found.c.level, sa.func.count(), sa.func.count().filter(held.c.area.is_(None)))
    query = query.join_from(found, held, held.c.area == found.c.code, isouter=True)
    query = query.where(inside(found.c.code, scope), begins(found.c.code, within) if within else sa.true())
    rows = connection.execute(query.group_by(part, found.c.level).order_by(part, found.c.level))
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def _held(day: date) -> sa.Subquery:
    """Return the codes of the areas that somebody holds on a day, as `area`."""
    holding = sa.select(posts.c.area).join(accounts, accounts.c.id == posts.c.account_id)
    return holding.where(~posts.c.substitute, holds_on(day)).distinct().subquery("held")


def _areas(day: date) -> sa.Subquery:
    """Return code, level, name, level2_code and village_code of all areas in force on a day."""
    at = end_of(day)
    villages = sa.select(
        divisions.c.code, sa.literal("village").label("level"), divisions.c.name, *_above(None, divisions.c.code)
    ).where(in_force(divisions, at), divisions.c.level == "village")
    level2 = sa.select(
        level2_grids.c.code, sa.literal("level2"), level2_grids.c.name, *_above(None, level2_grids.c.village_code)
    ).where(in_force(level2_grids, at))
    leaves = sa.select(
        grids.c.code, sa.literal("grid"), grids.c.name, *_above(grids.c.level2_code, grids.c.village_code)
    ).where(in_force(grids, at))
    return sa.union_all(villages, level2, leaves).subquery("areas")


def _above(level2: Any, village: Any) -> tuple[Any, Any]:
    return (sa.null() if level2 is None else level2).label("level2_code"), village.label("village_code")
