"""Rosters: look at what a sheet of people and posts would change, and do it whole or not at all."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from gis.db import post_questions, posts, sessions, vacancies
from gis.db import rosters as stored
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.domain.credentials import Code
from gis.domain.periods import LAST_YEAR, is_in_years
from gis.domain.posts import Post
from gis.domain.roster_changes import Mode, Present, Roster, judge
from gis.domain.rosters import Sheet
from gis.domain.staff import AREA_LENGTH, is_inside, normalized_name, normalized_telephone, prefix, scope_of
from gis.errors import Fault, InvalidInputError, NotFoundError
from gis.files.handouts import Handout, Handouts
from gis.services import audit

Progress = Callable[[str, int, int], None]
STAGES = ("reading what is there", "comparing", "accounts", "posts", "record")


def silently(stage: str, done: int, total: int) -> None:
    """Show nothing of how far the work is."""


@dataclass(frozen=True)
class Options:
    """How a roster counts.

    Attributes
    ----------
    on : from which day on, where a row names none; None for today.
    whole_of : code of a division, level-2 grid or grid of which the roster is the whole truth: whoever it does not name
        there is ended. None: it only adds.
    """

    on: date | None = None
    whole_of: str | None = None


@dataclass(frozen=True)
class Previewed:
    """A sheet, what it would change, and from which day on."""

    sheet: Sheet
    roster: Roster
    mode: Mode
    options: Options


def preview(
    connection: sa.Connection, sheet: Sheet, options: Options | None = None, *, progress: Progress = silently
) -> Previewed:
    """Return what a sheet would change, and all that is wrong with it; nothing is written.

    Raises
    ------
    InvalidInputError : the day has passed, or is beyond all years.
    NotFoundError : `whole_of` is no area in force.
    """
    options = options or Options()
    progress(STAGES[0], 0, 1)
    today = posts.today(connection)
    on = options.on or today
    if on < today or not is_in_years(on):
        detail = f"Past days stay as they are; name today or a later day, until the year {LAST_YEAR}."
        raise InvalidInputError(detail, [Fault("/query/on", detail)])
    areas = vacancies.areas(connection, on)
    mode = Mode(on, _scope(options.whole_of, areas))
    names = {normalized_name(row.cells.get("name", "")) for row in sheet.rows}
    telephones = {normalized_telephone(row.cells.get("telephone", "")) for row in sheet.rows} - {""}
    people = stored.people(connection, names, telephones)
    present = Present(
        today,
        {code: area.level for code, area in areas.items()},
        {person.name: person for person in people},
        {person.telephone: person.name for person in people if person.telephone},
        posts.from_day(connection, today),
    )
    progress(STAGES[0], 1, 1)
    progress(STAGES[1], 0, 1)
    roster = judge(sheet, present, mode)
    progress(STAGES[1], 1, 1)
    return Previewed(sheet, roster, mode, options)


def load(
    connection: sa.Connection,
    sheet: Sheet,
    options: Options | None = None,
    *,
    progress: Progress = silently,
    by: Actor,
) -> tuple[Previewed, Handouts]:
    """Write what `preview` shows; return it with the activation codes of new people, by their leader's area.

    The codes of workers and level-2 workers go by the village, whose leader hands them out; those of leaders by the
    town. They are stored as hashes alone. Accounts and posts name the roster that made them, and the audit log has one
    entry of it: the file's SHA-256, the counts, the ids of known accounts that got a telephone, and `fingerprint` of
    all that was made and changed.

    Raises `InvalidInputError` with a fault for each cell that is wrong; nothing is written then.
    """
    posts.hold(connection)
    shown = preview(connection, sheet, options, progress=progress)
    refuse(shown.roster)
    roster, mode = shown.roster, shown.mode
    subject = f"roster:{stored.new_id(connection)}"
    progress(STAGES[2], 0, 1)
    today = posts.today(connection)
    codes = {name: credentials.new_activation(today) for name in roster.new_people}
    made = (
        (name, telephone, credentials.code_digest(codes[name].text), codes[name].ends_on)
        for name, telephone in roster.new_people.items()
    )
    stored.append_people(connection, made, made_by=subject)
    stored.set_telephones(connection, roster.telephones)
    gained = sorted(stored.ids_of(connection, roster.telephones.keys()).values())
    ids = stored.ids_of(connection, {new.name for new in roster.added})
    progress(STAGES[2], 1, 1)
    progress(STAGES[3], 0, 1)
    posts.end(connection, [post.id for post in roster.ended], day=mode.on, note="not in the roster", ended_by=subject)
    added = [replace(new.post, account_id=ids[new.name]) for new in roster.added]
    posts.load(connection, added, made_by=subject)
    post_questions.answer(connection, {post.area for post in added if not post.substitute})
    if mode.on <= today:
        sessions.end_many(connection, {post.account_id for post in (*added, *roster.ended)})
    progress(STAGES[3], 1, 1)
    progress(STAGES[4], 0, 1)
    entry = by.did(
        "roster.imported",
        subject,
        file_sha256=sheet.sha256,
        on=str(mode.on),
        whole_of=shown.options.whole_of,
        accounts=len(roster.new_people),
        telephones=len(roster.telephones),
        telephones_of=gained,
        posts=len(added),
        ended=len(roster.ended),
        unchanged=roster.unchanged,
        fingerprint=stored.fingerprint(connection, subject, gained),
    )
    audit.record(connection, entry)
    progress(STAGES[4], 1, 1)
    return shown, _handouts(connection, added, codes, mode.on)


def refuse(roster: Roster) -> None:
    """Raise `InvalidInputError` with a fault for each cell that is wrong, when there is any."""
    if roster.faults:
        count = "1 cell is" if len(roster.faults) == 1 else f"{len(roster.faults):,} cells are"
        faults = [fault.as_fault() for fault in roster.faults]
        raise InvalidInputError(f"{count} wrong; nothing was written.", faults)


def _scope(area: str | None, areas: dict[str, vacancies.Area]) -> tuple[str, ...] | None:
    """Return the scope of an area that holds something in force."""
    if area is None:
        return None
    start = prefix(area)
    if len(area) > AREA_LENGTH or not (start == "*" or any(is_inside(code, (start,)) for code in areas)):
        raise NotFoundError(f"There is no area {area[:AREA_LENGTH]!r} in force.")
    return scope_of([area])


def _handouts(connection: sa.Connection, added: list[Post], codes: dict[str, Code], on: date) -> Handouts:
    """Return the codes of new people by the area whose leader hands them out, each once."""
    areas = vacancies.areas(connection, on)
    found: dict[str, list[Handout]] = {}
    for post in added:
        code = codes.pop(post.person, None)
        if code is not None:
            village = areas[post.area].village_code
            leader = village[:9].ljust(12, "0") if post.role == "leader" else village
            found.setdefault(leader, []).append(Handout(post.person, post.area, post.role, code.text, code.ends_on))
    return found
