"""Divisions (行政区划): the tree from the city down to villages and communities."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import paging
from api.deps import Transaction
from api.problems import documented
from api.routes.grids import AS_OF, GEOJSON, AsOf
from api.schemas import DivisionCode, Instant, iso
from gis.db.listings import WantedDivisions
from gis.domain import places
from gis.services import divisions, plans

router = APIRouter(tags=["divisions"])

PAGE_LIMIT = 5_000
FIRST: paging.Place = {"code": ""}
# Outlines of a thousand villages are some megabytes.
PAGE_LIMIT_WITH_GEOMETRY = 500


class DivisionQuery(BaseModel):
    """Filters of the list of divisions."""

    model_config = ConfigDict(extra="forbid")

    level: Literal["city", "county", "town", "village"] | None = None
    parent: DivisionCode | None = Field(None, description="code of the division directly above")
    geometry: bool = Field(True, description="false: only boxes, label points and counts")
    as_of: Instant | None = Field(None, description=AS_OF)
    limit: int | None = Field(None, ge=1, le=PAGE_LIMIT, description=f"with geometry up to {PAGE_LIMIT_WITH_GEOMETRY}")
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


@router.get(
    "/divisions",
    summary="Divisions as GeoJSON, by code, with counts. 区划列表",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}, **documented(422)},
)
def listing(connection: Transaction, query: Annotated[DivisionQuery, Query()]) -> Response:
    """Return one page; `next` is the cursor of the following one, null on the last.

    Counts are of everything below: grid_count (comprehensive), dedicated_count, level2_count.
    """
    most = PAGE_LIMIT_WITH_GEOMETRY if query.geometry else PAGE_LIMIT
    limit = min(query.limit or most, most)
    filters = query.model_dump(exclude={"limit", "cursor"})
    start: paging.Place = paging.decode(query.cursor, filters=filters, like=FIRST) if query.cursor else FIRST
    at = query.as_of or (datetime.fromisoformat(str(start["at"])) if "at" in start else plans.clock(connection))
    wanted = WantedDivisions(query.level, query.parent, None, at)
    found = divisions.page(connection, wanted, after=str(start["code"]), limit=limit + 1, geometry=query.geometry)
    following = None
    if len(found) > limit:
        following = paging.encode({"code": found[limit - 1].id, "at": iso(at)}, filters=filters)
    return Response(places.collection(found[:limit], next=following, as_of=iso(at)), media_type=GEOJSON)


@router.get(
    "/divisions/{code}",
    summary="One division with its chain and counts. 查看区划",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}, **documented(404, 422)},
)
def read(
    code: Annotated[DivisionCode, Path(openapi_examples={"one": {"value": "210302001001"}})],
    connection: Transaction,
    query: Annotated[AsOf, Query()],
) -> Response:
    """Return a division as a GeoJSON Feature."""
    return Response(places.feature(divisions.get(connection, code, at=query.as_of)), media_type=GEOJSON)
