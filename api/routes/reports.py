"""Reports (上报): take them in, list them, find one."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)
from starlette.responses import JSONResponse

from api import paging
from api.bodies import StrictRoute
from api.deps import (
    AccessOfCaller,
    ActorOfCaller,
    IntakeTransaction,
    PlanIndexInMemory,
    SettingsOfService,
    Transaction,
    VaultOfService,
)
from api.locations import with_place
from api.problems import documented
from api.routes.contacts import ContactBody
from api.schemas import Box, Datum, DecisionShape, Finite, Instant, box, decision_shape, iso
from gis.domain import geojson
from gis.domain.categories import CATEGORIES, CHANNELS, PUBLIC
from gis.domain.contacts import Given
from gis.domain.decisions import Decision
from gis.domain.reports import ACCURACY_LIMIT_M, PHOTOS_LIMIT, TEXT_LIMIT, Report, Submission, Wanted, fault_of
from gis.services import decisions, photos, reports

router = APIRouter(route_class=StrictRoute, tags=["reports"])

PAGE_LIMIT = 1_000
SHA256 = r"^[0-9a-f]{64}$"
StrictText = Annotated[str, Strict()]
StrictNumber = Annotated[Finite, Strict()]
EXAMPLE: dict[str, Any] = {
    "id": "0b9f8c1e-6f0a-4b5e-9a57-1f2b3c4d5e6f",
    "x": 122.99,
    "y": 41.11,
    "datum": "wgs84",
    "category": "garbage",
    "text": "三号楼东侧有暴露垃圾",
    "captured_at": "2026-11-23T08:30:00+08:00",
    "accuracy_m": 12,
    "channel": "worker",
}


class ReportBody(BaseModel):
    """What a sender says. `id` is made by the sender: sent again it is the same report."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    id: UUID = Field(description="made by the sender, the key of the report")
    x: StrictNumber = Field(description="longitude or easting, as the datum has it")
    y: StrictNumber = Field(description="latitude or northing")
    datum: Datum
    category: StrictText = Field(max_length=40, description=", ".join(CATEGORIES))
    captured_at: Instant = Field(description="when the sender saw it, with its offset from UTC")
    text: StrictText = Field(default="", max_length=TEXT_LIMIT, description="kept byte for byte")
    accuracy_m: StrictNumber | None = Field(default=None, ge=0, le=ACCURACY_LIMIT_M, description="radius, in metres")
    channel: StrictText = Field(
        default=PUBLIC, max_length=40, description=f"{', '.join(CHANNELS)}; only {PUBLIC} without a role of the staff"
    )
    photos: tuple[Annotated[StrictText, Field(pattern=SHA256)], ...] = Field(
        default=(), max_length=PHOTOS_LIMIT, description="sha256 of photos sent before, none twice"
    )
    contact: ContactBody | None = Field(
        default=None, description="how to reach who reports; kept with the first arrival, apart and sealed"
    )
    follow_sha256: StrictText | None = Field(
        default=None,
        pattern=SHA256,
        description="of a secret of 128 random bits or more; it opens /follow; kept with the first arrival",
    )

    @model_validator(mode="wrap")
    @classmethod
    def _with_place(cls, given: Any, read: ModelWrapValidatorHandler["ReportBody"]) -> "ReportBody":
        return with_place(given, read)

    @field_validator("category", "channel", "text", "captured_at", "photos")
    @classmethod
    def _by_the_rules(cls, value: Any, field: ValidationInfo) -> Any:
        """Judge here what the domain would refuse, so that all faults are told at once."""
        detail = fault_of(str(field.field_name), value, now=datetime.now(UTC))
        if detail:
            raise ValueError(detail)
        return value

    def submission(self) -> Submission:
        """Return the report that is sent."""
        return Submission(**self.model_dump(exclude={"contact", "follow_sha256"}))

    def given(self) -> Given:
        """Return what comes beside the report."""
        if self.contact is None:
            return Given(follow_sha256=self.follow_sha256)
        return Given(self.contact.contact(), self.contact.agreed(), self.follow_sha256)


class ReportShape(BaseModel):
    """A report as it is kept, with the decision where it belongs."""

    id: UUID
    number: int | None = Field(
        description="ascending in the order of arrival; null for the public, whom differences would tell counts"
    )
    received_at: datetime
    captured_at: datetime
    channel: str
    category: str
    text: str
    location: list[float] = Field(description="longitude, latitude in CGCS2000")
    original: list[float] = Field(description="x, y as sent")
    datum: str
    accuracy_m: float | None
    photos: list[str] = Field(description="sha256 of each, in the sender's order; see `/reports/{id}/photos`")
    synthetic: bool = Field(description="made by the demo, not sent by anyone")
    erased_at: datetime | None = Field(description="when its words and photos were erased for its reporter")
    decision: DecisionShape


@router.post(
    "/reports",
    status_code=201,
    response_model=ReportShape,
    summary="Send a report; sent twice it is one. 上报",
    responses={
        200: {"model": ReportShape, "description": "The report was here already; the same answer again."},
        **documented(400, 409, 413, 415, 422),
    },
)
def submit(
    body: ReportBody,
    connection: IntakeTransaction,
    plan_index: PlanIndexInMemory,
    settings: SettingsOfService,
    actor: ActorOfCaller,
    access: AccessOfCaller,
    vault: VaultOfService,
) -> JSONResponse:
    """Route a report by the plan in force when it was captured, store it and tell every open screen."""
    submission = body.submission()
    if access.is_public:
        reports.check_channel(connection, submission)
    report, decision, is_new = reports.submit(
        connection,
        submission,
        now=datetime.now(UTC),
        loaded=plan_index.current,
        rule=settings.rule,
        by=actor,
        given=body.given(),
        vault=vault,
    )
    if is_new:
        photos.require_files(report.submission.photos, folder=settings.photos)
    where = {"Location": f"/reports/{report.submission.id}"}
    shape = _shape(report, decision) | ({"number": None} if access.is_public else {})
    return JSONResponse(shape, 201 if is_new else 200, headers=where)


@router.get("/reports/{id}", response_model=ReportShape, summary="One report. 查看上报", responses=documented(404, 422))
def read(
    id: Annotated[UUID, Path(openapi_examples={"one": {"value": EXAMPLE["id"]}})],
    connection: Transaction,
    access: AccessOfCaller,
    plan_index: PlanIndexInMemory,
) -> JSONResponse:
    """Return a report with the decision that was taken when it arrived."""
    report = reports.get(connection, id, scope=access.scope)
    return JSONResponse(_shape(report, decisions.of_report(connection, report, loaded=plan_index.current)))


class ReportsQuery(BaseModel):
    """Filters of the list of reports."""

    model_config = ConfigDict(extra="forbid")

    bbox: Box | None = None
    category: str | None = Field(None, max_length=40, description=", ".join(CATEGORIES))
    channel: str | None = Field(None, max_length=40, description=", ".join(CHANNELS))
    since: Instant | None = Field(None, description="captured at or after")
    until: Instant | None = Field(None, description="captured before")
    grid: str | None = Field(None, max_length=40, description="code of a grid, comprehensive or dedicated")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")

    def wanted(self) -> Wanted:
        """Return which reports are wanted."""
        bbox = box(self.bbox) if self.bbox else None
        return Wanted(bbox, self.category, self.channel, self.since, self.until, self.grid)


@router.get(
    "/reports",
    summary="Reports as GeoJSON, newest first. 上报列表",
    responses={200: {"content": {"application/geo+json": {}}}, **documented(422)},
)
def listing(connection: Transaction, access: AccessOfCaller, query: Annotated[ReportsQuery, Query()]) -> JSONResponse:
    """Return one page; `next` is the cursor of the following one, null on the last."""
    wanted, limit = query.wanted(), query.limit
    filters = vars(wanted)
    start = None
    if query.cursor:
        start = int(paging.decode(query.cursor, filters=filters, like={"number": 0})["number"])
    found = reports.page(connection, wanted, scope=access.scope, before=start, limit=limit + 1)
    following = paging.encode({"number": found[limit - 1].number}, filters=filters) if len(found) > limit else None
    page = geojson.collection([_feature(report) for report in found[:limit]], next=following)
    return JSONResponse(page, media_type="application/geo+json")


def _said(report: Report) -> dict[str, Any]:
    said = report.submission
    return {
        "id": str(said.id),
        "number": report.number,
        "received_at": iso(report.received_at),
        "captured_at": iso(said.captured_at),
        "channel": said.channel,
        "category": said.category,
        "text": said.text,
        "datum": said.datum,
        "original": [said.x, said.y],
        "accuracy_m": said.accuracy_m,
        "photos": list(said.photos),
        "synthetic": report.synthetic,
        "erased_at": report.erased_at and iso(report.erased_at),
    }


def _shape(report: Report, decision: Decision) -> dict[str, Any]:
    location = geojson.point(report.lon, report.lat)["coordinates"]
    return {**_said(report), "location": location, "decision": decision_shape(decision)}


def _feature(report: Report) -> dict[str, Any]:
    found = report.assignment
    properties = {
        **_said(report),
        "grid_id": found.grid_id,
        "grid": found.grid,
        "dedicated": found.dedicated,
        "level2": found.level2,
        "village_code": found.village_code,
        "zone": found.zone,
        "plan": found.revision,
        "method": found.method,
        "distance_m": found.distance_m,
        "share": found.certainty.share,
        "doubt": found.certainty.doubt,
    }
    point = geojson.point(report.lon, report.lat)
    return {"type": "Feature", "id": properties["id"], "geometry": point, "properties": properties}
