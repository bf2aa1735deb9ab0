"""Vector tiles (矢量瓦片), addressed by revision, so that they are cached for ever."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.deps import Engine, SettingsOfService
from api.problems import documented
from gis.db import engine as engines
from gis.domain import tiles as addresses
from gis.errors import NotFoundError
from gis.services import tiles

router = APIRouter(tags=["map"])

MEDIA_TYPE = "application/vnd.mapbox-vector-tile"
FOR_EVER = "max-age=31536000, immutable"


class TileQuery(BaseModel):
    """What may follow a tile's address."""

    model_config = ConfigDict(extra="forbid")

    drawn: int | None = Field(None, ge=0, description="tells apart databases that count alike; not read")


@dataclass(frozen=True)
class Asked:
    """Which tile is asked for."""

    layer: addresses.Layer
    revision: int
    address: addresses.Address


def _asked(
    layer: Annotated[
        str, Path(openapi_examples={"grids": {"value": "grids"}}, description=", ".join(addresses.LAYERS))
    ],
    revision: Annotated[str, Path(openapi_examples={"first": {"value": "1"}})],
    z: Annotated[str, Path(openapi_examples={"near": {"value": "14"}}, description=f"0 to {addresses.MAX_ZOOM}")],
    x: Annotated[str, Path(openapi_examples={"Anshan": {"value": "13788"}}, description="from the west")],
    y: Annotated[str, Path(openapi_examples={"Anshan": {"value": "6135"}}, description="from the north")],
) -> Asked:
    """Read the path; whatever is no tile is not found."""
    chosen = addresses.layer(layer)
    if not (revision.isascii() and revision.isdigit() and len(revision) < 19):
        raise NotFoundError(f"The layer {chosen.name} has no such revision; /layers names the present one.")
    return Asked(chosen, int(revision), addresses.address(z, x, y))


@router.get(
    "/tiles/{layer}/{revision}/{z}/{x}/{y}",
    summary="One vector tile (MVT). 矢量瓦片",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {}}},
        204: {"description": "Nothing lies in this tile."},
        304: {"description": "The tile that `If-None-Match` names."},
        **documented(404, 422),
    },
)
def read(
    request: Request,
    asked: Annotated[Asked, Depends(_asked)],
    query: Annotated[TileQuery, Query()],
    engine: Engine,
    settings: SettingsOfService,
) -> Response:
    """Return a tile of a layer's revision; `/layers` names the present one."""
    content = tiles.kept(settings.tiles, asked.layer, revision=asked.revision, address=asked.address)
    if content is None:
        with engines.transaction(engine, read_only=True) as connection:
            content = tiles.tile(
                connection, settings.tiles, asked.layer, revision=asked.revision, address=asked.address
            )
    # A cache between here and the browser may answer others only where the map is open to all.
    kept = f"{'public' if settings.open_map else 'private'}, {FOR_EVER}"
    if not content:
        return Response(status_code=204, headers={"Cache-Control": kept})
    tag = f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": kept, "Vary": "Accept-Encoding"}
    if tag in (known.strip() for known in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return Response(gzip.decompress(content), headers=headers, media_type=MEDIA_TYPE)
    return Response(content, headers={**headers, "Content-Encoding": "gzip"}, media_type=MEDIA_TYPE)
