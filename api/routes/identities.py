"""Identities: the code that is still owed, links to accounts, one's own and those that administrators make."""

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, Strict
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.callers import address_of
from api.deps import (
    AccessOfCaller,
    ActorOfCaller,
    CallersTransaction,
    Engine,
    IdentityProviderOfService,
    IntakeTransaction,
    SettingsOfService,
    Transaction,
    VaultOfService,
)
from api.problems import documented
from api.routes.accounts import Name
from api.routes.oidc import CARRIER, carry, drop, redirect_uri
from api.routes.session import Body, CallerShape, Text, refusal, with_cookie
from api.schemas import iso
from gis.db import engine as engines
from gis.domain.identities import SUBJECT_LENGTH
from gis.domain.staff import EVERYWHERE
from gis.services import identities, sessions
from gis.services.sessions import Refused

router = APIRouter(route_class=StrictRoute, tags=["session"])


class Code(Body):
    """The code of the second factor."""

    code: Text


class Proof(Body):
    """What proves once more that it is the account itself: its password, and the code of a second factor."""

    password: Text
    code: Text | None = None


class Where(BaseModel):
    """Where the browser goes on."""

    address: str


class Subject(Body):
    """Whom the provider means."""

    subject: Annotated[str, Strict(), Field(max_length=SUBJECT_LENGTH, description="`sub` of the provider's tokens")]


class IdentityShape(BaseModel):
    """The identity that signs the caller in; null where there is none."""

    issuer: str
    subject: str | None
    linked_at: str | None


@router.post(
    "/session/oidc/code",
    response_model=CallerShape,
    summary="The code that a sign-in by the identity provider still owes. 统一身份认证动态口令",
    responses=documented(400, 413, 415, 422),
)
def confirm(
    body: Code, request: Request, connection: IntakeTransaction, settings: SettingsOfService, vault: VaultOfService
) -> Response:
    """Open the session that waits for it. A code that is wrong is counted."""
    carried = request.cookies.get(CARRIER, "")
    found = identities.confirm(connection, carried, body.code, address=address_of(request), vault=vault)
    if isinstance(found, Refused):
        return refusal(request, found)
    answer = with_cookie(request, found, settings)
    drop(answer)
    return answer


@router.post(
    "/session/oidc/link",
    response_model=Where,
    summary="Link the identity provider to one's own account. 关联统一身份认证",
    responses=documented(400, 404, 413, 415, 422),
)
def link_own(
    body: Proof,
    request: Request,
    access: AccessOfCaller,
    engine: Engine,
    settings: SettingsOfService,
    vault: VaultOfService,
    provider: IdentityProviderOfService,
) -> Response:
    """Return where the browser goes on, once the account has proven itself anew. A failure is counted."""
    caller, address = access.caller, address_of(request)
    # Ends before the provider is asked, so that no connection waits for it.
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        proven = sessions.prove(connection, caller.name, body.password, body.code, address=address, vault=vault)
    if isinstance(proven, Refused):
        return refusal(request, proven)
    attempt, sealed = identities.begin(vault, "/", account_id=caller.account_id)
    shape = {"address": provider.address(attempt, redirect_uri(request, settings))}
    answer = JSONResponse(shape, headers={"Cache-Control": "no-store"})
    carry(answer, request, settings, sealed)
    return answer


@router.get(
    "/session/identity",
    response_model=IdentityShape,
    summary="The identity that signs the caller in. 已关联的统一身份",
    responses=documented(404, 422),
)
def own(access: AccessOfCaller, connection: Transaction, provider: IdentityProviderOfService) -> JSONResponse:
    """Return it; `subject` is null where none is linked."""
    issuer = provider.provider.issuer
    found = identities.own(connection, access.caller, issuer)
    linked = (found.subject, iso(found.linked_at)) if found else (None, None)
    shape = {"issuer": issuer, "subject": linked[0], "linked_at": linked[1]}
    return JSONResponse(shape, headers={"Cache-Control": "no-store"})


@router.put(
    "/identities/{name}",
    status_code=204,
    summary="Let the identity provider sign an account in. 关联账号",
    responses=documented(400, 404, 409, 413, 415, 422),
)
def link(
    name: Name, body: Subject, connection: Transaction, actor: ActorOfCaller, provider: IdentityProviderOfService
) -> Response:
    """Link whom the provider of the settings means by a subject."""
    identities.link(connection, name, provider.provider.issuer, body.subject, by=actor)
    return Response(status_code=204)


@router.delete(
    "/identities/{name}",
    status_code=204,
    summary="Let no identity provider sign an account in any more. 解除关联",
    responses=documented(404, 422),
)
def unlink(name: Name, connection: CallersTransaction, actor: ActorOfCaller) -> Response:
    """Remove every identity of the account; its sessions end."""
    identities.unlink(connection, name, by=actor)
    return Response(status_code=204)
