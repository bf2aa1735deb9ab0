"""How large a file may be, as it lies there and unpacked, and how it may be packed."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path

from gis.domain.limits import FILE_BYTES
from gis.errors import InvalidInputError, TooLargeError


def check_size(path: Path) -> None:
    """Refuse a file over the limit before it is read. Raises `TooLargeError`."""
    if path.stat().st_size > FILE_BYTES:
        raise TooLargeError(f"{path.name} has more than {FILE_BYTES // 1024**2:,} MiB.")


def check_packing(members: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse members of a zip that are packed in another way than every spreadsheet and GIS packs them.

    What a member says of its size binds the reader of deflate alone: of bzip2, 700 bytes may become a gigabyte at once.
    Raises `InvalidInputError`.
    """
    if any(member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for member in members):
        raise InvalidInputError("The archive is packed in an unusual way; pack it anew as a plain zip (deflate).")


def unpacked(content: bytes, file: str) -> bytes:
    """Return what gzip packed; no more of it is unpacked than the limit.

    Raises `TooLargeError`, and `InvalidInputError` for what is broken or cut off.
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            found = packed.read(FILE_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(f"{file} cannot be unpacked: {error}.") from None
    if len(found) > FILE_BYTES:
        raise TooLargeError(f"{file} unpacks to more than {FILE_BYTES // 1024**2:,} MiB.")
    return found
