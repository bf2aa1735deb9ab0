"""Note every request for the network access log, beside the answer and never before it.

A thread writes what was noted in batches. Between them and the database lies a bounded queue: when it is full, what
comes is dropped and counted, so a slow database slows no request. The service's own log says how many were dropped.
"""

import logging
import queue
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import address_of
from gis.db import engine as engines
from gis.domain.access_log import Access, storable
from gis.errors import DatabaseUnavailableError
from gis.services import access_log

log = logging.getLogger("wangge.access")

WAITING = 20_000
BATCH = 2_000
EVERY_S = 1.0
LAST_S = 5.0
# What a page is made of, and whether the service is alive, say nothing of who did what.
PASSED_OVER = ("/static/", "/live", "/ready")
NOTED = "access_log_noted"


class AccessLog:
    """What waits to be written, and the thread that writes it."""

    def __init__(self, *, waiting: int = WAITING) -> None:
        self._waiting: queue.SimpleQueue[Access] = queue.SimpleQueue()
        self._most = waiting
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def start(self, engine: sa.Engine) -> None:
        """Begin to write what was noted and what will be."""
        self._closed.clear()
        self._thread = threading.Thread(target=self._go_on, args=[engine], name="wangge-access-log", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, and end."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=LAST_S)

    def note(self, access: Access) -> None:
        """Keep a request to be written; drop it when too many wait."""
        if self._waiting.qsize() >= self._most:
            self.dropped += 1
        else:
            self._waiting.put(access)

    def _go_on(self, engine: sa.Engine) -> None:
        told = 0
        while not self._closed.wait(EVERY_S):
            self.write(engine)
            if self.dropped > told:
                log.warning("%d requests were not written to the access log so far: too many waited", self.dropped)
                told = self.dropped
        self.write(engine)

    def write(self, engine: sa.Engine) -> None:
        """Write all that waits, in batches; what the database does not take now waits on."""
        while batch := self._taken():
            try:
                with engines.transaction(engine) as connection:
                    access_log.keep(connection, batch)
            except DatabaseUnavailableError as error:
                # They wait again, behind what came meanwhile; rows carry their own time.
                for access in batch:
                    self.note(access)
                log.warning("The access log waits: %s", error)
                return
            except Exception:
                # The thread outlives whatever the database refuses.
                self.dropped += len(batch)
                log.exception("%d requests cannot be written to the access log", len(batch))

    def _taken(self) -> list[Access]:
        return [self._waiting.get() for _ in range(min(BATCH, self._waiting.qsize()))]


class NoteAccess:
    """ASGI middleware around everything: notes a request when its answer begins."""

    def __init__(self, app: ASGIApp, log: AccessLog) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note one request."""
        # The account and the route are put in on the way; scopes are copied there, this mapping is not.
        known: dict[str, Any] = {}
        scope[NOTED] = known
        if scope["type"] != "http" or scope["path"].startswith(PASSED_OVER):
            await self.app(scope, receive, send)
            return

        async def noted(message: Message) -> None:
            await send(message)
            if message["type"] == "http.response.start":
                self.log.note(_access(scope, message["status"], known))

        await self.app(scope, receive, noted)


def _access(scope: Scope, status: int, known: Mapping[str, Any]) -> Access:
    return Access(
        datetime.now(UTC),
        storable(scope["method"]),
        storable(known.get("route", "")),
        status,
        known.get("id"),
        address_of(Request(scope)),
        scope.get("trace_id", ""),
    )
