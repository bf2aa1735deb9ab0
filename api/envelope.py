"""What wraps every answer: a trace id, security headers, HEAD, and one shape for what nobody foresaw."""

import hashlib
import logging
import time
import uuid
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import logs
from api.access_log import NOTED
from api.problems import problem
from gis.errors import Fault

log = logging.getLogger("wangge.http")

HOUSE = "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
# Nothing is fetched from another host, by the browser's own rule. MapLibre finds its worker on this host and styles
# through the object model, so neither `blob:` scripts nor inline styles are needed. Folium writes scripts into its
# pages and has its own folder; Swagger's page writes styles.
POLICIES: Mapping[str, str] = {
    "/maps/": f"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: blob:; {HOUSE}",
    "/docs": f"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; {HOUSE}",
    "/": f"default-src 'self'; img-src 'self' data: blob:; {HOUSE}",
}
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
}
# Told over https alone: a browser that was told once asks in no other way for two years.
HSTS = "max-age=63072000"
TAGGED = ("application/json", "application/geo+json", "application/schema+json")


class Envelope:
    """ASGI middleware around the whole service; nothing raised inside reaches the caller as text."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Seal one answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        inner = {**scope, "method": "GET", "asked_head": True} if scope["method"] == "HEAD" else scope
        sealed, began_s = _Sealed(inner, send), time.perf_counter()
        inner["trace_id"] = scope["trace_id"] = sealed.trace_id
        with structlog.contextvars.bound_contextvars(trace_id=sealed.trace_id):
            try:
                await self._answer(inner, receive, sealed)
            finally:
                logs.request(inner, scope["method"], sealed.status, began_s)

    async def _answer(self, inner: Scope, receive: Receive, sealed: "_Sealed") -> None:
        request = Request(inner)
        try:
            if b"%00" in inner.get("raw_path", b"") or b"%00" in inner["query_string"] or "\0" in inner["path"]:
                fault = Fault("/query", "A NUL character cannot be part of an address.")
                await problem(request, 422, fault.detail, faults=[fault])(inner, receive, sealed.send)
                return
            await self.app(inner, receive, sealed.send)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("An answer failed.", extra={"method": inner["method"], "route": logs.route_of(inner)})
            if sealed.status is not None:
                raise
            await problem(request, HTTPStatus.INTERNAL_SERVER_ERROR, "")(inner, receive, sealed.send)


class _Sealed:
    """The way out of one answer: adds headers, notes the route, and drops the body where only the head was asked."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.trace_id = uuid.uuid4().hex
        self.status: int | None = None
        self._scope = scope
        self._path = str(scope["path"])
        self._is_https = scope.get("scheme") == "https"
        self._headless = "asked_head" not in scope
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            # The router has been passed by now, if any route was found.
            self._scope.get(NOTED, {})["route"] = logs.route_of(self._scope)
            self._seal(MutableHeaders(scope=message))
        elif message["type"] == "http.response.body" and not self._headless:
            message = {**message, "body": b""}
        await self._send(message)

    def _seal(self, headers: MutableHeaders) -> None:
        headers["X-Trace-Id"] = self.trace_id
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        if self._is_https:
            headers["Strict-Transport-Security"] = HSTS
        policies = (policy for prefix, policy in POLICIES.items() if self._path.startswith(prefix))
        # A target need not begin with a slash: `OPTIONS *`, or a whole address as a proxy is asked.
        policy = next(policies, POLICIES["/"])
        headers.setdefault("Content-Security-Policy", policy)


class EntityTags:
    """ASGI middleware that tags small JSON answers by their content and answers 304 to who has them already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tag one answer."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        await self.app(scope, receive, _Tagged(Headers(scope=scope).get("if-none-match", ""), send).send)


class _Tagged:
    """The way out of one GET: holds the head back until the body is there to be tagged."""

    def __init__(self, known: str, send: Send) -> None:
        self._known = {tag.strip() for tag in known.split(",")}
        self._send = send
        self._start: Message | None = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_taggable(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            start, self._start = self._start, None
            await self._finish(start, message)

    async def _finish(self, start: Message, body: Message) -> None:
        if body.get("more_body"):
            await self._send(start)
            await self._send(body)
            return
        headers = MutableHeaders(scope=start)
        # Weak, since the bytes differ when they are compressed on the way.
        headers["ETag"] = tag = f'W/"{hashlib.sha256(body["body"]).hexdigest()[:32]}"'
        headers.setdefault("Cache-Control", "no-cache")
        if tag in self._known:
            start["status"] = HTTPStatus.NOT_MODIFIED
            del headers["content-length"]
            body = {**body, "body": b""}
        await self._send(start)
        await self._send(body)


def _is_taggable(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "").partition(";")[0]
    # What nobody may keep has no tag: a tag is a hash of what is said, a contact too.
    is_kept = headers.get("cache-control") != "no-store" and "etag" not in headers
    return start["status"] == HTTPStatus.OK and kind in TAGGED and is_kept
