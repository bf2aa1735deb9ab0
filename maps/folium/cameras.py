"""Cameras as sectors, and the share of each area that they cover. Chinese: 视频覆盖图."""

import folium
import geopandas as gpd

from maps.folium import classes
from maps.folium.page import POLYGON_LIMIT, Appearance, Caption, Page
from maps.folium.words import Words, percent


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
    if drawn:
        _add_cameras(page, cameras, words)
    key = "folium.cameras.note" if drawn or cameras.empty else "folium.cameras.too_many"
    return page.render(caption, [measure], notes=[words(key, count=f"{len(cameras):,}")])


def _add_cameras(page: Page, cameras: gpd.GeoDataFrame, words: Words) -> None:
    """Draw the sectors, and where the cameras stand."""
    colour = page.colours["map-camera"]
    sector = {"color": colour, "weight": 1.5, "fillColor": colour, "fillOpacity": 0.12, "interactive": False}
    point = {"stroke": False, "fill": True, "fillColor": colour, "fillOpacity": 1, "interactive": False}
    page.add_shapes(cameras["sector"].to_numpy(), sector, name=words("folium.cameras.sectors"))
    page.add_shapes(cameras["location"].to_numpy(), point, name=words("folium.cameras.points"))
    folium.LayerControl(position="bottomright", collapsed=False).add_to(page.map)


def _rows(covered: gpd.GeoDataFrame, words: Words) -> dict[str, list[str]]:
    """Return what is said about each area: how many cameras look in, how much they cover."""
    return {
        words("folium.cameras.count"): [f"{count:,}" for count in covered["cameras"]],
        words("folium.cameras.share"): [percent(share) for share in covered["share"]],
    }
