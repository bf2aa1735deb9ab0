"""Pages and what they load: right types, kept as long as is right, from this host alone."""

import httpx
import pytest

from api.routes import pages
from api.routes.pages import STATIC


@pytest.mark.parametrize(("path", "part"), [("/", "/static/app/screen/"), ("/report", "/static/app/field/")])
def test_a_page_is_html_that_is_asked_for_anew_each_time(client: httpx.Client, path: str, part: str) -> None:
    page = client.get(path)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Cache-Control"] == "no-cache"
    assert part in page.text


def test_the_service_worker_stands_at_the_root(client: httpx.Client) -> None:
    worker = client.get("/sw.js")
    assert worker.headers["Content-Type"].startswith("text/javascript")
    assert worker.content == (STATIC / "app" / "field" / "sw.js").read_bytes()


KINDS = {
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}


@pytest.mark.parametrize("suffix", KINDS)
def test_every_asset_has_the_type_that_browsers_ask_for(client: httpx.Client, suffix: str) -> None:
    files = [path for path in STATIC.rglob(f"*{suffix}") if path.is_file()]
    assert files
    for path in files[:5]:
        answer = client.get(f"/static/{path.relative_to(STATIC)}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].partition(";")[0] == KINDS[suffix]


def test_vendored_files_are_kept_for_ever_and_ours_are_asked_for_anew(client: httpx.Client) -> None:
    vendored = next((STATIC / "vendor").glob("*/*.css")).relative_to(STATIC)
    assert "immutable" in client.get(f"/static/{vendored}").headers["Cache-Control"]
    ours = client.get("/static/app/shared/tokens.css")
    assert ours.headers["Cache-Control"] == "no-cache"
    again = client.get("/static/app/shared/tokens.css", headers={"If-None-Match": ours.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["/static/", "/static/vendor", "/static/..%2f..%2fpyproject.toml", "/static/%2e%2e/"])
def test_nothing_but_files_of_the_pages_is_served(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_every_file_that_a_page_names_is_there(client: httpx.Client) -> None:
    for name in pages.TEMPLATES.list_templates():
        if name in ("folium_page.html", "account_frame.html"):
            continue
        text = pages.page(name).body.decode()
        for part in text.split('"/static/')[1:]:
            address = "/static/" + part.split('"')[0]
            assert client.get(address).status_code == 200, (name, address)
