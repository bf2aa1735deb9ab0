"""The three maps (热点、巡查覆盖、视频覆盖): values for the layers of the one screen, and pages to keep and print."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import pandas as pd
import sqlalchemy as sa
from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, Response

from api import languages, printed_maps
from api.deps import (
    OF_SCOPE,
    OVER_ALL,
    AccessOfCaller,
    ActorOfCaller,
    OverviewTransaction,
    SettingsOfService,
    Transaction,
)
from api.problems import documented
from api.schemas import DECIMALS, Box, DivisionCode, Finite, Instant, box, iso
from gis.domain import geojson
from gis.domain.categories import CATEGORIES
from gis.domain.patrols import LONGEST_REACH_M, REACH_M
from gis.domain.periods import Period, asked_for
from gis.services import areas, cameras, hotspots, patrols
from maps.folium.page import Appearance

router = APIRouter(tags=["maps"])

GRIDS_LIMIT = 20_000
CAMERAS_LIMIT = 5_000
SHARE_DECIMALS = 4
GEOJSON = "application/geo+json"
PRINTED = {
    "hotspots": "Reports by place, to keep and print. 热点打印页",
    "patrols": "Patrol coverage, to keep and print. 巡查覆盖打印页",
    "cameras": "Cameras and their coverage, to keep and print. 视频覆盖打印页",
}
Category = StrEnum("Category", {name: name for name in CATEGORIES})  # type: ignore[misc]
Within = Annotated[
    DivisionCode | None, Field(description="code of a county, town or village; the whole city when left out")
]
Reach = Annotated[
    Finite, Field(gt=0, le=LONGEST_REACH_M, description="metres to each side of a track that count as passed")
]


class PeriodQuery(BaseModel):
    """A period, the last 30 days when left out."""

    model_config = ConfigDict(extra="forbid")

    since: Instant | None = Field(None, description="30 days before `until` when left out")
    until: Instant | None = Field(None, description="now when left out")
    within: Within = None

    def period(self) -> Period:
        """Return the period; InvalidInputError when it ends before it begins."""
        return asked_for(self.since, self.until, now=datetime.now(UTC))


class HotspotQuery(PeriodQuery):
    """Which reports are counted."""

    category: Category | None = None
    limit: int = Field(GRIDS_LIMIT, ge=1, le=GRIDS_LIMIT, description="grids listed, those with most reports first")


class CoverageQuery(BaseModel):
    """Whose coverage is asked for: a division's, or that of the grids in a box."""

    model_config = ConfigDict(extra="forbid")

    within: Within = None
    bbox: Box | None = None

    def area(self) -> dict[str, Any]:
        """Return the question as `gis.services.areas.read` takes it."""
        return {"within": self.within, "bbox": box(self.bbox) if self.bbox else None}


class PatrolQuery(CoverageQuery, PeriodQuery):
    """Which patrols count, and how far a worker sees."""

    reach_m: Reach = REACH_M


class CameraQuery(BaseModel):
    """Which cameras are asked for."""

    model_config = ConfigDict(extra="forbid")

    bbox: Box | None = None
    limit: int = Field(CAMERAS_LIMIT, ge=1, le=CAMERAS_LIMIT)


class PageQuery(PeriodQuery):
    """What a page shows, and how it looks."""

    level: Literal["grids", "villages"] | None = Field(None, description="grids where they are at most 5,000")
    category: Category | None = Field(None, description="of the reports that hotspots counts")
    reach_m: Reach = REACH_M
    lang: Literal["zh", "en"] | None = Field(None, description="what Accept-Language asks for when left out, else zh")
    theme: Literal["light", "dark"] = "light"


@router.get("/hotspots", summary="Reports of a period by grid and as heat. 热点", responses=documented(404, 422))
def hotspot_values(
    connection: Transaction, access: AccessOfCaller, query: Annotated[HotspotQuery, Query()]
) -> JSONResponse:
    """Return the grids with most reports, and places with their number of reports: [lon, lat, weight]."""
    period = query.period()
    found = hotspots.feed(
        connection, period, scope=access.scope, category=query.category, within=query.within, limit=query.limit
    )
    rows = found.grids.to_dict("records")
    return JSONResponse(
        {
            "period": _told(period),
            "category": query.category,
            "total": found.total,
            "left_out": found.left_out,
            "grids": [
                {
                    **{name: row[name] for name in ("id", "code", "name", "count")},
                    "center": _position(row["lon"], row["lat"]),
                }
                for row in rows
            ],
            "points": [[*_position(lon, lat), weight] for lon, lat, weight in found.heat.itertuples(index=False)],
        }
    )


@router.get(
    "/patrols/coverage",
    summary="Days since the last visit, and the share of each grid that was passed. 巡查覆盖",
    responses=documented(404, 422),
)
def patrol_coverage(
    connection: OverviewTransaction,
    access: AccessOfCaller,
    settings: SettingsOfService,
    query: Annotated[PatrolQuery, Query()],
    actor: ActorOfCaller,
) -> JSONResponse:
    """Return coverage of at most 5,000 footprints; `days_since` is null where the period has no visit.

    Who looks is recorded, by place and not more often than every ten minutes.
    """
    period = query.period()
    where = areas.read(connection, scope=access.scope, **query.area(), level=areas.GRIDS)
    found = patrols.coverage(connection, period, where, reach_m=query.reach_m, measure_crs=settings.measure_crs)
    answer = JSONResponse(
        {
            "period": _told(period),
            "reach_m": query.reach_m,
            "grids": [
                {
                    "id": row.id,
                    "code": row.code,
                    "last_visit_at": None if pd.isna(row.last_visit_at) else iso(row.last_visit_at.to_pydatetime()),
                    "days_since": None if pd.isna(row.days_since) else round(row.days_since, 2),
                    "visits": row.visits,
                    "share": round(row.share, SHARE_DECIMALS),
                }
                for row in found.drop(columns="boundary").itertuples()
            ],
        }
    )
    areas.looked_over(connection, actor, patrols.LOOK, scope=access.scope, **query.area())
    return answer


@router.get(
    "/cameras",
    summary="Cameras as points and sectors, GeoJSON. 摄像机",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}, **documented(422)},
)
def camera_list(
    connection: Transaction, access: AccessOfCaller, query: Annotated[CameraQuery, Query()], actor: ActorOfCaller
) -> Response:
    """Return for each camera a Point (where it stands) and a Polygon (what it looks over).

    Who looks is recorded, by place and not more often than every ten minutes.
    """
    bbox = box(query.bbox) if query.bbox else None
    found = cameras.read(connection, scope=access.scope, bbox=bbox, limit=query.limit)
    told = found.drop(columns=["location", "sector"]).to_dict("records")
    features = [
        geojson.feature(shape, {**row, "kind": kind})
        for kind, column in (("sector", "sector"), ("camera", "location"))
        for row, shape in zip(told, found[column], strict=True)
    ]
    answer = Response(geojson.write(geojson.collection(features)), media_type=GEOJSON)
    areas.looked_over(connection, actor, cameras.LOOK, scope=access.scope, bbox=bbox)
    return answer


@router.get(
    "/cameras/coverage", summary="The share of each grid that cameras cover. 视频覆盖", responses=documented(404, 422)
)
def camera_coverage(
    connection: OverviewTransaction,
    access: AccessOfCaller,
    settings: SettingsOfService,
    query: Annotated[CoverageQuery, Query()],
    actor: ActorOfCaller,
) -> JSONResponse:
    """Return coverage of at most 5,000 footprints; overlapping sectors count once. A look is recorded as above."""
    where = areas.read(connection, scope=access.scope, **query.area(), level=areas.GRIDS)
    found, _ = cameras.coverage(connection, where, scope=access.scope, measure_crs=settings.measure_crs)
    columns = found.drop(columns="boundary").itertuples()
    answer = JSONResponse(
        {
            "grids": [
                {"id": row.id, "code": row.code, "cameras": row.cameras, "share": round(row.share, SHARE_DECIMALS)}
                for row in columns
            ]
        }
    )
    areas.looked_over(connection, actor, cameras.LOOK, scope=access.scope, **query.area())
    return answer


def _page_of(name: str) -> Callable[..., HTMLResponse]:
    """Return the endpoint of one printed map. Each has a row of its own in the table of access."""
    opened = OF_SCOPE if name == "hotspots" else OVER_ALL

    def page(
        connection: Annotated[sa.Connection, opened],
        access: AccessOfCaller,
        settings: SettingsOfService,
        request: Request,
        query: Annotated[PageQuery, Query()],
        actor: ActorOfCaller,
        accept_language: Annotated[str | None, Header()] = None,
    ) -> HTMLResponse:
        """Return a page that needs no WebGL and no other host; villages are drawn where grids would be over 5,000."""
        lang = query.lang or languages.preferred(accept_language)
        wanted = printed_maps.Wanted(
            period=query.period(),
            scope=access.scope,
            within=query.within,
            level=query.level,
            category=query.category,
            reach_m=query.reach_m,
            measure_crs=settings.measure_crs,
            look=Appearance(lang, query.theme, ways=_ways(name, lang, request.query_params)),
        )
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return HTMLResponse(printed_maps.draw(connection, name, wanted, by=actor), headers=headers)

    return page


for _name, _summary in PRINTED.items():
    router.get(
        f"/maps/{_name}.html",
        name=f"{_name}_page",
        summary=_summary,
        response_class=HTMLResponse,
        responses=documented(404, 422),
    )(_page_of(_name))


def _ways(name: str, lang: str, asked: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses of the same question on the other maps, and of this map in the other language."""
    other = next(each for each in languages.LANGUAGES if each != lang)
    maps = {each: dict(asked) for each in PRINTED if each != name}
    questions = {**maps, "language": {**asked, "lang": other}}
    return {
        way: f"{way if way in maps else name}.html" + (f"?{urlencode(query)}" if query else "")
        for way, query in questions.items()
    }


def _told(period: Period) -> dict[str, str]:
    return {"since": iso(period.since), "until": iso(period.until)}


def _position(lon: float, lat: float) -> list[float]:
    return [round(lon, DECIMALS), round(lat, DECIMALS)]
