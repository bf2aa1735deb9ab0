"""Photos are decoded apart from the service: whatever happens there, here it is a photo or a refusal."""

import io
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from gis.errors import BusyError, InvalidInputError, TooLargeError, WanggeError
from gis.files import photo_decoder
from gis.files.photo_decoder import PhotoDecoder

CANARY = b"CANARY-4b1d"
# What a picture of ours consists of: the JFIF head, tables, the frame, the scan.
CLEAN_SEGMENTS = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (48, 32), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


def segments(jpeg: bytes) -> set[int]:
    """Return the markers of a JPEG up to its first scan."""
    found, place = set(), 2
    while True:
        marker, length = jpeg[place + 1], int.from_bytes(jpeg[place + 2 : place + 4], "big")
        found.add(marker)
        if marker == 0xDA:
            return found
        place += 2 + length


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010F] = made[0x9286] = CANARY.decode()
    made.get_ifd(0x8769).update({0x927C: CANARY, 0x9003: "2026:05:04 09:00:00", 0x9011: "+08:00"})
    place = {1: "N", 2: (41.0, 9.0, 0.0), 3: "E", 4: (123.0, 1.0, 45.0), 31: 4.0}
    made.get_ifd(0x8825).update(place)
    return made


def laden(kind: str) -> bytes:
    """Return a picture with everything that a camera or a program writes beside it, and a tail."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", CANARY.decode())
        texts.add_itxt("XML:com.adobe.xmp", CANARY.decode(), zip=True)
        return picture("PNG", exif=exif(), pnginfo=texts, icc_profile=profile) + CANARY
    data = picture(kind, exif=exif(), xmp=CANARY, icc_profile=profile)
    if kind == "WEBP":
        return data + CANARY
    blocks = [(0xFE, CANARY), (0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x0b" + CANARY), (0xE5, CANARY)]
    extra = b"".join(struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body for marker, body in blocks)
    return data[:2] + extra + data[2:] + CANARY


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_nothing_but_the_picture_is_left(kind: str) -> None:
    data = laden(kind)
    assert data.count(CANARY) >= 3
    photo = PhotoDecoder().clean(data)
    for served in (photo.content, photo.preview):
        assert CANARY not in served
        assert segments(served) == CLEAN_SEGMENTS
        assert served.endswith(b"\xff\xd9")
    assert photo.origin is not None
    assert photo.origin.taken_at == datetime(2026, 5, 4, 1, tzinfo=UTC)
    assert (photo.origin.lon, photo.origin.lat) == pytest.approx((123 + 1 / 60 + 45 / 3600, 41.15), abs=1e-6)
    assert photo.origin.accuracy_m == 4.0


def test_no_image_of_the_corpus_keeps_a_segment_that_is_not_the_pictures(corpora: Path) -> None:
    decoder, kept, refused = PhotoDecoder(), 0, list[str]()
    for path in sorted(path for path in (corpora / "images_bad").rglob("*") if path.is_file()):
        try:
            photo = decoder.clean(path.read_bytes())
        except WanggeError as error:
            refused.append(error.detail)
        else:
            kept += 1
            assert segments(photo.content) == segments(photo.preview) == CLEAN_SEGMENTS, path.name
    assert kept == 33
    assert len(refused) > 60
    assert all(detail.endswith(".") for detail in refused)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_each_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    upright = Image.new("RGB", (64, 32), "white")
    upright.paste("red", (0, 0, 16, 16))
    undone = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    lying = upright.transpose(undone[orientation]) if orientation in undone else upright
    turned = Image.Exif()
    turned[0x0112] = orientation
    out = io.BytesIO()
    lying.save(out, kind, exif=turned)
    photo = PhotoDecoder().clean(out.getvalue())
    with Image.open(io.BytesIO(photo.content)) as served:
        assert served.size == (64, 32)
        corner, opposite = served.getpixel((6, 6)), served.getpixel((58, 26))
    assert isinstance(corner, tuple)
    assert isinstance(opposite, tuple)
    assert corner[0] > 200 > 100 > corner[1]
    assert min(opposite) > 200


def test_a_wide_colour_space_is_made_the_browsers_own() -> None:
    # The profile of a screen whose green is purer than sRGB's would look dull without it.
    wide = ImageCms.createProfile("XYZ")
    photo = PhotoDecoder().clean(picture("PNG", icc_profile=ImageCms.ImageCmsProfile(wide).tobytes()))
    assert segments(photo.content) == CLEAN_SEGMENTS
    broken = PhotoDecoder().clean(picture("PNG", icc_profile=b"no profile"))
    with Image.open(io.BytesIO(broken.content)) as served:
        assert served.getpixel((10, 10)) == pytest.approx((0, 128, 128), abs=3)


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "P")])
def test_a_picture_of_fifty_megapixels_is_made_smaller_within_the_memory(kind: str, mode: str) -> None:
    out = io.BytesIO()
    turned = Image.Exif()
    turned[0x0112] = 6
    Image.new(mode, (8_160, 6_120), 7 if mode == "P" else None).save(out, kind, exif=turned, compress_level=1)
    photo = PhotoDecoder().clean(out.getvalue())
    assert (photo.width_px, photo.height_px) == (3_072, 4_096)


def test_what_needs_more_memory_than_a_decoder_has_is_refused_as_too_large() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8_160, 6_120)).save(out, "PNG", compress_level=1)
    with pytest.raises(TooLargeError, match="needs too much memory"):
        PhotoDecoder().clean(out.getvalue())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "I;16", "P", "RGBA"])
def test_pictures_of_every_kind_of_png_are_read(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (20, 10)).save(out, "PNG")
    assert PhotoDecoder().clean(out.getvalue()).width_px == 20


# --- the other process ------------------------------------------------------------------------------------------------


@pytest.fixture
def taken_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Return a function that lets a program of a stranger answer, under the limits of ours."""

    def put(code: str) -> None:
        path = tmp_path / "program.py"
        ours = f"import os, signal, sys, time\nsys.path.insert(0, {str(photo_decoder.PROGRAM.parent)!r})\n"
        path.write_text(f"{ours}import photo_program\nphoto_program.confine()\n{code}\n")
        monkeypatch.setattr(photo_decoder, "PROGRAM", path)

    return put


@pytest.mark.parametrize(
    "code",
    [
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os.abort()",
        "raise SystemExit(77)",
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
        "bytearray(600 << 20)",
        "sys.stdout.buffer.write(b'x' * 1_000)",
        'print(\'{"width": 1, "height": 1, "tags": {}, "picture_bytes": 4, "preview_bytes": 4}\'); print(\'<svg>>\')',
        "print('[' * 3_000)",
        "print('{\"width\": 1e999}')",
        "while True: sys.stdout.buffer.write(bytes(1 << 20))",
    ],
)
def test_a_decoder_that_dies_hangs_or_babbles_is_one_refused_photo(
    taken_over: Callable[[str], None], code: str
) -> None:
    taken_over(code)
    began = time.monotonic()
    with pytest.raises(InvalidInputError, match="cannot be decoded"):
        PhotoDecoder().clean(picture())
    assert time.monotonic() - began < 15


def test_a_decoder_that_gets_no_time_is_ended_and_its_photo_may_come_again(taken_over: Callable[[str], None]) -> None:
    taken_over("time.sleep(60)")
    began = time.monotonic()
    with pytest.raises(BusyError, match="took too long"):
        PhotoDecoder(wall_limit_s=1).clean(picture())
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("limit", ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_CORE", "RLIMIT_NPROC"])
def test_a_decoder_cannot_raise_its_limits_itself(taken_over: Callable[[str], None], limit: str) -> None:
    # A privileged process could; the service is not one.
    taken_over(f"import resource; os.setuid(65534); resource.setrlimit(resource.{limit}, (1 << 40, 1 << 40))")
    with pytest.raises(InvalidInputError, match="cannot be decoded"):
        PhotoDecoder().clean(picture())


def test_a_decoder_writes_no_file(taken_over: Callable[[str], None], tmp_path: Path) -> None:
    target = tmp_path / "written"
    taken_over(f"open({str(target)!r}, 'wb').write(b'x')")
    with pytest.raises(InvalidInputError, match="cannot be decoded"):
        PhotoDecoder().clean(picture())
    assert not target.exists() or target.read_bytes() == b""


def test_a_decoder_sees_none_of_our_variables(
    taken_over: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANGGE_SECRET_KEY", "secret")
    taken_over("raise SystemExit(3 if set(os.environ) <= {'LC_CTYPE'} else 1)")
    with pytest.raises(TooLargeError):
        PhotoDecoder().clean(picture())


def test_few_are_decoded_at_once_a_few_wait_and_the_rest_is_asked_to_come_again(
    taken_over: Callable[[str], None],
) -> None:
    taken_over("time.sleep(1.5)")
    decoder, gate = PhotoDecoder(at_once=2, waiting_limit=3), threading.Barrier(12)

    def one(_: int) -> tuple[str, float]:
        gate.wait()
        began = time.monotonic()
        try:
            decoder.clean(picture())
        except WanggeError as error:
            return type(error).__name__, time.monotonic() - began
        raise AssertionError("nothing was decoded")

    with ThreadPoolExecutor(12) as senders:
        ended = list(senders.map(one, range(12)))
    names = [name for name, _ in ended]
    assert (names.count("InvalidInputError"), names.count("BusyError")) == (5, 7)
    assert max(seconds for name, seconds in ended if name == "BusyError") < 0.5
    assert max(seconds for name, seconds in ended if name == "InvalidInputError") > 4
    decoder.check_room()


def test_room_is_judged_before_a_body_is_read(taken_over: Callable[[str], None]) -> None:
    taken_over("time.sleep(2)")
    decoder = PhotoDecoder(at_once=1, waiting_limit=0)

    def occupy() -> None:
        with pytest.raises(InvalidInputError):
            decoder.clean(picture())

    busy = threading.Thread(target=occupy)
    busy.start()
    time.sleep(0.5)
    with pytest.raises(BusyError):
        decoder.check_room()
    busy.join()
    decoder.check_room()
