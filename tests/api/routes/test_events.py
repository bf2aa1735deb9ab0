"""The stream of events: live, resumed, narrowed, and ended at once when the server ends."""

import json
import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import sqlalchemy as sa

from gis.db import engine as engines
from gis.db import events
from gis.settings import Settings
from tests.api.conftest import Running, start
from tests.api.routes.test_reports import body
from tests.conftest import free_port

WAIT_S = 10


class Following:
    """A stream that is read in a thread."""

    def __init__(self, running: Running, headers: dict[str, str], params: dict[str, Any]) -> None:
        self._client = httpx.Client(base_url=running.address, timeout=60, headers=running.headers)
        self._ask = {"headers": headers, "params": params}
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.opened = threading.Event()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        assert self.opened.wait(WAIT_S)

    def _read(self) -> None:
        found: dict[str, Any] = {}
        try:
            with self._client.stream("GET", "/events", **self._ask) as answer:
                self.headers = answer.headers
                for line in answer.iter_lines():
                    self.opened.set()
                    name, _, value = line.partition(": ")
                    if name in ("id", "event", "data"):
                        found[name] = value
                    if not line and "data" in found:
                        self.events.put({**found, "data": json.loads(found["data"])})
                        found = {}
        except httpx.TransportError:
            pass
        self.events.put(None)

    def next(self) -> dict[str, Any] | None:
        return self.events.get(timeout=WAIT_S)

    def nothing(self, seconds: float = 0.7) -> bool:
        time.sleep(seconds)
        return self.events.empty()


@contextmanager
def following(running: Running, headers: dict[str, str] | None = None, **params: Any) -> Iterator[Following]:
    stream = Following(running, headers or {}, params)
    yield stream
    stream._client.close()


def send(caller: httpx.Client, **more: Any) -> dict[str, Any]:
    answer = caller.post("/reports", json=body(**more))
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_sent_report_appears_on_every_open_screen_at_once(running: Running, caller: httpx.Client) -> None:
    with following(running) as one, following(running) as other:
        began = time.perf_counter()
        sent = send(caller)
        first, second = one.next(), other.next()
        assert time.perf_counter() - began < 2
        assert first == second
        assert first is not None
        assert first["event"] == "report.submitted"
        assert first["data"]["id"] == sent["id"]
        assert first["data"]["location"] == sent["location"]
        assert one.headers["Content-Type"].startswith("text/event-stream")
        assert one.headers["Cache-Control"] == "no-store"


def test_a_screen_that_reconnects_misses_nothing_and_sees_nothing_twice(running: Running, caller: httpx.Client) -> None:
    with following(running) as stream:
        send(caller)
        seen = stream.next()
    assert seen is not None
    missed = [send(caller)["id"] for _ in range(3)]
    with following(running, {"Last-Event-ID": seen["id"]}) as stream:
        assert [(stream.next() or {})["data"]["id"] for _ in range(3)] == missed
        assert stream.nothing()
    with following(running, after=seen["id"]) as stream:
        assert (stream.next() or {})["data"]["id"] == missed[0]


def test_who_resumes_is_told_neither_of_an_erased_report_nor_of_the_erasure(
    running: Running, caller: httpx.Client, town_engine: sa.Engine
) -> None:
    with following(running) as live:
        send(caller)
        place = live.next()
        erased, kept = send(caller)["id"], send(caller)["id"]
        assert [(live.next() or {})["data"]["id"] for _ in range(2)] == [erased, kept]
        with engines.transaction(town_engine) as connection:
            events.forget(connection, [UUID(erased)])
        assert live.nothing()
    assert place is not None
    with following(running, {"Last-Event-ID": place["id"]}) as resumed:
        assert (resumed.next() or {})["data"]["id"] == kept
        assert resumed.nothing()


def test_a_stream_from_the_beginning_tells_all_of_the_past(running: Running, caller: httpx.Client) -> None:
    send(caller)
    with following(running, {"Last-Event-ID": "0"}) as stream:
        first = stream.next()
        assert first is not None
        assert int(first["id"]) <= 2


def test_a_repeat_is_not_told_again(running: Running, caller: httpx.Client) -> None:
    sent = body()
    with following(running) as stream:
        for _ in range(2):
            caller.post("/reports", json=sent)
        assert stream.next() is not None
        assert stream.nothing()


def test_a_kind_narrows_the_stream(running: Running, caller: httpx.Client) -> None:
    with following(running, kind="plan.published") as quiet, following(running, kind="report.submitted") as told:
        send(caller)
        assert told.next() is not None
        assert quiet.nothing()


def test_a_place_that_is_no_number_is_refused(caller: httpx.Client) -> None:
    refused = caller.get("/events", headers={"Last-Event-ID": "yesterday"})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/header/last-event-id"


def test_the_head_of_the_stream_is_answered_and_ends(caller: httpx.Client) -> None:
    assert caller.head("/events").headers["Content-Type"].startswith("text/event-stream")


def test_a_server_with_open_streams_ends_at_once(settings: Settings) -> None:
    other = start(replace(settings, port=free_port()))
    with following(other) as one, following(other) as another:
        assert other.stop() < 3
        assert one.next() is None
        assert another.next() is None


def test_the_public_is_told_no_ids_since_their_gaps_would_count_reports(
    running: Running, caller: httpx.Client, town_engine: sa.Engine
) -> None:
    with following(running, {"Authorization": ""}) as public, following(running) as staff:
        send(caller)
        with engines.transaction(town_engine) as connection:
            events.append(connection, "layers.loaded", {"name": "streets", "revision": 9})
        assert staff.next()["event"] == "report.submitted"
        known = staff.next()
        told = public.next()
        assert (told["event"], told["data"]["name"]) == ("layers.loaded", "streets")
        assert "id" in known
        assert "id" not in told
        assert public.nothing()
