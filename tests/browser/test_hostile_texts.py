"""Hostile names and texts are shown as they are: no dialog, no script, nobody else asked (the fixture sees to it)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from gis.db import cluster as clusters
from gis.db import engine as engines
from gis.domain.staff import ROLES, Grant
from maps.folium import cameras, hotspots, patrols
from maps.folium.page import Appearance, Caption
from tests.api.routes.test_reports import body
from tests.browser.test_printed_maps import WALL, open_file, ready
from tests.conftest import CITY
from tests.maps.folium.drawn_town import HEAT, OUTLINES, PERIOD, counted, patrolled, watched
from tests.maps.folium.drawn_town import cameras as some_cameras

Opener = Callable[..., Page]
# What would be seen if one of the texts became markup.
MARKUP = "document.querySelectorAll('img[src=x], iframe, script[src*=\"//\"], [onerror], [onclick], [onload]').length"


@pytest.fixture(scope="module")
def texts(corpora: Path) -> list[str]:
    """The naughty strings that are more than control characters, those of scripts first."""
    found = [text for text in json.loads((corpora / "strings" / "blns.json").read_text()) if text.strip()]
    return sorted(found, key=lambda text: "<script>alert(" not in text)


@pytest.fixture
def hostile_city(cluster: clusters.Cluster, town_engine: sa.Engine, texts: list[str]) -> Iterator[None]:
    """The town with every name replaced."""
    owner = engines.connect(cluster.address(clusters.OWNER, str(town_engine.url.database)))
    together = " ".join(texts)
    with owner.begin() as connection:
        for table in ("divisions", "grids", "zones", "cameras"):
            named = sa.text(f"update {table} set name = name || :text")
            columns = sa.inspect(connection).get_columns(table)
            if "name" in {column["name"] for column in columns}:
                connection.execute(named, {"text": together[:4_000]})
    yield
    owner.dispose()


def drawn(name: str, texts: list[str], look: Appearance) -> str:
    together = " ".join(texts)
    # What stands around the map is short, or nothing would be left of it.
    caption = Caption(texts[0], "grids", PERIOD, origins=texts[:20])
    outlines = OUTLINES.assign(name=together)
    if name == "hotspots":
        return hotspots.draw(
            counted(7, 7, 7, 7, 7).assign(name=together), HEAT, outlines=outlines, caption=caption, look=look
        )
    if name == "patrols":
        return patrols.draw(patrolled().assign(name=together), outlines=outlines, caption=caption, look=look)
    return cameras.draw(watched().assign(name=together), some_cameras(), outlines=outlines, caption=caption, look=look)


@pytest.mark.parametrize("name", ["hotspots", "patrols", "cameras"])
def test_printed_maps_show_hostile_names_as_text(
    open_page: Opener, tmp_path: Path, texts: list[str], name: str
) -> None:
    page = open_file(open_page, tmp_path, drawn(name, texts, Appearance("en", inline=True)))
    box = page.locator(".folium-map").bounding_box()
    assert box
    for step in (30, 40):
        page.mouse.move(box["x"] + box["width"] / 2 - step, box["y"] + box["height"] / 2 - step)
    expect(page.locator(".leaflet-tooltip")).to_contain_text("<script>alert(")
    page.mouse.click(box["x"] + box["width"] / 2 - 40, box["y"] + box["height"] / 2 - 40)
    page.wait_for_timeout(500)
    assert page.evaluate(MARKUP) == 0


@pytest.mark.usefixtures("hostile_city")
def test_the_screen_and_the_served_maps_show_hostile_names_as_text(open_page: Opener, door: httpx.Client) -> None:
    for text in ("<img src=x onerror=alert(1)>", "javascript:alert(1)//", "</script><script>alert(1)</script>"):
        assert door.post("/reports", json=body(text=text)).status_code == 201
    page = open_page("/?lang=en", **WALL)
    expect(page.locator("#search-datum option")).to_have_count(4)
    page.locator("#search-text").fill("alert")
    option = page.locator("#search-results [role=option]").first
    expect(option).to_contain_text("<script>alert(", timeout=20_000)
    option.click()
    page.wait_for_timeout(1_500)
    assert page.evaluate(MARKUP) == 0
    for name in ("hotspots", "patrols", "cameras"):
        printed = ready(open_page(f"/maps/{name}.html?since=2026-04-01T00:00:00Z&until=2026-07-02T00:00:00Z", **WALL))
        assert printed.evaluate(MARKUP) == 0


def test_the_list_of_accounts_shows_hostile_names_as_text(
    open_page: Opener, door: httpx.Client, signed_in: Any, texts: list[str]
) -> None:
    administrator = signed_in(*(Grant(role, CITY) for role in ROLES))
    added = [door.post("/accounts", json={"name": text}, headers=administrator).status_code for text in texts[:200]]
    assert added.count(201) > 20
    page = open_page("/accounts.html?lang=en", headers=administrator, **WALL)
    expect(page.get_by_text("<script>alert(").first).to_be_visible()
    assert page.evaluate(MARKUP) == 0
