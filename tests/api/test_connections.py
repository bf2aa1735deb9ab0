"""Slow clients are let go and hold up nobody; what is no HTTP is refused like everything else."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from api import connections
from gis.domain import limits
from gis.settings import Settings
from tests.api.conftest import Running, start
from tests.conftest import free_port

DRIPS = 20
HEAD = b"GET /live HTTP/1.1\r\nHost: a\r\nX-Slow: "
BODY = b"POST /reports HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
UNREAD = b"GET /live HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture(scope="module")
def hasty(settings: Settings) -> Iterator[Running]:
    """A server that waits a second for what the real one waits twenty for."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(connections, "ASKING_S", 1.0)
        patch.setattr(connections, "STALLED_S", 1.0)
        started = start(replace(settings, port=free_port(), trusted_proxies="127.0.0.1", rates={"other": "off off"}))
        yield started
        started.stop()


def connected(running: Running) -> socket.socket:
    parts = urlsplit(running.address)
    assert parts.hostname is not None
    return socket.create_connection((parts.hostname, parts.port or 80), timeout=10)


def drips_until_closed(running: Running, beginning: bytes, meanwhile: Callable[[], None]) -> float:
    """Send a byte each 50 ms on many connections; return after how many seconds all were closed."""
    began, open_ones = time.monotonic(), [connected(running) for _ in range(DRIPS)]
    for one in open_ones:
        one.sendall(beginning)
        one.setblocking(False)
    while open_ones and time.monotonic() - began < 20:
        time.sleep(0.05)
        meanwhile()
        open_ones = [one for one in open_ones if drip(one)]
    assert not open_ones
    return time.monotonic() - began


def comes(true: Callable[[], bool]) -> bool:
    """Tell whether something becomes true within a while."""
    deadline = time.monotonic() + 20
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def drip(one: socket.socket) -> bool:
    """Send one byte; tell whether the connection is still open."""
    try:
        one.send(b"a")
        is_open = one.recv(65_536) != b""
    except BlockingIOError:
        is_open = True
    except OSError:
        is_open = False
    if not is_open:
        one.close()
    return is_open


@pytest.mark.parametrize("beginning", [HEAD, BODY, UNREAD, b""])
def test_who_sends_a_byte_at_a_time_is_let_go_and_others_are_served(hasty: Running, beginning: bytes) -> None:
    with httpx.Client(base_url=hasty.address) as other:
        slowest_s = 0.0

        def ask() -> None:
            nonlocal slowest_s
            began = time.monotonic()
            assert other.get("/live").status_code == 200
            slowest_s = max(slowest_s, time.monotonic() - began)

        assert drips_until_closed(hasty, beginning, ask) < 15
        assert slowest_s < 5


def test_who_sends_slowly_but_steadily_is_heard_out(hasty: Running) -> None:
    with connected(hasty) as one:
        one.sendall(
            b"POST /session HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
        )
        for _ in range(20):
            one.sendall(b" " * 3_000)
            time.sleep(0.15)
        assert one.recv(65_536).startswith(b"HTTP/1.1 400")


def test_a_client_that_is_quiet_between_questions_may_ask_again(hasty: Running) -> None:
    with httpx.Client(base_url=hasty.address) as client:
        assert client.get("/live").status_code == 200
        stream = client.get("/live").extensions["network_stream"]
        time.sleep(1.5)
        assert stream is client.get("/live").extensions["network_stream"]


def test_who_stops_reading_is_let_go(hasty: Running) -> None:
    with connected(hasty) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        for _ in range(40):
            one.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n")
        deadline = time.monotonic() + 10
        while hasty.server.server_state.connections and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not [each for each in hasty.server.server_state.connections if each.flow.write_paused]


def answer_to(running: Running, sent: bytes) -> tuple[int, dict[str, str], dict[str, object]]:
    with connected(running) as one:
        one.sendall(sent)
        received = b""
        while chunk := one.recv(65_536):
            received += chunk
    head, _, content = received.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
    return int(first.split()[1]), headers, json.loads(content)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"no http at all\r\n\r\n", 400),
        (b"GET /\x01 HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + b"x" * 20_000, 431),
    ],
)
def test_what_is_no_http_is_a_problem_document_too(hasty: Running, sent: bytes, status: int) -> None:
    answered, headers, document = answer_to(hasty, sent)
    assert (answered, document["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-trace-id"] == document["trace_id"]


def test_one_connection_too_many_is_told_to_come_back(hasty: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECTIONS_LIMIT", 1)
    with connected(hasty) as first:
        first.sendall(HEAD)
        time.sleep(0.2)
        status, headers, _ = answer_to(hasty, b"GET /live HTTP/1.1\r\nHost: a\r\n\r\n")
    assert status == 503
    assert int(headers["retry-after"]) > 0


def test_one_sender_has_a_share_of_the_connections_and_a_trusted_proxy_all(
    hasty: Running, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "OF_SENDER_LIMIT", 1)
    asked = b"GET /live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    plain = start(replace(settings, port=free_port()))
    try:
        for running, status in ((plain, 503), (hasty, 200)):
            with connected(running) as first:
                first.sendall(HEAD)
                time.sleep(0.2)
                assert answer_to(running, asked)[0] == status
        assert answer_to(plain, asked)[0] == 200
    finally:
        plain.stop()


@pytest.mark.parametrize("limit", ["BODIES_BYTES", "BODIES_OF_SENDER_BYTES"])
def test_bodies_that_are_not_finished_hold_no_more_memory_than_there_is_for_them(
    hasty: Running, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(limits, limit, 100_000)
    monkeypatch.setattr(connections, "ASKING_S", 20.0)

    def sent() -> int:
        points = {"datum": "wgs84", "points": [[123.02, 41.15]] * 2_000}
        return httpx.post(f"{hasty.address}/route", json=points, timeout=30).status_code

    with connected(hasty) as one:
        head = b"POST /route HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n"
        one.sendall(head + b"[" + b" " * 90_000)
        assert comes(lambda: sent() == 503)
    assert comes(lambda: sent() == 200)


def test_the_word_of_a_trusted_proxy_is_taken_on_https(hasty: Running, settings: Settings) -> None:
    forwarded = {"X-Forwarded-For": "192.0.2.9", "X-Forwarded-Proto": "https"}
    assert "max-age" in httpx.get(f"{hasty.address}/live", headers=forwarded).headers["Strict-Transport-Security"]
    plain = start(replace(settings, port=free_port()))
    try:
        assert "Strict-Transport-Security" not in httpx.get(f"{plain.address}/live", headers=forwarded).headers
    finally:
        plain.stop()
