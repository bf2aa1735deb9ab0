"""Public figures (公开统计): what was published of a month, and nothing else. No question is answered freely."""

import csv
import io
import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from api.deps import Transaction
from api.problems import documented
from api.schemas import DivisionCode, Explanation
from gis.domain.figures import GROUPS, LEAST, Figure
from gis.files.delimited import inert
from gis.services import figures

router = APIRouter(tags=["figures"])

COLUMNS = ("month", "code", "name", "level", "group", "count", "hidden", "synthetic")


def _month(text: str) -> str:
    if not re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        raise ValueError("a month is written as 2026-10")
    return text


class FiguresQuery(BaseModel):
    """Which published figures."""

    model_config = ConfigDict(extra="forbid")

    month: Annotated[str, AfterValidator(_month)] | None = Field(
        None, description="such as 2026-10; the newest that is published when left out"
    )
    within: DivisionCode | None = Field(None, description="code of a division: it, and what lies in it")
    level: Literal["city", "county", "town", "village"] | None = Field(
        None, description="of the divisions; all when left out"
    )

    def read(self, connection: Transaction) -> list[Figure]:
        """Return the figures; NotFoundError where nothing is published."""
        month = date.fromisoformat(f"{self.month}-01") if self.month else None
        levels = (self.level,) if self.level else figures.LEVELS
        return figures.read(connection, month, within=self.within, levels=levels)


class FigureShape(BaseModel):
    """A division with its counts by group; null where a count is hidden."""

    code: str
    name: str
    level: str
    synthetic: bool = Field(description="the demo made some of it")
    counts: dict[str, int | None]


class FiguresShape(BaseModel):
    """The published figures of a month."""

    month: str
    months: list[str] = Field(description="all that are published")
    least: int = Field(description="smaller counts are hidden, and others that would tell of them")
    groups: dict[str, Explanation]
    figures: list[FigureShape]


@router.get(
    "/figures",
    response_model=FiguresShape,
    summary="Published counts of reports by division and month. 公开统计",
    responses=documented(404, 422),
)
def read(connection: Transaction, query: Annotated[FiguresQuery, Query()]) -> JSONResponse:
    """Return the counts of one month; they were fixed when they were published."""
    found = query.read(connection)
    rows: dict[str, dict[str, Any]] = {}
    for each in found:
        said = {"code": each.code, "name": each.name, "level": each.level, "synthetic": each.synthetic, "counts": {}}
        rows.setdefault(each.code, said)["counts"][each.category_group] = each.count
    return JSONResponse(
        {
            "month": f"{found[0].month:%Y-%m}" if found else query.month,
            "months": [f"{month:%Y-%m}" for month in figures.months(connection)],
            "least": LEAST,
            "groups": {code: {"zh": name.zh, "en": name.en} for code, name in GROUPS.items()},
            "figures": list(rows.values()),
        }
    )


@router.get(
    "/figures.csv",
    response_class=Response,
    summary="The same as a table to download. 下载公开统计",
    responses={200: {"content": {"text/csv": {}}}, **documented(404, 422)},
)
def table(connection: Transaction, query: Annotated[FiguresQuery, Query()]) -> Response:
    """Return one row for each division and group; `count` is empty where `hidden` is true."""
    found = query.read(connection)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for each in found:
        place = (f"{each.month:%Y-%m}", each.code, each.name, each.level, each.category_group)
        writer.writerow([*map(inert, place), each.count, str(each.count is None).lower(), str(each.synthetic).lower()])
    name = f"wangge-figures-{query.month or 'newest'}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    # Spreadsheets read Chinese names right only when a mark says that this is UTF-8.
    return Response("\ufeff" + text.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
