"""One listener per process hands every event of the database to all open streams.

A thread waits for the bell (LISTEN/NOTIFY, with a poll behind it), reads what is new once and wakes the streams in the
event loop. A stream that is further behind than memory reaches reads the events table. Its connection hears the bell of
callers too.
"""

import asyncio
import logging
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection

import sqlalchemy as sa
from starlette.concurrency import run_in_threadpool

from gis.db import engine as engines
from gis.db import events as db_events
from gis.db.events import Event
from gis.errors import DatabaseUnavailableError, WanggeError
from gis.services import events

log = logging.getLogger("wangge.events")

HEARTBEAT_S = 15.0
REMEMBERED = 1_000
BATCH = 500
STREAMS_LIMIT = 1_000
# Of one sender, also behind a trusted proxy.
OF_SENDER_LIMIT = 200
BELL_S = 0.3
POLL_EVERY_BELLS = 10
RECONNECT_S = 1.0


class EventStream:
    """The events of the database, live and from any past id on.

    Parameters
    ----------
    engine : where the events are.
    on_event : called in the listening thread for each event, in order.
    on_callers : called in the listening thread when a token may stand for somebody else or for nobody: the database
        told so, or listening began anew and what was told before was not heard.
    """

    def __init__(self, engine: sa.Engine, on_event: Callable[[Event], None], *, on_callers: Callable[[], None]) -> None:
        self._engine = engine
        self._on_event, self._on_callers = on_event, on_callers
        self._recent: deque[Event] = deque(maxlen=REMEMBERED)
        self._reach = self._newest = 0
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="wangge-events", daemon=True)
        self._streams: Counter[str] = Counter()

    def start(self) -> None:
        """Begin to listen; call inside the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._reach = self._newest = self._read_newest()
        self._thread.start()

    def end_streams(self) -> None:
        """Let every open stream end; callable from the event loop and from signal handlers."""
        self._closed.set()
        self._loop.call_soon_threadsafe(self._wake)

    def stop(self) -> None:
        """End the streams and the listening thread."""
        self.end_streams()
        self._thread.join(timeout=5)

    def admit(self, who: str) -> None:
        """Raise `DatabaseUnavailableError` when too many streams are open, of all or of one; ask before `follow`."""
        if self._streams.total() >= STREAMS_LIMIT or self._streams[who] >= OF_SENDER_LIMIT:
            raise DatabaseUnavailableError("Too many screens listen to this service; try again.")

    async def follow(
        self, last_id: int | None, *, kinds: Collection[str] | None = None, who: str = ""
    ) -> AsyncIterator[Event | None]:
        """Yield events after `last_id` (None: from now on), then live; None every `HEARTBEAT_S`."""
        self._streams[who] += 1
        try:
            async for event in self._follow(await self._place(last_id)):
                if event is None or kinds is None or event.kind in kinds:
                    yield event
        finally:
            self._streams[who] -= 1
            if not self._streams[who]:
                del self._streams[who]

    async def _place(self, last_id: int | None) -> int:
        """Return where a stream begins; a place after every event, as of another database, is the end of this one."""
        if last_id is None or last_id <= self._newest:
            return self._newest if last_id is None else last_id
        # This process may be a moment behind the one that told of the place.
        return min(last_id, await run_in_threadpool(self._read_newest))

    async def _follow(self, position: int) -> AsyncIterator[Event | None]:
        beat = self._loop.time() + HEARTBEAT_S
        while not self._closed.is_set():
            news = self._news
            batch = await self._after(position)
            for event in batch:
                yield event
                position = event.id
            if batch:
                continue
            try:
                await asyncio.wait_for(news.wait(), max(0.0, beat - self._loop.time()))
            except TimeoutError:
                # By the clock alone: a beat that waited for silence would tell the public of reports it cannot see.
                beat += HEARTBEAT_S
                yield None

    async def _after(self, position: int) -> list[Event]:
        if position >= self._reach:
            return [event for event in tuple(self._recent) if event.id > position]
        return await run_in_threadpool(self._read, position)

    def _read(self, position: int) -> list[Event]:
        with engines.transaction(self._engine) as connection:
            return events.since(connection, position, limit=BATCH)

    def _read_newest(self) -> int:
        with engines.transaction(self._engine) as connection:
            return events.newest_id(connection)

    def _listen(self) -> None:
        while not self._closed.is_set():
            try:
                with db_events.listening(self._engine) as wait:
                    self._hand_out_while_open(wait)
            except (WanggeError, sa.exc.SQLAlchemyError) as error:
                log.warning("Events wait: %s", error)
                self._closed.wait(RECONNECT_S)

    def _hand_out_while_open(self, wait: Callable[[float], set[str]]) -> None:
        self._on_callers()
        self._hand_out()
        quiet = 0
        while not self._closed.is_set():
            rung = wait(BELL_S)
            if db_events.CALLERS_CHANNEL in rung:
                self._on_callers()
            quiet = 0 if db_events.CHANNEL in rung else quiet + 1
            if quiet % POLL_EVERY_BELLS == 0:
                self._hand_out()

    def _hand_out(self) -> None:
        while batch := self._read(self._newest):
            self._loop.call_soon_threadsafe(self._remember, batch)
            self._newest = batch[-1].id
            for event in batch:
                self._on_event(event)

    def _remember(self, batch: list[Event]) -> None:
        for event in batch:
            if len(self._recent) == REMEMBERED:
                self._reach = self._recent[0].id
            self._recent.append(event)
            if event.kind == db_events.ERASED:
                self._forget(event.payload["ids"])
        self._wake()

    def _forget(self, report_ids: Collection[str]) -> None:
        kept = [event for event in self._recent if event.payload.get("id") not in report_ids]
        self._recent = deque(kept, maxlen=REMEMBERED)

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()
