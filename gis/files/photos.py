"""Photos as they lie on disk: by the hash of their content, outside of the web root, whole or not at all."""

import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gis.domain.limits import PHOTO_BYTES
from gis.errors import NotFoundError, StorageUnavailableError
from gis.files.photo_decoder import Photo
from gis.files.whole import flush_folder

INCOMING = ".incoming-"
NAME = re.compile(r"([0-9a-f]{64})(\.preview)?\.jpg")
PREFIXES = tuple(f"{number:02x}" for number in range(256))


@dataclass(frozen=True)
class Held:
    """A file in the folder of photos; `sha256` is None for one whose writing was cut off."""

    path: Path
    sha256: str | None
    is_preview: bool


def keep(folder: Path, photo: Photo) -> Path:
    """Write a photo and its preview below `folder` and return its path; readers see all of it or nothing.

    The files and their folder are flushed to disk before this returns, so a row that is committed later has its file.
    Raises `StorageUnavailableError` when the disk is full or the folder cannot be written.
    """
    path = _path(folder, photo.sha256)
    try:
        for target, content in ((_preview(folder, photo.sha256), photo.preview), (path, photo.content)):
            if not target.exists():
                _write(target, [content])
    except OSError as error:
        raise StorageUnavailableError(f"A photo cannot be put into {folder}: {error.strerror}.") from error
    return path


def check_room(folder: Path) -> None:
    """See that a photo of any size could be kept in `folder` now; raises `StorageUnavailableError`.

    The room is asked of the disk, without writing, for a file that has no name and is gone at once.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            os.posix_fallocate(file.fileno(), 0, PHOTO_BYTES)
    except OSError as error:
        raise StorageUnavailableError(f"{folder} has no room for a photo: {error.strerror}.") from error


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=INCOMING)
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


def find(folder: Path, sha256: str, *, preview: bool = False) -> Path:
    """Return the path of a kept photo, or of its preview; raises `NotFoundError`.

    A photo that came back from a backup has no preview and stands for it.
    """
    path = _path(folder, sha256)
    if preview and _preview(folder, sha256).is_file():
        return _preview(folder, sha256)
    if not is_there(folder, sha256):
        raise NotFoundError(f"There is no photo {sha256}.")
    return path


def read(path: Path) -> bytes:
    """Return a photo that `find` found; raises `NotFoundError` where it went meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise NotFoundError(f"There is no photo {path.name[:64]}.") from None


def is_there(folder: Path, sha256: str) -> bool:
    """Return whether a photo's file is there."""
    return _path(folder, sha256).is_file()


def remove(folder: Path, sha256: str) -> None:
    """Remove a kept photo and its preview; nothing happens when they are not there."""
    for path in (_path(folder, sha256), _preview(folder, sha256)):
        path.unlink(missing_ok=True)


def held(folder: Path, prefix: str, *, older_than: timedelta) -> Iterator[Held]:
    """Yield the files of photos whose hash begins with `prefix`, of `PREFIXES`, last changed longer ago."""
    latest = time.time() - older_than.total_seconds()
    for path in (folder / prefix).glob("*"):
        found = NAME.fullmatch(path.name)
        try:
            if (found or path.name.startswith(INCOMING)) and path.stat().st_mtime <= latest:
                yield Held(path, found[1] if found else None, bool(found and found[2]))
        except FileNotFoundError:
            continue


def _path(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.jpg"


def _preview(folder: Path, sha256: str) -> Path:
    return folder / sha256[:2] / f"{sha256}.preview.jpg"
