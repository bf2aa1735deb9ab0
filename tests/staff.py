"""People and systems with accounts, for tests."""

from collections.abc import Callable

import httpx
from fastapi.testclient import TestClient

from gis.domain.audit import Actor

PASSWORD = "tuohe-river-1905"
NOBODY: dict[str, str] = {"Authorization": ""}
BY = Actor("tester")
Add = Callable[..., str]


def sign_in(door: TestClient, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    """Sign in by name and password; the answer's cookie is kept by the door."""
    return door.post("/session", json={"name": name, "password": password, **more})
