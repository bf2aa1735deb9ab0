"""Nobody asks so often that others are not served."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import httpx
import pytest
from fastapi.testclient import TestClient

from api.access import ROWS
from api.app import create_app
from api.budgets import PLACES, kind_of, read
from gis import settings as environment
from gis.domain.staff import Grant
from gis.errors import WanggeError
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.conftest import CITY

RATES = {"intake": "5 8", "heavy": "off 3", "sign_in": "2 2"}
SignIn = Callable[..., dict[str, str]]
From = Callable[[str], httpx.Client]


@pytest.fixture
def asks(settings: Settings) -> Iterator[From]:
    """Return a function that asks one counting door from an address."""
    app = create_app(replace(settings, rates=RATES))
    with TestClient(app, raise_server_exceptions=False):

        def client_at(address: str) -> httpx.Client:
            return TestClient(app, raise_server_exceptions=False, client=(address, 50_000))

        yield client_at


def test_a_flood_from_one_address_is_told_to_wait_and_others_are_served(asks: From) -> None:
    flood, other = asks("192.0.2.1"), asks("192.0.2.2")
    began = time.monotonic()
    answers = [flood.get("/live") for _ in range(1_000)]
    statuses = [answer.status_code for answer in answers]
    assert time.monotonic() - began < 60
    assert statuses == [200] * 900 + [429] * 100
    refused = answers[-1]
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert refused.json()["trace_id"] == refused.headers["X-Trace-Id"]
    assert other.get("/live").status_code == 200


def test_reports_of_one_address_are_counted_and_not_its_other_questions(asks: From) -> None:
    phone = asks("192.0.2.3")
    assert [phone.post("/reports", json=body()).status_code for _ in range(6)] == [201] * 5 + [429]
    assert phone.get("/live").status_code == 200
    assert asks("192.0.2.4").post("/reports", json=body()).status_code == 201


def test_all_addresses_of_an_ipv6_network_are_one_sender(asks: From) -> None:
    statuses = [asks(f"2001:db8:0:1::{n:x}").post("/reports", json=body()).status_code for n in range(6)]
    assert statuses == [201] * 5 + [429]
    assert asks("2001:db8:0:2::1").post("/reports", json=body()).status_code == 201


def test_who_has_signed_in_spends_the_budget_of_the_account(asks: From, signed_in: SignIn) -> None:
    office, headers = asks("192.0.2.5"), signed_in(Grant("dispatcher", CITY))
    assert office.get("/session", headers=headers).status_code == 200  # from now on it is known
    statuses = [office.get("/cameras", headers=headers).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    colleague = signed_in(Grant("dispatcher", CITY))
    assert office.get("/session", headers=colleague).status_code == 200
    assert office.get("/cameras", headers=colleague).status_code == 200


def test_attempts_to_sign_in_are_counted_before_a_password_is_tried(asks: From) -> None:
    stranger = asks("192.0.2.6")
    tried = {"name": "nobody", "password": "guess"}
    assert [stranger.post("/session", json=tried).status_code for _ in range(3)] == [401, 401, 429]


def test_every_place_of_the_table_is_a_route() -> None:
    kinds = {kind_of(method, path) for method, path in ROWS}
    assert kinds == set(read({}))
    for kind, methods, begin in PLACES:
        assert begin == "/static/" or any(method in methods and path.startswith(begin) for method, path in ROWS), (
            kind,
            begin,
        )


@pytest.mark.parametrize("rates", [{"tea": "1 1"}, {"intake": "1"}, {"intake": "0 1"}, {"intake": "1.5 -1"}])
def test_a_budget_that_is_not_understood_is_told_by_the_name_of_its_setting(rates: dict[str, str]) -> None:
    with pytest.raises(WanggeError, match=f"WANGGE_RATE_{next(iter(rates)).upper()}"):
        read(rates)


def test_budgets_and_proxies_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANGGE_RATE_INTAKE", "60 off")
    monkeypatch.setenv("WANGGE_TRUSTED_PROXIES", "10.0.0.0/8")
    found = environment.from_environment()
    assert read(found.rates)["intake"] == (60, None)
    assert found.trusted_proxies == "10.0.0.0/8"
