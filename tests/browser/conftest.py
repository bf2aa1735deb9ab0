"""A real service on the fixture town, and a real browser that may ask nobody else."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from api.callers import COOKIE
from gis.settings import Settings

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
QUIET = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
)


@contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """Run a service with these settings; give its address."""
    from api.app import create_app
    from api.commands.serve import address_of, listen, server_of

    listener = listen("127.0.0.1", settings.port)
    server = server_of(create_app(settings), listener)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started, "the service did not start"
    yield address_of(listener).rstrip("/")
    server.should_exit = True
    thread.join(timeout=30)
    assert not thread.is_alive(), "the service did not stop"


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """The address of a service on the module's copy of the fixture town."""
    with serving(settings) as address:
        yield address


@pytest.fixture(scope="module")
def door(address: str, dispatcher: dict[str, str]) -> Iterator[httpx.Client]:
    """What a dispatcher of the city is answered by the service that the pages ask."""
    with httpx.Client(base_url=address, headers=dispatcher) as client:
        yield client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a head."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, address: str, dispatcher: dict[str, str]) -> Iterator[Callable[..., Page]]:
    """Return a function that opens a page as a dispatcher of the city, or as `headers` say.

    Requests to other hosts, script errors and dialogs fail the test.
    """
    complaints: list[str] = []
    contexts = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog: {dialog.message}"), dialog.dismiss()))

    def open_one(
        path: str, *, own: tuple[str, ...] = (), headers: dict[str, str] | None = None, **options: Any
    ) -> Page:
        allowed = (f"{address}/", f"blob:{address}/", "data:", *own)
        context = browser.new_context(**options)
        contexts.append(context)
        token = (dispatcher if headers is None else headers).get("Authorization", "").removeprefix("Bearer ")
        if token:
            context.add_cookies([{"name": COOKIE, "value": token, "url": address, "httpOnly": True}])
        context.on(
            "request",
            lambda request: (
                None if request.url.startswith(allowed) else complaints.append(f"asked {request.url[:200]}")
            ),
        )
        context.on("page", watch)
        page = context.new_page()
        page.goto(f"{address}{path}" if path.startswith("/") else path)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert complaints == []
