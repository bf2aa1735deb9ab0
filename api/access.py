"""Who may do what: one table of every route and every role, and the check that reads it.

    -    may not
    in   inside the areas that the role is given for, everything below them included
    all  wherever it is; in the first column also who has not signed in
    map  the plain map, which has no scope; who has not signed in too, where `WANGGE_OPEN_MAP` is on
    say  to report; who has not signed in too, where `WANGGE_OPEN_REPORTING` is on

What lies outside of somebody's areas, beside or above them, does not exist for them: listings leave it out, and asking
for it by name is answered like asking for what is not there. A caller with several roles has what any of them gives.

How to reach who reported is for those who call back: window, handler, clerk and dispatcher. Grid workers and leaders
may be the ones complained of. `/follow/…` asks for the secret of a report instead of an account.

The columns: no nobody, who has not signed in; ci citizen; wo worker; l2 level-2 worker; le leader; wi window;
ha handler; cl clerk; pl planner; di dispatcher; au auditor; ad administrator.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import Request

from gis.domain.staff import EVERYWHERE, NOBODY, ROLES, Caller, Scope
from gis.errors import NotAllowedError, NotSignedInError
from gis.settings import Settings

SHORT = ("ci", "wo", "l2", "le", "wi", "ha", "cl", "pl", "di", "au", "ad")
COLUMNS = {"no": "nobody", **dict(zip(SHORT, ROLES, strict=True))}
TABLE = """
                                              no   ci   wo   l2   le   wi   ha   cl   pl   di   au   ad
GET    /route                                 map  map  map  map  map  map  map  map  map  map  map  map
POST   /route                                 map  map  map  map  map  map  map  map  map  map  map  map
POST   /reports                               say  say  say  say  say  say  say  say  say  say  say  say
GET    /reports                               -    -    in   in   in   in   in   in   -    in   -    -
GET    /reports/{id}                          -    -    in   in   in   in   in   in   -    in   -    -
GET    /reports/{id}/decision                 -    -    in   in   in   in   in   in   -    in   -    -
POST   /reports/{id}/decision                 -    -    -    -    in   -    -    -    -    in   -    -
GET    /reports/{id}/contact                  -    -    -    -    -    in   in   in   -    in   -    -
POST   /reports/{id}/contact/unmask           -    -    -    -    -    in   in   in   -    in   -    -
GET    /follow/report                         all  all  all  all  all  all  all  all  all  all  all  all
GET    /follow/photos/{sha256}                all  all  all  all  all  all  all  all  all  all  all  all
GET    /follow/export                         all  all  all  all  all  all  all  all  all  all  all  all
PUT    /follow/contact                        all  all  all  all  all  all  all  all  all  all  all  all
DELETE /follow/contact                        all  all  all  all  all  all  all  all  all  all  all  all
POST   /follow/erasure                        all  all  all  all  all  all  all  all  all  all  all  all
PUT    /photos                                say  say  say  say  say  say  say  say  say  say  say  say
GET    /reports/{id}/photos                   -    -    in   in   in   in   in   in   -    in   -    -
GET    /photos/{sha256}                       -    -    in   in   in   in   in   in   -    in   -    -
GET    /events                                map  map  in   in   in   in   in   in   map  in   map  map
GET    /grids                                 map  map  map  map  map  map  map  map  map  map  map  map
GET    /grids/{code}                          map  map  map  map  map  map  map  map  map  map  map  map
GET    /divisions                             map  map  map  map  map  map  map  map  map  map  map  map
GET    /divisions/{code}                      map  map  map  map  map  map  map  map  map  map  map  map
GET    /plans                                 map  map  map  map  map  map  map  map  map  map  map  map
GET    /plans/{revision}                      map  map  map  map  map  map  map  map  map  map  map  map
GET    /layers                                map  map  map  map  map  map  map  map  map  map  map  map
GET    /tiles/{layer}/{revision}/{z}/{x}/{y}  map  map  map  map  map  map  map  map  map  map  map  map
GET    /style.json                            map  map  map  map  map  map  map  map  map  map  map  map
GET    /search                                map  map  map  map  map  map  map  map  map  map  map  map
GET    /hotspots                              -    -    in   in   in   in   in   in   in   in   -    -
GET    /patrols/coverage                      -    -    -    in   in   -    -    -    in   in   -    -
GET    /cameras                               -    -    -    -    in   -    -    -    in   in   -    -
GET    /cameras/coverage                      -    -    -    -    in   -    -    -    in   in   -    -
GET    /maps/hotspots.html                    -    -    in   in   in   in   in   in   in   in   -    -
GET    /maps/patrols.html                     -    -    -    in   in   -    -    -    in   in   -    -
GET    /maps/cameras.html                     -    -    -    -    in   -    -    -    in   in   -    -
GET    /accounts                              -    -    -    -    -    -    -    -    -    -    -    all
POST   /accounts                              -    -    -    -    -    -    -    -    -    -    -    all
GET    /accounts/{name}/keys                  -    -    -    -    -    -    -    -    -    -    -    all
POST   /accounts/{name}/keys                  -    -    -    -    -    -    -    -    -    -    -    all
DELETE /accounts/{name}/keys/{number}         -    -    -    -    -    -    -    -    -    -    -    all
POST   /accounts/{name}/{change}              -    -    -    -    -    -    -    -    -    -    -    all
PUT    /identities/{name}                     -    -    -    -    -    -    -    -    -    -    -    all
DELETE /identities/{name}                     -    -    -    -    -    -    -    -    -    -    -    all
GET    /audit                                 -    -    -    -    -    -    -    -    -    -    in   -
GET    /audit/export                          -    -    -    -    -    -    -    -    -    -    in   -
GET    /audit/verification                    -    -    -    -    -    -    -    -    -    -    in   -
POST   /audit/verification                    -    -    -    -    -    -    -    -    -    -    in   -
GET    /posts                                 -    -    in   in   in   in   -    in   -    in   -    all
GET    /posts/answering                       -    -    in   in   in   in   in   in   -    in   -    all
GET    /posts/vacancies                       -    -    -    in   in   -    -    -    in   in   -    all
GET    /posts/questions                       -    -    -    -    in   -    -    -    in   in   -    all
POST   /posts                                 -    -    -    -    -    -    -    -    -    in   -    all
POST   /posts/{id}/substitute                 -    -    -    -    in   -    -    -    -    in   -    all
POST   /posts/{id}/{change}                   -    -    -    -    -    -    -    -    -    in   -    all
POST   /rosters                               -    -    -    -    -    -    -    -    -    -    -    all
GET    /consents                              -    all  all  all  all  all  all  all  all  all  all  all
POST   /consents                              -    all  all  all  all  all  all  all  all  all  all  all
DELETE /consents/{purpose}                    -    all  all  all  all  all  all  all  all  all  all  all
GET    /register                              -    -    -    -    -    -    -    -    -    -    all  all
GET    /register/assessments                  -    -    -    -    -    -    -    -    -    -    all  all
POST   /register/assessments                  -    -    -    -    -    -    -    -    -    -    -    all
PUT    /register/assessments/{number}         -    -    -    -    -    -    -    -    -    -    -    all
GET    /register/breaches                     -    -    -    -    -    -    -    -    -    -    all  all
POST   /register/breaches                     -    -    -    -    -    -    -    -    -    -    -    all
PUT    /register/breaches/{number}            -    -    -    -    -    -    -    -    -    -    -    all
GET    /figures                               map  map  map  map  map  map  map  map  map  map  map  map
GET    /figures.csv                           map  map  map  map  map  map  map  map  map  map  map  map
GET    /session                               all  all  all  all  all  all  all  all  all  all  all  all
POST   /session                               all  all  all  all  all  all  all  all  all  all  all  all
DELETE /session                               all  all  all  all  all  all  all  all  all  all  all  all
POST   /session/activation                    all  all  all  all  all  all  all  all  all  all  all  all
POST   /session/password                      -    all  all  all  all  all  all  all  all  all  all  all
GET    /session/second-factor                 -    all  all  all  all  all  all  all  all  all  all  all
POST   /session/second-factor                 -    all  all  all  all  all  all  all  all  all  all  all
GET    /session/oidc                          all  all  all  all  all  all  all  all  all  all  all  all
GET    /session/oidc/callback                 all  all  all  all  all  all  all  all  all  all  all  all
POST   /session/oidc/code                     all  all  all  all  all  all  all  all  all  all  all  all
POST   /session/oidc/link                     -    all  all  all  all  all  all  all  all  all  all  all
GET    /session/identity                      -    all  all  all  all  all  all  all  all  all  all  all
GET    /live                                  all  all  all  all  all  all  all  all  all  all  all  all
GET    /ready                                 all  all  all  all  all  all  all  all  all  all  all  all
GET    /                                      all  all  all  all  all  all  all  all  all  all  all  all
GET    /follow                                all  all  all  all  all  all  all  all  all  all  all  all
GET    /report                                all  all  all  all  all  all  all  all  all  all  all  all
GET    /sign-in                               all  all  all  all  all  all  all  all  all  all  all  all
GET    /accounts.html                         all  all  all  all  all  all  all  all  all  all  all  all
GET    /audit.html                            all  all  all  all  all  all  all  all  all  all  all  all
GET    /roster                                all  all  all  all  all  all  all  all  all  all  all  all
GET    /consents.html                         all  all  all  all  all  all  all  all  all  all  all  all
GET    /register.html                         all  all  all  all  all  all  all  all  all  all  all  all
GET    /sw.js                                 all  all  all  all  all  all  all  all  all  all  all  all
GET    /favicon.ico                           all  all  all  all  all  all  all  all  all  all  all  all
GET    /docs                                  all  all  all  all  all  all  all  all  all  all  all  all
"""
CELLS = ("-", "in", "all", "map", "say")
NOBODY_ROLE = "nobody"
# Whose second factor is due may do nothing but set it up, and leave.
BEFORE_SECOND_FACTOR = ("/session", "/session/second-factor")
# Parts of the pages that are shown only to who may ask what stands behind them.
PARTS = {
    "reports": ("GET", "/reports/{id}"),
    "corrections": ("POST", "/reports/{id}/decision"),
    "contacts": ("GET", "/reports/{id}/contact"),
    "answering": ("GET", "/posts/answering"),
    "hotspots": ("GET", "/hotspots"),
    "patrols": ("GET", "/patrols/coverage"),
    "cameras": ("GET", "/cameras/coverage"),
}

Row = Mapping[str, str]


@dataclass(frozen=True)
class Access:
    """What was allowed: who asks, and in which areas."""

    caller: Caller
    scope: Scope

    @property
    def is_public(self) -> bool:
        """Whether who asks is nobody of the staff: then numbers that count reports are not told."""
        return self.caller.roles <= {"citizen"}


def read(table: str) -> dict[tuple[str, str], Row]:
    """Return the cells of a table by (method, path) and role. Raises ValueError for one that is not whole."""
    head, *lines = [line.split() for line in table.strip().splitlines()]
    columns = [COLUMNS[short] for short in head]
    rows: dict[tuple[str, str], Row] = {
        (method, path): dict(zip(columns, cells, strict=True)) for method, path, *cells in lines
    }
    if len(rows) != len(lines) or any(cell not in CELLS for row in rows.values() for cell in row.values()):
        raise ValueError("a route stands twice, or a cell is none of those that are known")
    return rows


ROWS = read(TABLE)


def allow(caller: Caller, method: str, path: str, settings: Settings) -> Access:
    """Return in which areas a caller may do what a route does.

    Raises
    ------
    NotSignedInError : not without signing in, or not before a second factor is set up.
    NotAllowedError : no role of the caller may, wherever it is.
    """
    row = ROWS[method, path]
    opened = is_open(method, path, settings)
    if not caller.is_whole and path not in BEFORE_SECOND_FACTOR:
        if not opened:
            raise NotSignedInError("Set up your second factor first.")
        caller = NOBODY
    if not opened and caller.account_id is None:
        raise NotSignedInError("Sign in first.")
    # Whoever has signed in is at least a citizen.
    roles = caller.roles | {"citizen"}
    cells = {row[role] for role in roles}
    if not opened and cells == {"-"}:
        raise NotAllowedError("None of your roles may do this.")
    if caller.account_id is not None and "all" in cells:
        return Access(caller, EVERYWHERE)
    return Access(caller, caller.scope({role for role in roles if row[role] == "in"}))


def parts(caller: Caller, settings: Settings) -> list[str]:
    """Return which of `PARTS` a caller may ask for, in some area."""
    return [name for name, (method, path) in PARTS.items() if _may(caller, method, path, settings)]


def _may(caller: Caller, method: str, path: str, settings: Settings) -> bool:
    try:
        allow(caller, method, path, settings)
    except (NotSignedInError, NotAllowedError):
        return False
    return True


def route_of(request: Request) -> tuple[str, str]:
    """Return method and path of the row that a request is judged by."""
    return request.scope["method"], request.scope["route"].path


def who_may(method: str, path: str) -> str:
    """Return in words who may ask a route: ``anyone``, or the roles, those within their areas after a colon."""
    row = ROWS[method, path]
    if row[NOBODY_ROLE] == "all":
        return "anyone"
    if row[NOBODY_ROLE] in ("map", "say"):
        setting = {"map": "WANGGE_OPEN_MAP", "say": "WANGGE_OPEN_REPORTING"}[row[NOBODY_ROLE]]
        return f"signed in; anyone with {setting}"
    everywhere = [role for role in ROLES if row[role] == "all"]
    inside = [role for role in ROLES if row[role] == "in"]
    parts = [", ".join(everywhere) if len(everywhere) < len(ROLES) else "signed in"]
    parts += [f"in their areas: {', '.join(inside)}"] if inside else []
    return "; ".join(part for part in parts if part)


def is_open(method: str, path: str, settings: Settings) -> bool:
    """Tell whether a route is open to who has not signed in."""
    cell = ROWS[method, path][NOBODY_ROLE]
    return cell == "all" or (cell == "map" and settings.open_map) or (cell == "say" and settings.open_reporting)
