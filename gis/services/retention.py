"""Retention: what is due is removed, batch by batch, and what was removed is told."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime

import sqlalchemy as sa

from gis.db import retention as stored
from gis.domain.audit import Actor
from gis.domain.retention import Rule, Standing
from gis.services import audit

# Opens a transaction that sees every row, the audit log's too; each batch is one, so that nobody waits long for a lock.
Transactions = Callable[[], AbstractContextManager[sa.Connection]]


def preview(connection: sa.Connection, rules: Mapping[str, Rule], now: datetime) -> list[Standing]:
    """Return how each rule stands at an instant; removes nothing."""
    found = []
    for name, rule in rules.items():
        due, oldest_at = stored.standing(connection, name, rule.until(now))
        found.append(Standing(name, rule.days, due, 0, oldest_at))
    return found


def run(
    transactions: Transactions,
    rules: Mapping[str, Rule],
    now: datetime,
    *,
    by: Actor,
) -> list[Standing]:
    """Remove everything that is due at `now` and return, rule by rule, what was removed and how old the rest is.

    Two runs at once are no matter: each row goes once. Every batch is recorded in its own transaction, so a run that is
    cut off has told all that it removed.
    """
    with transactions() as connection:
        before = preview(connection, rules, now)
    done = [_run(transactions, rules[each.rule], each, now, by) for each in before]
    with transactions() as connection:
        stored.record(connection, now, done)
        removed = {each.rule: each.deleted for each in done if each.deleted}
        audit.record(connection, by.did("retention.run", "retention:all", removed=removed))
    return done


def _run(transactions: Transactions, rule: Rule, due: Standing, now: datetime, by: Actor) -> Standing:
    until, deleted = rule.until(now), 0
    while True:
        with transactions() as connection:
            gone = stored.remove(connection, due.rule, until)
            if gone:
                audit.record(connection, by.did("retention.removed", f"retention:{due.rule}", removed=gone))
        deleted += gone
        if gone == 0:
            break
    return Standing(due.rule, due.days, due.due, deleted, due.oldest_at, now)


def report(connection: sa.Connection, rules: Mapping[str, Rule]) -> list[Standing]:
    """Return the last run of each rule; one that never ran has no `at`."""
    ran = stored.last_runs(connection)
    return [ran.get(name) or Standing(name, rule.days, 0, 0, None) for name, rule in rules.items()]
