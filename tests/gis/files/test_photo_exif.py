"""EXIF is a file system of its own that strangers write: whatever stands in it, the picture is taken."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.files.photo_decoder import PhotoDecoder
from tests.gis.files.test_photo_decoder import CLEAN_SEGMENTS, exif, picture, segments


def offsets(data: bytes) -> list[int]:
    """Return where the bytes of the EXIF block lie."""
    place = data.index(b"Exif\0\0")
    return list(range(place + 6, place - 2 + int.from_bytes(data[place - 2 : place], "big")))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_exif_with_bytes_turned_over_never_costs_the_picture_more_than_what_it_said(draw: st.DataObject) -> None:
    data = bytearray(picture("JPEG", exif=exif()))
    places = offsets(bytes(data))
    for place in draw.draw(st.lists(st.sampled_from(places), min_size=1, max_size=12)):
        data[place] = draw.draw(st.integers(0, 255))
    assert segments(PhotoDecoder().clean(bytes(data)).content) == CLEAN_SEGMENTS


def tiff(*entries: bytes, following: int = 8) -> bytes:
    """Return EXIF whose first list has `entries` and says that another lies at `following`."""
    return (
        b"Exif\0\0MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries) + struct.pack(">L", following)
    )


def entry(tag: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack(">HHLL", tag, kind, count, value)


@pytest.mark.parametrize(
    "block",
    [
        tiff(entry(0x8825, 4, 1, 8)),
        tiff(entry(0x8769, 4, 1, 8), entry(0x8825, 4, 1, 8)),
        tiff(entry(0x8825, 4, 1, 0xFFFFFFF0)),
        tiff(entry(0x8825, 4, 1, 26))
        + b"\0\1"
        + entry(2, 5, 3, 44)
        + b"\0\0\0\0"
        + struct.pack(">6L", 1, 0, 0, 0, 7, 0),
        tiff(entry(0x8825, 4, 1, 26)) + b"\0\1" + entry(2, 5, 0xFFFFFFFF, 44) + b"\0\0\0\0",
        tiff(entry(0x8825, 4, 1, 26)) + b"\0\1" + entry(2, 5, 3, 44) + b"\0\0\0\0" + b"\xff" * 24,
        tiff(entry(0x8825, 4, 1, 26))
        + b"\0\1"
        + entry(2, 12, 3, 44)
        + b"\0\0\0\0"
        + struct.pack(">3d", 9e999, -0.0, 1),
        tiff(*[entry(0x8825, 4, 1, 8)] * 4_000),
    ],
    ids=[
        "loop",
        "two loops",
        "beyond the end",
        "zero denominators",
        "huge count",
        "huge rationals",
        "infinity",
        "long",
    ],
)
def test_hostile_exif_says_nothing_and_the_picture_is_taken(block: bytes) -> None:
    body = block[:65_000]
    data = picture("JPEG")
    photo = PhotoDecoder().clean(data[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(body) + 2) + body + data[2:])
    assert photo.origin is None
    assert (photo.width_px, photo.height_px) == (48, 32)
