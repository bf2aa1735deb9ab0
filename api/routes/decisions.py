"""Decisions on reports: why a report is in its grid, whether that comes out again, and another grid for a reason."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse

from api.bodies import StrictRoute
from api.deps import (
    AccessOfCaller,
    ActorOfCaller,
    OverviewTransaction,
    PlanIndexInMemory,
    SettingsOfService,
    Transaction,
)
from api.problems import documented
from api.schemas import DecisionShape, Instant, decision_shape, iso
from gis.domain.corrections import REASON_LIMIT, Believed
from gis.domain.reports import Report
from gis.services import corrections, reports
from gis.services.corrections import Explained

router = APIRouter(route_class=StrictRoute, tags=["reports"])

Id = Annotated[UUID, Path(openapi_examples={"one": {"value": "0b9f8c1e-6f0a-4b5e-9a57-1f2b3c4d5e6f"}})]


class AlternativeShape(BaseModel):
    """Another grid that the disc of accuracy meets."""

    grid: str = Field(description="code in the plan that decided")
    name: str
    grid_id: int
    share: float = Field(description="of the disc, from 0 to 1")


class CertaintyShape(BaseModel):
    """What the accuracy of the position left open."""

    share: float | None = Field(description="of the disc of accuracy in the grid; null without an accuracy")
    outside: float = Field(description="share that no grid covers")
    alternatives: list[AlternativeShape] = Field(description="largest first; a footprint once, by its lowest number")
    doubt: str | None = Field(description="near_border, imprecise; null where sure")


class RuleShape(BaseModel):
    """The rule that decided, with its limits."""

    version: int
    snap_limit_m: float
    sure_share: float
    imprecise_m: float


class InputsShape(BaseModel):
    """What was decided from."""

    original: list[float] = Field(description="x, y as given")
    datum: str
    accuracy_m: float | None
    captured_at: datetime
    location: list[float] = Field(description="longitude, latitude in CGCS2000, as routed")
    rule: RuleShape
    rule_is_kept: bool = Field(description="false of decisions from before rules were kept: the rule is that of today")


class DifferenceShape(BaseModel):
    """A value that comes out otherwise."""

    name: str
    stored: Any
    replayed: Any


class ReplayShape(BaseModel):
    """The same rule, asked again with the same inputs as of the same plan."""

    is_same: bool | None = Field(description="null where nothing but corrections is known")
    method: str | None = Field(description="that was replayed; of a correction that of the rule before it")
    differences: list[DifferenceShape]


class KnownShape(BaseModel):
    """A decision that was believed at some time."""

    from_at: datetime
    until_at: datetime | None = Field(description="null of the one that holds")
    method: str
    grid: str | None
    plan: int
    reason: str = Field(description="why it was put in the place of the one before; empty for the rule's own")


class ExplainedShape(BaseModel):
    """A decision on a report, why, and whether it comes out again."""

    report: UUID
    number: int
    decision: DecisionShape
    certainty: CertaintyShape
    inputs: InputsShape
    replay: ReplayShape
    from_at: datetime = Field(description="since when it is believed")
    until_at: datetime | None = Field(description="until when it was; null where it holds")
    reason: str = Field(description="of a correction")
    history: list[KnownShape] = Field(description="all that was ever decided, oldest first")


class CorrectionBody(BaseModel):
    """Another grid for a report, and why."""

    model_config = ConfigDict(extra="forbid")

    grid: Annotated[str, Strict()] = Field(max_length=40, description="code of a comprehensive grid in force")
    reason: Annotated[str, Strict()] = Field(max_length=REASON_LIMIT, description="one line")


class DecisionQuery(BaseModel):
    """What was believed when."""

    model_config = ConfigDict(extra="forbid")

    known_at: Instant | None = Field(None, description="what was believed then, before later corrections")


@router.get(
    "/reports/{id}/decision",
    response_model=ExplainedShape,
    summary="Why a report is in its grid, replayed. 判定依据",
    responses=documented(404, 422),
)
def read(
    id: Id,
    query: Annotated[DecisionQuery, Query()],
    connection: Transaction,
    access: AccessOfCaller,
    plan_index: PlanIndexInMemory,
    settings: SettingsOfService,
) -> JSONResponse:
    """Return the decision on a report with its inputs and alternatives, and what its rule gives for them today."""
    report = reports.get(connection, id, scope=access.scope)
    found = corrections.explain(
        connection, report, rule=settings.rule, known_at=query.known_at, loaded=plan_index.current
    )
    history = corrections.everything(connection, report) if query.known_at is None else []
    return JSONResponse(shape(found, history))


@router.post(
    "/reports/{id}/decision",
    response_model=ExplainedShape,
    summary="Put a report into another grid, for a reason. 更正归属网格",
    responses=documented(400, 404, 413, 415, 422),
)
def correct(
    id: Id,
    body: CorrectionBody,
    connection: OverviewTransaction,
    access: AccessOfCaller,
    actor: ActorOfCaller,
    settings: SettingsOfService,
) -> JSONResponse:
    """Correct the grid of a report in one's area; what was decided before stays, with when it was believed."""
    now = datetime.now(UTC)
    report = corrections.correct(connection, id, body.grid, body.reason, at=now, scope=access.scope, by=actor)
    found = corrections.explain(connection, report, rule=settings.rule)
    return JSONResponse(shape(found, corrections.everything(connection, report)))


def shape(found: Explained, history: list[Believed]) -> dict[str, Any]:
    """Return an explained decision in the shape of `ExplainedShape`; `history` is all that was ever decided."""
    certainty = found.decision.certainty
    replayed = found.replayed
    return {
        "report": str(found.report.submission.id),
        "number": found.report.number,
        "decision": decision_shape(found.decision),
        "certainty": {
            "share": certainty.share,
            "outside": certainty.outside,
            "alternatives": [
                one._asdict() | {"name": found.names.get(one.grid_id, one.grid)} for one in certainty.alternatives
            ],
            "doubt": certainty.doubt,
        },
        "inputs": _inputs(found.report) | {"rule": vars(found.rule), "rule_is_kept": found.rule_is_kept},
        "replay": {
            "is_same": None if replayed is None else not found.differences,
            "method": None if replayed is None else replayed.assignment.method,
            "differences": [one._asdict() for one in found.differences],
        },
        **_known(found.believed),
        "reason": found.believed.reason,
        "history": [
            {
                **_known(one),
                "method": one.assignment.method,
                "grid": one.assignment.grid,
                "plan": one.assignment.revision,
                "reason": one.reason,
            }
            for one in history
        ],
    }


def _inputs(report: Report) -> dict[str, Any]:
    said = report.submission
    return {
        "original": [said.x, said.y],
        "datum": said.datum,
        "accuracy_m": said.accuracy_m,
        "captured_at": iso(said.captured_at),
        "location": [round(report.lon, 7), round(report.lat, 7)],
    }


def _known(one: Believed) -> dict[str, Any]:
    return {"from_at": iso(one.from_at), "until_at": one.until_at and iso(one.until_at)}
