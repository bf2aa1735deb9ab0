"""Photos in and out of files: known by their content, made upright, stripped of everything but the picture.

The name and the declared type of an upload say nothing. JPEG, PNG and WEBP are decoded, turned upright and written
anew as JPEG, so neither position, camera, thumbnail nor anything glued to the end of the file survives.
"""

import hashlib
import io
import logging
import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from gis.errors import (
    Fault,
    InvalidInputError,
    NotFoundError,
    StorageUnavailableError,
    TooLargeError,
    UnsupportedFormatError,
)
from gis.files.whole import flush_folder

log = logging.getLogger("wangge.photos")

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_LIMIT = 50_000_000
QUALITY = 88
# Pillow's own brake: it warns above this many pixels and refuses above twice as many, before it decodes.
Image.MAX_IMAGE_PIXELS = PIXELS_LIMIT
TOO_MANY_PIXELS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Photo:
    """A cleaned photo: `content` is the JPEG as it is served, `sha256` its hash and name."""

    content: bytes
    sha256: str
    width_px: int
    height_px: int


def clean(data: bytes) -> Photo:
    """Return the picture in `data` upright, as RGB, without any metadata.

    Raises
    ------
    UnsupportedFormatError : the content is not JPEG, PNG or WEBP.
    TooLargeError : more pixels than `PIXELS_LIMIT`; told from the header, before anything is decoded.
    InvalidInputError : the content is broken or cut off.
    """
    picture = _decode(data)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    content = out.getvalue()
    return Photo(content, hashlib.sha256(content).hexdigest(), picture.width, picture.height)


def keep(folder: Path, photo: Photo) -> Path:
    """Write a photo below `folder` and return its path; readers see all of it or nothing.

    The file and its folder are flushed to disk before this returns, so a row that is committed later has its file.
    Raises `StorageUnavailableError` when the disk is full or the folder cannot be written.
    """
    path = _path(folder, photo.sha256)
    try:
        if not path.exists():
            _write(path, [photo.content])
    except OSError as error:
        log.error("A photo was not kept: %s", error)
        raise StorageUnavailableError("The photo cannot be stored right now; try again.") from error
    return path


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".incoming-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    flush_folder(path.parent)


def put_back(folder: Path, sha256: str, pieces: Iterable[bytes]) -> None:
    """Write a photo of a backup below `folder`, in the place of any that has its name; its bytes stay as they are.

    Raises `StorageUnavailableError` when the disk is full or the folder cannot be written.
    """
    try:
        _write(_path(folder, sha256), pieces)
    except OSError as error:
        raise StorageUnavailableError(f"The photos cannot be put into {folder}: {error.strerror}.") from error


def find(folder: Path, sha256: str) -> Path:
    """Return the path of a kept photo; raises `NotFoundError`."""
    path = _path(folder, sha256)
    if not path.is_file():
        raise NotFoundError(f"There is no photo {sha256}.")
    return path


def remove(folder: Path, sha256: str) -> None:
    """Remove a kept photo; nothing happens when it is not there."""
    _path(folder, sha256).unlink(missing_ok=True)


def _path(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.jpg"


def _decode(data: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > PIXELS_LIMIT:
                raise TooLargeError(f"The photo has {opened.width} × {opened.height} pixels; send a smaller one.")
            return _flat(ImageOps.exif_transpose(opened))
    except TOO_MANY_PIXELS as error:
        raise TooLargeError(f"The photo has more than {PIXELS_LIMIT:,} pixels; send a smaller one.") from error
    except UnidentifiedImageError as error:
        raise UnsupportedFormatError(f"A photo is {', '.join(FORMATS)}; this content is none of them.") from error
    except TooLargeError:
        raise
    except Exception as error:  # decoders meet hostile files with any kind of error; to us it is a broken photo
        detail = "The photo is broken or cut off; send it again."
        raise InvalidInputError(detail, [Fault("", detail)]) from error


def _flat(picture: Image.Image) -> Image.Image:
    """Return a new RGB picture with nothing but pixels; transparent parts become white."""
    picture.load()
    layered = picture.convert("RGBA") if picture.mode in ("P", "PA", "LA", "RGBA", "La", "RGBa") else picture
    if layered.mode == "RGBA":
        ground = Image.new("RGB", layered.size, "white")
        ground.paste(layered, mask=layered.getchannel("A"))
        return ground
    return Image.frombytes("RGB", layered.size, layered.convert("RGB").tobytes())
