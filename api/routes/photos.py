"""Photos: sent before the report that names them, kept as clean pictures."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, JSONResponse

from api.deps import ActorOfCaller, Engine, SettingsOfService, Transaction
from api.problems import documented
from gis.db import engine as engines
from gis.errors import Fault, InvalidInputError
from gis.files.photos import Photo
from gis.services import photos

router = APIRouter(tags=["photos"])

PHOTO_LIMIT_BYTES = 20_000_000
# A large photo takes some hundred megabytes while it is decoded.
DECODED_AT_ONCE = 2
FOR_EVER = "private, max-age=31536000, immutable"
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", openapi_examples={"one": {"value": "0" * 64}})]


class PhotoShape(BaseModel):
    """A kept photo."""

    sha256: str = Field(description="of the file as it is served, and its address")
    width: int = Field(description="pixels")
    height: int = Field(description="pixels")


async def _body(request: Request) -> bytes:
    return await request.body()


async def _kept(
    data: Annotated[bytes, Depends(_body)], engine: Engine, settings: SettingsOfService, actor: ActorOfCaller
) -> tuple[Photo, bool]:
    def keep() -> tuple[Photo, bool]:
        with engines.transaction(engine) as connection:
            return photos.keep(connection, data, folder=settings.photos, by=actor)

    if not data:
        detail = "The body is empty; send the bytes of a photo."
        raise InvalidInputError(detail, [Fault("", detail)])
    return await run_in_threadpool(keep)


@router.put(
    "/photos",
    response_model=PhotoShape,
    status_code=201,
    summary="Send a photo before its report. 上传照片",
    responses={
        200: {"model": PhotoShape, "description": "The photo was here already."},
        **documented(413, 415, 422),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("image/*",)},
        }
    },
)
async def keep(
    kept: Annotated[tuple[Photo, bool], Depends(_kept, scope="function", max_concurrency=DECODED_AT_ONCE)],
) -> JSONResponse:
    """Take JPEG, PNG or WEBP by its content; it is turned upright and written anew without any metadata."""
    photo, is_new = kept
    shape = {"sha256": photo.sha256, "width": photo.width_px, "height": photo.height_px}
    return JSONResponse(shape, 201 if is_new else 200, headers={"Location": f"/photos/{photo.sha256}"})


@router.get(
    "/photos/{sha256}",
    response_class=FileResponse,
    summary="A photo, as JPEG. 查看照片",
    responses={200: {"content": {"image/jpeg": {}}}, **documented(404, 422)},
)
def read(sha256: Sha256, connection: Transaction, settings: SettingsOfService, actor: ActorOfCaller) -> FileResponse:
    """Return the cleaned picture; it never changes under its address. Who looks is recorded."""
    path = photos.find(connection, sha256, folder=settings.photos, by=actor)
    return FileResponse(path, media_type="image/jpeg", headers={"Cache-Control": FOR_EVER})
