"""Posts (岗位): who holds what, who answers; appoint, and change who holds a post."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api import paging
from api.bodies import StrictRoute
from api.deps import AccessOfCaller, ActorOfCaller, CallersTransaction, Transaction
from api.problems import documented
from api.schemas import Day, Explanation
from gis.db.posts import WantedPosts
from gis.domain.posts import NOTE_LENGTH, Post
from gis.domain.staff import AREA_LENGTH, NAME_LENGTH, prefix
from gis.errors import Fault, InvalidInputError
from gis.services import posts
from gis.services.posts import Days

router = APIRouter(route_class=StrictRoute, tags=["posts"])

PAGE_LIMIT = 500
CODE = r"^[0-9A-Za-z_.-]{1,64}$"
Id = Annotated[int, Path(ge=1, lt=2**63, openapi_examples={"one": {"value": 17}})]
Area = Annotated[str, Field(pattern=CODE, max_length=AREA_LENGTH)]
Name = Annotated[
    str, Strict(), Field(min_length=1, max_length=NAME_LENGTH, description="what the person signs in with")
]
Note = Annotated[str, Strict(), Field(max_length=NOTE_LENGTH)]
REASONS = {
    "substitute": Explanation(zh="代管人在岗，由代管人负责。", en="A substitute stands in and answers."),
    "holder": Explanation(zh="由岗位在岗人员负责。", en="Whoever holds the post answers."),
    "vacant_level2": Explanation(zh="该岗位空岗，由二级网格员负责。", en="It is vacant; the level-2 grid answers."),
    "vacant_leader": Explanation(
        zh="该岗位和二级网格均空岗，由网格长负责。", en="It and the level-2 grid are vacant; the leader answers."
    ),
    "nobody": Explanation(zh="各级均空岗，无人负责。", en="All levels are vacant; nobody answers."),
}


class Body(BaseModel):
    """A body without names that nobody knows."""

    model_config = ConfigDict(extra="forbid")


class PostQuery(BaseModel):
    """Filters of the list of posts."""

    model_config = ConfigDict(extra="forbid")

    area: Area | None = Field(None, description="code of a division, level-2 grid or grid, with all below it")
    below: bool = Field(True, description="false: the area itself alone")
    person: str | None = Field(None, max_length=NAME_LENGTH, description="the name of an account")
    on: Day | None = Field(None, description="posts that hold on this day; today when left out")
    history: bool = Field(False, description="true: all posts over time, whatever the day")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class AnsweringQuery(BaseModel):
    """For which area, and on which day."""

    model_config = ConfigDict(extra="forbid")

    area: Area = Field(description="code of a village, level-2 grid or grid, such as the one that a report is given to")
    on: Day | None = Field(None, description="today when left out")


class Appointment(Body):
    """Who is to hold which area from which day on."""

    area: Area
    person: Name
    on: Day | None = Field(None, description="first day; today when left out")
    last_on: Day | None = Field(None, description="last day; no end when left out")
    note: Note = ""


class Substitution(Body):
    """Who stands in for a holder, until which day."""

    person: Name
    on: Day | None = Field(None, description="first day; today when left out")
    last_on: Day
    note: Note = ""


class Change(Body):
    """A change of a post: `person` for a hand-over, `area` for a transfer."""

    person: Name | None = None
    area: Area | None = None
    on: Day | None = Field(None, description="first day on which it is so; today when left out")
    note: Note = Field("", description="why; an end needs it")


class PostShape(BaseModel):
    """A post."""

    id: int
    area: str
    area_name: str | None
    role: str = Field(description="leader, level2 or worker")
    person: str
    substitute: bool = Field(description="stands in for the holder (代管)")
    from_on: str
    last_on: str | None = Field(description="last day; null for no end")
    note: str


class PostPage(BaseModel):
    """A page of posts."""

    posts: list[PostShape]
    next: str | None


class AnsweringShape(BaseModel):
    """Who answers, and why they do."""

    area: str
    reason: str = Field(description=", ".join(REASONS))
    explanation: Explanation
    asked: list[str] = Field(description="the areas that were looked at, upwards")
    posts: list[PostShape]


@router.get("/posts", response_model=PostPage, summary="Posts by area. 岗位列表", responses=documented(422))
def listing(connection: Transaction, access: AccessOfCaller, query: Annotated[PostQuery, Query()]) -> JSONResponse:
    """Return one page of the posts inside the caller's areas; `next` is the cursor of the following one."""
    filters = query.model_dump(exclude={"limit", "cursor"})
    place: paging.Place = {"area": "", "id": 0}
    if query.cursor:
        place = paging.decode(query.cursor, filters=filters, like=place)
    within = None if query.area is None else prefix(query.area)
    wanted = WantedPosts(
        access.scope,
        within if query.below and within != "*" else None,
        None if query.below else query.area,
        query.person,
        None if query.history else query.on or posts.today(connection),
    )
    found = posts.page(connection, wanted, after=(str(place["area"]), int(place["id"])), limit=query.limit + 1)
    shown, following = found[: query.limit], None
    if len(found) > query.limit:
        following = paging.encode({"area": shown[-1].area, "id": shown[-1].id}, filters=filters)
    return private({"posts": _shapes(connection, shown), "next": following})


@router.get(
    "/posts/answering",
    response_model=AnsweringShape,
    summary="Who answers for an area. 谁负责",
    responses=documented(404, 422),
)
def answering(
    connection: Transaction, access: AccessOfCaller, query: Annotated[AnsweringQuery, Query()]
) -> JSONResponse:
    """Return the substitute in force, else the holder, else who holds the level-2 grid or the village above."""
    found = posts.who_answers(connection, query.area, query.on, scope=access.scope)
    told = {"area": found.area, "reason": found.reason, "explanation": REASONS[found.reason].model_dump()}
    return private(told | {"asked": list(found.asked), "posts": _shapes(connection, found.posts)})


@router.post(
    "/posts",
    response_model=PostShape,
    status_code=201,
    summary="Appoint a person to an area. 任命",
    responses=documented(400, 404, 409, 413, 415, 422),
)
def appoint(
    body: Appointment, connection: CallersTransaction, access: AccessOfCaller, actor: ActorOfCaller
) -> JSONResponse:
    """Appoint from a day on; 409 says who holds the area already."""
    days = Days(body.on, body.last_on)
    post = posts.appoint(connection, body.area, body.person, days, note=body.note, scope=access.scope, by=actor)
    return private(_shapes(connection, [post])[0], 201)


@router.post(
    "/posts/{id}/substitute",
    response_model=PostShape,
    status_code=201,
    summary="Let somebody stand in for a holder. 代管",
    responses=documented(400, 404, 409, 413, 415, 422),
)
def substitute(
    id: Id,
    body: Substitution,
    connection: CallersTransaction,
    access: AccessOfCaller,
    actor: ActorOfCaller,
) -> JSONResponse:
    """Let another person stand in for some days; the holder keeps the post, and both see its reports."""
    days = Days(body.on, body.last_on)
    post = posts.substitute(connection, id, body.person, days, note=body.note, scope=access.scope, by=actor)
    return private(_shapes(connection, [post])[0], 201)


@router.post(
    "/posts/{id}/{change}",
    response_model=PostShape,
    summary="End, hand over, transfer or confirm a post. 变更岗位",
    responses={204: {"description": "It is done."}, **documented(400, 404, 409, 413, 415, 422)},
)
def change(
    id: Id,
    change: Literal["end", "hand-over", "transfer", "confirm"],
    body: Change,
    connection: CallersTransaction,
    access: AccessOfCaller,
    actor: ActorOfCaller,
) -> Response:
    """Change who holds it from a day on; `confirm` answers the question that a redraw left about its area."""
    _check(change, body)
    if change == "confirm":
        posts.confirm(connection, id, scope=access.scope, by=actor)
    elif change == "end":
        posts.end(connection, id, body.on, reason=body.note, scope=access.scope, by=actor)
    else:
        turn: Callable[..., Post] = posts.hand_over if change == "hand-over" else posts.transfer
        to = body.person or body.area
        post = turn(connection, id, to, body.on, note=body.note, scope=access.scope, by=actor)
        return private(_shapes(connection, [post])[0])
    return Response(status_code=204)


def _check(change: str, body: Change) -> None:
    """Refuse a body that names what the change does not need, or not what it does. Raises `InvalidInputError`."""
    needed = {"hand-over": "person", "transfer": "area"}.get(change)
    faults = [
        Fault(f"/{name}", f"Name the {name}." if name == needed else f"To {change} a post needs no {name}.")
        for name in ("person", "area")
        if (getattr(body, name) is None) == (name == needed)
    ]
    if faults:
        raise InvalidInputError(faults[0].detail, faults)


def _shapes(connection: sa.Connection, found: Sequence[Post]) -> list[dict[str, Any]]:
    names = posts.names(connection, [post.area for post in found]) if found else {}
    return [
        {
            "id": post.id,
            "area": post.area,
            "area_name": names.get(post.area),
            "role": post.role,
            "person": post.person,
            "substitute": post.substitute,
            "from_on": str(post.from_on),
            "last_on": text_of(post.last_on),
            "note": post.note,
        }
        for post in found
    ]


def text_of(day: object) -> str | None:
    """Return a day as text."""
    return None if day is None else str(day)


def private(shape: dict[str, Any], status: int = 200) -> JSONResponse:
    """Return an answer that nobody between keeps."""
    return JSONResponse(shape, status, headers={"Cache-Control": "no-store"})
