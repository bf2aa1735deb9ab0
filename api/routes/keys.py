"""Keys of systems' accounts: list those that hold, make one, end one."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.deps import ActorOfCaller, CallersTransaction, Transaction
from api.problems import documented
from api.routes.accounts import Name
from api.schemas import iso
from gis.db.keys import Key
from gis.services import keys

router = APIRouter(route_class=StrictRoute, tags=["accounts"])

Number = Annotated[int, Path(ge=1, le=2**63 - 1, openapi_examples={"one": {"value": 1}})]


class NewKey(BaseModel):
    """How long a key holds, and how often it may ask."""

    model_config = ConfigDict(extra="forbid")

    days: Annotated[int, Strict(), Field(ge=1, le=keys.LONGEST_DAYS)] = keys.DAYS
    per_minute: Annotated[int, Strict(), Field(ge=1, le=keys.MOST_PER_MINUTE)] = keys.PER_MINUTE


class KeyShape(BaseModel):
    """What is known of a key."""

    id: int
    created_at: str
    expires_at: str
    per_minute: int


class KeyTold(KeyShape):
    """A key, told once."""

    key: str = Field(description="goes into the header `Authorization: Bearer KEY`")


class KeyList(BaseModel):
    """The keys of an account that hold, oldest first."""

    keys: list[KeyShape]


@router.get(
    "/accounts/{name}/keys",
    response_model=KeyList,
    summary="Keys of a system that hold. 密钥列表",
    responses=documented(404, 422),
)
def listing(name: Name, connection: Transaction) -> JSONResponse:
    """Tell until when each holds, never the key."""
    shape = {"keys": [_shape(key) for key in keys.held(connection, name)]}
    return JSONResponse(shape, headers={"Cache-Control": "no-store"})


@router.post(
    "/accounts/{name}/keys",
    response_model=KeyTold,
    status_code=201,
    summary="Make a key of a system. 发放密钥",
    responses=documented(400, 404, 413, 415, 422),
)
def issue(name: Name, body: NewKey, connection: Transaction, actor: ActorOfCaller) -> JSONResponse:
    """Make a key; it is told once."""
    secret, key = keys.issue(connection, name, days=body.days, per_minute=body.per_minute, by=actor)
    return JSONResponse({"key": secret, **_shape(key)}, 201, headers={"Cache-Control": "no-store"})


@router.delete(
    "/accounts/{name}/keys/{number}",
    status_code=204,
    summary="End a key of a system. 停用密钥",
    responses=documented(404, 422),
)
def end(name: Name, number: Number, connection: CallersTransaction, actor: ActorOfCaller) -> Response:
    """End a key at once."""
    keys.end(connection, name, number, by=actor)
    return Response(status_code=204)


def _shape(key: Key) -> dict[str, object]:
    return {
        "id": key.id,
        "created_at": iso(key.created_at),
        "expires_at": iso(key.expires_at),
        "per_minute": key.per_minute,
    }
