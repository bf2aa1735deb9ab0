"""Bodies of requests: JSON that can be read one way only, how large it may be, and who may send it.

Nothing of a body is read before the table of access has been asked (`StrictRoute`).
"""

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import address_of
from api.deps import check_access
from api.problems import MalformedBodyError, problem
from gis.domain import json_text, limits
from gis.domain.limits import BODY_BYTES, PHOTO_BYTES, POINTS_BYTES, REGISTER_BYTES, ROSTER_BYTES
from gis.domain.networks import sender
from gis.errors import TooLargeError, UnsupportedFormatError, WanggeError

JSON_TYPES = ("application/json", "application/geo+json")
# How much a body may hold: by the first beginning that its path has, else `BODY_BYTES`.
LIMITS: Mapping[str, int] = MappingProxyType(
    {"/route": POINTS_BYTES, "/photos": PHOTO_BYTES, "/rosters": ROSTER_BYTES, "/register/": REGISTER_BYTES}
)
# What is read here holds up everybody else; larger bodies are read in a thread.
AT_ONCE_BYTES = BODY_BYTES


def limit_of(path: str) -> int:
    """Return how many bytes a body may have, by the path that it is sent to."""
    return next((limit for beginning, limit in LIMITS.items() if path.startswith(beginning)), BODY_BYTES)


class StrictRequest(Request):
    """A request whose body is read by the strict reader: no duplicate keys, no NaN, no deep bombs."""

    async def json(self) -> Any:
        """Return the body as values.

        Raises
        ------
        MalformedBodyError : the body is not JSON that can be read one way only.
        """
        content = await self.body()
        if len(content) > AT_ONCE_BYTES:
            return await run_in_threadpool(self.read, content)
        return self.read(content)

    def read(self, content: bytes) -> Any:
        """Return what a body says; a route that judges large ones too does it here, beside the loop."""
        try:
            return json_text.read_json(content, storable=True)
        except WanggeError as error:
            raise MalformedBodyError(error) from error


class StrictRoute(APIRoute):
    """A route that reads its JSON body strictly, and only from who may ask and says that it is JSON."""

    request_class = StrictRequest

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's handler, behind our reader."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            await check_access(request)
            if self.body_field is not None and (self.body_field.field_info.is_required() or _has_body(request)):
                _must_be_json(request)
            return await handler(self.request_class(request.scope, request.receive))

        return strict


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _must_be_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise UnsupportedFormatError(f"The body must be {' or '.join(JSON_TYPES)}; Content-Type says {kind[:60]!r}.")


class BodyLimit:
    """ASGI middleware that reads no more of a body than the published limit of its path, and none that is packed.

    Nor more of all bodies at once than there is room for, and than is one sender's share of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._held: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 as soon as the limit is passed, 415 for a compressed body, 503 where there is no room."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        packed = Headers(scope=scope).get("content-encoding", "identity").strip().lower()
        if packed != "identity":
            detail = f"The body is sent as it is; Content-Encoding says {packed[:40]!r}."
            headers = {"Accept-Encoding": "identity"}
            await problem(Request(scope), 415, detail, headers=headers)(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        refusal = MalformedBodyError(TooLargeError(f"The body is over {limit:,} bytes."))
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await problem(Request(scope), refusal.status_code, refusal.detail)(scope, receive, send)
            return
        received, who = 0, sender(address_of(Request(scope)))

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            size = len(message.get("body", b""))
            received += size
            self._held[who] += size
            if received > limit:
                raise refusal
            if self._held[who] > limits.BODIES_OF_SENDER_BYTES or self._held.total() > limits.BODIES_BYTES:
                raise HTTPException(503, "Too much is being sent right now; try again.")
            return message

        try:
            await self.app(scope, counted, send)
        finally:
            self._held[who] -= received
            if not self._held[who]:
                del self._held[who]
