"""A browser at a door that an identity provider signs people in to."""

import httpx
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.app import create_app
from gis.db import engine as engines
from gis.db.tables import sign_in_failures
from gis.settings import Settings

PAGE = {"Accept": "text/html"}


def opened(settings: Settings) -> TestClient:
    return TestClient(create_app(settings), raise_server_exceptions=False, follow_redirects=False)


def fresh(client: TestClient, engine: sa.Engine) -> TestClient:
    client.cookies.clear()
    with engines.transaction(engine) as connection:
        connection.execute(sa.delete(sign_in_failures))
    return client


def to_provider(browser: TestClient, back: str = "/") -> str:
    answer = browser.get("/session/oidc", params={"back": back}, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def come_back(browser: TestClient, address: str, **headers: str) -> httpx.Response:
    answer: httpx.Response = browser.get(address.replace("http://testserver", ""), headers={**PAGE, **headers})
    return answer


def who(browser: TestClient) -> str | None:
    name: str | None = browser.get("/session").json()["name"]
    return name
