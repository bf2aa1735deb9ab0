"""Files that appear under their name whole, flushed to disk, or not at all."""

import errno
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

from gis.errors import ConflictError, StorageUnavailableError

# What file systems of USB sticks and of some servers answer when asked for a second name of a file.
NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


@contextmanager
def new_file(path: Path, *, replace: bool = False) -> Iterator[IO[bytes]]:
    """Open a file for writing and reading that gets its name when the block has ended well; mode 0600.

    A block that raises leaves nothing. `replace` says that an older file of that name may go.

    Raises
    ------
    ConflictError : there is a file of that name already; it is kept.
    StorageUnavailableError : the disk is full, or the folder is not there or closed.
    """
    try:
        if path.exists() and not replace:
            raise _taken(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.incoming-")
        os.close(handle)
        hidden = Path(name)
        try:
            with hidden.open("w+b") as file:
                yield file
                settle(file)
            _rename(hidden, path, replace=replace)
        finally:
            hidden.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise StorageUnavailableError(f"{path} cannot be written: {error.strerror or error}.") from error


def new_folder(path: Path, mode: int = 0o755) -> None:
    """Make a folder where there is none; raises `StorageUnavailableError` when it cannot be made."""
    try:
        path.mkdir(parents=True, exist_ok=True, mode=mode)
    except OSError as error:
        raise StorageUnavailableError(f"The folder {path} cannot be made: {error.strerror}.") from error


def settle(file: IO[bytes]) -> None:
    """Flush a file to disk, so that whoever reads it next reads what lies there, not what memory still holds."""
    file.flush()
    os.fsync(file.fileno())
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def flush_folder(folder: Path) -> None:
    """Make the names in a folder outlive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _rename(written: Path, path: Path, *, replace: bool) -> None:
    if replace:
        written.replace(path)
        return
    try:
        # Unlike a renaming, a second name never takes the place of a file that came meanwhile.
        path.hardlink_to(written)
    except FileExistsError:
        raise _taken(path) from None
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if path.exists():
            raise _taken(path) from error
        written.rename(path)


def _taken(path: Path) -> ConflictError:
    return ConflictError(f"{path} is there already and is kept; choose another name.")


def append_lines(file: BinaryIO, lines: Iterable[bytes]) -> None:
    """Add lines to a file opened with ``a+b``, and see them on disk; a line that was left half spoils itself only."""
    size = file.seek(0, os.SEEK_END)
    if size and os.pread(file.fileno(), 1, size - 1) != b"\n":
        file.write(b"\n")
    file.writelines(lines)
    file.flush()
    os.fsync(file.fileno())
