"""Cameras as sectors, and the share of each area that they cover. Chinese: 视频覆盖图."""

import folium
import geopandas as gpd
import numpy as np
import shapely

from maps.folium import classes
from maps.folium.page import POLYGON_LIMIT, Appearance, Caption, Page, zoom_of
from maps.folium.words import Words, percent

SECTOR_FINEST_DEG = 0.000004  # some 0.4 m: arcs stay round with a third of their corners
# From so many pixels on, for the middle one of the map's cameras, they are drawn: nearer they hide what they cover.
SECTOR_PX = 16
APART_PX = 10


def draw(
    covered: gpd.GeoDataFrame,
    cameras: gpd.GeoDataFrame,
    *,
    outlines: gpd.GeoDataFrame,
    caption: Caption,
    look: Appearance | None = None,
) -> str:
    """Return the map as one HTML page.

    Parameters
    ----------
    covered : code, name, cameras, share (0 to 1), boundary of each area; EPSG:4490. TooManyPolygonsError above 5,000.
    cameras : points `location` and polygons `sector`; EPSG:4490. They are left out, and the page says so, where areas
        and sectors together are more than 5,000.
    outlines : divisions that frame the areas: name, level, boundary; EPSG:4490.
    """
    look = look or Appearance()
    words = Words(look.lang)
    measure = classes.shares(covered["share"], title=words("folium.cameras.share"), theme=look.theme)
    page = Page(words("folium.cameras.title"), covered, outlines, look=look, words=words)
    page.add_areas([measure], _rows(covered, words))
    page.add_outlines()
    drawn = 0 < len(cameras) <= POLYGON_LIMIT - len(covered)
    key = "folium.cameras.note" if drawn or cameras.empty else "folium.cameras.too_many"
    notes = [words(key, count=f"{len(cameras):,}")]
    if drawn:
        closest = _add_cameras(page, cameras, words)
        notes += [words("folium.cameras.closer")] if closest > page.first_zoom() else []
    return page.render(caption, [measure], notes=notes)


def _add_cameras(page: Page, cameras: gpd.GeoDataFrame, words: Words) -> float:
    """Draw the sectors and where the cameras stand, and return the zoom from which both are seen."""
    colour = page.colours["map-camera"]
    sector = {"color": colour, "weight": 1.5, "fillColor": colour, "fillOpacity": 0.12, "interactive": False}
    point = {"stroke": False, "fill": True, "fillColor": colour, "fillOpacity": 1, "interactive": False}
    sectors = shapely.simplify(cameras["sector"].to_numpy(), SECTOR_FINEST_DEG)
    near, nearest = _zooms(cameras)
    page.add_shapes(sectors, sector, name=words("folium.cameras.sectors"), zoom=nearest)
    page.add_shapes(cameras["location"].to_numpy(), point, name=words("folium.cameras.points"), zoom=near)
    folium.LayerControl(position="bottomright", collapsed=False).add_to(page.map)
    return max(near, nearest)


def _zooms(cameras: gpd.GeoDataFrame) -> tuple[float, float]:
    """Return from which zoom points stand apart, and from which sectors are wide enough to be seen as such."""
    west, _, east, _ = shapely.bounds(cameras["sector"].to_numpy()).T
    sectors = zoom_of(float(np.median(east - west)), SECTOR_PX)
    if len(cameras) == 1:
        return 0, sectors
    places = cameras["location"].to_numpy()
    _, apart = shapely.STRtree(places).query_nearest(places, exclusive=True, all_matches=False, return_distance=True)
    return (zoom_of(float(np.median(apart)), APART_PX) if len(apart) else 0), sectors


def _rows(covered: gpd.GeoDataFrame, words: Words) -> dict[str, list[str]]:
    """Return what is said about each area: how many cameras look in, how much they cover."""
    return {
        words("folium.cameras.count"): [f"{count:,}" for count in covered["cameras"]],
        words("folium.cameras.share"): [percent(share) for share in covered["share"]],
    }
