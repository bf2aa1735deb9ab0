"""What the first bytes of a photo say: its format, and how many pixels it claims to have.

Read before anything is decoded, so that what is no photo and what claims to be enormous costs nothing.
"""

from gis.errors import TooLargeError, UnsupportedFormatError
from gis.files.photo_program import FORMATS, PIXELS_LIMIT

# Markers of a JPEG that begin a frame, in which its size stands (ITU-T T.81, table B.1): C0 to CF without C4, C8, CC.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers without a length: TEM and RST0 to RST7.
BARE = frozenset({0x01, *range(0xD0, 0xD8)})
SCAN, END = 0xDA, 0xD9
# No camera writes as many before the frame; megabytes of them would cost the service seconds.
MARKERS_LIMIT = 10_000

Size = tuple[int, int]


def check_header(data: bytes) -> None:
    """Refuse what is none of `FORMATS` by its content, or claims more than `PIXELS_LIMIT` pixels.

    A header that cannot be followed is left to the decoder.

    Raises
    ------
    UnsupportedFormatError, TooLargeError
    """
    size = _size(data)
    if size is not None and size[0] * size[1] > PIXELS_LIMIT:
        raise TooLargeError(f"The photo has {size[0]} × {size[1]} pixels; send a smaller one.")


def _size(data: bytes) -> Size | None:
    """Return width and height in pixels as the header claims, None where it cannot be read."""
    if data.startswith(b"\xff\xd8\xff"):
        return _size_of_jpeg(data)
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return (_big(data[16:20]), _big(data[20:24])) if len(data) >= 24 else None
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _size_of_webp(data)
    raise UnsupportedFormatError(f"A photo is {', '.join(FORMATS)}; this content is none of them.")


def _size_of_jpeg(data: bytes) -> Size | None:
    place = 2
    for _ in range(MARKERS_LIMIT):
        if place + 9 > len(data) or data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker in FRAMES:
            return _big(data[place + 7 : place + 9]), _big(data[place + 5 : place + 7])
        if marker in (SCAN, END):
            return None
        if marker == 0xFF:  # filling
            place += 1
        elif marker in BARE:
            place += 2
        else:
            place += 2 + _big(data[place + 2 : place + 4])
    return None


def _size_of_webp(data: bytes) -> Size | None:
    """Return the size of the first chunk (RFC 9649): the canvas of an extended file, or the one picture."""
    kind = data[12:16]
    if len(data) < 30:
        return None
    if kind == b"VP8X":
        return _little(data[24:27]) + 1, _little(data[27:30]) + 1
    if kind == b"VP8L":
        bits = _little(data[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
    return None


def _big(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")
