"""Accounts: list them, add them, change them."""

from datetime import date
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.deps import ActorOfCaller, CallersTransaction, Transaction
from api.problems import documented
from api.routes.session import GrantShape
from api.schemas import iso
from gis.domain.audit import Actor
from gis.domain.contacts import TELEPHONE_LIMIT
from gis.domain.credentials import Code
from gis.domain.staff import AREA_LENGTH, NAME_LENGTH, Grant, normalized_name
from gis.errors import Fault, InvalidInputError
from gis.services import accounts
from gis.services.accounts import Listed

router = APIRouter(route_class=StrictRoute, tags=["accounts"])

PAGE_LIMIT = 500
Name = Annotated[str, Path(max_length=NAME_LENGTH, openapi_examples={"one": {"value": "dispatcher"}})]


class AccountQuery(BaseModel):
    """Filters of the list of accounts."""

    model_config = ConfigDict(extra="forbid")

    name: str | None = Field(None, max_length=NAME_LENGTH, description="names that begin so")
    after: str = Field("", max_length=NAME_LENGTH, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


class NewGrant(BaseModel):
    """A role in an area, to be given or taken."""

    model_config = ConfigDict(extra="forbid")

    role: Annotated[str, Strict(), Field(max_length=40)]
    area: Annotated[str, Strict(), Field(max_length=AREA_LENGTH)]


class GivenRole(NewGrant):
    """A role in an area, to be given or taken; given, it may have a last day."""

    last_on: date | None = Field(None, description="last day of a role that is given; without one it has no end")


class NewAccount(BaseModel):
    """An account to be added."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Strict(), Field(max_length=NAME_LENGTH, description="to sign in with")]
    telephone: Annotated[str, Strict(), Field(max_length=TELEPHONE_LIMIT)] | None = None
    kind: Literal["person", "system"] = "person"
    grants: list[NewGrant] = Field(default=[], max_length=50)


class HeldShape(GrantShape):
    """A role in an area that holds today."""

    by_post: bool = Field(description="whether it comes of a post alone; it ends with the post")
    last_on: str | None = Field(description="last day of a role that was given for a time")


class AccountShape(BaseModel):
    """An account as it is listed."""

    name: str
    kind: str
    grants: list[HeldShape]
    is_active: bool = Field(description="false until its first password is set")
    is_disabled: bool
    has_second_factor: bool
    is_linked: bool = Field(description="whether an identity provider signs it in")
    created_at: str


class AccountPage(BaseModel):
    """A page of accounts."""

    accounts: list[AccountShape]
    next: str | None


class Added(BaseModel):
    """An account that was added or reset."""

    name: str
    activation_code: str | None = Field(description="told once; the person sets the first password with it")
    activation_ends_on: str | None = Field(description="last day of the code, in the city")


@router.get("/accounts", response_model=AccountPage, summary="Accounts by name. 账号列表", responses=documented(422))
def listing(connection: Transaction, query: Annotated[AccountQuery, Query()]) -> JSONResponse:
    """Return one page; `next` is the `after` of the following one."""
    found = accounts.page(connection, after=query.after, limit=query.limit + 1, name=query.name)
    following = found[query.limit - 1].name if len(found) > query.limit else None
    shape = {"accounts": [_shape(account) for account in found[: query.limit]], "next": following}
    return JSONResponse(shape, headers={"Cache-Control": "no-store"})


@router.post(
    "/accounts",
    response_model=Added,
    status_code=201,
    summary="Add an account. 新增账号",
    responses=documented(400, 409, 413, 415, 422),
)
def add(body: NewAccount, connection: Transaction, actor: ActorOfCaller) -> JSONResponse:
    """Add it with its roles; a person's activation code is told once."""
    given = tuple(Grant(grant.role, grant.area) for grant in body.grants)
    code = accounts.add(connection, body.name, grants=given, telephone=body.telephone, kind=body.kind, by=actor)
    return _told(normalized_name(body.name), code, status=201)


@router.post(
    "/accounts/{name}/{change}",
    summary="Disable, enable, reset, give or take a role. 变更账号",
    response_model=Added,
    responses={204: {"description": "It is done."}, **documented(400, 404, 409, 413, 415, 422)},
)
def change(
    name: Name,
    change: Literal["disable", "enable", "reset", "give", "take"],
    connection: CallersTransaction,
    actor: ActorOfCaller,
    body: GivenRole | None = None,
) -> Response:
    """Change an account; `give` and `take` name the role and its area in the body."""
    if (body is None) == (change in ("give", "take")):
        detail = "The body names a role and an area, and only to give or take one."
        raise InvalidInputError(detail, [Fault("", detail)])
    if change == "reset":
        code = accounts.reset(connection, name, by=actor)
        return _told(normalized_name(name), code)
    if body is not None:
        _turn(connection, name, body, change == "give", actor)
    else:
        (accounts.disable if change == "disable" else accounts.enable)(connection, name, by=actor)
    return Response(status_code=204)


def _turn(connection: sa.Connection, name: str, body: GivenRole, is_given: bool, actor: Actor) -> None:
    grant = Grant(body.role, body.area)
    if is_given:
        accounts.give(connection, name, grant, last_on=body.last_on, by=actor)
    elif body.last_on is None:
        accounts.take(connection, name, grant, by=actor)
    else:
        detail = "A role is taken at once; leave the last day out."
        raise InvalidInputError(detail, [Fault("/last_on", detail)])


def _told(name: str, code: Code | None, *, status: int = 200) -> JSONResponse:
    shape = {
        "name": name,
        "activation_code": code.text if code else None,
        "activation_ends_on": str(code.ends_on) if code else None,
    }
    return JSONResponse(shape, status, headers={"Cache-Control": "no-store"})


def _shape(account: Listed) -> dict[str, object]:
    return {
        "name": account.name,
        "kind": account.kind,
        "grants": [
            {
                "role": grant.role,
                "area": grant.area,
                "by_post": grant not in account.given,
                "last_on": str(last_on) if (last_on := account.given.get(grant)) else None,
            }
            for grant in account.grants
        ],
        "is_active": account.is_active,
        "is_disabled": account.is_disabled,
        "has_second_factor": account.has_second_factor,
        "is_linked": account.is_linked,
        "created_at": iso(account.created_at),
    }
