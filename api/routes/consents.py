"""Consents (单独同意): read the notices, consent, withdraw; everybody for themselves."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.deps import AccessOfCaller, ActorOfCaller, Transaction
from api.problems import documented
from api.schemas import Explanation, iso
from gis.domain.notices import NOTICES
from gis.services import consents
from gis.services.consents import Standing

router = APIRouter(route_class=StrictRoute, tags=["consents"])

PURPOSE_LENGTH = 40
Purpose = Annotated[str, Path(max_length=PURPOSE_LENGTH, openapi_examples={"one": {"value": "track"}})]


class ConsentShape(BaseModel):
    """What one is asked for one purpose, and what one said."""

    purpose: str
    version: int = Field(description="of the notice that counts now")
    title: Explanation
    text: Explanation = Field(description="the notice, a paragraph a line")
    is_in_force: bool = Field(description="consented to this version, and not withdrawn")
    given_at: datetime | None = Field(description="of the last consent, to whatever version")
    given_version: int | None
    withdrawn_at: datetime | None


class ConsentList(BaseModel):
    """One's own consents."""

    consents: list[ConsentShape]


class NewConsent(BaseModel):
    """A consent to a notice that was read."""

    model_config = ConfigDict(extra="forbid")

    purpose: Annotated[str, Strict(), Field(max_length=PURPOSE_LENGTH, description=", ".join(NOTICES))]
    version: Annotated[int, Strict(), Field(ge=1, le=10_000, description="of the notice that was read")]


@router.get("/consents", response_model=ConsentList, summary="One's own consents. 我的同意", responses=documented(422))
def listing(connection: Transaction, access: AccessOfCaller) -> JSONResponse:
    """Return for each purpose the notice in both languages, and whether one has consented to it."""
    found = consents.own(connection, _account(access), datetime.now(UTC))
    return JSONResponse({"consents": [_shape(each) for each in found]}, headers={"Cache-Control": "no-store"})


@router.post("/consents", status_code=204, summary="Consent. 同意", responses=documented(400, 404, 409, 413, 415, 422))
def give(body: NewConsent, connection: Transaction, access: AccessOfCaller, actor: ActorOfCaller) -> Response:
    """Consent to the notice in the version that counts; 409 for another."""
    consents.give(connection, _account(access), body.purpose, body.version, datetime.now(UTC), by=actor)
    return Response(status_code=204)


@router.delete(
    "/consents/{purpose}", status_code=204, summary="Withdraw a consent. 撤回同意", responses=documented(404, 422)
)
def withdraw(purpose: Purpose, connection: Transaction, access: AccessOfCaller, actor: ActorOfCaller) -> Response:
    """Withdraw it; nothing more is recorded from this moment on."""
    consents.withdraw(connection, _account(access), purpose, datetime.now(UTC), by=actor)
    return Response(status_code=204)


def _account(access: AccessOfCaller) -> int:
    account_id = access.caller.account_id
    assert account_id is not None, "the table of access lets nobody here who has not signed in"
    return account_id


def _shape(standing: Standing) -> dict[str, Any]:
    notice, last = standing.notice, standing.last
    return {
        "purpose": standing.purpose,
        "version": notice.version,
        "title": vars(notice.title),
        "text": vars(notice.text),
        "is_in_force": standing.is_in_force,
        "given_at": iso(last.given_at) if last else None,
        "given_version": last.notice_version if last else None,
        "withdrawn_at": iso(last.withdrawn_at) if last and last.withdrawn_at else None,
    }
