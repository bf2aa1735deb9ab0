"""Where a point belongs: one point, or up to 10,000 at once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import numpy as np
import shapely
import sqlalchemy as sa
from fastapi import APIRouter, Body, Query
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    Strict,
    ValidationError,
    model_validator,
)
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from api.bodies import StrictRequest, StrictRoute
from api.deps import Engine, PlanIndexInMemory, SettingsOfService
from api.locations import lines, with_place
from api.problems import documented
from api.schemas import DATUM_TEXT, Datum, DecisionShape, Finite, Instant, decision_shape
from gis.db import engine as engines
from gis.domain import geojson
from gis.domain.coordinates import convert_rows, parse_datum, snap, to_cgcs2000
from gis.domain.decisions import Decision, LoadedPlan
from gis.domain.limits import FEATURES
from gis.errors import Fault, InvalidInputError, TooLargeError, UnknownDatumError, WanggeError
from gis.services import decisions

POINTS_LIMIT = FEATURES
# Without the plan in memory each point is a query of some milliseconds.
POINTS_LIMIT_IN_DATABASE = 1_000
Position = Annotated[list[Annotated[float, Strict(), Field(allow_inf_nan=False)]], Field(min_length=2, max_length=2)]


class PointQuery(BaseModel):
    """One point."""

    model_config = ConfigDict(extra="forbid")

    x: Finite = Field(description="longitude or easting", examples=[122.99])
    y: Finite = Field(description="latitude or northing", examples=[41.11])
    datum: Datum = Field(examples=["wgs84"])
    at: Instant | None = Field(None, description="as of this instant; now when left out")

    @model_validator(mode="wrap")
    @classmethod
    def _with_place(cls, given: Any, read: ModelWrapValidatorHandler["PointQuery"]) -> "PointQuery":
        return with_place(given, read)


class PointsQuery(BaseModel):
    """How many points are answered."""

    model_config = ConfigDict(extra="forbid")

    datum: Datum | None = Field(None, description=f"for GeoJSON: {DATUM_TEXT}")
    explain: bool = Field(False, description="with a sentence for each answer")


class PointsBody(BaseModel):
    """Points in one declared datum."""

    model_config = ConfigDict(extra="forbid")

    datum: Datum
    points: Annotated[list[Position], Field(max_length=POINTS_LIMIT, description="[x, y] each")]


class Decisions(BaseModel):
    """Answers in the order of the points."""

    plan: int | None = Field(description="revision of the plan that decided")
    answers: list[DecisionShape]


Located = list[tuple[float, float]]


@dataclass(frozen=True)
class Points:
    """Points of a body, on the lattice, and the datum that they came in."""

    datum: str
    located: Located


@dataclass(frozen=True)
class Document:
    """A GeoJSON body and the positions of its Points, as they stand there."""

    body: dict[str, Any]
    positions: list[list[float]]


POINTS_EXAMPLES: dict[str, Any] = {
    "points": {"summary": "points", "value": {"datum": "gcj02", "points": [[122.996, 41.111], [122.99, 41.12]]}},
    "GeoJSON": {
        "summary": "GeoJSON, with ?datum=wgs84",
        "value": {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [122.99, 41.11]}}
            ],
        },
    },
}


@dataclass(frozen=True)
class Refused:
    """A body that is no points, and what it is refused with."""

    error: ValidationError | WanggeError


class PointsRequest(StrictRequest):
    """A request whose body of points is judged where it is read: that takes as long again."""

    def read(self, content: bytes) -> Points | Document | Refused:
        """Return what a body says."""
        body = super().read(content)
        try:
            return _judged(body)
        except (ValidationError, WanggeError) as error:
            return Refused(error)


class PointsRoute(StrictRoute):
    """A route that takes points."""

    request_class = PointsRequest


def _told(body: Any) -> Any:
    """Return what was read of a body; raise what it is refused with here, together with the query's faults."""
    if isinstance(body, Refused):
        raise body.error
    return body


def _judged(body: Any) -> Points | Document:
    """Return a body as `Points` or `Document`. Raises `ValidationError`, and `TooLargeError` over the limit."""
    try:
        if isinstance(body, dict) and "type" in body:
            return _document(body)
        asked = PointsBody.model_validate(body)
        return Points(asked.datum, _converted(asked.points, asked.datum, "/points/{row}"))
    except InvalidInputError as error:
        raise ValidationError.from_exception_data("body", lines(list(error.faults), body)) from error


router = APIRouter(route_class=PointsRoute, tags=["route"])


@router.get(
    "/route",
    response_model=DecisionShape,
    summary="Which grid does a point belong to, and why? 一点归属",
    responses=documented(422),
)
async def route_one(
    query: Annotated[PointQuery, Query()],
    plan_index: PlanIndexInMemory,
    engine: Engine,
    settings: SettingsOfService,
) -> JSONResponse:
    """Answer from memory by the plan in force; `at` asks the plan that was in force then."""
    lon, lat = (float(snap(degrees)) for degrees in to_cgcs2000(query.x, query.y, datum=query.datum))
    loaded = plan_index.current
    if query.at is None and loaded is not None:
        decision = loaded.decide(lon, lat)
    else:
        limit_m, instant = settings.snap_limit_m, query.at or datetime.now(UTC)
        decision = (await run_in_threadpool(_ask, engine, [(lon, lat)], instant, loaded, limit_m))[0]
    return JSONResponse(decision_shape(decision))


@router.post(
    "/route",
    response_model=Decisions,
    summary="Which grids do up to 10,000 points belong to? 批量归属",
    responses=documented(400, 413, 415, 422),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"anyOf": [{"$ref": "#/components/schemas/PointsBody"}, {"type": "object"}]},
                    "examples": POINTS_EXAMPLES,
                }
            },
        }
    },
)
def route_many(
    body: Annotated[Any, Body(), AfterValidator(_told)],
    plan_index: PlanIndexInMemory,
    engine: Engine,
    settings: SettingsOfService,
    query: Annotated[PointsQuery, Query()],
) -> JSONResponse:
    """Answer points, or a GeoJSON document of Points with the datum in the query, in their order."""
    points = _placed(body, query.datum) if isinstance(body, Document) else _of_body(body, query.datum)
    loaded = plan_index.current
    if loaded is not None:
        found = [loaded.decide(lon, lat) for lon, lat in points]
    else:
        found = _ask(engine, points, datetime.now(UTC), None, settings.snap_limit_m)
    plan = found[0].answer.revision if found else loaded.revision if loaded else None
    return JSONResponse({"plan": plan, "answers": [decision_shape(one, explained=query.explain) for one in found]})


def _ask(
    engine: sa.Engine,
    points: Located,
    at: datetime,
    loaded: LoadedPlan | None,
    limit_m: float,
) -> list[Decision]:
    """Ask the database, or the plan in memory where that is the one of the instant, in a transaction of its own."""
    if len(points) > POINTS_LIMIT_IN_DATABASE:
        raise TooLargeError(f"The plan is still being loaded; up to {POINTS_LIMIT_IN_DATABASE:,} points until then.")
    with engines.transaction(engine) as connection:
        return [decisions.at(connection, lon, lat, at=at, loaded=loaded, limit_m=limit_m) for lon, lat in points]


def _converted(positions: list[list[float]], datum: str, place: str) -> Located:
    """Return points on the lattice; refuse all that cannot be converted at once."""
    if not positions:
        return []
    x, y = np.array(positions, dtype=np.float64).T
    lon, lat, reasons = convert_rows(x, y, datum=datum)
    bad = np.flatnonzero(reasons != "")
    if bad.size:
        faults = [Fault(place.format(row=row), str(reasons[row])) for row in bad[:100]]
        raise InvalidInputError(f"{bad.size} point(s) cannot be used: {faults[0].detail}", faults)
    return list(zip(snap(lon).tolist(), snap(lat).tolist(), strict=True))


def _document(body: dict[str, Any]) -> Document:
    """Return the positions of GeoJSON; what they are in stands in the query, so their range is judged later."""
    features = geojson.read(body, crs=geojson.UNDECLARED)
    if len(features) > POINTS_LIMIT:
        raise TooLargeError(f"The document has {len(features):,} features; {POINTS_LIMIT:,} are allowed.")
    faults = [
        Fault(f"/features/{row}/geometry", "Only a Point that is not empty can be routed.")
        for row, feature in enumerate(features)
        if feature.geometry is None or feature.geometry.geom_type != "Point" or feature.geometry.is_empty
    ]
    if faults:
        raise InvalidInputError(f"{len(faults)} feature(s) cannot be routed: {faults[0].detail}", faults)
    return Document(body, shapely.get_coordinates([feature.geometry for feature in features]).tolist())


def _of_body(points: Points, datum: str | None) -> Located:
    if datum not in (None, points.datum):
        detail = f"The body says that its points are in {points.datum}, the query says {datum}."
        raise InvalidInputError(detail, [Fault("/query/datum", detail)])
    return points.located


def _placed(document: Document, datum: str | None) -> Located:
    if datum is None:
        fault = Fault("/query/datum", f"GeoJSON declares its datum in the query: {DATUM_TEXT}")
        raise UnknownDatumError(fault.detail, [fault])
    contradiction = geojson.crs_fault(document.body, parse_datum(datum).crs)
    if contradiction:
        raise InvalidInputError(contradiction.detail, [contradiction])
    return _converted(document.positions, datum, "/features/{row}/geometry/coordinates")
