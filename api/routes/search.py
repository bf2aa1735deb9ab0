"""Search (查找): by code, by name, by coordinate."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from api.deps import Transaction
from api.problems import documented
from api.schemas import DATUM_TEXT, DECIMALS, NamedDivision
from gis.services import search
from gis.services.search import Find

router = APIRouter(tags=["map"])


class SearchQuery(BaseModel):
    """What is looked for."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(
        max_length=100,
        description="start of a code, part of a name, or x,y",
        examples=["210302", "胜利", "122.99,41.11"],
    )
    datum: str | None = Field(None, max_length=40, description=f"for x,y: {DATUM_TEXT}")


class FindShape(BaseModel):
    """Something that was found."""

    kind: str = Field(
        description="division, zone, level2, grid, coordinate, or swapped: x,y was nowhere, y,x is this place"
    )
    code: str | None
    name: str
    chain: list[NamedDivision] = Field(description="from the city down; the division itself is its last")
    center: list[float] = Field(description="longitude, latitude of a point inside, CGCS2000")
    bbox: list[float] = Field(description="west, south, east, north")


@router.get("/search", summary="Find a code, a name or a coordinate. 查找", responses=documented(422))
def find(connection: Transaction, query: Annotated[SearchQuery, Query()]) -> list[FindShape]:
    """Return at most 20 finds, the best first."""
    return [_shape(each) for each in search.find(connection, query.q, datum=query.datum)]


def _shape(found: Find) -> FindShape:
    return FindShape(
        kind=found.kind,
        code=found.code,
        name=found.name,
        chain=[NamedDivision.model_validate(division) for division in found.chain],
        center=[round(side, DECIMALS) for side in found.center],
        bbox=[round(side, DECIMALS) for side in found.bbox],
    )
