"""Who asks: the account behind a cookie or a key, remembered for a moment: a tile should not cost a query."""

import threading
import time
from collections import deque

import sqlalchemy as sa
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from gis.db import engine as engines
from gis.domain.credentials import digest
from gis.domain.staff import NOBODY, Caller
from gis.errors import NotAllowedError, TooOftenError
from gis.services import sessions

COOKIE = "wangge"
REMEMBERED_S = 2.0
REMEMBERED = 10_000
MINUTE_S = 60.0
SAFE = ("GET", "HEAD", "OPTIONS")
Known = tuple[Caller, int | None, float]


def token_of(request: Request) -> str | None:
    """Return the token of a request: a key or session in `Authorization: Bearer`, or the cookie's."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else request.cookies.get(COOKIE)


def address_of(request: Request) -> str:
    """Return the network address that a request came from."""
    return request.client.host if request.client else ""


class Callers:
    """The callers of one process.

    A session that another process ends is refused here `REMEMBERED_S` later at most.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._known: dict[str, Known] = {}
        self._asked: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    async def of(self, request: Request) -> Caller:
        """Return who asks; `NOBODY` without a token.

        Raises
        ------
        NotSignedInError : a token that is not known or has ended.
        NotAllowedError : a cookie on a change that another site's page asked for.
        TooOftenError : a key beyond its requests a minute.
        """
        token = token_of(request)
        if token is None:
            return NOBODY
        if "authorization" not in request.headers:
            _refuse_other_sites(request)
        key = digest(token)
        known = self._known.get(key)
        if known is None or known[2] < time.monotonic():
            known = await run_in_threadpool(self._ask, token, key)
        caller, per_minute, _ = known
        if per_minute is not None:
            self._count(key, per_minute)
        return caller

    def forget(self) -> None:
        """Ask the database anew for everybody: a session has ended or a role has changed."""
        self._known.clear()

    def _ask(self, token: str, key: str) -> Known:
        with engines.transaction(self._engine) as connection:
            caller, per_minute = sessions.caller_of(connection, token)
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[key] = known = (caller, per_minute, time.monotonic() + REMEMBERED_S)
        return known

    def _count(self, key: str, per_minute: int) -> None:
        now = time.monotonic()
        with self._lock:
            asked = self._asked.setdefault(key, deque())
            while asked and asked[0] <= now - MINUTE_S:
                asked.popleft()
            if len(asked) >= per_minute:
                wait_s = int(asked[0] + MINUTE_S - now) + 1
                raise TooOftenError(f"This key may ask {per_minute} times a minute.", retry_after_s=wait_s)
            asked.append(now)


def _refuse_other_sites(request: Request) -> None:
    """Refuse a change that rides on the cookie from a page of another site; browsers say where a request begins."""
    if request.scope["method"] in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_ours = site in (None, "same-origin", "none") and origin in (None, f"{request.url.scheme}://{request.url.netloc}")
    if not is_ours:
        raise NotAllowedError("A page of another site asked for this change.")
