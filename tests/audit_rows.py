"""Chains of audit rows for tests, made without a database."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from gis.domain.audit import GENESIS, Entry, Head, Recorded, Row, link, seal

BEGAN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ACTIONS = ("account.disabled", "grant.added", "report.read", "plan.published")


@cache
def chain(count: int, seed: int = 7) -> tuple[Recorded, ...]:
    """Return the rows of a sound chain."""
    return tuple(_rows(count, random.Random(seed)))


def _rows(count: int, dice: random.Random) -> Iterator[Recorded]:
    head = Head(0, GENESIS, BEGAN)
    for number in range(1, count + 1):
        entry = Entry(
            action=dice.choice(ACTIONS),
            subject=f"account:{dice.randrange(500)}",
            actor_id=dice.choice([None, dice.randrange(90)]),
            actor_name=f"post-{dice.randrange(90)}",
            role="administrator",
            address=f"10.0.0.{dice.randrange(255)}",
            reason="transferred 调动",
            before={"role": "worker"},
            after={"role": "planner", "area": "210304"},
            shown=frozenset({"role"}),
        )
        recorded = Recorded(*seal(entry, replace(head, at=BEGAN + timedelta(seconds=number)), dice.randbytes(16)))
        head = head_of(recorded)
        yield recorded


def head_of(recorded: Recorded) -> Head:
    """Return the head that was kept when this row was the last."""
    return Head(recorded.row.position, recorded.row.hash, recorded.row.at)


def rehashed(row: Row) -> Row:
    """Return a row with the hash that fits what it says."""
    return replace(row, hash=link(row.previous_hash, row))


def renumbered(rows: list[Recorded]) -> list[Recorded]:
    """Return rows with positions from 1 on without a gap."""
    return [replace(recorded, row=replace(recorded.row, position=n)) for n, recorded in enumerate(rows, start=1)]
