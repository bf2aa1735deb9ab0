"""Questions that redraws leave: areas for which the rules name nobody."""

import json
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date

import sqlalchemy as sa

from gis.db.arrays import texts
from gis.db.copying import copy_rows
from gis.db.posts import inside
from gis.db.tables import accounts, post_questions
from gis.domain.posts import Candidate, Question
from gis.domain.staff import Scope


@dataclass(frozen=True)
class Asked:
    """A question that is still open: since which day, by which plan; `people` are the candidates' names, in order."""

    id: int
    revision: int
    asked_on: date
    question: Question
    people: tuple[str, ...]


def append(connection: sa.Connection, questions: Iterable[Question], *, revision: int, on: date) -> None:
    """Store the questions of a plan; those that were open for the same areas are answered by them."""
    asked = list(questions)
    answer(connection, [question.area for question in asked])
    rows = (
        (revision, one.area, one.reason, on, json.dumps([asdict(candidate) for candidate in one.candidates]))
        for one in asked
    )
    copy_rows(connection, post_questions, ("revision", "area", "reason", "asked_on", "candidates"), rows)


def answer(connection: sa.Connection, areas: Collection[str]) -> None:
    """Close the open questions of areas."""
    these = post_questions.c.area.in_(texts(areas))
    row = sa.update(post_questions).where(these, post_questions.c.answered_at.is_(None))
    connection.execute(row.values(answered_at=sa.func.now()))


def count(connection: sa.Connection, revision: int) -> int:
    """Return how many questions a plan left."""
    query = sa.select(sa.func.count()).where(post_questions.c.revision == revision)
    return int(connection.scalar(query) or 0)


def after(connection: sa.Connection, scope: Scope, *, area: str, limit: int) -> list[Asked]:
    """Return at most `limit` open questions of areas above `area`, by area."""
    query = sa.select(post_questions).where(post_questions.c.answered_at.is_(None), post_questions.c.area > area)
    query = query.where(inside(post_questions.c.area, scope)).order_by(post_questions.c.area).limit(limit)
    rows = connection.execute(query).all()
    ids = {one["account_id"] for row in rows for one in row.candidates}
    people = dict(connection.execute(sa.select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids))).all())
    return [
        Asked(
            row.id,
            row.revision,
            row.asked_on,
            Question(row.area, row.reason, tuple(Candidate(**one) for one in row.candidates)),
            tuple(people[one["account_id"]] for one in row.candidates),
        )
        for row in rows
    ]
