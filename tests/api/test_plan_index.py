"""The plan in memory follows the plan in force; each report is decided by the plan of its own instant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa

from gis.db import engine as engines
from gis.services import plans
from tests.api.conftest import Running
from tests.api.routes.test_events import following
from tests.api.routes.test_reports import body
from tests.staff import BY

LEFT, GONE = "210304015017102005", "210304015017102006"


def merge(engine: sa.Engine) -> tuple[int, tuple[float, float], datetime]:
    """Publish a plan in which one grid takes the land of its neighbour; return it, a point of that land, and since."""
    with engines.transaction(engine) as connection:
        grids = plans.in_force(connection).grids
        left, gone = (grids[grids["code"] == code].iloc[0] for code in (LEFT, GONE))
        place = gone["boundary"].representative_point()
        wanted = grids[grids["code"] != GONE].copy()
        wanted.loc[wanted["code"] == LEFT, "boundary"] = left["boundary"].union(gone["boundary"])
        at = datetime.now(UTC)
        revision = plans.replace_grids(connection, wanted, in_force_at=at - timedelta(milliseconds=1), by=BY)
    return revision, (place.x, place.y), at


def test_a_published_plan_is_in_memory_at_once_and_earlier_reports_keep_theirs(
    running: Running, caller: httpx.Client, town_engine: sa.Engine
) -> None:
    before = datetime.now(UTC)
    with following(running, kind="plan.published") as stream:
        revision, place, at = merge(town_engine)
        told = stream.next()
        assert told is not None
        assert told["data"]["revision"] == revision
    assert running.app.state.plan_index.wait_for(revision, timeout_s=30)

    where = {"x": place[0], "y": place[1], "datum": "cgcs2000"}
    now = caller.get("/route", params=where).json()
    then = caller.get("/route", params={**where, "at": before.isoformat()}).json()
    assert (now["grid"], now["plan"]) == (LEFT, revision)
    assert then["grid"] == GONE
    assert then["plan"] < revision

    def sent(captured_at: datetime) -> dict[str, Any]:
        return caller.post("/reports", json=body(**where, captured_at=captured_at.isoformat())).json()["decision"]

    assert sent(at + timedelta(seconds=1)) == now
    assert sent(before) == then


def test_the_polled_plan_is_the_one_in_force(running: Running, town_engine: sa.Engine) -> None:
    with engines.transaction(town_engine) as connection:
        newest = plans.current_revision(connection)
    assert running.app.state.plan_index.current.revision == newest
