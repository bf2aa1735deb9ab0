"""Grids (网格): list them, look at one."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import paging
from api.deps import Transaction
from api.problems import documented
from api.schemas import Box, Instant, box, iso
from gis.db.listings import WantedGrids
from gis.domain import places
from gis.services import grids, plans

router = APIRouter(tags=["grids"])

PAGE_LIMIT = 1_000
FIRST: paging.Place = {"id": 0}
CODE = r"^[0-9A-Za-z_.-]{1,40}$"
GEOJSON = "application/geo+json"
AS_OF = "as of this instant; now when left out"


class GridQuery(BaseModel):
    """Filters of the list of grids."""

    model_config = ConfigDict(extra="forbid")

    bbox: Box | None = None
    kind: Literal["comprehensive", "dedicated"] | None = Field(None, description="综合网格 or 专属网格")
    village: str | None = Field(None, pattern=CODE, description="12-digit code of the home village")
    level2: str | None = Field(None, pattern=CODE, description="code of the level-2 grid")
    code: str | None = Field(None, pattern=CODE)
    as_of: Instant | None = Field(None, description=AS_OF)
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class AsOf(BaseModel):
    """The instant that one place is asked for."""

    model_config = ConfigDict(extra="forbid")

    as_of: Instant | None = Field(None, description=AS_OF)


@router.get(
    "/grids",
    summary="Grids as GeoJSON, by permanent id. 网格列表",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}, **documented(422)},
)
def listing(connection: Transaction, query: Annotated[GridQuery, Query()]) -> Response:
    """Return one page; `next` is the cursor of the following one, null on the last. All pages show one instant."""
    filters = query.model_dump(exclude={"limit", "cursor"})
    start: paging.Place = paging.decode(query.cursor, filters=filters, like=FIRST) if query.cursor else FIRST
    at = query.as_of or _pinned(start) or plans.clock(connection)
    wanted = WantedGrids(
        box(query.bbox) if query.bbox else None, query.kind, query.village, query.level2, query.code, at
    )
    found = grids.page(connection, wanted, after=int(start["id"]), limit=query.limit + 1)
    following = None
    if len(found) > query.limit:
        following = paging.encode({"id": found[query.limit - 1].id, "at": iso(at)}, filters=filters)
    return Response(places.collection(found[: query.limit], next=following, as_of=iso(at)), media_type=GEOJSON)


@router.get(
    "/grids/{code}",
    summary="One grid, by its code or its permanent id. 查看网格",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}, **documented(404, 422)},
)
def read(
    code: Annotated[str, Path(pattern=CODE, openapi_examples={"one": {"value": "210302001001101003"}})],
    connection: Transaction,
    query: Annotated[AsOf, Query()],
) -> Response:
    """Return a grid as a GeoJSON Feature."""
    return Response(places.feature(grids.get(connection, code, at=query.as_of)), media_type=GEOJSON)


def _pinned(place: paging.Place) -> datetime | None:
    """Return the instant of the first page, which the others show too whatever is published meanwhile."""
    return datetime.fromisoformat(str(place["at"])) if "at" in place else None
