"""Photos: sent before the report that names them, kept as clean pictures."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.deps import AccessOfCaller, ActorOfCaller, Engine, PhotoDecoderOfService, SettingsOfService, Transaction
from api.problems import documented
from api.schemas import iso
from gis.db import engine as engines
from gis.domain import geojson
from gis.domain.photos import FAR_M, Fit, Origin, ReportPhoto
from gis.domain.staff import EVERYWHERE
from gis.errors import Fault, InvalidInputError
from gis.files import photos as photo_files
from gis.files.photo_decoder import Photo
from gis.services import photos

router = APIRouter(tags=["photos"])

# Who signs out has nothing left: a browser asks each time, and is told 304 when it may still see what it has.
EACH_TIME = "private, no-cache"
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$", openapi_examples={"one": {"value": "0" * 64}})]


class OriginShape(BaseModel):
    """Where and when a photo was taken, as the photo says; null is not known."""

    taken_at: datetime | None = Field(description="from the clock with its offset, or from the satellites")
    taken_local: str | None = Field(description="of a clock whose offset from UTC the photo does not tell")
    place: list[float] | None = Field(description="longitude, latitude in CGCS2000; some phones write GCJ-02 unsaid")
    datum: str | None = Field(description="that the photo declares its place to be in")
    accuracy_m: float | None


class PhotoShape(OriginShape):
    """A kept photo."""

    sha256: str = Field(description="of the file as it is served, and its address")
    width: int = Field(description="pixels")
    height: int = Field(description="pixels")


class ReportPhotoShape(PhotoShape):
    """A photo of a report, and how what it says fits the report."""

    distance_m: float | None = Field(description="of its place from the reported point")
    is_far: bool | None = Field(description=f"more than {FAR_M:.0f} m away")
    is_old: bool | None = Field(description="taken more than a day before the report was captured")


class ReportPhotosShape(BaseModel):
    """The photos of a report, in the sender's order."""

    photos: list[ReportPhotoShape]


async def _body(request: Request, decoder: PhotoDecoderOfService) -> bytes:
    decoder.check_room()
    return await request.body()


async def _kept(
    data: Annotated[bytes, Depends(_body)],
    engine: Engine,
    settings: SettingsOfService,
    decoder: PhotoDecoderOfService,
    actor: ActorOfCaller,
) -> tuple[Photo, bool]:
    def keep() -> tuple[Photo, bool]:
        photo = decoder.clean(data)
        with engines.transaction(engine, scope=EVERYWHERE) as connection:
            return photo, photos.keep(connection, photo, folder=settings.photos, by=actor)

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
async def keep(kept: Annotated[tuple[Photo, bool], Depends(_kept, scope="function")]) -> JSONResponse:
    """Take JPEG, PNG or WEBP by its content, at most 12 MB; it is written anew, upright and without any metadata.

    What the file says of place and time is read before, and answered to who sent it.
    """
    photo, is_new = kept
    told = _shape(photo, photo.origin)
    return JSONResponse(told, 201 if is_new else 200, headers={"Location": f"/photos/{photo.sha256}"})


@router.get(
    "/reports/{id}/photos",
    response_model=ReportPhotosShape,
    summary="The photos of a report, and how they fit it. 上报的照片",
    responses=documented(404, 422),
)
def of_report(
    id: Annotated[UUID, Path(openapi_examples={"one": {"value": str(UUID(int=1))}})],
    connection: Transaction,
    access: AccessOfCaller,
) -> JSONResponse:
    """Return each photo with the place and time that it says, and how far these are from what was reported."""
    found = photos.of_report(connection, id, scope=access.scope)
    return JSONResponse({"photos": [_fitted(photo, how) for photo, how in found]})


@router.get(
    "/photos/{sha256}",
    response_class=Response,
    summary="A photo, as JPEG. 查看照片",
    responses={
        200: {"content": {"image/jpeg": {}}},
        304: {"description": "The caller has it already."},
        **documented(404, 422),
    },
)
def read(
    sha256: Sha256,
    connection: Transaction,
    access: AccessOfCaller,
    settings: SettingsOfService,
    actor: ActorOfCaller,
    size: Annotated[Literal["full", "preview"], Query(description="preview: at most 320 pixels long")] = "full",
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Return the cleaned picture; it never changes under its address. Who looks is recorded."""
    path = photos.find(
        connection, sha256, scope=access.scope, folder=settings.photos, preview=size == "preview", by=actor
    )
    tag = f'"{path.stem}"'
    headers = {"Cache-Control": EACH_TIME, "ETag": tag}
    if if_none_match and tag in (known.strip().removeprefix("W/") for known in if_none_match.split(",")):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{sha256[:12]}.jpg"'
    return Response(photo_files.read(path), media_type="image/jpeg", headers=headers)


def _shape(photo: Photo | ReportPhoto, origin: Origin | None) -> dict[str, Any]:
    told = origin or Origin()
    place = None if told.lon is None or told.lat is None else geojson.point(told.lon, told.lat)["coordinates"]
    return {
        "sha256": photo.sha256,
        "width": photo.width_px,
        "height": photo.height_px,
        "taken_at": iso(told.taken_at) if told.taken_at else None,
        "taken_local": told.taken_local,
        "place": place,
        "datum": told.datum,
        "accuracy_m": told.accuracy_m,
    }


def _fitted(photo: ReportPhoto, how: Fit) -> dict[str, Any]:
    fitting = {"distance_m": how.distance_m, "is_far": how.is_far, "is_old": how.is_old}
    return {**_shape(photo, photo.origin), **fitting}
