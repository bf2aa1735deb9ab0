"""Follow a report without an account: who shows the secret that its sender made sees it, and decides about the data.

The secret comes in the header `Authorization: Follow SECRET`, never in an address.
"""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.callers import address_of
from api.deps import Engine, FollowTransaction, PlanIndexInMemory, SettingsOfService, VaultOfService
from api.problems import documented
from api.routes.contacts import PRIVATE, ContactBody, ContactShape, shape
from api.routes.photos import Sha256
from api.schemas import DecisionShape, decision_shape, iso
from gis.db import engine as engines
from gis.domain.contacts import masked
from gis.domain.staff import EVERYWHERE
from gis.errors import NotFoundError
from gis.files import photos as photo_files
from gis.services import contacts, follows, photos, reporters, reports
from gis.services.follows import REPORTER, Followed

router = APIRouter(route_class=StrictRoute, tags=["follow"])

SECRET_LIMIT = 200
OWN_WISH = "own wish 本人要求"


class LookShape(BaseModel):
    """One look at the contact in clear."""

    at: datetime
    role: str = Field(description="role of who looked; never a name")
    reason: str | None = Field(description="in the words of who looked; null when it was erased")


class FollowedShape(BaseModel):
    """A report as its sender sees it."""

    id: UUID
    received_at: datetime
    captured_at: datetime
    category: str
    text: str
    photos: list[str] = Field(description="SHA-256 of each; /follow/photos/{sha256} returns it")
    decision: DecisionShape
    contact: ContactShape | None = Field(description="masked")
    consent: str | None = Field(description="version of the notice that was agreed to")
    looks: list[LookShape] = Field(description="at the contact in clear, the newest first")


def _followed(request: Request, engine: Engine) -> UUID:
    """Return the report that a request follows; a wrong secret is counted, and that is kept whatever is answered."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    report_id = None
    if scheme.lower() == "follow" and 0 < len(secret.strip()) <= SECRET_LIMIT:
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            report_id = follows.find(connection, secret.strip(), address=address_of(request))
    if report_id is None:
        raise NotFoundError("No report is followed with this secret; open the link as it was given.")
    return report_id


FollowedReport = Annotated[UUID, Depends(_followed)]


@router.get(
    "/follow/report",
    response_model=FollowedShape,
    summary="One's own report, by its secret. 查询进展",
    responses=documented(404, 422),
)
def read(
    report_id: FollowedReport, connection: FollowTransaction, plan_index: PlanIndexInMemory, vault: VaultOfService
) -> JSONResponse:
    """Return the report, where it went, the contact masked, and who looked at it in clear."""
    followed = follows.read(connection, report_id, vault=vault, loaded=plan_index.current)
    return JSONResponse(_shape(followed), headers=PRIVATE)


@router.get(
    "/follow/photos/{sha256}",
    response_class=Response,
    summary="A photo of one's own report. 查看本人照片",
    responses={200: {"content": {"image/jpeg": {}}}, **documented(404, 422)},
)
def photo(
    sha256: Sha256, report_id: FollowedReport, connection: FollowTransaction, settings: SettingsOfService
) -> Response:
    """Return a photo that the followed report names."""
    if sha256 not in reports.get(connection, report_id, scope=EVERYWHERE).submission.photos:
        raise NotFoundError(f"The report has no photo {sha256}.")
    content = photo_files.read(photo_files.find(settings.photos, sha256))
    return Response(content, media_type="image/jpeg", headers=PRIVATE)


@router.get(
    "/follow/export", summary="All that is kept of a reporter, as JSON. 导出个人数据", responses=documented(404, 422)
)
def export(
    report_id: FollowedReport, connection: FollowTransaction, settings: SettingsOfService, vault: VaultOfService
) -> JSONResponse:
    """Return everything, the contact in clear and photos in base 64."""
    told = reporters.export(connection, [report_id], vault=vault, folder=settings.photos, by=REPORTER, reason=OWN_WISH)
    name = f"wangge-report-{report_id}.json"
    headers = {**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    return JSONResponse(told, headers=headers)


@router.put(
    "/follow/contact",
    response_model=ContactShape,
    summary="Correct one's contact. 更正联系方式",
    responses=documented(400, 404, 413, 415, 422),
)
def correct(
    body: ContactBody, report_id: FollowedReport, connection: FollowTransaction, vault: VaultOfService
) -> JSONResponse:
    """Store the contact in the place of any before; return it masked."""
    contact, now = body.contact(), datetime.now(UTC)
    contacts.correct(connection, report_id, contact, body.agreed(), vault=vault, now=now, by=REPORTER)
    return JSONResponse(shape(masked(contact)), headers=PRIVATE)


@router.delete(
    "/follow/contact", status_code=204, summary="Withdraw one's contact. 撤回联系方式", responses=documented(404, 422)
)
def withdraw(report_id: FollowedReport, connection: FollowTransaction) -> Response:
    """Remove it; the report stays."""
    contacts.withdraw(connection, report_id, by=REPORTER)
    return Response(status_code=204)


@router.post(
    "/follow/erasure", status_code=204, summary="Erase one's data. 删除个人数据", responses=documented(404, 422)
)
def erase(report_id: FollowedReport, engine: Engine, settings: SettingsOfService, vault: VaultOfService) -> Response:
    """Erase contact, words and photos for good; the secret opens nothing any more."""
    with engines.transaction(engine, scope=EVERYWHERE, reads_audit=True) as connection:
        erasure = reporters.erase(
            connection, [report_id], vault=vault, again=settings.erasures, by=REPORTER, reason=OWN_WISH
        )
    with engines.transaction(engine, scope=EVERYWHERE) as connection:
        photos.discard(connection, erasure.photos, folder=settings.photos)
    return Response(status_code=204)


def _shape(followed: Followed) -> dict[str, Any]:
    report = followed.report
    said = report.submission
    return {
        "id": str(said.id),
        "received_at": iso(report.received_at),
        "captured_at": iso(said.captured_at),
        "category": said.category,
        "text": said.text,
        "photos": list(said.photos),
        "decision": decision_shape(followed.decision),
        "contact": shape(followed.contact) if followed.contact else None,
        "consent": followed.consent.version if followed.consent else None,
        "looks": [{"at": iso(look.at), "role": look.role, "reason": look.reason} for look in followed.looks],
    }
