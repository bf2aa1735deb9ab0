"""The stream of events: what happens, on every open screen at once."""

import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from starlette.responses import StreamingResponse

from api.callers import address_of
from api.deps import Events, check_access
from api.problems import documented
from api.schemas import iso
from gis.db.events import Event
from gis.domain.networks import sender
from gis.domain.staff import is_inside
from gis.errors import WanggeError

router = APIRouter(tags=["events"])

RETRY_MS = 2_000
ID_LIMIT = 2**63 - 1
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@router.get(
    "/events",
    response_class=StreamingResponse,
    summary="Events as they happen, as server-sent events. 实时事件",
    responses={
        200: {"content": {"text/event-stream": {"example": "id: 7\nevent: report.submitted\ndata: {}\n\n"}}},
        **documented(422),
    },
)
async def stream(
    request: Request,
    events: Events,
    kind: Annotated[list[str] | None, Query(description="only these kinds, such as report.submitted")] = None,
    last_event_id: Annotated[int | None, Header(ge=0, le=ID_LIMIT, description="resume after this event")] = None,
    after: Annotated[int | None, Query(ge=0, le=ID_LIMIT, description="the same for who cannot set a header")] = None,
) -> StreamingResponse:
    """Follow the events; a browser that reconnects with `Last-Event-ID` misses none."""
    events.admit(sender(address_of(request)))
    place = last_event_id if last_event_id is not None else after
    lines = _lines(request, events, place, set(kind) if kind else None)
    if request.scope.get("asked_head"):
        lines = _greeting()
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)


async def _greeting() -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"


async def _lines(request: Request, events: Events, place: int | None, kinds: set[str] | None) -> AsyncIterator[str]:
    async for greeting in _greeting():
        yield greeting
    async for event in events.follow(place, kinds=kinds, who=sender(address_of(request))):
        # Asked anew each time: a session may have ended, or a role changed, since the stream was opened.
        try:
            access = await check_access(request)
        except WanggeError:
            return
        if event is None:
            yield ": still here\n\n"
        elif "areas" not in event.payload or any(is_inside(area, access.scope) for area in event.payload["areas"]):
            yield _line(event, numbered=not access.is_public)


def _line(event: Event, *, numbered: bool) -> str:
    """Return an event as it is sent; the public is told no ids, whose gaps would count the reports between."""
    told = {name: value for name, value in event.payload.items() if name != "areas"}
    data = json.dumps({**told, "at": iso(event.at)}, ensure_ascii=False, separators=(",", ":"))
    place = f"id: {event.id}\n" if numbered else ""
    return f"{place}event: {event.kind}\ndata: {data}\n\n"
