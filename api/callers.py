"""Who asks: the account behind a cookie or a key, remembered for a moment: a tile should not cost a query."""

import time

import sqlalchemy as sa
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.meter import Meter
from gis.db import engine as engines
from gis.domain.credentials import digest
from gis.domain.staff import NOBODY, Caller
from gis.errors import NotAllowedError, TooOftenError
from gis.services import sessions

COOKIE = "wangge"
REMEMBERED_S = 2.0
REMEMBERED = 10_000
SAFE = ("GET", "HEAD", "OPTIONS")
Known = tuple[Caller, int | None, float]


def token_of(request: Request) -> str | None:
    """Return the token of a request: a key or session in `Authorization: Bearer`, or the cookie's."""
    return _bearer(request) or request.cookies.get(COOKIE)


def address_of(request: Request) -> str:
    """Return the network address that a request came from."""
    return request.client.host if request.client else ""


class Callers:
    """The callers of one process.

    They are forgotten when a transaction here has changed who they are, and when the database tells of one elsewhere. A
    notice that is lost costs `REMEMBERED_S` at most.
    """

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._known: dict[str, Known] = {}
        self._meter = Meter()

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
        if not _bearer(request):
            _refuse_other_sites(request)
        known = self.remembered(token)
        if known is None:
            known = await run_in_threadpool(self._ask, token)
        caller, per_minute, _ = known
        if per_minute is not None:
            wait_s = self._meter.spend(per_minute, digest(token))
            if wait_s:
                raise TooOftenError(f"This key may ask {per_minute} times a minute.", retry_after_s=wait_s)
        return caller

    def remembered(self, token: str) -> Known | None:
        """Return whom a token stands for, and how many requests a minute it may make, where it was asked lately."""
        known = self._known.get(digest(token))
        return None if known is None or known[2] < time.monotonic() else known

    def forget(self) -> None:
        """Ask the database anew for everybody: a session has ended or a role has changed. Callable from any thread.

        What is being asked right now may be answered as of before; it is written into what is put away here.
        """
        self._known = {}

    def _ask(self, token: str) -> Known:
        # Before the question: see `forget`.
        known = self._known
        with engines.transaction(self._engine) as connection:
            caller, per_minute = sessions.caller_of(connection, token)
        if len(known) >= REMEMBERED:
            known.clear()
        known[digest(token)] = found = (caller, per_minute, time.monotonic() + REMEMBERED_S)
        return found


def _bearer(request: Request) -> str:
    """Return the token that was sent on purpose; a cookie comes along by itself."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _refuse_other_sites(request: Request) -> None:
    """Refuse a change that rides on the cookie from a page of another site; browsers say where a request begins."""
    if request.scope["method"] in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    is_ours = site in (None, "same-origin", "none") and origin in (None, f"{request.url.scheme}://{request.url.netloc}")
    if not is_ours:
        raise NotAllowedError("A page of another site asked for this change.")
