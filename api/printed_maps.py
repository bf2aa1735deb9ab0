"""The three printed maps, from question to page, for the doors that hand them out: HTTP and the terminal."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from gis.domain.audit import Actor
from gis.domain.coverage import MEASURE_CRS
from gis.domain.patrols import REACH_M
from gis.domain.periods import Period
from gis.domain.staff import Scope
from gis.services import areas, cameras, hotspots, layers, patrols
from gis.services.areas import Areas
from maps import folium
from maps.folium.page import Appearance, Caption

SENSITIVE = {"patrols": patrols.LOOK, "cameras": cameras.LOOK}


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes
    ----------
    period : time of reports and patrols.
    scope : areas whose reports, patrols and cameras may be seen.
    within : 12-digit code of a county, town or village; None for the whole city.
    level : ``grids``, ``villages``, or None: grids where they are at most 5,000.
    category : one category of reports; None for all.
    reach_m : metres to each side of a track that count as passed.
    measure_crs : EPSG code of the metric system of the city.
    look : language, theme, linked or inlined assets.
    """

    period: Period
    scope: Scope
    within: str | None = None
    level: str | None = None
    category: str | None = None
    reach_m: float = REACH_M
    measure_crs: int = MEASURE_CRS
    look: Appearance = field(default_factory=Appearance)


def draw(connection: sa.Connection, name: str, wanted: Wanted, *, by: Actor) -> str:
    """Return the map called ``hotspots``, ``patrols`` or ``cameras`` as one HTML page, and record who looks.

    Raises
    ------
    TooManyPolygonsError : grids were asked for by name and are more than 5,000.
    NotFoundError : no division has the code `within`.
    InvalidInputError : an unknown category, level, language or theme.
    """
    where = areas.read(connection, scope=wanted.scope, within=wanted.within, level=wanted.level)
    page = {"hotspots": _hotspots, "patrols": _patrols, "cameras": _cameras}[name](connection, where, wanted)
    if name in SENSITIVE:
        areas.looked_over(connection, by, SENSITIVE[name], scope=wanted.scope, within=wanted.within)
    return page


def _hotspots(connection: sa.Connection, where: Areas, wanted: Wanted) -> str:
    found = hotspots.by_area(connection, wanted.period, where, scope=wanted.scope, category=wanted.category)
    return folium.hotspots.draw(
        found.counted,
        found.heat,
        outlines=where.outlines,
        caption=_caption(connection, where, wanted.period),
        category=wanted.category,
        elsewhere=found.elsewhere,
        look=wanted.look,
    )


def _patrols(connection: sa.Connection, where: Areas, wanted: Wanted) -> str:
    covered = patrols.coverage(
        connection,
        wanted.period,
        where,
        reach_m=wanted.reach_m,
        measure_crs=wanted.measure_crs,
    )
    caption = _caption(connection, where, wanted.period)
    return folium.patrols.draw(
        covered, outlines=where.outlines, caption=caption, reach_m=wanted.reach_m, look=wanted.look
    )


def _cameras(connection: sa.Connection, where: Areas, wanted: Wanted) -> str:
    covered, near = cameras.coverage(connection, where, scope=wanted.scope, measure_crs=wanted.measure_crs)
    caption = _caption(connection, where, None)
    return folium.cameras.draw(covered, near, outlines=where.outlines, caption=caption, look=wanted.look)


def _caption(connection: sa.Connection, where: Areas, period: Period | None) -> Caption:
    return Caption(where.name, where.level, period, layers.origins(connection))
