"""Vacancies (空岗): areas that nobody holds as of a day, and what redraws left open."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse

from api import paging
from api.deps import AccessOfCaller, Transaction
from api.problems import documented
from api.routes.posts import PAGE_LIMIT, private, text_of
from api.schemas import Day, DivisionCode
from gis.services import posts, vacancies

router = APIRouter(tags=["posts"])

# Before the first area.
FIRST: paging.Place = {"area": ""}


class VacancyQuery(BaseModel):
    """Filters of the list of vacancies."""

    model_config = ConfigDict(extra="forbid")

    within: DivisionCode | None = Field(None, description="12-digit code of a division")
    level: Literal["village", "level2", "grid"] | None = None
    on: Day | None = Field(None, description="today when left out")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class QuestionQuery(BaseModel):
    """A page of open questions."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(100, ge=1, le=PAGE_LIMIT)
    cursor: str | None = Field(None, max_length=400, description="`next` of the page before")


class VacancyShape(BaseModel):
    """An area that nobody holds."""

    area: str
    level: str
    name: str
    since_on: str | None = Field(description="first day without a holder; null where there never was one")


class LevelCount(BaseModel):
    """How many areas there are, and how many of them nobody holds."""

    areas: int
    vacant: int


class TallyShape(BaseModel):
    """The counts of a division, by level."""

    code: str
    name: str
    levels: dict[str, LevelCount]


class VacancyPage(BaseModel):
    """A page of vacancies; the first one has the counts of the divisions below."""

    vacancies: list[VacancyShape]
    divisions: list[TallyShape] | None
    next: str | None


class CandidateShape(BaseModel):
    """Who held an area from which a share came."""

    area: str
    person: str
    share: float


class QuestionShape(BaseModel):
    """An area for which a redraw names nobody."""

    area: str
    area_name: str | None
    reason: str = Field(description="merged or split")
    plan: int
    asked_on: str
    candidates: list[CandidateShape]


class QuestionPage(BaseModel):
    """A page of open questions."""

    questions: list[QuestionShape]
    next: str | None


@router.get(
    "/posts/vacancies",
    response_model=VacancyPage,
    summary="Areas that nobody holds. 空岗",
    responses=documented(404, 422),
)
def vacant(connection: Transaction, access: AccessOfCaller, query: Annotated[VacancyQuery, Query()]) -> JSONResponse:
    """Return one page of vacancies by code, as of a day; the first page counts them by level and division below."""
    filters = query.model_dump(exclude={"limit", "cursor"})
    place: paging.Place = paging.decode(query.cursor, filters=filters, like=FIRST) if query.cursor else FIRST
    found = vacancies.page(
        connection,
        query.on,
        within=query.within,
        level=query.level,
        after=str(place["area"]),
        limit=query.limit + 1,
        scope=access.scope,
    )
    shown, following = found[: query.limit], None
    if len(found) > query.limit:
        following = paging.encode({"area": shown[-1].code}, filters=filters)
    tallies = None
    if query.cursor is None:
        tallies = [
            {
                "code": one.code,
                "name": one.name,
                "levels": {level: {"areas": both[0], "vacant": both[1]} for level, both in one.levels.items()},
            }
            for one in vacancies.tallies(connection, query.on, within=query.within, scope=access.scope)
        ]
    rows = [
        {"area": one.code, "level": one.level, "name": one.name, "since_on": text_of(one.since_on)} for one in shown
    ]
    return private({"vacancies": rows, "divisions": tallies, "next": following})


@router.get(
    "/posts/questions", response_model=QuestionPage, summary="What redraws left open. 待确认", responses=documented(422)
)
def questions(
    connection: Transaction, access: AccessOfCaller, query: Annotated[QuestionQuery, Query()]
) -> JSONResponse:
    """Return one page of areas for which the rules of a redraw name nobody; to appoint somebody answers."""
    place: paging.Place = paging.decode(query.cursor, filters={}, like=FIRST) if query.cursor else FIRST
    found = vacancies.questions(connection, after=str(place["area"]), limit=query.limit + 1, scope=access.scope)
    shown, following = found[: query.limit], None
    if len(found) > query.limit:
        following = paging.encode({"area": shown[-1].question.area}, filters={})
    names = posts.names(connection, [one.question.area for one in shown])
    rows = [
        {
            "area": one.question.area,
            "area_name": names.get(one.question.area),
            "reason": one.question.reason,
            "plan": one.revision,
            "asked_on": str(one.asked_on),
            "candidates": [
                {"area": each.area, "person": person, "share": round(each.share, 4)}
                for each, person in zip(one.question.candidates, one.people, strict=True)
            ],
        }
        for one in shown
    ]
    return private({"questions": rows, "next": following})
