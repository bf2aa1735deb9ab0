"""Bodies of requests: JSON that can be read one way only, and how large it may be."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import MalformedBodyError, problem
from gis.domain import json_text
from gis.domain.limits import BODY_BYTES
from gis.errors import TooLargeError, UnsupportedFormatError, WanggeError

JSON_TYPES = ("application/json", "application/geo+json")


class StrictRequest(Request):
    """A request whose body is read by the strict reader: no duplicate keys, no NaN, no deep bombs."""

    async def json(self) -> Any:
        """Return the body as values.

        Raises
        ------
        MalformedBodyError : the body is not JSON that can be read one way only.
        """
        try:
            return json_text.read_json(await self.body(), storable=True)
        except WanggeError as error:
            raise MalformedBodyError(error) from error


class StrictRoute(APIRoute):
    """A route that reads its JSON body strictly, and only from who says that it is JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the framework's handler, behind our reader."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if self.body_field is not None and (self.body_field.field_info.is_required() or _has_body(request)):
                _must_be_json(request)
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _must_be_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in JSON_TYPES:
        raise UnsupportedFormatError(f"The body must be {' or '.join(JSON_TYPES)}; Content-Type says {kind[:60]!r}.")


class BodyLimit:
    """ASGI middleware that reads no more of a body than the published limit of its path, and none that is packed."""

    def __init__(self, app: ASGIApp, limits: Mapping[str, int]) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 413 as soon as the limit is passed, 415 for a compressed body."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        packed = Headers(scope=scope).get("content-encoding", "identity").strip().lower()
        if packed != "identity":
            detail = f"The body is sent as it is; Content-Encoding says {packed[:40]!r}."
            headers = {"Accept-Encoding": "identity"}
            await problem(Request(scope), 415, detail, headers=headers)(scope, receive, send)
            return
        limit = self.limits.get(scope["path"], BODY_BYTES)
        refusal = MalformedBodyError(TooLargeError(f"The body is over {limit:,} bytes."))
        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdigit() and int(announced) > limit:
            await problem(Request(scope), refusal.status_code, refusal.detail)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise refusal
            return message

        await self.app(scope, counted, send)
