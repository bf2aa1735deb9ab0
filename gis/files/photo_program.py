"""The program that decodes one photo, in a process of its own that may do nothing else.

The bytes come in by stdin. Out goes a line of JSON (width, height, `picture_bytes`, `preview_bytes`, `tags`) and then
the picture and its preview, both JPEG; or nothing, and the exit code says why. It imports Pillow and nothing of ours,
gives up every right before it reads a byte, and ends after one photo: whatever a hostile file does to it is over then.
"""

import io
import json
import math
import resource
import sys
from typing import Any

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("JPEG", "PNG", "WEBP")
PIXELS_LIMIT = 50_000_000
# Larger pictures are made smaller; phones of 12 megapixels (4,032 × 3,024) stay as they are.
LONGEST_SIDE_PX = 4_096
PREVIEW_PX = 320
QUALITY, PREVIEW_QUALITY = 88, 78
TOO_LARGE, NOT_A_PHOTO, BROKEN = 3, 4, 5
MEMORY_LIMIT_BYTES = 512 << 20
CPU_LIMIT_S = 8
TEXT_LIMIT = 64
GPS, CAMERA = 0x8825, 0x8769
# EXIF 2.32 (CIPA DC-008): names as `gis.domain.photos.read_origin` takes them.
TAGS = {
    GPS: {
        "latitude_ref": 1,
        "latitude": 2,
        "longitude_ref": 3,
        "longitude": 4,
        "gps_time": 7,
        "map_datum": 18,
        "gps_date": 29,
        "error_m": 31,
    },
    CAMERA: {"original": 0x9003, "offset": 0x9011},
}


def main() -> int:
    """Decode what stdin gives and return the exit code."""
    confine()
    data = sys.stdin.buffer.read()
    Image.MAX_IMAGE_PIXELS = PIXELS_LIMIT
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if opened.width * opened.height > PIXELS_LIMIT:
                return TOO_LARGE
            # A JPEG is read smaller at once, which keeps a picture of 50 megapixels within the memory.
            opened.draft(None, (LONGEST_SIDE_PX, LONGEST_SIDE_PX))
            # Before the tags, which are read as far as can be: a picture that is cut off must not pass with them.
            opened.load()
            tags = tags_of(opened)
            picture = cleaned(opened)
        content, preview = encoded(picture, QUALITY), encoded(small(picture), PREVIEW_QUALITY)
    except (MemoryError, Image.DecompressionBombError):
        return TOO_LARGE
    except UnidentifiedImageError:
        return NOT_A_PHOTO
    except Exception:  # decoders meet hostile files with any kind of error; to us it is a broken photo
        return BROKEN
    told = {"width": picture.width, "height": picture.height, "tags": tags}
    told |= {"picture_bytes": len(content), "preview_bytes": len(preview)}
    sys.stdout.buffer.write(json.dumps(told, allow_nan=False).encode() + b"\n" + content + preview)
    return 0


def confine() -> None:
    """Give up what a decoder does not need: memory, time, files, other processes and a picture of its memory."""
    for kind, limit in (
        (resource.RLIMIT_AS, MEMORY_LIMIT_BYTES),
        (resource.RLIMIT_CPU, CPU_LIMIT_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        resource.setrlimit(kind, (limit, limit))


def cleaned(opened: Image.Image) -> Image.Image:
    """Return a loaded picture upright, in sRGB, at most `LONGEST_SIDE_PX` long, with nothing but its pixels."""
    profile = opened.info.get("icc_profile")
    picture = opened
    if opened.mode in ("P", "PA"):
        picture = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if max(picture.size) > LONGEST_SIDE_PX:
        picture.thumbnail((LONGEST_SIDE_PX, LONGEST_SIDE_PX))
    picture.info.update(opened.info)
    ImageOps.exif_transpose(picture, in_place=True)
    plain = flat(picture) if picture.mode != "CMYK" else picture
    standard = in_srgb(plain, profile) if profile else plain.convert("RGB")
    return Image.frombytes("RGB", standard.size, standard.tobytes())


def flat(picture: Image.Image) -> Image.Image:
    """Return a picture as RGB; transparent parts become white."""
    if picture.mode not in ("LA", "RGBA", "La", "RGBa"):
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground


def in_srgb(picture: Image.Image, profile: bytes) -> Image.Image:
    """Return a picture in sRGB; a profile that cannot be used is passed over."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return picture.convert("RGB")
        made = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture.convert("RGB")
    return made or picture.convert("RGB")


def small(picture: Image.Image) -> Image.Image:
    """Return the preview of a picture."""
    preview = picture.copy()
    preview.thumbnail((PREVIEW_PX, PREVIEW_PX))
    return preview


def encoded(picture: Image.Image, quality: int) -> bytes:
    """Return a picture as JPEG."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()


def tags_of(opened: Image.Image) -> dict[str, Any]:
    """Return the tags about place and time as texts and lists of numbers; what cannot be read is left out."""
    found: dict[str, Any] = {}
    for block, names in TAGS.items():
        try:
            read = opened.getexif().get_ifd(block)
            found |= {name: plain_of(read[tag]) for name, tag in names.items() if tag in read}
        except Exception:  # EXIF is a file system of its own, and strangers write it
            continue
    return found


def plain_of(value: Any) -> str | list[float] | None:
    """Return a value of EXIF as a short text or up to three numbers; None for a number that is none."""
    if isinstance(value, bytes):
        return value[:TEXT_LIMIT].decode("latin-1")
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    numbers = [float(each) for each in (value if isinstance(value, tuple | list) else [value])[:3]]
    return numbers if all(math.isfinite(each) for each in numbers) else None


if __name__ == "__main__":
    sys.exit(main())
