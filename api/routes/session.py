"""The session: sign in and out, the first password, the second factor."""

import io
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api.access import PARTS, parts
from api.bodies import StrictRoute
from api.callers import COOKIE, address_of, token_of
from api.deps import (
    AccessOfCaller,
    ActorOfCaller,
    CallersTransaction,
    IntakeTransaction,
    SettingsOfService,
    VaultOfService,
)
from api.problems import documented, problem
from gis.domain.credentials import LONGEST
from gis.domain.staff import ROLES, SECOND_FACTOR_ROLES, Caller
from gis.services import accounts, sessions
from gis.services.sessions import TRIES_WITHIN, Opened, Refused
from gis.settings import Settings

router = APIRouter(route_class=StrictRoute, tags=["session"])

REFUSALS = {
    "wrong": (401, "Name, password or code is wrong."),
    "code": (401, "A code of your second factor is needed."),
    "often": (429, "Too many sign-ins failed; wait ten minutes."),
}
Text = Annotated[str, Strict(), Field(max_length=LONGEST)]


class Body(BaseModel):
    """A body without names that nobody knows."""

    model_config = ConfigDict(extra="forbid")


class SignIn(Body):
    """Who signs in. `code` is that of the second factor, where one is set up."""

    name: Text = Field(description="name or telephone")
    password: Text
    code: Text | None = None


class Activation(Body):
    """The code that a leader handed over, and the password that is chosen."""

    code: Text
    password: Text


class Passwords(Body):
    """The present password, and the one that is wanted."""

    present: Text
    wanted: Text


class SecondFactor(Body):
    """What `GET /session/second-factor` sealed, and a code that proves it."""

    sealed: Annotated[str, Strict(), Field(max_length=1_000)]
    code: Text


class GrantShape(BaseModel):
    """A role in an area."""

    role: str = Field(description=", ".join(ROLES))
    area: str = Field(description="code of a division, zone, level-2 grid or grid")


class CallerShape(BaseModel):
    """Who is signed in."""

    name: str | None = Field(description="null for who has not signed in")
    grants: list[GrantShape]
    may: list[str] = Field(description=f"parts of the pages that are for who asks, of {', '.join(PARTS)}")
    second_factor_due: bool = Field(description="true until it is set up; nothing else can be done before")
    open_map: bool = Field(description="whether the plain map is open to all")
    open_reporting: bool
    identity_provider: dict[str, str] | None = Field(description="its name (zh, en), where one signs people in too")


class NewSecondFactor(BaseModel):
    """A second factor to be confirmed."""

    sealed: str
    address: str = Field(description="otpauth:// address, for apps")
    qr_svg: str = Field(description="the same as a QR code")


@router.get("/session", response_model=CallerShape, summary="Who is signed in. 当前会话", responses=documented(422))
def read(access: AccessOfCaller, settings: SettingsOfService) -> JSONResponse:
    """Return who asks; it is no error not to be signed in."""
    return JSONResponse(_shape(access.caller, settings), headers={"Cache-Control": "no-store"})


@router.post("/session", response_model=CallerShape, summary="Sign in. 登录", responses=documented(400, 413, 415, 422))
def sign_in(
    body: SignIn, request: Request, connection: IntakeTransaction, settings: SettingsOfService, vault: VaultOfService
) -> Response:
    """Open a session, as a cookie that scripts cannot read. A sign-in that failed is counted."""
    address = address_of(request)
    found = sessions.sign_in(connection, body.name, body.password, body.code, address=address, vault=vault)
    if isinstance(found, Refused):
        return refusal(request, found)
    return with_cookie(request, found, settings)


@router.delete("/session", status_code=204, summary="Sign out. 退出", responses=documented(422))
def sign_out(request: Request, connection: CallersTransaction, actor: ActorOfCaller) -> Response:
    """End the session; nothing happens where there is none."""
    token = token_of(request)
    # A token that nobody knows would ring at every process.
    if token and actor.id is not None:
        sessions.sign_out(connection, token, by=actor)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.post(
    "/session/activation",
    status_code=204,
    summary="Set the first password with an activation code. 激活账号",
    responses=documented(400, 404, 413, 415, 422),
)
def activate(body: Activation, request: Request, connection: IntakeTransaction) -> Response:
    """Set it; then sign in with the name, which the header `X-Account` tells."""
    name = accounts.activate(connection, body.code, body.password, address=address_of(request))
    return Response(status_code=204, headers={"X-Account": name.encode("ascii", "xmlcharrefreplace").decode()})


@router.post(
    "/session/password",
    response_model=CallerShape,
    summary="Change the password. 修改密码",
    responses=documented(400, 413, 415, 422),
)
def change_password(
    body: Passwords,
    request: Request,
    access: AccessOfCaller,
    connection: CallersTransaction,
    settings: SettingsOfService,
) -> Response:
    """Set it; every session of the account ends, and this one begins anew. A wrong password is counted."""
    opened = sessions.change_password(connection, access.caller, body.present, body.wanted, address=address_of(request))
    if isinstance(opened, Refused) and opened.reason == "wrong":
        return problem(request, 422, "The present password is another one.")
    if isinstance(opened, Refused):
        return refusal(request, opened)
    return with_cookie(request, opened, settings)


@router.get(
    "/session/second-factor",
    response_model=NewSecondFactor,
    summary="A new second factor, to be confirmed. 绑定动态口令",
    responses=documented(409, 422),
)
def begin_second_factor(access: AccessOfCaller, connection: IntakeTransaction, vault: VaultOfService) -> JSONResponse:
    """Return a secret for an authenticator app; nothing is set up until a code of it is sent."""
    sealed, address = sessions.begin_second_factor(connection, access.caller, vault)
    picture = io.BytesIO()
    segno.make(address).save(picture, kind="svg", scale=4, border=2, xmldecl=False)
    shape = {"sealed": sealed, "address": address, "qr_svg": picture.getvalue().decode()}
    return JSONResponse(shape, headers={"Cache-Control": "no-store"})


@router.post(
    "/session/second-factor",
    status_code=204,
    summary="Confirm the second factor. 确认动态口令",
    responses=documented(400, 409, 413, 415, 422),
)
def confirm_second_factor(
    body: SecondFactor,
    request: Request,
    access: AccessOfCaller,
    connection: CallersTransaction,
    vault: VaultOfService,
) -> Response:
    """Set it up; the session can then do what its roles may."""
    token = token_of(request) or ""
    sessions.confirm_second_factor(
        connection,
        access.caller,
        body.sealed,
        body.code,
        token=token,
        vault=vault,
        address=address_of(request),
    )
    return Response(status_code=204)


def refusal(request: Request, refused: Refused) -> JSONResponse:
    """Return a sign-in that failed as a problem: answered, not raised, since what was counted has to be kept."""
    status, detail = REFUSALS[refused.reason]
    headers = {"Retry-After": str(int(TRIES_WITHIN.total_seconds()))} if status == 429 else {}
    return problem(request, status, detail, headers={**headers, "X-Sign-In": refused.reason})


def with_cookie(request: Request, opened: Opened, settings: Settings) -> JSONResponse:
    """Return who has signed in, with the cookie of the session."""
    answer = JSONResponse(_shape(opened.caller, settings), headers={"Cache-Control": "no-store"})
    set_cookie(answer, request, opened)
    return answer


def set_cookie(answer: Response, request: Request, opened: Opened) -> None:
    """Give the browser a session, as a cookie that scripts cannot read."""
    answer.set_cookie(
        COOKIE,
        opened.token,
        max_age=int(opened.lifetime.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )


def _shape(caller: Caller, settings: Settings) -> dict[str, Any]:
    provider = settings.identity_provider
    return {
        "name": caller.name or None,
        "grants": [{"role": grant.role, "area": grant.area} for grant in caller.grants],
        "may": parts(caller, settings),
        "second_factor_due": not caller.is_whole and bool(caller.roles & SECOND_FACTOR_ROLES),
        "open_map": settings.open_map,
        "open_reporting": settings.open_reporting,
        "identity_provider": {"zh": provider.name.zh, "en": provider.name.en} if provider else None,
    }
