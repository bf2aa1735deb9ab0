"""Plans (网格方案): which were published, when they came into force, and what became of what."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from api import paging
from api.deps import Transaction
from api.problems import documented
from gis.services import plans

router = APIRouter(tags=["plans"])

PAGE_LIMIT = 1_000
LINEAGE_LIMIT = 10_000


class PlanQuery(BaseModel):
    """Place in the list of plans."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class PlanShape(BaseModel):
    """A plan as it was published."""

    revision: int
    in_force_at: datetime = Field(description="until the next plan comes into force")
    published_at: datetime
    note: str
    changes: int = Field(description="how many grids it ended or began")


class PlanPage(BaseModel):
    """Plans, the newest first."""

    plans: list[PlanShape]
    next: str | None = Field(description="cursor of the following page; null on the last")


class Descent(BaseModel):
    """What share of a former grid became part of a new one."""

    parent_id: int
    child_id: int
    area_share: float
    headcount_share: float | None


class PlanWithLineage(PlanShape):
    """A plan and what became of what in it."""

    lineage: list[Descent]
    lineage_complete: bool = Field(description=f"false when there are more than {LINEAGE_LIMIT:,} rows")


@router.get("/plans", summary="Plans, the newest first. 方案列表", responses=documented(422))
def listing(connection: Transaction, query: Annotated[PlanQuery, Query()]) -> PlanPage:
    """Return one page of plans."""
    before = int(paging.decode(query.cursor, filters={}, like={"revision": 0})["revision"]) if query.cursor else None
    found = plans.page(connection, before=before, limit=query.limit + 1)
    shown = [PlanShape(**vars(plan)) for plan in found[: query.limit]]
    more = len(found) > query.limit
    return PlanPage(plans=shown, next=paging.encode({"revision": shown[-1].revision}, filters={}) if more else None)


@router.get("/plans/{revision}", summary="One plan with its lineage. 查看方案", responses=documented(404, 422))
def read(
    revision: Annotated[int, Path(ge=1, lt=2**63 - 1, openapi_examples={"first": {"value": 1}})],
    connection: Transaction,
) -> PlanWithLineage:
    """Return a plan, and the splits and merges it brought."""
    plan, lineage = plans.get(connection, revision, lineage_limit=LINEAGE_LIMIT + 1)
    rows = [Descent(**row) for row in lineage[:LINEAGE_LIMIT]]
    return PlanWithLineage(**vars(plan), lineage=rows, lineage_complete=len(lineage) <= LINEAGE_LIMIT)
