"""Contacts of reporters: masked for who handles a report, in clear for a reason that the reporter reads."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field, ModelWrapValidatorHandler, Strict, ValidationError, model_validator
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.deps import AccessOfCaller, ActorOfCaller, Transaction, VaultOfService
from api.locations import lines
from api.problems import documented
from api.schemas import Instant
from gis.domain.contacts import (
    CONSENTS,
    EMAIL_LIMIT,
    NAME_LIMIT,
    REASON_LIMIT,
    TELEPHONE_LIMIT,
    Consent,
    Contact,
    faults,
)
from gis.services import contacts

router = APIRouter(route_class=StrictRoute, tags=["contacts"])

PRIVATE = {"Cache-Control": "no-store"}
Id = Annotated[UUID, Path(openapi_examples={"one": {"value": "0b9f8c1e-6f0a-4b5e-9a57-1f2b3c4d5e6f"}})]


class ContactBody(BaseModel):
    """How a reporter wants to be reached, by telephone, e-mail or both, and what the reporter agreed to."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Strict()] = Field(default="", max_length=NAME_LIMIT, description="how to be called")
    telephone: Annotated[str, Strict()] | None = Field(default=None, max_length=TELEPHONE_LIMIT)
    email: Annotated[str, Strict()] | None = Field(default=None, max_length=EMAIL_LIMIT)
    call_back: Annotated[bool, Strict()] = Field(default=False, description="wishes to be called back")
    consent: Annotated[str, Strict()] = Field(
        max_length=10, description=f"version of the notice that was agreed to: {', '.join(CONSENTS)}"
    )
    consented_at: Instant = Field(description="when it was agreed to, with its offset from UTC")

    @model_validator(mode="wrap")
    @classmethod
    def _by_the_rules(cls, given: Any, read: ModelWrapValidatorHandler["ContactBody"]) -> "ContactBody":
        body = read(given)
        found = faults(body.contact(), body.agreed(), now=datetime.now(UTC))
        if found:
            # What was written is no part of an error.
            raise ValidationError.from_exception_data("contact", lines(found, None))
        return body

    def contact(self) -> Contact:
        """Return the contact."""
        return Contact(self.name, self.telephone, self.email, self.call_back)

    def agreed(self) -> Consent:
        """Return the consent."""
        return Consent(self.consent, self.consented_at)


class Reason(BaseModel):
    """Why somebody wants to see a contact."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Strict()] = Field(max_length=REASON_LIMIT, description="one line; the reporter reads it")


class ContactShape(BaseModel):
    """A contact; masked like 张*, 138****1234, a***@… unless it was asked for in clear."""

    name: str = Field(description="how to be called; empty for none")
    telephone: str | None
    email: str | None
    call_back: bool = Field(description="wishes to be called back")


@router.get(
    "/reports/{id}/contact",
    response_model=ContactShape,
    summary="How to reach who reported, masked. 联系方式（脱敏）",
    responses={204: {"description": "The report has no contact."}, **documented(404, 422)},
)
def read(id: Id, connection: Transaction, vault: VaultOfService, access: AccessOfCaller) -> Response:
    """Return the masked contact of a report; 204 where it has none."""
    contact = contacts.show(connection, id, vault=vault, scope=access.scope)
    return JSONResponse(shape(contact), headers=PRIVATE) if contact else Response(status_code=204, headers=PRIVATE)


@router.post(
    "/reports/{id}/contact/unmask",
    response_model=ContactShape,
    summary="How to reach who reported, in clear, for a reason. 查看联系方式",
    responses=documented(400, 404, 413, 415, 422),
)
def unmask(
    id: Id,
    body: Reason,
    connection: Transaction,
    vault: VaultOfService,
    access: AccessOfCaller,
    actor: ActorOfCaller,
) -> JSONResponse:
    """Return the contact as it was written; the look is recorded, and the reporter sees when, by which role and why."""
    contact = contacts.unmask(connection, id, body.reason, vault=vault, scope=access.scope, by=actor)
    return JSONResponse(shape(contact), headers=PRIVATE)


def shape(contact: Contact) -> dict[str, Any]:
    """Return a contact in the shape of `ContactShape`."""
    return asdict(contact)
