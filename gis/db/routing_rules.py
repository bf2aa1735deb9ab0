"""Routing rules: each version of the rule with its limits, once."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from gis.db.tables import routing_rules
from gis.domain.routing_rules import Rule


def number(connection: sa.Connection, rule: Rule) -> int:
    """Return the number of a rule; it is stored when it decides for the first time."""
    same = sa.and_(*(routing_rules.c[name] == value for name, value in vars(rule).items()))
    query = sa.select(routing_rules.c.id).where(same)
    found = connection.scalar(query)
    if found is None:
        connection.execute(insert(routing_rules).values(**vars(rule)).on_conflict_do_nothing())
        found = connection.scalar(query)
    return int(found or 0)


def get(connection: sa.Connection, rule_id: int) -> Rule:
    """Return a stored rule by its number."""
    columns = [routing_rules.c[name] for name in vars(Rule())]
    row = connection.execute(sa.select(*columns).where(routing_rules.c.id == rule_id)).one()
    return Rule(**row._mapping)
