"""A real server on the fixture town, for what a test client cannot show, and who asks it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import uvicorn
from fastapi.testclient import TestClient

from api.app import create_app
from api.commands.serve import listen, server_of
from gis.db import engine as engines
from gis.domain.staff import Grant
from gis.services import accounts
from gis.settings import Settings
from tests.conftest import NUMBERS
from tests.staff import BY, PASSWORD, Add


@dataclass(frozen=True)
class Running:
    """A server in a thread of its own."""

    address: str
    app: Any
    server: uvicorn.Server
    thread: threading.Thread
    headers: dict[str, str] = field(default_factory=dict)

    def stop(self) -> float:
        """Ask it to end as Ctrl-C does; return how many seconds that took."""
        began = time.perf_counter()
        self.server.should_exit = True
        self.thread.join(timeout=30)
        assert not self.thread.is_alive()
        return time.perf_counter() - began


def start(settings: Settings, headers: dict[str, str] | None = None) -> Running:
    """Start a server on a free port and wait until it is ready and has its plan in memory; `headers` say who asks."""
    listener = listen("127.0.0.1", settings.port)
    app = create_app(settings)
    server = server_of(app, listener)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    running = Running(f"http://127.0.0.1:{listener.getsockname()[1]}", app, server, thread, headers or {})
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{running.address}/ready").json().get("plan") is not None:
                return running
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise AssertionError("the server did not become ready")


@pytest.fixture(scope="module")
def running(settings: Settings, dispatcher: dict[str, str]) -> Iterator[Running]:
    """A server on the module's copy of the fixture town, with the plan in memory."""
    started = start(settings, dispatcher)
    yield started
    started.stop()


@pytest.fixture
def caller(running: Running) -> Iterator[httpx.Client]:
    """A dispatcher of the city who asks the running server."""
    with httpx.Client(base_url=running.address, timeout=30, headers=running.headers) as client:
        yield client


@pytest.fixture(scope="module")
def door(settings: Settings) -> Iterator[TestClient]:
    """The door, asked by nobody yet."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def visitor(door: TestClient) -> TestClient:
    """A browser without a cookie."""
    door.cookies.clear()
    return door


@pytest.fixture
def add(town_engine: sa.Engine) -> Add:
    """Add an account with a password; return its name."""

    def made(*grants: Grant, password: str | None = PASSWORD, kind: str = "person") -> str:
        name = f"someone-{next(NUMBERS)}"
        with engines.transaction(town_engine) as connection:
            code = accounts.add(connection, name, grants=grants, password=password, kind=kind, by=BY)
        return code.text if code else name

    return made
