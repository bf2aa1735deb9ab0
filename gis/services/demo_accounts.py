"""The demo's accounts: one of each role, with passwords made for this demo alone and told once."""

from dataclasses import dataclass

import sqlalchemy as sa

from gis.db.posts import WantedPosts
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.domain.posts import ROLE_OF_LEVEL
from gis.domain.staff import Grant
from gis.services import accounts, posts

CITY, TOWN, VILLAGE = "210300000000", "210304015000", "210304015017"
BY = Actor("demo", "terminal")
ROLES = {
    "dispatcher": Grant("dispatcher", CITY),
    "town-dispatcher": Grant("dispatcher", TOWN),
    "planner": Grant("planner", CITY),
    "clerk": Grant("clerk", CITY),
    "handler": Grant("handler", TOWN),
    "window": Grant("window", VILLAGE),
    "leader": Grant("leader", VILLAGE),
    "auditor": Grant("auditor", CITY),
    "administrator": Grant("administrator", CITY),
}


@dataclass(frozen=True)
class DemoAccount:
    """An account and its password, as it is told once."""

    name: str
    password: str
    grant: Grant


def make(connection: sa.Connection) -> list[DemoAccount]:
    """Add the demo's accounts; leader, level-2 worker and worker of the story's village get posts that others held."""
    wanted = dict(ROLES)
    held = {post.area: post for post in posts.page(connection, WantedPosts(within=VILLAGE), after=("", 0), limit=1_000)}
    worker = next((post for post in held.values() if post.role == "worker"), None)
    if worker is not None:
        wanted["worker"] = Grant("worker", worker.area)
        wanted["level2"] = Grant("level2", worker.area[:15] + "000")
    made = []
    for name, grant in wanted.items():
        password = credentials.new_code(4)
        before = held.get(grant.area) if grant.role in ROLE_OF_LEVEL.values() else None
        given = () if before else (grant,)
        accounts.add(connection, name, grants=given, password=password, synthetic=True, by=BY)
        if before:
            posts.hand_over(connection, before.id, name, note="demo", by=BY)
        made.append(DemoAccount(name, password, grant))
    return made
