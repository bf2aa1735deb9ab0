"""Photos: known by content, upright, without anything but the picture."""

import io
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from gis.domain.limits import PHOTO_BYTES
from gis.errors import (
    InvalidInputError,
    NotFoundError,
    StorageUnavailableError,
    TooLargeError,
    UnsupportedFormatError,
    WanggeError,
)
from gis.files import photos
from gis.files.photo_decoder import PhotoDecoder

LOADED_BY_PILLOW = 33
DECODER = PhotoDecoder()


def picture(kind: str, *, size: tuple[int, int] = (40, 30), exif: Image.Exif | None = None) -> bytes:
    out = io.BytesIO()
    more = {"exif": exif} if exif is not None else {}
    Image.new("RGB", size, "teal").save(out, kind, **more)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_of_each_format_becomes_a_jpeg_of_the_same_size(kind: str) -> None:
    photo = DECODER.clean(picture(kind))
    with Image.open(io.BytesIO(photo.content)) as served:
        assert (served.format, served.size) == ("JPEG", (40, 30))
    assert (photo.width_px, photo.height_px) == (40, 30)


def test_position_and_camera_are_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[1] = "N"
    photo = DECODER.clean(picture("JPEG", exif=exif))
    assert b"A camera" not in photo.content
    with Image.open(io.BytesIO(photo.content)) as served:
        assert not served.getexif()
        assert set(served.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_a_sideways_photo_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo = DECODER.clean(picture("JPEG", exif=exif))
    assert (photo.width_px, photo.height_px) == (30, 40)


def test_what_is_glued_to_the_end_of_a_photo_is_gone() -> None:
    photo = DECODER.clean(picture("JPEG") + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in photo.content
    assert b"PK\x03\x04" not in photo.content


def test_transparent_parts_become_white() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(io.BytesIO(DECODER.clean(out.getvalue()).content)) as served:
        assert min(served.getpixel((4, 4))) > 250


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "ICO"])
def test_other_formats_are_refused_whatever_they_are_called(kind: str) -> None:
    with pytest.raises(UnsupportedFormatError):
        DECODER.clean(picture(kind, size=(32, 32)))


@pytest.mark.parametrize("data", [b"", b"not a picture", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7"])
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(UnsupportedFormatError):
        DECODER.clean(data)


def test_a_photo_that_is_cut_off_is_refused() -> None:
    whole = picture("JPEG", size=(400, 300))
    with pytest.raises(InvalidInputError):
        DECODER.clean(whole[: len(whole) // 2])


def test_a_photo_is_found_under_its_hash_and_written_once(tmp_path: Path) -> None:
    photo = DECODER.clean(picture("PNG"))
    path = photos.keep(tmp_path, photo)
    assert photos.keep(tmp_path, photo) == path
    assert photos.find(tmp_path, photo.sha256).read_bytes() == photo.content
    assert sorted(file.name for file in path.parent.iterdir()) == [
        f"{photo.sha256}{end}" for end in (".jpg", ".preview.jpg")
    ]


def test_a_photo_that_was_never_kept_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        photos.find(tmp_path, "0" * 64)


def test_a_photo_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    closed = tmp_path / "photos"
    closed.write_text("a file where the folder should be")
    with pytest.raises(StorageUnavailableError):
        photos.keep(closed, DECODER.clean(picture("PNG")))


def test_room_for_a_photo_leaves_nothing_behind(tmp_path: Path) -> None:
    photos.check_room(tmp_path / "photos")
    assert list((tmp_path / "photos").iterdir()) == []


def test_a_disk_without_room_for_the_largest_photo_is_told_so(tmp_path: Path) -> None:
    # As on a full disk, the kernel refuses the room: here since no file may be longer.
    done = subprocess.run(
        [sys.executable, "-c", "from gis.files.photos import *; check_room(Path('photos').absolute())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (PHOTO_BYTES - 1, PHOTO_BYTES - 1)),
    )
    assert f"StorageUnavailableError: {tmp_path}/photos has no room for a photo: File too large." in done.stderr


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning", "ignore:.*:PIL.Image.DecompressionBombWarning")
def test_no_hostile_image_does_worse_than_being_refused(corpora: Path) -> None:
    loaded = 0
    for path in sorted((corpora / "images_bad").rglob("*")):
        if not path.is_file():
            continue
        began = time.process_time()
        try:
            photo = DECODER.clean(path.read_bytes())
        except WanggeError:
            pass
        else:
            loaded += 1
            with Image.open(io.BytesIO(photo.content)) as served:
                assert not served.getexif(), path.name
        assert time.process_time() - began < 10, path.name
    assert loaded == LOADED_BY_PILLOW


def test_pixel_bombs_are_refused_from_their_header(corpora: Path) -> None:
    bombs = [path for path in (corpora / "images_bad").rglob("*bomb*") if path.is_file()]
    assert bombs
    for path in bombs:
        began = time.perf_counter()
        with pytest.raises((TooLargeError, UnsupportedFormatError)):
            DECODER.clean(path.read_bytes())
        assert time.perf_counter() - began < 0.05, path.name


def test_every_orientation_comes_out_upright(corpora: Path) -> None:
    files = sorted((corpora / "images_bad").rglob("hopper_orientation_*"))
    assert len(files) == 14
    sizes = {(photo.width_px, photo.height_px) for photo in (DECODER.clean(path.read_bytes()) for path in files)}
    assert len(sizes) == 1
