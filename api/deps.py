"""What a route may ask for: a transaction, the settings, the plan in memory, the stream of events."""

from collections.abc import Iterator
from typing import Annotated

import sqlalchemy as sa
from fastapi import Depends, Request

from api.event_stream import EventStream
from api.plan_index import PlanIndexHolder
from gis.db import engine as engines
from gis.settings import Settings


# The first four are `async` though they wait for nothing: a plain function would be sent to a thread and back.
async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _engine(request: Request) -> sa.Engine:
    engine: sa.Engine = request.app.state.engine
    return engine


async def _plan_index(request: Request) -> PlanIndexHolder:
    holder: PlanIndexHolder = request.app.state.plan_index
    return holder


async def _event_stream(request: Request) -> EventStream:
    stream: EventStream = request.app.state.event_stream
    return stream


def _transaction(engine: Annotated[sa.Engine, Depends(_engine)]) -> Iterator[sa.Connection]:
    with engines.transaction(engine) as connection:
        yield connection


SettingsOfService = Annotated[Settings, Depends(_settings)]
Engine = Annotated[sa.Engine, Depends(_engine)]
PlanIndexInMemory = Annotated[PlanIndexHolder, Depends(_plan_index)]
Events = Annotated[EventStream, Depends(_event_stream)]
# One request is one transaction. `scope="function"` commits before the answer is sent; without it FastAPI commits
# afterwards, and a failed commit would already have been answered 201.
Transaction = Annotated[sa.Connection, Depends(_transaction, scope="function")]
