"""Posts: rows of who holds which area on which days, and the questions that redraws leave."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gis.db.arrays import numbers, texts
from gis.db.copying import copy_rows
from gis.db.moments import CITY_TIME
from gis.db.moments import today as city_date
from gis.db.scopes import begins
from gis.db.tables import accounts, posts
from gis.domain.posts import Post
from gis.domain.staff import EVERYWHERE, Scope

CHANGING = 34300
COLUMNS = (posts.c.id, posts.c.area, posts.c.role, posts.c.account_id, posts.c.substitute, posts.c.note)


@dataclass(frozen=True)
class WantedPosts:
    """Which posts are asked for; None of a filter means all.

    `within` is what the codes of areas begin with, `area` one whole code, `person` an account's name, `on` a day.
    """

    scope: Scope = EVERYWHERE
    within: str | None = None
    area: str | None = None
    person: str | None = None
    on: date | None = None


def hold(connection: sa.Connection) -> None:
    """Wait until no other transaction changes posts; held until this one ends."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(CHANGING)))


def today(connection: sa.Connection) -> date:
    """Return the city's date by the database's clock."""
    day: date = connection.execute(sa.select(city_date())).scalar_one()
    return day


def are_there(connection: sa.Connection) -> bool:
    """Return whether there is any post at all."""
    return bool(connection.scalar(sa.select(sa.exists(sa.select(posts.c.id)))))


def find(connection: sa.Connection, post_id: int, scope: Scope) -> Post | None:
    """Return a post inside a scope, or None."""
    row = connection.execute(_all().where(posts.c.id == post_id, inside(posts.c.area, scope))).first()
    return _post(row) if row else None


def listed(connection: sa.Connection, wanted: WantedPosts, *, after: tuple[str, int], limit: int) -> list[Post]:
    """Return at most `limit` posts after an area and id, by area and id."""
    place = sa.tuple_(posts.c.area, posts.c.id) > sa.tuple_(sa.literal(after[0]), sa.literal(after[1]))
    query = _all().where(place, inside(posts.c.area, wanted.scope))
    if wanted.within is not None:
        query = query.where(begins(posts.c.area, wanted.within))
    if wanted.area is not None:
        query = query.where(posts.c.area == wanted.area)
    if wanted.person is not None:
        query = query.where(accounts.c.name == wanted.person)
    if wanted.on is not None:
        query = query.where(posts.c.valid.contains(sa.literal(wanted.on, sa.Date)))
    return [_post(row) for row in connection.execute(query.order_by(posts.c.area, posts.c.id).limit(limit))]


def from_day(connection: sa.Connection, day: date, *, areas: Collection[str] | None = None) -> list[Post]:
    """Return the posts that hold on a day or later, of these areas (None: of all), by id."""
    query = _all().where(posts.c.valid.op("&&")(sa.func.daterange(day, None)))
    if areas is not None:
        query = query.where(posts.c.area.in_(texts(areas)))
    return [_post(row) for row in connection.execute(query.order_by(posts.c.id))]


def answering_on(connection: sa.Connection, day: date, areas: Collection[str]) -> list[Post]:
    """Return the posts of these areas that hold on a day, but for those of accounts that were disabled by then."""
    query = _all().where(holds_on(day), posts.c.area.in_(list(areas)))
    return [_post(row) for row in connection.execute(query.order_by(posts.c.id))]


def grids_of(connection: sa.Connection, account_id: int, at: datetime) -> list[str]:
    """Return the codes of the grids in which an account held a post on the day of an instant, in the city."""
    day = sa.cast(sa.func.timezone(CITY_TIME, sa.literal(at, sa.TIMESTAMP(timezone=True))), sa.Date)
    query = sa.select(posts.c.area).where(posts.c.account_id == account_id, posts.c.role == "worker")
    return list(connection.scalars(query.where(posts.c.valid.contains(day)).order_by(posts.c.area)))


def append(connection: sa.Connection, post: Post, *, made_by: str | None = None) -> int:
    """Store a post under a new id, and return it."""
    days = sa.func.daterange(post.from_on, post.last_on, "[]")
    values = {name: getattr(post, name) for name in ("area", "role", "account_id", "substitute", "note")}
    row = sa.insert(posts).values(**values, valid=days, made_by=made_by).returning(posts.c.id)
    return int(connection.execute(row).scalar_one())


def load(
    connection: sa.Connection, rows: Iterable[Post], *, made_by: str | None = None, synthetic: bool = False
) -> None:
    """Store many posts under new ids. Raises `ConflictError` where two hold one area on one day."""
    names = ("area", "role", "account_id", "substitute", "note", "valid", "made_by", "synthetic")
    values = (
        (
            post.area,
            post.role,
            post.account_id,
            post.substitute,
            post.note,
            f"[{post.from_on},{post.last_on or ''}]",
            made_by,
            synthetic,
        )
        for post in rows
    )
    copy_rows(connection, posts, names, values)


def end(
    connection: sa.Connection, ids: Collection[int], *, day: date, note: str = "", ended_by: str | None = None
) -> None:
    """End posts so that `day` is the first without them; those that would begin then or later are no more."""
    these = posts.c.id.in_(numbers(ids))
    since = sa.func.lower(posts.c.valid)
    connection.execute(sa.delete(posts).where(these, since >= day))
    values: dict[str, Any] = {"valid": sa.func.daterange(since, day), "ended_by": ended_by}
    if note:
        values["note"] = note
    connection.execute(sa.update(posts).where(these).values(values))


def count(connection: sa.Connection, subject: str) -> tuple[int, int]:
    """Return how many posts a roster or a plan made and how many it ended, by its subject in the audit log."""
    numbers = [sa.func.count().filter(column == subject) for column in (posts.c.made_by, posts.c.ended_by)]
    row = connection.execute(sa.select(*numbers).select_from(posts)).one()
    return int(row[0]), int(row[1])


def inside(column: sa.ColumnElement[Any], scope: Scope) -> sa.ColumnElement[bool]:
    """Return the condition that a code lies inside a scope."""
    if scope == EVERYWHERE:
        return sa.true()
    return sa.or_(sa.false(), *(begins(column, prefix) for prefix in scope))


def holds_on(day: date) -> sa.ColumnElement[bool]:
    """Return the condition that a post, joined with its account, holds on a day and its account is not disabled."""
    at = sa.func.timezone(CITY_TIME, accounts.c.disabled_at)
    is_there = sa.or_(accounts.c.disabled_at.is_(None), sa.cast(at, sa.Date) > day)
    return sa.and_(posts.c.valid.contains(sa.literal(day, sa.Date)), is_there)


def _all() -> sa.Select[Any]:
    days = (sa.func.lower(posts.c.valid).label("from_on"), sa.func.upper(posts.c.valid).label("until_on"))
    return sa.select(*COLUMNS, *days, accounts.c.name.label("person")).join(
        accounts, accounts.c.id == posts.c.account_id
    )


def _post(row: sa.Row[Any]) -> Post:
    last_on = None if row.until_on is None else row.until_on - timedelta(days=1)
    return Post(row.id, row.area, row.role, row.account_id, row.from_on, last_on, row.substitute, row.note, row.person)
