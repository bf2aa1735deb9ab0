"""Archives of members in one encrypted file: a tar inside age, written and read as a stream in constant memory.

`age --decrypt -i KEY FILE | tar -x` opens one without us. The tar is filled up with zeros to whole chunks of age, so
that a file that was cut off is told from one with wrong bytes. The last member lists SHA-256, size and name of the
others.
"""

import hashlib
import os
import tarfile
import tempfile
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pyrage
from pyrage import x25519

from gis.errors import (
    BackupCutOffError,
    BackupDamagedError,
    NotABackupError,
    NotFoundError,
    StorageUnavailableError,
    WrongKeyError,
)

LIST = "members.txt"
BEGINNING = b"age-encryption.org/v1\n"
HEADER_LIMIT_BYTES = 1 << 16
NONCE_BYTES, TAG_BYTES, CHUNK_BYTES = 16, 16, 1 << 16
PIECE_BYTES = 1 << 16


@dataclass(frozen=True)
class Member:
    """One file of an archive; its content comes in pieces, once."""

    name: str
    size: int
    pieces: Iterable[bytes]


def write(file: IO[bytes], members: Iterable[Member], recipients: Sequence[x25519.Recipient]) -> None:
    """Write members into an open file, encrypted so that each of the recipients can open it.

    Errors of the members pass through; `OSError` when the disk is full.
    """
    source, target = _Source(_tar(members)), _Target(file)
    try:
        pyrage.encrypt_io(source, target, recipients)
    except (pyrage.EncryptError, OSError) as error:
        # pyrage tells of errors inside of its streams in words only; what was raised there is what happened.
        raise source.error or target.error or StorageUnavailableError(f"The backup broke off: {error}.") from error


@contextmanager
def read(path: Path, identities: Sequence[x25519.Identity]) -> Iterator[Iterator[Member]]:
    """Give the members of an archive one after another; what is not read of one is passed over.

    The content is what was written only if the iterator comes to its end: a file may be cut off at any place.

    Raises
    ------
    NotFoundError : there is no such file.
    NotABackupError : not an age file, or one that holds something else.
    WrongKeyError : encrypted to other keys.
    BackupCutOffError, BackupDamagedError : bytes are missing, or changed.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotFoundError(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        header_bytes = _header_bytes(file, path)
        decryption = _Decryption(file, path, header_bytes, identities)
        try:
            yield _members(decryption)
        finally:
            decryption.stop()


class _Source:
    """Pieces as the file that pyrage reads from; keeps the error that they raise."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.error: BaseException | None = None
        self._pieces = pieces
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.error = error
            raise
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)


class _Target:
    """The file that pyrage writes to; keeps the error that it raises and counts what it took."""

    def __init__(self, file: IO[bytes]) -> None:
        self.error: BaseException | None = None
        self.size = 0
        self._file = file

    def write(self, piece: bytes) -> int:
        try:
            written = self._file.write(piece)
        except BaseException as error:
            self.error = error
            raise
        self.size += written
        return written

    def flush(self) -> None:
        """Do nothing: who opened the file flushes it."""


def _tar(members: Iterable[Member]) -> Iterator[bytes]:
    """Yield a tar of the members, of the list of them, and of zeros up to a whole chunk."""
    size = 0
    with tempfile.TemporaryFile() as lines:
        for member in members:
            digest = hashlib.sha256()
            for piece in _entry(member, digest):
                size += len(piece)
                yield piece
            lines.write(_line(digest.hexdigest(), member.size, member.name))
        listed = lines.tell()
        lines.seek(0)
        for piece in _entry(Member(LIST, listed, iter(lambda: lines.read(PIECE_BYTES), b"")), hashlib.sha256()):
            size += len(piece)
            yield piece
    size += 2 * tarfile.BLOCKSIZE
    yield bytes(2 * tarfile.BLOCKSIZE + -size % CHUNK_BYTES)


def _entry(member: Member, digest: "hashlib._Hash") -> Iterator[bytes]:
    """Yield a member as tar has it, its header first; raises `StorageUnavailableError` when its file changes length."""
    info = tarfile.TarInfo(member.name)
    info.size, info.mode = member.size, 0o600
    yield info.tobuf(tarfile.PAX_FORMAT)
    size = 0
    for piece in member.pieces:
        digest.update(piece)
        size += len(piece)
        yield piece
    if size != member.size:
        raise StorageUnavailableError(f"{member.name} changed while it was read; try again.")
    yield bytes(-size % tarfile.BLOCKSIZE)


def _line(sha256: str, size: int, name: str) -> bytes:
    return f"{sha256} {size} {name}\n".encode()


def _header_bytes(file: IO[bytes], path: Path) -> int:
    """Return the length of the age header, which ends with a line that begins with ``---``; goes back to the start."""
    start = file.read(HEADER_LIMIT_BYTES)
    file.seek(0)
    if not start.startswith(BEGINNING):
        if BEGINNING.startswith(start):
            raise BackupCutOffError(f"{path} is cut off: it ends after {len(start)} bytes.")
        raise NotABackupError(f"{path} is not a backup of Wangge.")
    last = start.find(b"\n--- ")
    end = start.find(b"\n", last + 1)
    if last >= 0 and end >= 0:
        return end + 1
    if len(start) < HEADER_LIMIT_BYTES:
        raise BackupCutOffError(f"{path} is cut off: it ends after {len(start)} bytes.")
    raise NotABackupError(f"{path} is not a backup of Wangge.")


class _Decryption:
    """Decrypts a file in a thread of its own into a pipe, since pyrage pushes and tar pulls."""

    def __init__(self, file: IO[bytes], path: Path, header_bytes: int, identities: Sequence[x25519.Identity]) -> None:
        self.path = path
        self._file, self._header_bytes, self._identities = file, header_bytes, identities
        self._error: Exception | None = None
        outlet, inlet = os.pipe()
        self.plain = os.fdopen(outlet, "rb")
        self._target = _Target(os.fdopen(inlet, "wb", buffering=0))
        self._inlet = self._target._file
        self._thread = threading.Thread(target=self._run, name="wangge-decryption", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, also in the middle of the file."""
        self.plain.close()
        self._thread.join()

    def finish(self) -> None:
        """Read what is left, so that the last byte is judged too; raises what is wrong with the file."""
        while self.plain.read(PIECE_BYTES):
            pass
        self._thread.join()
        if self._error is not None:
            raise self._refusal(self._error) from self._error

    def _run(self) -> None:
        with self._inlet:
            try:
                pyrage.decrypt_io(self._file, self._target, self._identities)
            except Exception as error:  # pyrage has errors of several kinds; `finish` tells which it is
                self._error = error

    def _refusal(self, error: Exception) -> Exception:
        if self._target.size == 0 and "No matching keys" in str(error):
            return WrongKeyError(f"{self.path} was encrypted to another key; name the right one with --identity FILE.")
        payload = os.fstat(self._file.fileno()).st_size - self._header_bytes - NONCE_BYTES
        chunks, rest = divmod(payload, CHUNK_BYTES + TAG_BYTES)
        # All chunks are right and whole: the one that says it is the last is missing.
        if rest or chunks <= 0 or self._target.size == chunks * CHUNK_BYTES:
            return BackupCutOffError(f"{self.path} is cut off: its end is missing.")
        return BackupDamagedError(f"{self.path} is damaged: bytes in it were changed.")


def _members(decryption: _Decryption) -> Iterator[Member]:
    lines, listed = hashlib.sha256(), ""
    try:
        with tarfile.open(fileobj=decryption.plain, mode="r|") as tar:
            for info in tar:
                if listed or not info.isreg():
                    raise NotABackupError(f"{decryption.path} is not a backup of Wangge.")
                digest = hashlib.sha256()
                pieces = _pieces(tar, info, digest, decryption)
                yield Member(info.name, info.size, pieces)
                for _ in pieces:  # what the reader left; the list below tells of all of it
                    pass
                if info.name == LIST:
                    listed = digest.hexdigest()
                else:
                    lines.update(_line(digest.hexdigest(), info.size, info.name))
    except tarfile.TarError as error:
        raise _broken(decryption, error) from error
    decryption.finish()
    if not listed:
        raise NotABackupError(f"{decryption.path} is not a backup of Wangge.")
    if listed != lines.hexdigest():
        raise BackupDamagedError(f"{decryption.path} holds other members than it lists.")


def _pieces(
    tar: tarfile.TarFile, info: tarfile.TarInfo, digest: "hashlib._Hash", decryption: _Decryption
) -> Iterator[bytes]:
    content = tar.extractfile(info)
    assert content is not None
    try:
        while piece := content.read(PIECE_BYTES):
            digest.update(piece)
            yield piece
    except tarfile.TarError as error:
        raise _broken(decryption, error) from error


def _broken(decryption: _Decryption, error: tarfile.TarError) -> Exception:
    """Return why the tar ends early: the file is cut off, damaged or closed to us, or was never a tar of ours."""
    try:
        decryption.finish()
    except Exception as refusal:
        return refusal
    return NotABackupError(f"{decryption.path} is not a backup of Wangge.")
