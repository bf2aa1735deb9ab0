"""Hotspots: reports by area and as heat, for a period. Chinese: 热点图."""

import folium.plugins
import geopandas as gpd
import numpy as np
import pandas as pd

from maps.folium import classes
from maps.folium.page import CLOSEST_ZOOM, Appearance, Caption, Page
from maps.folium.words import Words
from maps.style import ramp

HEAT_RADIUS_PX = 18


def draw(
    counted: gpd.GeoDataFrame,
    heat: pd.DataFrame,
    *,
    outlines: gpd.GeoDataFrame,
    caption: Caption,
    category: str | None = None,
    elsewhere: int = 0,
    look: Appearance | None = None,
) -> str:
    """Return the map as one HTML page.

    Parameters
    ----------
    counted : code, name, count, boundary of each area; EPSG:4490. TooManyPolygonsError above 5,000.
    heat : lon, lat (EPSG:4490 degrees), weight.
    outlines : divisions that frame the areas: name, level, boundary; EPSG:4490.
    category : the one category that is counted; None for all.
    elsewhere : reports of the period that lie in none of the areas.
    """
    look = look or Appearance()
    words = Words(look.lang)
    measure = classes.counts(counted["count"], title=words("folium.hotspots.count"), theme=look.theme)
    title = words("folium.hotspots.title", category=words.category(category))
    page = Page(title, counted, outlines, look=look, words=words)
    page.add_areas([measure], {measure.title: [f"{count:,}" for count in counted["count"]]})
    page.add_outlines()
    if len(heat):
        _heat(heat, look.theme, zoom=page.first_zoom(), name=words("folium.hotspots.heat")).add_to(page.map)
        folium.LayerControl(position="bottomright", collapsed=False).add_to(page.map)
    total = int(counted["count"].sum()) + elsewhere
    key = "folium.hotspots.total" if total else "folium.hotspots.none"
    return page.render(caption, [measure], notes=[words(key, total=f"{total:,}", elsewhere=f"{elsewhere:,}")])


def _heat(heat: pd.DataFrame, theme: str, *, zoom: float, name: str) -> folium.plugins.HeatMap:
    """Return the heat layer; at the first zoom the thickest twentieth of the places is at full strength.

    Leaflet.heat halves all weights with each zoom below the closest.
    """
    stops = zip((0.2, 0.4, 0.6, 0.8, 1.0), ramp(theme), strict=True)
    return folium.plugins.HeatMap(  # type: ignore[no-untyped-call]
        heat[["lat", "lon", "weight"]].to_numpy(dtype="float64"),
        name=name,
        show=False,
        radius=HEAT_RADIUS_PX,
        blur=HEAT_RADIUS_PX,
        max_zoom=None,
        max=float(np.quantile(heat["weight"], 0.95)) / 2 ** min(CLOSEST_ZOOM - zoom, 12),
        min_opacity=0.1,
        gradient={str(place): colour for place, colour in stops},
    )
