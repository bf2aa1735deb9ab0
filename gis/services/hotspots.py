"""Where reports lie thick in a period: by area for a map, by grid for the live screen, and as heat."""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import sqlalchemy as sa

from gis.db import areas as db_areas
from gis.db import hotspots as db
from gis.domain import hotspots
from gis.domain.categories import CATEGORIES
from gis.domain.periods import Period
from gis.domain.staff import Scope
from gis.errors import InvalidInputError
from gis.services.areas import Areas, villages_of

HEAT_LIMIT = 20_000


@dataclass(frozen=True)
class Hotspots:
    """Reports of a period by area.

    Attributes
    ----------
    counted : the areas with `count`, most first; EPSG:4490.
    heat : lon, lat (EPSG:4490 degrees), weight.
    total : reports of the period in the division (for the whole city: also those outside it).
    elsewhere : of these, reports that lie in none of the areas.
    """

    counted: gpd.GeoDataFrame
    heat: pd.DataFrame
    total: int
    elsewhere: int


@dataclass(frozen=True)
class Feed:
    """Reports of a period by grid, for a map that has the grids' shapes already.

    Attributes
    ----------
    grids : id, code, name, lon, lat (a point inside, EPSG:4490), count; most first.
    heat : lon, lat, weight.
    total, left_out : all reports of the period, and those not among `grids`.
    """

    grids: pd.DataFrame
    heat: pd.DataFrame
    total: int
    left_out: int


def by_area(
    connection: sa.Connection, period: Period, areas: Areas, *, scope: Scope, category: str | None = None
) -> Hotspots:
    """Return a scope's reports of a period (and category) on areas of a map; InvalidInputError: unknown category."""
    tally = db.tally(connection, period, scope=scope, category=_known(category), villages=areas.villages)
    keys = {"key": areas.key, "tally_key": areas.tally_key}
    return Hotspots(
        counted=hotspots.by_area(areas.frame, tally, **keys),
        heat=hotspots.bounded_heat(tally, most=HEAT_LIMIT),
        total=int(tally["count"].sum()),
        elsewhere=hotspots.elsewhere(areas.frame, tally, **keys),
    )


def feed(
    connection: sa.Connection,
    period: Period,
    *,
    scope: Scope,
    category: str | None = None,
    within: str | None = None,
    limit: int,
) -> Feed:
    """Return the `limit` grids with most reports of a period and scope, and all of its heat.

    `within` is a division's code (NotFoundError when unknown); an unknown category is an InvalidInputError. Reports
    decided for a grid that is no longer in force count among `left_out`.
    """
    villages = villages_of(connection, within)
    tally = db.tally(connection, period, scope=scope, category=_known(category), villages=villages)
    counts = tally.groupby("grid_id")["count"].sum().rename("count").reset_index()
    most = counts.sort_values(["count", "grid_id"], ascending=[False, True]).head(limit)
    labels = db_areas.labels(connection, most["grid_id"].tolist())
    grids = most.merge(labels, left_on="grid_id", right_on="id")[["id", "code", "name", "lon", "lat", "count"]]
    total = int(tally["count"].sum())
    return Feed(grids, hotspots.bounded_heat(tally, most=HEAT_LIMIT), total, total - int(grids["count"].sum()))


def _known(category: str | None) -> str | None:
    if category is not None and category not in CATEGORIES:
        raise InvalidInputError(f"There is no category {category[:40]!r}; known are {', '.join(CATEGORIES)}")
    return category
