"""The demo's accounts: one of each role, with passwords made for this demo alone and told once."""

from dataclasses import dataclass

import sqlalchemy as sa

from gis.db import listings
from gis.db.listings import WantedGrids
from gis.domain import credentials
from gis.domain.audit import Actor
from gis.domain.staff import Grant
from gis.services import accounts

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
    """Add the demo's accounts, a worker and a level-2 worker of the first grid of the story's village among them."""
    grids = listings.grids_after(connection, WantedGrids(village=VILLAGE, kind="comprehensive"), after=0, limit=1)
    wanted = dict(ROLES)
    if grids:
        wanted["worker"] = Grant("worker", str(grids[0].properties["code"]))
        wanted["level2"] = Grant("level2", str(grids[0].properties["level2_code"]))
    made = []
    for name, grant in wanted.items():
        password = credentials.new_code(4)
        accounts.add(connection, name, grants=(grant,), password=password, synthetic=True, by=BY)
        made.append(DemoAccount(name, password, grant))
    return made
