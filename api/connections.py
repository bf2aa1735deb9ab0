"""Connections of clients: how long one may take to ask and to read, and how many there are at once.

uvicorn closes connections between requests and waits for ever within one. Here whoever sends too slowly, or stops
reading, is let go, so that slow clients hold no place that others need.
"""

import asyncio
import json
import resource
import sys
import uuid
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.envelope import HEADERS
from api.problems import MEDIA_TYPE, RETRY_AFTER_S
from gis.domain.networks import sender

CONNECTIONS_LIMIT = 1_000
# Of one sender: an office behind one address. A trusted proxy has as many as there are.
OF_SENDER_LIMIT = 200
# A request has this long to arrive, and longer by what came of it at the least rate: a photo from a slow network.
ASKING_S = 20.0
LEAST_BYTES_PER_S = 4_000
LONGEST_ASKING_S = 300.0
# An answer that its reader takes nothing of for so long is broken off.
STALLED_S = 60.0


class Connection(H11Protocol):
    """One connection, with its deadlines."""

    _timer: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _began_s: float | None = None
    _received = 0
    _is_one_too_many = False
    _sender: str | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._sender = None if self._is_proxy() else sender(self.client[0] if self.client else "")
        self._is_one_too_many = len(self.connections) > connections_limit() or self._has_its_share()
        self._begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._end()
        self._let_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and stop the clock when a request is there whole."""
        if self._is_one_too_many:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Too many are connected right now; try again.")
            return
        if self._began_s is None:
            self._begin()
        self._received += len(data)
        super().data_received(data)
        is_idle = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        if is_idle or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._end()

    def pause_writing(self) -> None:
        """Give a reader who is behind a while to catch up."""
        super().pause_writing()
        self._stall = self._stall or self.loop.call_later(STALLED_S, self.transport.abort)

    def resume_writing(self) -> None:
        """Wait no longer for a reader who has caught up."""
        super().resume_writing()
        self._let_read()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP, or has a head without an end, in the shape of every refusal."""
        # Called where h11 has just raised; it says whether the head was too long.
        if getattr(sys.exc_info()[1], "error_status_hint", None) == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long.")
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, "The request is not HTTP that can be read.")

    def _is_proxy(self) -> bool:
        host = self.client[0] if self.client else None
        return isinstance(self.app, ProxyHeadersMiddleware) and host in self.app.trusted_hosts

    def _has_its_share(self) -> bool:
        """Tell whether the sender has more connections than one may have; a trusted proxy is many senders."""
        own = [one for one in self.connections if isinstance(one, Connection) and one._sender == self._sender]
        return self._sender is not None and len(own) > OF_SENDER_LIMIT

    def _begin(self) -> None:
        self._began_s, self._received = self.loop.time(), 0
        self._timer = self.loop.call_later(ASKING_S, self._judge)

    def _end(self) -> None:
        self._began_s = None
        if self._timer is not None:
            self._timer.cancel()

    def _let_read(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _judge(self) -> None:
        """Close the connection when its request came too slowly; otherwise look again when it would have."""
        taken_s = self.loop.time() - (self._began_s or 0.0)
        given_s = min(ASKING_S + self._received / LEAST_BYTES_PER_S, LONGEST_ASKING_S)
        if taken_s >= given_s:
            self.transport.close()
            return
        self._timer = self.loop.call_later(given_s - taken_s, self._judge)

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer a problem without asking the app, unless an answer has begun, and close."""
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()
            return
        document: dict[str, Any] = {
            "type": f"urn:wangge:problem:{status.value}",
            "title": status.phrase,
            "status": status.value,
            "detail": detail,
            "trace_id": (trace_id := uuid.uuid4().hex),
        }
        content = json.dumps(document).encode()
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": str(len(content)), "Connection": "close", **HEADERS}
        headers |= {"X-Trace-Id": trace_id, "Content-Security-Policy": "default-src 'none'"}
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["Retry-After"] = RETRY_AFTER_S
        for event in (
            h11.Response(status_code=status.value, headers=list(headers.items()), reason=status.phrase.encode()),
            h11.Data(data=content),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


def connections_limit() -> int:
    """Return how many connections are served at once: half of what the system lets a process open, at most."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return min(CONNECTIONS_LIMIT, files // 2)
