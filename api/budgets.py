"""How often one sender may ask: one table of budgets by kind of request, and what counts against them.

Who has signed in spends the budget of the account, everybody else that of the network address; a system's key has a
budget of its own (`api.callers`). A minute is a moving window, counted in each process.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.callers import Callers, address_of, token_of
from api.meter import Meter
from api.problems import problem
from gis.domain.networks import sender
from gis.errors import WanggeError

# Requests a minute. `WANGGE_RATE_INTAKE="60 300"` replaces a row; `off` in the place of a number counts nothing.
TABLE = """
          address  account
sign_in        60       60
intake        120      600
heavy         300     1200
tiles        6000     6000
other         900      900
"""
# Which row a request is counted in: the first whose methods and beginning of the path are the request's.
PLACES = (
    ("sign_in", ("POST",), "/session"),
    ("intake", ("POST",), "/reports"),
    ("intake", ("PUT",), "/photos"),
    ("heavy", ("POST",), "/route"),
    ("heavy", ("GET",), "/hotspots"),
    ("heavy", ("GET",), "/patrols/"),
    ("heavy", ("GET",), "/cameras"),
    ("heavy", ("GET",), "/maps/"),
    ("heavy", ("GET",), "/audit/export"),
    ("heavy", ("POST",), "/audit/"),
    ("tiles", ("GET",), "/tiles/"),
    ("tiles", ("GET",), "/static/"),
)
OTHER = "other"
OFF = "off"
Row = tuple[int | None, int | None]


def read(rates: Mapping[str, str]) -> dict[str, Row]:
    """Return (of an address, of an account) a minute by kind; `rates` replaces rows of the table.

    Raises `WanggeError` for a kind that the table does not have, or what is no pair of numbers.
    """
    rows = {name: numbers for name, *numbers in (line.split() for line in TABLE.strip().splitlines()[1:])}
    for name, text in rates.items():
        numbers = text.split()
        if name not in rows or len(numbers) != 2 or not all(part == OFF or _is_count(part) for part in numbers):
            raise WanggeError(
                f"WANGGE_RATE_{name.upper()} is not understood: two numbers or {OFF}, such as '60 300', for one of "
                f"{', '.join(f'WANGGE_RATE_{kind.upper()}' for kind in rows)}."
            )
        rows[name] = numbers
    return {name: (_count(of_address), _count(of_account)) for name, (of_address, of_account) in rows.items()}


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) <= 1_000_000


def _count(text: str) -> int | None:
    return None if text == OFF else int(text)


def kind_of(method: str, path: str) -> str:
    """Return the row of the table that a request is counted in."""
    return next((kind for kind, methods, begin in PLACES if method in methods and path.startswith(begin)), OTHER)


class Budgets:
    """ASGI middleware that answers 429 to who has spent a budget, before anything is read or asked."""

    def __init__(self, app: ASGIApp, rows: Mapping[str, Row]) -> None:
        self.app = app
        self._rows = rows
        self._meter = Meter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count one request."""
        wait_s = self._spend(Request(scope)) if scope["type"] == "http" else 0
        if wait_s:
            detail = f"This is asked too often; try again in {wait_s} s."
            refusal = problem(Request(scope), 429, detail, headers={"Retry-After": str(wait_s)})
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _spend(self, request: Request) -> int:
        kind = kind_of(request.scope["method"], request.scope["path"])
        of_address, of_account = self._rows[kind]
        account, has_own = _account(request)
        if has_own:
            return 0
        most, who = (of_address, sender(address_of(request))) if account is None else (of_account, f"account {account}")
        return 0 if most is None else self._meter.spend(most, kind, who)


def _account(request: Request) -> tuple[int | None, bool]:
    """Return the account of who is remembered, and whether it has a budget of its own."""
    callers: Callers | None = getattr(request.app.state, "callers", None)
    token = token_of(request)
    known = callers.remembered(token) if callers and token else None
    if known is None:
        return None, False
    return known[0].account_id, known[1] is not None
