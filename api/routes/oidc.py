"""To the identity provider and back: the two addresses that a browser is sent to, not a page's script."""

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from api.callers import address_of, token_of
from api.deps import Engine, IdentityProviderOfService, SettingsOfService, VaultOfService
from api.identity_provider import Answer
from api.problems import documented, is_page, problem, status_of
from api.routes.session import set_cookie
from gis import errors
from gis.db import engine as engines
from gis.domain.identities import Attempt, way_back
from gis.domain.staff import EVERYWHERE
from gis.errors import WanggeError
from gis.services import identities
from gis.services.sessions import Opened
from gis.settings import Settings

router = APIRouter(tags=["session"])

log = logging.getLogger("wangge.identity")

CARRIER = "wangge-oidc"
CARRIER_PATH = "/session/oidc"
LONGEST = 4_000
# What the page to sign in says in both languages; the nearest class in the method resolution order decides.
REASONS: dict[type[WanggeError], str] = {
    errors.IdentityDeniedError: "denied",
    errors.IdentityRefusedError: "refused",
    errors.IdentityUnknownError: "unknown",
    errors.IdentityProviderUnavailableError: "unreachable",
    errors.ConflictError: "taken",
    errors.TooOftenError: "often",
}
COUNTED = (errors.IdentityRefusedError, errors.IdentityUnknownError)
LEADS: dict[int | str, dict[str, Any]] = {303: {"description": "Where the browser goes on."}}


@dataclass(frozen=True)
class Ended:
    """How a sign-in at the provider ended: what the page is told, and the session or what is still carried."""

    told: str = ""
    opened: Opened | None = None
    carried: str | None = None


@router.get(
    "/session/oidc",
    status_code=303,
    response_class=RedirectResponse,
    summary="Sign in by the identity provider. 统一身份认证登录",
    responses={**LEADS, **documented(404)},
)
def begin(
    request: Request,
    settings: SettingsOfService,
    vault: VaultOfService,
    provider: IdentityProviderOfService,
    back: Annotated[str, Query(description="path of this host to come back to")] = "/",
) -> Response:
    """Send the browser to the provider, with what it has to bring back."""
    attempt, sealed = identities.begin(vault, back)
    try:
        address = provider.address(attempt, redirect_uri(request, settings))
    except errors.IdentityProviderUnavailableError as error:
        return _refused(request, error, attempt.back)
    answer = _leading(address)
    carry(answer, request, settings, sealed)
    return answer


@router.get(
    "/session/oidc/callback",
    status_code=303,
    response_class=RedirectResponse,
    summary="Where the identity provider sends the browser back to. 统一身份认证回调",
    responses={**LEADS, **documented(404, 409)},
)
def end(
    request: Request,
    settings: SettingsOfService,
    vault: VaultOfService,
    provider: IdentityProviderOfService,
    engine: Engine,
) -> Response:
    """Open a session for whom the provider vouches, or link what it says to the account that asked for it.

    There are two transactions and none in between, so that no connection waits for the provider. Names of the query
    that are not known are passed over, as RFC 6749 (4.1.2) demands.
    """
    attempt: Attempt | None = None
    address = address_of(request)
    try:
        answer = _answer(request)
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            sealed = request.cookies.get(CARRIER, "")
            attempt = identities.resume(connection, vault, sealed, answer.state or "", address=address)
        identity = provider.identify(answer, attempt, redirect_uri(request, settings))
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            if attempt.account_id is not None:
                identities.link_own(connection, attempt, identity, token_of(request), address=address)
                ended = Ended(told="linked")
            else:
                found = identities.enter(
                    connection, identity, provider.provider, back=attempt.back, address=address, vault=vault
                )
                ended = Ended(opened=found) if isinstance(found, Opened) else Ended(told="code", carried=found)
    except tuple(REASONS) as error:
        # What this browser did not begin is not counted: any page could send it here, and lock its whole office out.
        if attempt is not None and isinstance(error, COUNTED):
            with engines.transaction(engine, scope=EVERYWHERE) as connection:
                identities.fail(connection, address)
        return _refused(request, error, attempt.back if attempt else "/")
    return _ended(request, settings, ended, attempt.back)


def redirect_uri(request: Request, settings: Settings) -> str:
    """Return where the provider sends browsers back to; it knows this address from when we were registered."""
    ours = settings.public_url or f"{request.url.scheme}://{request.url.netloc}"
    return f"{ours}{CARRIER_PATH}/callback"


def carry(answer: Response, request: Request, settings: Settings, sealed: str) -> None:
    """Let the browser carry what is sealed, for ten minutes, to the routes of the provider alone."""
    answer.set_cookie(
        CARRIER,
        sealed,
        max_age=int(identities.CARRIED.total_seconds()),
        path=CARRIER_PATH,
        httponly=True,
        samesite="lax",
        secure=redirect_uri(request, settings).startswith("https:"),
    )


def drop(answer: Response) -> None:
    """Let the browser carry nothing any more."""
    answer.delete_cookie(CARRIER, path=CARRIER_PATH)


def _answer(request: Request) -> Answer:
    given = request.query_params
    names = {"state": "state", "code": "code", "iss": "issuer", "error": "error"}
    if any(len(given.getlist(name)) > 1 or len(given.get(name, "")) > LONGEST for name in names):
        raise errors.IdentityRefusedError("The identity provider's answer cannot be read one way only; begin again.")
    read: dict[str, Any] = {ours: given.get(name) for name, ours in names.items()}
    return Answer(**read)


def _ended(request: Request, settings: Settings, ended: Ended, back: str) -> Response:
    opened = ended.opened
    # A second factor that is due is asked for there, and so is the code of one that is set up.
    is_done = opened is not None and opened.caller.is_whole
    answer = _leading(back if is_done else _sign_in(ended.told, back))
    if ended.carried is None:
        drop(answer)
    else:
        carry(answer, request, settings, ended.carried)
    if opened is not None:
        set_cookie(answer, request, opened)
    return answer


def _refused(request: Request, error: WanggeError, back: str) -> Response:
    """Tell a browser on the page to sign in, in the reader's language, and a program as a problem."""
    log.warning("trace %s: sign-in refused: %s", request.scope.get("trace_id", ""), error.__cause__ or error)
    reason = next(REASONS[kind] for kind in type(error).__mro__ if kind in REASONS)
    if is_page(request):
        answer: Response = _leading(_sign_in(reason, back))
    else:
        answer = problem(request, status_of(error), error.detail, headers={"X-Sign-In": reason})
    drop(answer)
    return answer


def _sign_in(told: str, back: str) -> str:
    said = [f"oidc={told}"] if told else []
    said += [f"back={quote(back, safe='')}"] if way_back(back) != "/" else []
    return "/sign-in" + ("?" + "&".join(said) if said else "")


def _leading(address: str) -> RedirectResponse:
    return RedirectResponse(address, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
