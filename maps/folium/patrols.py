"""Patrol coverage: days since the last visit, and the share of each area that tracks passed. Chinese: 巡查覆盖图."""

import geopandas as gpd
import pandas as pd

from gis.domain.patrols import REACH_M
from maps.folium import classes
from maps.folium.page import Appearance, Caption, Page
from maps.folium.words import Words, instant, percent


def draw(
    covered: gpd.GeoDataFrame,
    *,
    outlines: gpd.GeoDataFrame,
    caption: Caption,
    reach_m: float = REACH_M,
    look: Appearance | None = None,
) -> str:
    """Return the map as one HTML page.

    Parameters
    ----------
    covered : code, name, last_visit_at (NaT: none), days_since (NaN: none), visits, share (0 to 1), boundary of each
        area; EPSG:4490. TooManyPolygonsError above 5,000.
    outlines : divisions that frame the areas: name, level, boundary; EPSG:4490.
    reach_m : metres to each side of a track that counted as passed.
    """
    look = look or Appearance()
    words = Words(look.lang)
    measures = [
        classes.days(
            covered["days_since"],
            title=words("folium.patrols.days"),
            never=words("folium.patrols.never"),
            theme=look.theme,
        ),
        classes.shares(covered["share"], title=words("folium.patrols.share"), theme=look.theme),
    ]
    page = Page(words("folium.patrols.title"), covered, outlines, look=look, words=words)
    page.add_areas(measures, _rows(covered, words))
    page.add_outlines()
    return page.render(caption, measures, notes=[words("folium.patrols.note", reach=f"{reach_m:g}")])


def _rows(covered: gpd.GeoDataFrame, words: Words) -> dict[str, list[str]]:
    """Return what is said about each area: when last, how often, how much."""
    never = words("folium.patrols.never")
    last = [never if pd.isna(at) else instant(at) for at in covered["last_visit_at"]]
    days = ["—" if pd.isna(value) else f"{value:.1f}" for value in covered["days_since"]]
    return {
        words("folium.patrols.last"): last,
        words("folium.patrols.days"): days,
        words("folium.patrols.visits"): [f"{count:,}" for count in covered["visits"]],
        words("folium.patrols.share"): [percent(share) for share in covered["share"]],
    }
