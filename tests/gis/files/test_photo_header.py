"""The first bytes of a photo tell its format and size, and cost nothing whatever they claim."""

import contextlib
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gis.errors import TooLargeError, UnsupportedFormatError
from gis.files.photo_header import _size, check_header

PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR"
CLAIMS = [
    PNG + (65_535).to_bytes(4, "big") + (66_535).to_bytes(4, "big") + b"\x08\x02\0\0\0" + b"\0" * 15,
    b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    + b"\xff\xc2\0\x11\x08\xff\xff\xff\xff\3\1\x22\0\2\x11\1\3\x11\1\0",
    b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0" + b"\xff\xff\0" + b"\xff\xff\0" + b"\0" * 14,
    b"RIFF\x24\0\0\0WEBPVP8L\x0a\0\0\0\x2f\xff\xff\xff\x0f" + b"\0" * 19,
    b"RIFF\x24\0\0\0WEBPVP8 \x0a\0\0\0\0\0\0\x9d\x01\x2a\xff\x3f\xff\x3f" + b"\0" * 14,
]


@pytest.mark.parametrize("data", CLAIMS)
def test_44_bytes_that_claim_an_enormous_picture_are_refused_in_no_time(data: bytes) -> None:
    began = time.perf_counter()
    with pytest.raises(TooLargeError, match=r"pixels; send a smaller one"):
        check_header(data[:44])
    assert time.perf_counter() - began < 0.05


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (640, 7), (3, 2_000)])
@pytest.mark.parametrize(
    "more", [{}, {"lossless": True}, {"exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0", "progressive": True}]
)
def test_the_size_is_that_of_the_picture(kind: str, size: tuple[int, int], more: dict[str, object]) -> None:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    assert _size(out.getvalue()) == size


@given(st.binary(max_size=60), st.sampled_from([b"", b"\xff\xd8\xff", PNG, b"RIFF\x24\0\0\0WEBPVP8", b"RIFF"]))
def test_whatever_follows_a_beginning_is_judged_without_failing(rest: bytes, beginning: bytes) -> None:
    with contextlib.suppress(TooLargeError, UnsupportedFormatError):
        check_header(beginning + rest)


def test_a_jpeg_of_nothing_but_filling_ends() -> None:
    began = time.process_time()
    check_header(b"\xff\xd8" + b"\xff" * 5_000_000)
    check_header(b"\xff\xd8\xff" + b"\xe0\0\2\xff" * 1_000_000)
    check_header(b"\xff\xd8\xff" + b"\xe0\0\0\xff" * 1_000_000)
    assert time.process_time() - began < 0.5
