"""Handouts: activation codes on their way to people through their leaders, one file for each leader's area."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from gis.errors import ConflictError, StorageUnavailableError
from gis.files.rosters import rows_of

HEADINGS = ("登录名 name", "岗位 post", "角色 role", "激活码 activation code", "有效期至 valid until")


@dataclass(frozen=True)
class Handout:
    """What a leader hands to one person: the code that sets the first password, told nowhere else, and its last day."""

    name: str
    area: str
    role: str
    code: str
    ends_on: date


Handouts = Mapping[str, Sequence[Handout]]


def as_files(handouts: Handouts) -> dict[str, bytes]:
    """Return a CSV file for each leader's area, by file name."""
    return {
        f"{area}.csv": rows_of([HEADINGS, *((one.name, one.area, one.role, one.code, str(one.ends_on)) for one in own)])
        for area, own in sorted(handouts.items())
    }


def as_zip(files: Mapping[str, bytes]) -> bytes:
    """Return files as one zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return packed.getvalue()


def check_folder(folder: Path) -> None:
    """Refuse a folder for codes that holds something already. Raises what `write_folder` does."""
    try:
        if folder.is_dir() and any(folder.iterdir()):
            raise ConflictError(f"{folder} holds something already; name a new folder for the codes.")
    except OSError as error:
        raise StorageUnavailableError(f"{folder} cannot be read: {error.strerror}.") from error


def write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    """Write files into a folder that only their owner may read.

    Raises `ConflictError` when the folder holds something already, `StorageUnavailableError` when it cannot be written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        check_folder(folder)
        for name, content in files.items():
            path = folder / name
            path.touch(mode=0o600, exist_ok=False)
            path.write_bytes(content)
    except OSError as error:
        raise StorageUnavailableError(f"{folder} cannot be written: {error.strerror}.") from error
