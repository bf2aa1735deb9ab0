"""Rosters (花名册): send a sheet of people and posts, see what it would change, commit it."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from api.deps import ActorOfCaller, CallersTransaction
from api.problems import documented
from api.schemas import Day
from gis.domain.staff import AREA_LENGTH
from gis.files.handouts import as_files, as_zip
from gis.files.rosters import read_roster
from gis.services import rosters
from gis.services.rosters import Options, Previewed

router = APIRouter(tags=["posts"])

FAULTS_SHOWN = 1_000
SUMMARY = "roster.json"
CONTENT = {
    kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("text/csv", "application/octet-stream")
}


class RosterQuery(BaseModel):
    """How a roster counts."""

    model_config = ConfigDict(extra="forbid")

    commit: bool = Field(False, description="true: write it; otherwise only tell what it would change")
    whole_of: str | None = Field(
        None,
        pattern=r"^[0-9A-Za-z]{1,64}$",
        max_length=AREA_LENGTH,
        description="code of an area of which it is the whole truth: whoever it does not name there is ended",
    )
    on: Day | None = Field(None, description="from which day on, where a row names none; today when left out")


class CellFaultShape(BaseModel):
    """A cell that is wrong."""

    row: int = Field(description="as in the sheet; the headings are 1")
    column: str = Field(description="its heading")
    value: str = Field(description="what it says, cut short")
    detail: str


class RosterShape(BaseModel):
    """What a roster would change."""

    on: str
    rows: int
    accounts_new: int
    accounts_known: int
    posts_new: int
    posts_unchanged: int
    posts_ended: int
    vacancies: dict[str, int] = Field(description="by level: areas without a holder afterwards")
    faults: list[CellFaultShape] = Field(description=f"the first {FAULTS_SHOWN:,}; with any nothing is written")
    fault_count: int


async def _body(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/rosters",
    response_model=RosterShape,
    summary="Import a roster: CSV or XLSX. 导入花名册",
    responses={
        200: {
            "description": "What it would change; after a commit a zip of activation codes by leader, told once.",
            "content": {"application/zip": {}},
        },
        **documented(404, 413, 415, 422),
    },
    openapi_extra={"requestBody": {"required": True, "content": CONTENT}},
)
def load(
    content: Annotated[bytes, Depends(_body)],
    connection: CallersTransaction,
    actor: ActorOfCaller,
    query: Annotated[RosterQuery, Query()],
) -> Response:
    """Take the bytes of a sheet as they are. Nothing is written without `commit`, and with a fault nothing at all.

    A commit is answered with a zip: `roster.json` and one CSV of names and activation codes for each leader's area.
    """
    options = Options(query.on, query.whole_of)
    sheet = read_roster(content)
    if not query.commit:
        shape = _shape(rosters.preview(connection, sheet, options))
        return JSONResponse(shape, headers={"Cache-Control": "no-store"})
    shown, handouts = rosters.load(connection, sheet, options, by=actor)
    summary = json.dumps(_shape(shown), ensure_ascii=False, indent=1).encode()
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="codes.zip"'}
    return Response(as_zip({SUMMARY: summary, **as_files(handouts)}), media_type="application/zip", headers=headers)


def _shape(shown: Previewed) -> dict[str, Any]:
    roster = shown.roster
    return {
        "on": str(shown.mode.on),
        "rows": len(shown.sheet.rows),
        "accounts_new": len(roster.new_people),
        "accounts_known": roster.known,
        "posts_new": len(roster.added),
        "posts_unchanged": roster.unchanged,
        "posts_ended": len(roster.ended),
        "vacancies": dict(roster.vacancies),
        "faults": [vars(fault) for fault in roster.faults[:FAULTS_SHOWN]],
        "fault_count": len(roster.faults),
    }
