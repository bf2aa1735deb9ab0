"""A printed map asks no other host; what would ask one is refused when it is made."""

import re

import folium
import folium.plugins
import pytest

from gis.errors import MissingAssetError
from maps.folium.offline import ASSETS, STATIC, OfflineFigure


def rendered(*children: object, inline: bool = False, **options: object) -> str:
    drawing = folium.Map(tiles=None, **options)
    for child in children:
        child.add_to(drawing)  # type: ignore[attr-defined]
    drawing.add_to(OfflineFigure(title="t", inline=inline))
    return str(drawing.get_root().render())


def test_every_asset_in_the_table_is_shipped() -> None:
    assert [path for path in ASSETS.values() if path and not (STATIC / path).is_file()] == []


def test_everything_that_a_plain_folium_map_links_to_is_known() -> None:
    links = {url for _, url in [*folium.Map.default_js, *folium.Map.default_css]}
    assert links <= set(ASSETS)


def test_a_linked_page_loads_from_this_host_alone() -> None:
    page = rendered(folium.plugins.HeatMap([[41.11, 122.99, 1.0]]))
    assert "/static/vendor/leaflet-1.9.4/leaflet.js" in page
    assert re.findall(r'(?:src|href)="(?!/static/|data:)', page) == []


def test_an_inlined_page_links_to_nothing() -> None:
    page = rendered(folium.plugins.HeatMap([[41.11, 122.99, 1.0]]), inline=True)
    without_scripts = re.sub(r"<script data-asset>.*?</script>", "", page, flags=re.S)
    assert re.findall(r'(?:src|href)="(?!data:)', without_scripts) == []
    assert re.findall(r"url\((?!data:|#)", without_scripts) == []
    assert "sourceMappingURL" not in page


@pytest.mark.parametrize(
    "child",
    [
        folium.plugins.Geocoder(),
        folium.plugins.MarkerCluster(),
        folium.TileLayer("https://tile.example.org/{z}/{x}/{y}.png", attr="x"),
        folium.TileLayer("//tile.example.org/{z}/{x}/{y}.png", attr="x"),
        folium.WmsTileLayer("http://example.org/wms", layers="x"),
        folium.raster_layers.ImageOverlay("https://example.org/a.png", [[41, 122], [42, 123]]),
        folium.Marker([41.11, 122.99], popup=folium.Popup("<b>x</b>")),
        folium.Marker([41.11, 122.99], icon=folium.Icon(color="red")),
    ],
    ids=lambda child: type(child).__name__,
)
@pytest.mark.parametrize("inline", [False, True])
def test_what_would_ask_another_host_is_refused(child: object, inline: bool) -> None:
    with pytest.raises(MissingAssetError):
        rendered(child, inline=inline)


def test_html_that_asks_another_host_is_refused() -> None:
    drawing = folium.Map(tiles=None)
    drawing.add_to(OfflineFigure(title="t"))
    drawing.get_root().html.add_child(folium.Element('<img src="//example.org/x.png">'))
    with pytest.raises(MissingAssetError, match="another host"):
        drawing.get_root().render()


def test_making_a_page_changes_nothing_for_other_users_of_folium() -> None:
    before = list(folium.Map.default_js)
    rendered()
    assert folium.Map.default_js == before
    assert "cdn.jsdelivr.net" in folium.Map(tiles=None).get_root().render()


def test_a_title_is_text() -> None:
    drawing = folium.Map(tiles=None)
    drawing.add_to(OfflineFigure(title="<script>alert(1)</script>{{ 7 * 7 }}"))
    page = drawing.get_root().render()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{ 7 * 7 }}" in page
