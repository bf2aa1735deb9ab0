"""The demo city: build it in memory, and load it as an operator's city would be."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from gis.db import addresses, cameras, divisions, layers, patrols, posts, rosters, statistics, zones
from gis.domain.audit import Actor
from gis.domain.changes import replacement
from gis.domain.demo.city import City
from gis.domain.posts import Post
from gis.domain.routing import PlanIndex
from gis.domain.tiles import LAYERS
from gis.services import audit, plans, reports, tiles
from gis.settings import TRUTH

SOURCE = "synthetic demo city"
STEPS = ("divisions", "layers", "grids", "posts", "cameras and patrols", "tiles", "index", "reports", "statistics")


def load(connection: sa.Connection, city: City, *, progress: Callable[[str, int, int], None], by: Actor) -> int:
    """Load a generated city into an empty database; return the revision of its plan.

    `progress` is called with the name of a step, its number and how many there are.

    Raises
    ------
    ConflictError
        When a plan is in force already.
    """
    steps = iter(enumerate(STEPS, 1))

    def done() -> None:
        number, step = next(steps)
        progress(step, number, len(STEPS))

    plan = city.plan
    divisions.replace(connection, plan.divisions, valid_from=plan.in_force_at)
    zones.replace(connection, plan.zones, valid_from=plan.in_force_at)
    done()
    for name, frame in {"streets": city.streets, "waters": city.waters, "buildings": city.buildings}.items():
        layers.replace(connection, name, frame, source=SOURCE)
    addresses.replace(connection, city.addresses)
    done()
    revision = _publish(connection, city)
    done()
    _appoint(connection, city)
    done()
    cameras.replace(connection, city.cameras)
    patrols.replace(connection, city.patrols)
    done()
    tiles.draw(connection, LAYERS.keys() - set(plans.PLAN_LAYERS))
    done()
    index = PlanIndex(plans.in_force(connection))
    done()
    reports.load(connection, city.reports, index, synthetic=True)
    done()
    statistics.gather(connection)
    plans.announce(connection, revision, by=by)
    counts = {"grids": len(plan.grids), "reports": len(city.reports), "posts": len(city.posts)}
    audit.record(connection, by.did("demo.loaded", f"plan:{revision}", **counts))
    done()
    return revision


def _publish(connection: sa.Connection, city: City) -> int:
    nothing: gpd.GeoDataFrame = city.plan.grids.iloc[:0]
    names = dict(zip(city.plan.level2["code"], city.plan.level2["name"], strict=True))
    changes = replacement(nothing, city.plan.grids.sort_values("code").assign(id=None), level2_names=names)
    return plans.bring_into_force(connection, changes, in_force_at=city.plan.in_force_at, note=SOURCE)


def _appoint(connection: sa.Connection, city: City) -> None:
    """Store the numbered posts, from the plan's first day on; nobody can sign in as one of them."""
    rows = [(row.name, row.telephone, None, None) for row in city.posts.itertuples(index=False)]
    rosters.append_people(connection, rows, synthetic=True)
    ids = rosters.ids_of(connection, [name for name, *_ in rows])
    since = city.plan.in_force_at.date()
    held = (Post(0, row.area, row.role, ids[row.name], since) for row in city.posts.itertuples(index=False))
    posts.load(connection, held, synthetic=True)


def write_truth(folder: Path, truth: dict[str, Any]) -> Path:
    """Write everything that was planted in the city to `demo-truth.json` in a folder; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / TRUTH
    path.write_text(json.dumps(truth, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    return path
