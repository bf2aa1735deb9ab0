"""Health: whether the process lives, and whether it can do its work."""

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.deps import PlanIndexInMemory, SettingsOfService, Transaction
from api.problems import documented
from gis.files.photos import check_room

router = APIRouter(tags=["health"])


class Live(BaseModel):
    """The process answers."""

    live: bool = True


class Ready(BaseModel):
    """The process can do its work."""

    ready: bool = True
    plan: int | None = Field(description="revision in memory; null while lookups still ask the database")


@router.get("/live", summary="Does the process answer? Never asks the database. 存活", responses=documented(422))
async def live() -> Live:
    """Say that the process answers."""
    return Live()


@router.get("/ready", summary="Can it do its work? 就绪", responses=documented(422))
def ready(connection: Transaction, plan_index: PlanIndexInMemory, settings: SettingsOfService) -> Ready:
    """Say that the database answers and photos can be kept, and which plan is in memory."""
    connection.execute(sa.select(1))
    check_room(settings.photos)
    loaded = plan_index.current
    return Ready(plan=loaded.revision if loaded else None)
