"""The audit log: rows, their erasable texts, the head that every writer waits for, and looks of late."""

import json
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import audit, audit_head, audit_looks, audit_texts
from gis.domain.audit import Head, Recorded, Row, Texts, Wanted

ROW = tuple(field.name for field in fields(Row))
TEXTS = tuple(field.name for field in fields(Texts))
BATCH = 5000


def _clocked(source: sa.FromClause) -> sa.Select[Any]:
    return sa.select(source.c.position, source.c.hash, sa.func.clock_timestamp().label("at"))


def _placeholders(names: tuple[str, ...], mark: str) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(mark + name) for name in names}


def _appending() -> sa.Update:
    """Return the statement that stores a row, its texts, and the head: one trip while all other writers wait."""
    # Nothing is returned: what a transaction adds it may not be allowed to see.
    row = sa.insert(audit).values(_placeholders(ROW, "row_")).cte("row")
    beside = {"position": sa.bindparam("row_position"), **_placeholders(TEXTS, "texts_")}
    texts = sa.insert(audit_texts).values(beside).cte("texts")
    end: dict[str, Any] = {"position": sa.bindparam("row_position"), "hash": sa.bindparam("row_hash")}
    return sa.update(audit_head).values(end).add_cte(row, texts)


# Written once: to build them anew for each row costs more than the database needs for them.
_LOCK = _clocked(sa.select(audit_head.c.position, audit_head.c.hash).with_for_update().cte("held"))
_HEAD = _clocked(audit_head)
_APPEND = _appending()


def lock_head(connection: sa.Connection) -> Head:
    """Return the chain's head and hold it until commit; `at` is the database's clock, read after the wait."""
    return Head(**connection.execute(_LOCK).one()._mapping)


def head(connection: sa.Connection) -> Head:
    """Return the chain's head as it is now, by the database's clock."""
    return Head(**connection.execute(_HEAD).one()._mapping)


def append(connection: sa.Connection, row: Row, texts: Texts) -> None:
    """Store a row with its texts and move the head to it; the head is locked by the caller."""
    said = {f"row_{name}": value for name, value in vars(row).items()}
    connection.execute(_APPEND, said | {f"texts_{name}": value for name, value in vars(texts).items()})


def after(connection: sa.Connection, position: int, *, limit: int = BATCH) -> list[Recorded]:
    """Return at most `limit` rows with positions above `position`, oldest first."""
    query = _rows().where(audit.c.position > position).order_by(audit.c.position).limit(limit)
    return [_recorded(row) for row in connection.execute(query)]


def every(connection: sa.Connection, wanted: Wanted) -> Iterator[Recorded]:
    """Yield the wanted rows, oldest first, without holding more than a batch of them."""
    query = _rows().where(*_conditions(wanted)).order_by(audit.c.position).limit(BATCH)
    position = 0
    while batch := [_recorded(row) for row in connection.execute(query.where(audit.c.position > position))]:
        yield from batch
        position = batch[-1].row.position


def before(connection: sa.Connection, wanted: Wanted, *, position: int | None, limit: int) -> list[Recorded]:
    """Return at most `limit` of the wanted rows with positions below `position` (None: the newest), newest first."""
    return [_recorded(row) for row in connection.execute(newest(wanted, position=position, limit=limit))]


def newest(wanted: Wanted, *, position: int | None, limit: int) -> sa.Select[Any]:
    """Return the question that `before` asks."""
    query = _rows().where(*_conditions(wanted)).order_by(audit.c.position.desc()).limit(limit)
    if position is not None:
        query = query.where(audit.c.position < position)
    return query


def erase_texts(connection: sa.Connection, positions: Collection[int]) -> int:
    """Remove the texts and the salts of rows; return how many had any."""
    return connection.execute(sa.delete(audit_texts).where(audit_texts.c.position.in_(list(positions)))).rowcount


def take_look(connection: sa.Connection, key: str, *, every: timedelta) -> bool:
    """Return whether a look was not recorded within `every`, and note that it is now."""
    look = insert(audit_looks).values(key=key, at=sa.func.clock_timestamp())
    again = look.on_conflict_do_update(
        index_elements=[audit_looks.c.key],
        set_={"at": look.excluded.at},
        where=audit_looks.c.at <= look.excluded.at - every,
    )
    return connection.execute(again.returning(audit_looks.c.key)).first() is not None


def forget_looks(connection: sa.Connection, *, older_than: timedelta) -> int:
    """Remove what is remembered of older looks; return how many."""
    return connection.execute(sa.delete(audit_looks).where(audit_looks.c.at < sa.func.now() - older_than)).rowcount


def _rows() -> sa.Select[Any]:
    said = [audit.c[name] for name in ROW]
    beside = [audit_texts.c[name] for name in TEXTS]
    return sa.select(*said, *beside).select_from(audit.outerjoin(audit_texts))


def _recorded(row: sa.Row[Any]) -> Recorded:
    said, beside = row[: len(ROW)], row[len(ROW) :]
    return Recorded(Row(*said), None if beside[0] is None else Texts(*beside))


def _conditions(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.actor_id is not None:
        yield audit.c.actor_id == wanted.actor_id
    if wanted.actor_name is not None:
        yield sa.and_(audit.c.actor_id.is_(None), audit_texts.c.actor_name == wanted.actor_name)
    if wanted.after is not None:
        yield audit.c.position > wanted.after
    for column, value, mark in ((audit.c.action, wanted.action, "."), (audit.c.subject, wanted.subject, ":")):
        if value is not None:
            # A range, not a pattern: see migration 0013.
            begins = sa.and_(column >= value + mark, column < value + chr(ord(mark) + 1))
            yield sa.or_(column == value, begins)
    if wanted.since is not None:
        yield audit.c.at >= wanted.since
    if wanted.until is not None:
        yield audit.c.at < wanted.until
    if wanted.text is not None:
        # The readable values are kept as JSON in ASCII, so that is what a part of them looks like.
        escaped = json.dumps(wanted.text)[1:-1]
        found = [audit_texts.c[name].icontains(wanted.text, autoescape=True) for name in ("reason", "actor_name")]
        yield sa.or_(*found, audit_texts.c.shown.icontains(escaped, autoescape=True))
