"""Streams without HTTP: from memory, from the table, and with a place from the future."""

import asyncio
import time
from collections.abc import Collection
from uuid import uuid4

import pytest
import sqlalchemy as sa

from api import event_stream
from api.event_stream import EventStream
from gis.db import engine as engines
from gis.db import events as db_events
from gis.db.events import Event
from gis.errors import DatabaseUnavailableError


def append(engine: sa.Engine, count: int) -> list[int]:
    with engines.transaction(engine) as connection:
        return [db_events.append(connection, "report.submitted", {"n": number}) for number in range(count)]


async def take(stream: EventStream, count: int, last_id: int | None, kinds: Collection[str] | None = None) -> list[int]:
    found: list[int] = []
    async with asyncio.timeout(10):
        async for event in stream.follow(last_id, kinds=kinds):
            if event is not None:
                found.append(event.id)
            if len(found) == count:
                break
    return found


def test_events_beyond_memory_come_from_the_table_in_order(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "REMEMBERED", 5)
    monkeypatch.setattr(event_stream, "BATCH", 3)
    seen: list[Event] = []
    stream = EventStream(engine, on_event=seen.append, on_callers=lambda: None)

    async def follow() -> tuple[list[int], list[int], list[int]]:
        stream.start()
        ids = append(engine, 12)
        try:
            return ids, await take(stream, 12, 0), await take(stream, 2, ids[9])
        finally:
            stream.stop()

    ids, everything, last = asyncio.run(follow())
    assert everything == ids
    assert last == ids[10:]
    assert [event.id for event in seen] == ids


def test_what_was_told_of_an_erased_report_is_forgotten_by_every_process(engine: sa.Engine) -> None:
    streams = [EventStream(engine, on_event=lambda event: None, on_callers=lambda: None) for _ in range(2)]
    reports = [uuid4(), uuid4()]

    async def follow() -> tuple[list[int], list[int], list[list[int]]]:
        for stream in streams:
            stream.start()
        with engines.transaction(engine) as connection:
            told = [db_events.append(connection, "report.submitted", {"id": str(number)}) for number in reports]
        try:
            heard = [await take(stream, 2, told[0] - 1) for stream in streams]
            with engines.transaction(engine) as connection:
                db_events.forget(connection, reports[:1])
            for stream in streams:
                await take(stream, 1, told[1])
            resumed = [await take(stream, 2, told[0] - 1) for stream in streams]
        finally:
            for stream in streams:
                stream.stop()
        assert heard == [told, told]
        return told, [event.id for event in remembered(streams)], resumed

    told, in_memory, resumed = asyncio.run(follow())
    assert told[0] not in in_memory
    assert in_memory.count(told[1]) == 2
    assert resumed == [[told[1], told[1] + 1]] * 2


def remembered(streams: list[EventStream]) -> list[Event]:
    """Return what processes have in memory."""
    return [event for stream in streams for event in stream._recent]


def test_a_place_from_the_future_follows_from_now_on(engine: sa.Engine) -> None:
    stream = EventStream(engine, on_event=lambda event: None, on_callers=lambda: None)

    async def follow() -> tuple[list[int], list[int]]:
        stream.start()
        waiting = asyncio.create_task(take(stream, 2, 10**12))
        await asyncio.sleep(0.2)
        ids = append(engine, 2)
        try:
            return ids, await waiting
        finally:
            stream.stop()

    ids, found = asyncio.run(follow())
    assert found == ids


def test_silence_is_a_heartbeat(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.05)
    stream = EventStream(engine, on_event=lambda event: None, on_callers=lambda: None)

    async def follow() -> Event | None:
        stream.start()
        try:
            return await anext(stream.follow(None))
        finally:
            stream.stop()

    assert asyncio.run(follow()) is None


def test_heartbeats_keep_to_the_clock_whatever_happens_meanwhile(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_S", 0.5)
    stream = EventStream(engine, on_event=lambda event: None, on_callers=lambda: None)

    async def follow() -> list[float]:
        stream.start()
        began = asyncio.get_running_loop().time()
        beats = []
        appending = asyncio.create_task(asyncio.to_thread(append_slowly, engine))
        async for event in stream.follow(None):
            if event is None:
                beats.append(asyncio.get_running_loop().time() - began)
            if len(beats) == 2:
                break
        await appending
        stream.stop()
        return beats

    # An event every 0.2 s would put off for ever a beat that waits for silence.
    first, second = asyncio.run(follow())
    assert 0.4 < first < 0.9
    assert 0.9 < second < 1.4


def append_slowly(engine: sa.Engine) -> None:
    for _ in range(7):
        append(engine, 1)
        time.sleep(0.2)


@pytest.mark.parametrize("limit", ["STREAMS_LIMIT", "OF_SENDER_LIMIT"])
def test_one_stream_too_many_is_refused(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(event_stream, limit, 0)
    with pytest.raises(DatabaseUnavailableError):
        EventStream(engine, on_event=lambda event: None, on_callers=lambda: None).admit("192.0.2.1")
