"""Shapes shared by several routes: decisions, problems, boxes, instants.

Instants leave as ISO 8601 in UTC, coordinates as CGCS2000 longitude and latitude with 7 decimals.
"""

import math
import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, Strict

from gis.domain.codes import written_out
from gis.domain.coordinates import parse_datum
from gis.domain.decisions import Decision, DivisionName, GridName
from gis.domain.explanations import explain
from gis.domain.periods import YEARS, is_in_years
from gis.errors import UnknownDatumError

DECIMALS = 7
DATED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
NUMBER = re.compile(r"\s*[+-]?[0-9]+(\.[0-9]*)?\s*")
DIVISION_CODE = r"^[0-9]{12}$"
DATUM_TEXT = "wgs84, cgcs2000, gcj02, bd09 or epsg:NNNN; what x and y are in. There is no default."


def _box(text: str) -> str:
    parts = text.split(",")
    # Python's own reader takes 1_0, full-width digits and nan besides.
    if len(parts) != 4 or not all(NUMBER.fullmatch(part) for part in parts):
        raise ValueError("a box is four numbers: west,south,east,north")
    west, south, east, north = (float(part) for part in parts)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise ValueError("a box is west,south,east,north in degrees, west and south first")
    return text


def _text_only(value: Any) -> Any:
    # pydantic would take digits alone for seconds since 1970.
    if not isinstance(value, str) or not DATED.match(value):
        raise ValueError("an instant is a text such as 2026-11-23T08:30:00+08:00")
    return value


def _in_utc(at: datetime) -> datetime:
    if not is_in_years(at):
        raise ValueError(f"an instant lies {YEARS}")
    return at.astimezone(UTC)


def _datum(text: str) -> str:
    try:
        return str(parse_datum(text))
    except UnknownDatumError as error:
        raise ValueError(error.detail) from None


def _day_only(value: Any) -> Any:
    # pydantic would take a number of days since 1970.
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError(f"a day is a text such as 2026-11-23, {YEARS}")
    return value


def _in_years(on: date) -> date:
    if not is_in_years(on):
        raise ValueError(f"a day lies {YEARS}")
    return on


def _division_code(code: str) -> str:
    if not re.fullmatch(DIVISION_CODE, code):
        whole = written_out(code)
        raise ValueError(f"the code is shortened; write {whole}" if whole else "the code of a division has 12 digits")
    return code


Box = Annotated[
    str,
    AfterValidator(_box),
    Query(
        description="west,south,east,north in CGCS2000 degrees",
        max_length=200,
        openapi_examples={"Anshan": {"value": "122.9,41.0,123.1,41.2"}},
    ),
]
DivisionCode = Annotated[str, AfterValidator(_division_code), Field(json_schema_extra={"pattern": DIVISION_CODE})]
Instant = Annotated[AwareDatetime, BeforeValidator(_text_only), AfterValidator(_in_utc)]
Day = Annotated[date, BeforeValidator(_day_only), AfterValidator(_in_years)]
Datum = Annotated[str, Strict(), AfterValidator(_datum), Field(max_length=40, description=DATUM_TEXT)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


def box(text: str) -> tuple[float, float, float, float]:
    """Return a `Box` as numbers: west, south, east, north in degrees."""
    west, south, east, north = (float(part) for part in text.split(","))
    return west, south, east, north


def iso(at: datetime) -> str:
    """Return an instant as ISO 8601 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


class Fault(BaseModel):
    """One thing that is wrong, and where."""

    pointer: str = Field(description="JSON pointer into the body, or /query/name, /path/name, /header/name")
    detail: str


class Problem(BaseModel):
    """What every refusal looks like (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="one sentence")
    instance: str = Field(description="the path that was asked")
    trace_id: str = Field(description="under which the log knows this request; also in X-Trace-Id")
    errors: list[Fault] = Field(default=[], description="all faults at once")


class Named(BaseModel):
    """A code and what people call it."""

    code: str
    name: str


class NamedDivision(Named):
    """A division in the chain from city to village."""

    level: str = Field(description="city, county, town or village")


class DedicatedGrid(Named):
    """A dedicated grid (专属网格) that lies over the comprehensive ones."""

    category: str | None
    village_code: str = Field(description="home village")


class Explanation(BaseModel):
    """Why, in a sentence for people."""

    zh: str
    en: str


class DecisionShape(BaseModel):
    """Where a point belongs, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "grid": "210302001001101003",
                "grid_id": 17,
                "name": "网格 003",
                "kind": "comprehensive",
                "stack": [],
                "dedicated": None,
                "level2": {"code": "210302001001101000", "name": "二级网格 01"},
                "divisions": [{"level": "city", "code": "210300000000", "name": "鞍山市"}],
                "zone": None,
                "plan": 3,
                "method": "interior",
                "distance_m": 41.2,
                "location": [122.99, 41.11],
                "explanation": {"zh": "该点位于网格 210302001001101003 内。", "en": "The point lies inside the grid."},
            }
        }
    )

    grid: str | None = Field(description="code of the comprehensive grid (综合网格); null outside the city")
    grid_id: int | None = Field(description="its permanent number, which outlives the code")
    name: str | None
    kind: str | None
    stack: list[str] = Field(description="codes of all grids on the same footprint, where a tower has several")
    dedicated: DedicatedGrid | None
    level2: Named | None
    divisions: list[NamedDivision] = Field(description="from the city down to the village")
    zone: Named | None = Field(description="functional zone (功能区)")
    plan: int | None = Field(description="revision of the plan that decided")
    method: str = Field(
        description="interior, border, stacked, snapped, outside; of a report also own_grid, imprecise, corrected"
    )
    distance_m: float | None = Field(description="to the nearest border, in metres")
    location: list[float] = Field(description="longitude, latitude in CGCS2000, as routed")
    explanation: Explanation | None = None


def decision_shape(decision: Decision, *, explained: bool = True) -> dict[str, Any]:
    """Return a decision in the shape of `DecisionShape`."""
    answer, grid = decision.answer, decision.grid
    shape: dict[str, Any] = {
        "grid": answer.grid,
        "grid_id": answer.grid_id,
        "name": grid.name if grid else None,
        "kind": grid.kind if grid else None,
        "stack": list(answer.stack),
        "dedicated": _dedicated(decision.dedicated),
        "level2": _named(answer.level2, decision.level2_name),
        "divisions": [_division(division) for division in decision.divisions],
        "zone": _named(answer.zone, decision.zone_name),
        "plan": answer.revision,
        "method": answer.method,
        "distance_m": _finite(answer.distance_m),
        "location": [round(answer.point[0], DECIMALS), round(answer.point[1], DECIMALS)],
    }
    if explained:
        shape["explanation"] = explain(answer, decision)
    return shape


def _named(code: str | None, name: str | None) -> dict[str, str] | None:
    return None if code is None else {"code": code, "name": name or code}


def _division(division: DivisionName) -> dict[str, str]:
    return {"level": division.level, "code": division.code, "name": division.name}


def _dedicated(grid: GridName | None) -> dict[str, str | None] | None:
    if grid is None:
        return None
    return {"code": grid.code, "name": grid.name, "category": grid.category, "village_code": grid.village_code}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
