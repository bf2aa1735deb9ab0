"""Photos are decoded in a process of their own, one for each, and few at once.

A decoder is a large program that reads what strangers send. `photo_program` runs it under limits of memory, time and
files; what it answers is checked here as if a stranger had said it.
"""

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gis.domain.photos import Origin, read_origin
from gis.errors import BusyError, Fault, InvalidInputError, TooLargeError, UnsupportedFormatError, WanggeError
from gis.files import photo_program
from gis.files.photo_header import check_header
from gis.files.photo_program import FORMATS, PIXELS_LIMIT

log = logging.getLogger("wangge.photos")

PROGRAM = Path(photo_program.__file__)
AT_ONCE = 2
WAITING_LIMIT = 8
WALL_LIMIT_S = 10.0
# A picture of 16 megapixels of pure noise takes some 20 MB.
ANSWER_LIMIT_BYTES = 40_000_000
TOLD_LIMIT_BYTES = 4_000
JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Photo:
    """A cleaned photo.

    Attributes
    ----------
    content : JPEG as it is served.
    preview : the same at most 320 pixels long.
    sha256 : hash of `content`, and the photo's name.
    origin : where and when it says that it was taken; None where it told nothing.
    """

    content: bytes
    preview: bytes
    sha256: str
    width_px: int
    height_px: int
    origin: Origin | None


class PhotoDecoder:
    """Decodes `at_once` photos at the same time; `waiting_limit` more wait for their turn, and the rest is refused."""

    def __init__(
        self, *, at_once: int = AT_ONCE, waiting_limit: int = WAITING_LIMIT, wall_limit_s: float = WALL_LIMIT_S
    ) -> None:
        self._room = threading.Semaphore(at_once + waiting_limit)
        self._turns = threading.Semaphore(at_once)
        self._wall_limit_s = wall_limit_s

    def check_room(self) -> None:
        """Refuse before a body is read, where it would be refused afterwards; raises `BusyError`."""
        if not self._room.acquire(blocking=False):
            raise BusyError("Too many photos are being read right now; try again.")
        self._room.release()

    def clean(self, data: bytes) -> Photo:
        """Return the picture in `data` upright, in sRGB, without any metadata.

        Raises
        ------
        UnsupportedFormatError : the content is not JPEG, PNG or WEBP.
        TooLargeError : more pixels than `PIXELS_LIMIT`, told from the header; or it needs too much memory.
        InvalidInputError : the content is broken or cut off, takes too much work, or its decoder crashed.
        BusyError : too many photos wait already, or the machine has no time for this one.
        """
        check_header(data)
        if not self._room.acquire(blocking=False):
            raise BusyError("Too many photos are being read right now; try again.")
        try:
            with self._turns:
                answer = _run(data, self._wall_limit_s)
        finally:
            self._room.release()
        return _photo(answer)


def _run(data: bytes, wall_limit_s: float) -> bytes:
    """Return what the program answers; raises what its exit code says."""
    with os.fdopen(os.memfd_create("photo"), "w+b") as given:
        given.write(data)
        given.seek(0)
        # Isolated: neither our variables nor our folders reach it.
        command = [sys.executable, "-I", "-B", str(PROGRAM)]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, stdin=given, stdout=subprocess.PIPE, stderr=quiet, cwd="/", env={}) as child:
            assert child.stdout is not None
            late = threading.Timer(wall_limit_s, child.kill)
            late.start()
            ends_at = time.monotonic() + wall_limit_s
            try:
                answer = child.stdout.read(ANSWER_LIMIT_BYTES + 1)
                if len(answer) > ANSWER_LIMIT_BYTES:
                    child.kill()
                code = child.wait()
            finally:
                late.cancel()
                child.kill()
    # Who has not used up its time of work by then had too little of the machine; the photo may be a good one.
    if code == -signal.SIGKILL and time.monotonic() >= ends_at:
        raise BusyError("The photo took too long to read; try again.")
    if code:
        raise _refusal(code)
    return answer


def _refusal(code: int) -> WanggeError:
    if code == photo_program.TOO_LARGE:
        return TooLargeError(f"The photo has more than {PIXELS_LIMIT:,} pixels or needs too much memory; shrink it.")
    if code == photo_program.NOT_A_PHOTO:
        return UnsupportedFormatError(f"A photo is {', '.join(FORMATS)}; this content is none of them.")
    if code == photo_program.BROKEN:
        return _broken("The photo is broken or cut off; send it again.")
    log.warning("The decoder of a photo ended with %d.", code)
    return _broken("The photo cannot be decoded; take another, or save it anew.")


def _broken(detail: str) -> InvalidInputError:
    return InvalidInputError(detail, [Fault("", detail)])


def _photo(answer: bytes) -> Photo:
    """Return an answer as a photo; one that a decoder in its right mind does not give is refused."""
    try:
        line, _, pictures = answer.partition(b"\n")
        told: dict[str, Any] = json.loads(line) if len(line) <= TOLD_LIMIT_BYTES else {}
        content, preview = pictures[: told["picture_bytes"]], pictures[told["picture_bytes"] :]
        width, height, tags = int(told["width"]), int(told["height"]), dict(told["tags"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _broken("The photo cannot be decoded; take another, or save it anew.") from error
    if not (content.startswith(JPEG) and preview.startswith(JPEG) and len(preview) == told.get("preview_bytes")):
        raise _broken("The photo cannot be decoded; take another, or save it anew.")
    return Photo(content, preview, hashlib.sha256(content).hexdigest(), width, height, read_origin(tags))
