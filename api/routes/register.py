"""The data register with the rules of retention; the registers of impact assessments and of breaches."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, Strict
from starlette.responses import JSONResponse, Response

from api.bodies import StrictRoute
from api.deps import ActorOfCaller, SettingsOfService, Transaction
from api.problems import documented
from api.schemas import Day, Explanation, Instant, iso
from gis.domain import retention
from gis.domain.register import GROUNDS, KEPT, REGISTER, SUBJECTS, WHO, Entry
from gis.domain.retention import Rule, Standing
from gis.services import register
from gis.services import retention as removals
from gis.services.register import TEXT_LENGTH, Assessment, Breach

router = APIRouter(route_class=StrictRoute, tags=["register"])

PAGE_LIMIT = 500
ID_LIMIT = 2**63 - 1
NO_STORE = {"Cache-Control": "no-store"}
Kind = Literal["assessments", "breaches"]
Text = Annotated[str, Strict(), Field(min_length=1, max_length=TEXT_LENGTH)]
Number = Annotated[int, Path(ge=1, le=ID_LIMIT, openapi_examples={"one": {"value": 1}})]


class EntryShape(BaseModel):
    """Columns of a table that are alike, and what is told of them."""

    table: str
    columns: list[str]
    subject: str
    ground: str
    kept: str
    days: int | None = Field(description="where a rule of retention removes it")
    who: list[str]
    purpose: Explanation


class RuleShape(BaseModel):
    """A rule of retention, and its last run."""

    name: str
    what: Explanation
    days: int
    most_days: int
    least_days: int
    reason: Explanation
    run_at: datetime | None = Field(description="null where it never ran")
    due: int
    deleted: int
    oldest_at: datetime | None = Field(description="of what was left")


class RegisterShape(BaseModel):
    """The data register (个人信息处理登记)."""

    columns: int
    entries: list[EntryShape]
    retention: list[RuleShape]
    words: dict[str, dict[str, Explanation]] = Field(description="what the codes in the entries mean")


class AssessmentBody(BaseModel):
    """An impact assessment."""

    model_config = ConfigDict(extra="forbid")

    title: Text
    processing: Text = Field(description="what is done with which data")
    purpose: Text = Field(description="and whether the way is lawful and necessary")
    ground: Text
    risks: Text = Field(description="to the rights of people")
    measures: Text = Field(description="and whether they fit the risk")
    conclusion: Text
    assessed_on: Day


class BreachBody(BaseModel):
    """A breach."""

    model_config = ConfigDict(extra="forbid")

    title: Text
    found_at: Instant
    categories: Text = Field(description="of the data that leaked, was altered or lost")
    causes: Text
    harm: Text = Field(description="that may come of it")
    measures: Text = Field(description="taken, and those that people can take")
    notified: Annotated[str, Strict(), Field(max_length=TEXT_LENGTH)] = Field(
        default="", description="authorities and people that were told"
    )
    notified_at: Instant | None = None


class Added(BaseModel):
    """A row that was added."""

    id: int


class Kept(BaseModel):
    """What every row of a register has besides."""

    id: int
    recorded_at: datetime
    corrected_at: datetime | None = Field(
        description="when it was last corrected; the audit log has what it said before"
    )


class AssessmentShape(Kept, AssessmentBody):
    """An impact assessment as it is kept."""


class BreachShape(Kept, BreachBody):
    """A breach as it is kept."""


class AssessmentPage(BaseModel):
    """A page of impact assessments, newest first."""

    assessments: list[AssessmentShape]
    next: int | None = Field(description="`before` of the following page")


class BreachPage(BaseModel):
    """A page of breaches, newest first."""

    breaches: list[BreachShape]
    next: int | None = Field(description="`before` of the following page")


class PageQuery(BaseModel):
    """Which page of a register."""

    model_config = ConfigDict(extra="forbid")

    before: int | None = Field(None, ge=1, le=ID_LIMIT, description="`next` of the page before")
    limit: int = Field(100, ge=1, le=PAGE_LIMIT)


@router.get(
    "/register",
    response_model=RegisterShape,
    summary="The data register and the rules of retention. 个人信息处理登记",
    responses=documented(422),
)
def read(connection: Transaction, settings: SettingsOfService) -> JSONResponse:
    """Return what every column of every table is, and what was removed under which rule."""
    rules = retention.rules(settings.retention_days)
    ran = removals.report(connection, rules)
    words = {"subject": SUBJECTS, "ground": GROUNDS, "kept": KEPT, "who": WHO}
    shape = {
        "columns": sum(len(entry.columns) for entry in REGISTER),
        "entries": [_entry(entry, rules) for entry in REGISTER],
        "retention": [_rule(rules[each.rule], each) for each in ran],
        "words": {kind: {code: _both(name) for code, name in names.items()} for kind, names in words.items()},
    }
    return JSONResponse(shape)


@router.get(
    "/register/assessments",
    response_model=AssessmentPage,
    summary="Impact assessments, newest first. 影响评估登记",
    responses=documented(422),
)
def assessments(connection: Transaction, query: Annotated[PageQuery, Query()]) -> JSONResponse:
    """Return one page."""
    return _page(connection, "assessments", query)


@router.post(
    "/register/assessments",
    response_model=Added,
    status_code=201,
    summary="Add an impact assessment. 登记影响评估",
    responses=documented(400, 413, 415, 422),
)
def add_assessment(body: AssessmentBody, connection: Transaction, actor: ActorOfCaller) -> JSONResponse:
    """Add it; it is kept for three years at least."""
    said = Assessment(**body.model_dump())
    return JSONResponse({"id": register.add(connection, "assessments", said, datetime.now(UTC), by=actor)}, 201)


@router.put(
    "/register/assessments/{number}",
    status_code=204,
    summary="Correct an impact assessment. 更正影响评估",
    responses=documented(400, 404, 413, 415, 422),
)
def correct_assessment(number: Number, body: AssessmentBody, connection: Transaction, actor: ActorOfCaller) -> Response:
    """Correct it; what it said before stays in the audit log."""
    said = Assessment(**body.model_dump())
    register.correct(connection, "assessments", number, said, datetime.now(UTC), by=actor)
    return Response(status_code=204)


@router.get(
    "/register/breaches",
    response_model=BreachPage,
    summary="Breaches, newest first. 泄露事件登记",
    responses=documented(422),
)
def breaches(connection: Transaction, query: Annotated[PageQuery, Query()]) -> JSONResponse:
    """Return one page."""
    return _page(connection, "breaches", query)


@router.post(
    "/register/breaches",
    response_model=Added,
    status_code=201,
    summary="Add a breach. 登记泄露事件",
    responses=documented(400, 413, 415, 422),
)
def add_breach(body: BreachBody, connection: Transaction, actor: ActorOfCaller) -> JSONResponse:
    """Add it; it is kept for three years at least."""
    said = Breach(**body.model_dump())
    return JSONResponse({"id": register.add(connection, "breaches", said, datetime.now(UTC), by=actor)}, 201)


@router.put(
    "/register/breaches/{number}",
    status_code=204,
    summary="Correct a breach. 更正泄露事件",
    responses=documented(400, 404, 413, 415, 422),
)
def correct_breach(number: Number, body: BreachBody, connection: Transaction, actor: ActorOfCaller) -> Response:
    """Correct it; what it said before stays in the audit log."""
    said = Breach(**body.model_dump())
    register.correct(connection, "breaches", number, said, datetime.now(UTC), by=actor)
    return Response(status_code=204)


def _page(connection: Transaction, kind: Kind, query: PageQuery) -> JSONResponse:
    found = register.page(connection, kind, before=query.before, limit=query.limit + 1)
    shown = found[: query.limit]
    following = shown[-1]["id"] if len(found) > query.limit else None
    return JSONResponse({kind: [_row(row) for row in shown], "next": following}, headers=NO_STORE)


def _row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: iso(value) if isinstance(value, datetime) else str(value) if isinstance(value, date) else value
        for name, value in row.items()
    }


def _entry(entry: Entry, rules: dict[str, Rule]) -> dict[str, Any]:
    days = rules[entry.kept].days if entry.kept in rules else None
    return {**vars(entry), "columns": list(entry.columns), "days": days, "purpose": _both(entry.purpose)}


def _rule(rule: Rule, last: Standing) -> dict[str, Any]:
    return {
        "name": last.rule,
        "what": _both(rule.what),
        "days": rule.days,
        "most_days": retention.RULES[last.rule].days,
        "least_days": rule.least_days,
        "reason": _both(rule.reason),
        "run_at": iso(last.at) if last.at else None,
        "due": last.due,
        "deleted": last.deleted,
        "oldest_at": iso(last.oldest_at) if last.oldest_at else None,
    }


def _both(name: Any) -> dict[str, str]:
    return {"zh": name.zh, "en": name.en}
