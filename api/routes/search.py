"""Search (查找): by code, by name, by address, by coordinate."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Transaction
from api.problems import documented
from api.schemas import DATUM_TEXT, DECIMALS, Box, Named, NamedDivision, box
from gis.domain.stacks import Standing, Under
from gis.services import search
from gis.services.search import Find

router = APIRouter(tags=["map"])


class SearchQuery(BaseModel):
    """What is looked for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        max_length=100,
        description="start of a code, part of a name, an address, or x,y",
        examples=["210302", "胜利", "鞍千路32栋2单元15楼", "122.99,41.11"],
    )
    datum: str | None = Field(None, max_length=40, description=f"for x,y: {DATUM_TEXT}")
    bbox: Box | None = None
    limit: int = Field(search.FOUND_LIMIT, ge=1, le=50)


class StackedShape(BaseModel):
    """One of the grids that share a footprint."""

    code: str
    name: str
    unit: str | None
    floor_from: int | None
    floor_to: int | None


class StandingShape(BaseModel):
    """The grids that an address is in."""

    grid: Named | None = Field(
        description="comprehensive grid (综合网格), in a tower that of unit and floor; null where they do not tell"
    )
    stack: list[StackedShape] = Field(description="grids of a tower that unit and floor leave to choose from")
    level2: str | None = Field(description="code of the level-2 grid")
    dedicated: Named | None = Field(description="dedicated grid (专属网格) over it, whose people are responsible")


class FindShape(BaseModel):
    """Something that was found."""

    kind: str = Field(
        description="division, zone, level2, grid; street, building, place; coordinate, or swapped: x,y was nowhere, "
        "y,x is this place"
    )
    code: str | None
    name: str
    chain: list[NamedDivision] = Field(
        description="from the city down; the division itself is its last, and a street's county"
    )
    center: list[float] = Field(description="longitude, latitude of a point inside, CGCS2000")
    bbox: list[float] = Field(description="west, south, east, north")
    score: float = Field(description="how well it fits what was typed, from 0 to 1")
    pick_on_map: bool = Field(description="the score is low: a person should look, and pick the place on the map")
    matched: list[str] = Field(description="of an address: area, street, number, unit, floor, as far as they fit")
    standing: StandingShape | None = Field(description="of a building or place: the grids it is in")


@router.get("/search", summary="Find a code, a name, an address or a coordinate. 查找", responses=documented(422))
def find(request: Request, connection: Transaction, query: Annotated[SearchQuery, Query()]) -> list[FindShape]:
    """Return what is found, the best first.

    An address may be typed in any usual spelling, its numbers in digits or numerals. An empty list, and finds to
    `pick_on_map`, say that a person should find the place on the map.
    """
    sure: float = request.app.state.settings.address_score
    within = box(query.bbox) if query.bbox else None
    found = search.find(connection, query.q, datum=query.datum, bbox=within, limit=query.limit)
    return [_shape(each, sure) for each in found]


def _shape(found: Find, sure: float) -> FindShape:
    return FindShape(
        kind=found.kind,
        code=found.code,
        name=found.name,
        chain=[NamedDivision.model_validate(division) for division in found.chain],
        center=[round(side, DECIMALS) for side in found.center],
        bbox=[round(side, DECIMALS) for side in found.bbox],
        score=found.score,
        pick_on_map=found.score < sure,
        matched=list(found.matched),
        standing=_standing_shape(found.standing) if found.standing else None,
    )


def _standing_shape(standing: Standing) -> StandingShape:
    lowest = standing.grid or next(iter(standing.stack), None)
    return StandingShape(
        grid=_named(standing.grid),
        stack=[StackedShape.model_validate(each, from_attributes=True) for each in standing.stack],
        level2=lowest.level2_code if lowest else None,
        dedicated=_named(standing.dedicated),
    )


def _named(grid: Under | None) -> Named | None:
    return Named.model_validate(grid, from_attributes=True) if grid else None
