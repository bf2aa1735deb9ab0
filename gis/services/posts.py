"""Posts: appoint, end, transfer, hand over, substitute; who holds what, who answers, and what nobody holds.

Changes begin today or later; past days stay as they are. Whoever asks names a scope: what lies outside of it is not
there. The sessions of everybody whose rights change today end, as when a role is given or taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from gis.db import accounts, post_questions, sessions, vacancies
from gis.db import posts as stored
from gis.db.accounts import Account
from gis.db.posts import WantedPosts
from gis.db.vacancies import Area
from gis.domain.audit import Actor, Entry
from gis.domain.posts import NOTE_LENGTH, ROLE_OF_LEVEL, Answering, Post, answering, check_days, excludes
from gis.domain.staff import EVERYWHERE, Scope, check_apart, is_inside, normalized_name, prefix
from gis.errors import ConflictError, Fault, InvalidInputError, NotFoundError
from gis.services import audit


@dataclass(frozen=True)
class Days:
    """From which day on a change holds (None: today), and until which day (None: no end)."""

    on: date | None = None
    last_on: date | None = None


TODAY = Days()
LONGEST_SUBSTITUTE = timedelta(366)


def appoint(
    connection: sa.Connection,
    area: str,
    name: str,
    days: Days = TODAY,
    *,
    note: str = "",
    scope: Scope = EVERYWHERE,
    by: Actor,
) -> Post:
    """Appoint a person to an area; return the new post. Who does it (`by`) is recorded, here and in every change below.

    Raises
    ------
    NotFoundError : there is no such area then, or not within `scope`; or no such account.
    InvalidInputError : the days have passed, or the account is no active person's, or an auditor's or administrator's.
    ConflictError : somebody holds the area on one of the days; says who, and until when.
    """
    since = _begin(connection, days, note)
    place = _area(connection, area, since, scope)
    person = _person(connection, name, place, scope)
    post = _added(connection, place, person, Days(since, days.last_on), note=note)
    post_questions.answer(connection, [area])
    _follow(connection, since, post.account_id)
    _record(connection, by, "post.appointed", post, note)
    return post


def end(
    connection: sa.Connection,
    post_id: int,
    on: date | None = None,
    *,
    reason: str,
    scope: Scope = EVERYWHERE,
    by: Actor,
) -> None:
    """End a post, and who stands in for its holder; `on` is the first day without them.

    Raises `NotFoundError`, `InvalidInputError`, `ConflictError`.
    """
    if not reason.strip():
        raise InvalidInputError("Say why the post ends.", [Fault("/note", "Say why the post ends.")])
    day = _begin(connection, Days(on), reason)
    post = _holding(connection, post_id, day, scope)
    _follow(connection, day, *_ended(connection, post, day, note=reason))
    _record(connection, by, "post.ended", post, reason, ended_on=str(day))


def transfer(
    connection: sa.Connection,
    post_id: int,
    area: str,
    on: date | None = None,
    *,
    note: str = "",
    scope: Scope = EVERYWHERE,
    by: Actor,
) -> Post:
    """Move a person from one area to another from a day on (调岗); return the new post.

    Who stood in for the person stands in no longer. Raises `NotFoundError`, `InvalidInputError`, and `ConflictError`
    when the other area is held.
    """
    day = _begin(connection, Days(on), note)
    post = _holding(connection, post_id, day, scope)
    place = _area(connection, area, day, scope)
    person = _person(connection, post.person, place, scope)
    gone = _ended(connection, post, day, note=note)
    new = _added(connection, place, person, Days(day, post.last_on), note=note, substitute=post.substitute)
    post_questions.answer(connection, [area])
    _follow(connection, day, *gone)
    _record(connection, by, "post.transferred", new, note, before=post.id, left=post.area)
    return new


def hand_over(
    connection: sa.Connection,
    post_id: int,
    name: str,
    on: date | None = None,
    *,
    note: str = "",
    scope: Scope = EVERYWHERE,
    by: Actor,
) -> Post:
    """Let another person hold an area from a day on (交接), as long as the first would have; return the new post.

    Who stood in for the first stands in no longer. Raises `NotFoundError`, `InvalidInputError`, `ConflictError`.
    """
    day = _begin(connection, Days(on), note)
    post = _holding(connection, post_id, day, scope)
    place = _area(connection, post.area, day, scope)
    person = _person(connection, name, place, scope)
    if person.id == post.account_id:
        raise ConflictError(f"{post.person} holds {post.area} already.")
    gone = _ended(connection, post, day, note=note)
    new = _added(connection, place, person, Days(day, post.last_on), note=note, substitute=post.substitute)
    post_questions.answer(connection, [post.area])
    _follow(connection, day, *gone, new.account_id)
    _record(connection, by, "post.handed_over", new, note, before=post.id, from_account=post.account_id)
    return new


def substitute(
    connection: sa.Connection,
    post_id: int,
    name: str,
    days: Days,
    *,
    note: str = "",
    scope: Scope = EVERYWHERE,
    by: Actor,
) -> Post:
    """Let another person stand in for a holder for some days (代管); the holder keeps the post, and both see.

    Raises
    ------
    InvalidInputError : no last day is named, or it is after the holder's or more than a year away.
    NotFoundError, ConflictError : as for `appoint`.
    """
    day = _begin(connection, days, note)
    post = _holding(connection, post_id, day, scope)
    if post.substitute:
        raise ConflictError(f"{post.person} is a substitute; name the holder's post.")
    if days.last_on is None or (post.last_on is not None and days.last_on > post.last_on):
        detail = f"Name the last day; {post.person} holds {post.area} {post.days}."
        raise InvalidInputError(detail, [Fault("/last_on", detail)])
    if days.last_on > day + LONGEST_SUBSTITUTE:
        detail = f"Somebody stands in for {LONGEST_SUBSTITUTE.days} days at most; name an earlier last day."
        raise InvalidInputError(detail, [Fault("/last_on", detail)])
    place = _area(connection, post.area, day, scope)
    person = _person(connection, name, place, scope)
    new = _added(connection, place, person, Days(day, days.last_on), note=note, substitute=True)
    _follow(connection, day, new.account_id)
    _record(connection, by, "post.substituted", new, note, holder=post.id)
    return new


def confirm(connection: sa.Connection, post_id: int, *, scope: Scope = EVERYWHERE, by: Actor) -> None:
    """Answer the question that a redraw left about an area: who holds it goes on. Raises `NotFoundError`."""
    post = _holding(connection, post_id, _begin(connection, TODAY, ""), scope)
    post_questions.answer(connection, [post.area])
    _record(connection, by, "post.confirmed", post, "")


def page(connection: sa.Connection, wanted: WantedPosts, *, after: tuple[str, int], limit: int) -> list[Post]:
    """Return at most `limit` of the wanted posts after an area and id, by area and id."""
    return stored.listed(connection, wanted, after=after, limit=limit)


def who_answers(
    connection: sa.Connection, area: str, on: date | None = None, *, scope: Scope = EVERYWHERE
) -> Answering:
    """Return who answers for an area on a day: substitute, holder, or who holds the level-2 grid or the village above.

    Posts of disabled accounts do not answer. Raises `NotFoundError`.
    """
    day = on or stored.today(connection)
    place = _area(connection, area, day, scope)
    return answering(area, place.above, stored.answering_on(connection, day, [area, *place.above]), day)


def today(connection: sa.Connection) -> date:
    """Return the city's date."""
    return stored.today(connection)


def names(connection: sa.Connection, codes: Sequence[str], on: date | None = None) -> dict[str, str]:
    """Return what areas are called on a day, by code; without those that are not in force then."""
    return vacancies.names(connection, codes, on or stored.today(connection))


# --- what every change asks -------------------------------------------------------------------------------------------


def _begin(connection: sa.Connection, days: Days, note: str) -> date:
    """Wait for other changes, and return the day of this one. Raises `InvalidInputError`."""
    if len(note) > NOTE_LENGTH:
        detail = f"A note has at most {NOTE_LENGTH} characters."
        raise InvalidInputError(detail, [Fault("/note", detail)])
    stored.hold(connection)
    today = stored.today(connection)
    since = days.on or today
    check_days(since, days.last_on, today=today)
    return since


def _area(connection: sa.Connection, code: str, day: date, scope: Scope) -> Area:
    found = vacancies.area(connection, code, day) if is_inside(code, scope) else None
    if found is None:
        raise NotFoundError(f"There is no area {code[:64]!r} in force on {day}.")
    return found


def _person(connection: sa.Connection, name: str, place: Area, scope: Scope) -> Account:
    """Return the active person of a name; within a scope one who holds something there, or nothing anywhere yet.

    Who belongs elsewhere is not there: no area calls another's people, nor learns of them.
    """
    account = accounts.named(connection, normalized_name(name))
    if account is not None and scope != EVERYWHERE:
        held = [prefix(area) for area in accounts.areas_of(connection, account.id)]
        if held and not any(is_inside(area, scope) for area in held):
            account = None
    if account is None:
        raise NotFoundError(f"There is no account {name[:64]!r}.")
    if account.kind != "person" or account.disabled_at is not None:
        detail = f"{account.name} is no active person's account."
        raise InvalidInputError(detail, [Fault("/person", detail)])
    check_apart(ROLE_OF_LEVEL[place.level], accounts.roles_of(connection, account.id), pointer="/person")
    return account


def _holding(connection: sa.Connection, post_id: int, day: date, scope: Scope) -> Post:
    """Return a post that holds on a day or later. Raises `NotFoundError`, `ConflictError`."""
    post = stored.find(connection, post_id, scope)
    if post is None:
        raise NotFoundError(f"There is no post {post_id}.")
    if not post.meets(day, None):
        raise ConflictError(f"{post.person} held {post.area} until {post.last_on}.")
    if post.from_on > day:
        raise ConflictError(f"{post.person} holds {post.area} from {post.from_on} on; name that day or a later one.")
    return post


def _added(
    connection: sa.Connection, place: Area, person: Account, days: Days, *, note: str, substitute: bool = False
) -> Post:
    """Store a post where nobody holds the area on its days. Raises `ConflictError`."""
    since = days.on or date.min
    post = Post(
        0,
        place.code,
        ROLE_OF_LEVEL[place.level],
        person.id,
        since,
        days.last_on,
        substitute=substitute,
        note=note,
        person=person.name,
    )
    for one in stored.from_day(connection, since, areas=[place.code]):
        if excludes(one, post):
            what = "stands in for the holder of" if one.substitute else "holds"
            raise ConflictError(f"{one.person} {what} {place.code} from {one.from_on} {one.days}.")
    return replace(post, id=stored.append(connection, post))


def _ended(connection: sa.Connection, post: Post, day: date, *, note: str) -> list[int]:
    """End a post, and with a holder's those who stand in for it; return the accounts that they were of."""
    gone = [post]
    if not post.substitute:
        there = stored.from_day(connection, day, areas=[post.area])
        gone += [one for one in there if one.substitute and post.meets(one.from_on, one.last_on)]
    stored.end(connection, [one.id for one in gone], day=day, note=note)
    return [one.account_id for one in gone]


def _follow(connection: sa.Connection, day: date, *account_ids: int) -> None:
    """End the sessions of those whose rights change today."""
    if day <= stored.today(connection):
        sessions.end_many(connection, account_ids)


def _record(connection: sa.Connection, by: Actor, action: str, post: Post, note: str, **more: Any) -> None:
    days = {"from_on": str(post.from_on), "last_on": None if post.last_on is None else str(post.last_on)}
    said: Entry = by.did(
        action, f"post:{post.id}", area=post.area, role=post.role, account=post.account_id, **days, **more
    )
    audit.record(connection, replace(said, reason=note))
