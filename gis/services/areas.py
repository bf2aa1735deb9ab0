"""Areas that a map shows values on: grids where they can be told apart, villages where there are too many."""

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import sqlalchemy as sa

from gis.db import areas as db
from gis.db import scopes
from gis.db.areas import Bounds
from gis.domain import codes
from gis.domain.audit import Actor
from gis.domain.coordinates import metres_per_degree
from gis.domain.staff import EVERYWHERE, Scope
from gis.errors import InvalidInputError, NotFoundError, TooManyPolygonsError
from gis.services import audit

GRIDS, VILLAGES = "grids", "villages"
POLYGON_LIMIT = 5_000
NAMES_SHOWN, NAME_MARK = 3, "、"
OUTLINED_BELOW = {
    "city": ("county",),
    "county": ("county", "town"),
    "town": ("town", "village"),
    "village": ("village",),
}


@dataclass(frozen=True)
class Areas:
    """Areas of one level inside one division, with the outlines that frame them.

    Attributes
    ----------
    level : ``grids`` (footprints of comprehensive grids) or ``villages``.
    name : of the division, else of the areas in scope; empty for the whole city.
    villages : codes of the villages in it; None for the whole city.
    frame : id (of grids), code, name, boundary; EPSG:4490.
    outlines : code, name, level, boundary of the divisions above; EPSG:4490.
    """

    level: str
    name: str
    villages: Sequence[str] | None
    frame: gpd.GeoDataFrame
    outlines: gpd.GeoDataFrame

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north of all areas in EPSG:4490 degrees; zeros without any."""
        west, south, east, north = (0.0,) * 4 if self.frame.empty else map(float, self.frame.total_bounds)
        return west, south, east, north

    @property
    def key(self) -> str:
        """Column of `frame` that names an area in a tally."""
        return "id" if self.level == GRIDS else "code"

    @property
    def tally_key(self) -> str:
        """Column of a tally that names an area."""
        return "grid_id" if self.level == GRIDS else "village_code"


def read(
    connection: sa.Connection,
    *,
    scope: Scope,
    within: str | None = None,
    level: str | None = None,
    bbox: Bounds | None = None,
) -> Areas:
    """Return the areas of a division, or of the whole city, that lie in a scope.

    Parameters
    ----------
    within : 12-digit code of a county, town or village; None for the whole city. NotFoundError when unknown,
        InvalidInputError when shortened.
    level : ``grids`` or ``villages``; None takes grids when they are at most 5,000, villages otherwise.
        InvalidInputError for another word; TooManyPolygonsError for grids over the limit.
    bbox : west, south, east, north in EPSG:4490 degrees: only grids that touch it.
    """
    if level not in (None, GRIDS, VILLAGES):
        raise InvalidInputError(f"level must be {GRIDS} or {VILLAGES}, not {level!r}")
    name, rank, villages = _division(connection, within)
    if within is None and scope != EVERYWHERE:
        name = NAME_MARK.join(scopes.names(connection, scope)[:NAMES_SHOWN])
    if level != VILLAGES:
        level = _affordable(db.count_footprints(connection, villages, bbox, scope), level)
    if level == GRIDS:
        frame = db.footprints(connection, villages, bbox, scope)
    else:
        frame = db.outlines(connection, villages, ["village"], scope=scope)
    return Areas(level, name, villages, frame, _frame_around(connection, within, rank))


def looked_over(
    connection: sa.Connection,
    by: Actor,
    what: str,
    *,
    scope: Scope,
    within: str | None = None,
    bbox: Bounds | None = None,
) -> None:
    """Record a look at a layer that is sensitive (`what`, such as ``cameras.viewed``), by the division it lies in.

    A box counts as the smallest town, county or city that holds all of it, so that who moves the map about a town
    looks at it once in `audit.LOOK_EVERY`; without a box it is the scope of who looks. As `audit.looked`, make it the
    last statement.
    """
    own = ",".join(scope) if bbox is None and scope != EVERYWHERE else None
    subject = f"division:{within or own or db.holding(connection, bbox) or 'all'}"
    audit.looked(connection, by, what, subject, every=audit.LOOK_EVERY)


def villages_of(connection: sa.Connection, within: str | None) -> Sequence[str] | None:
    """Return the codes of the villages in a division, None for the whole city; NotFoundError when unknown."""
    return _division(connection, within)[2]


def grown(bounds: Bounds, metres: float) -> Bounds:
    """Return west, south, east, north in degrees, moved outwards by metres on the ground."""
    west, south, east, north = bounds
    per_lon, per_lat = metres_per_degree(max(abs(south), abs(north)))
    wider, higher = metres / float(per_lon), metres / float(per_lat)
    return west - wider, south - higher, east + wider, north + higher


def _division(connection: sa.Connection, within: str | None) -> tuple[str, str, Sequence[str] | None]:
    """Return name, level and village codes of a division."""
    if within is None:
        return "", "city", None
    tree = db.under(connection, within)
    if tree.empty and codes.written_out(within):
        raise InvalidInputError(f"The code {within} is shortened; write {codes.written_out(within)}.")
    if tree.empty:
        raise NotFoundError(f"There is no division with the code {within[:40]!r} in force")
    itself = tree[tree["code"] == within].iloc[0]
    return str(itself["name"]), str(itself["level"]), list(tree.loc[tree["level"] == "village", "code"])


def _affordable(count: int, asked: str | None) -> str:
    """Return the level to draw when there are so many footprints; refuse grids asked for by name over the limit."""
    if count <= POLYGON_LIMIT:
        return GRIDS
    if asked == GRIDS:
        raise TooManyPolygonsError(
            f"{count:,} grids are more than the {POLYGON_LIMIT:,} that one page draws well; "
            "narrow with within= to a town or village, or take level=villages"
        )
    return VILLAGES


def _frame_around(connection: sa.Connection, within: str | None, rank: str) -> gpd.GeoDataFrame:
    """Return the outlines that frame a division."""
    codes = None if within is None else list(db.under(connection, within)["code"])
    return db.outlines(connection, codes, OUTLINED_BELOW[rank])
