"""Photos by HTTP: taken by their content, served clean, found by their hash."""

import hashlib
import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from tests.api.routes.test_reports import body


def picture(kind: str = "JPEG", *, colour: str = "teal") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    Image.new("RGB", (64, 48), colour).save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize(("kind", "colour"), [("JPEG", "red"), ("PNG", "tan"), ("WEBP", "navy")])
def test_a_photo_that_a_report_names_is_served_clean(caller: httpx.Client, kind: str, colour: str) -> None:
    kept = caller.put("/photos", content=picture(kind, colour=colour))
    assert kept.status_code == 201
    assert (kept.json()["width"], kept.json()["height"]) == (64, 48)
    assert caller.get(kept.headers["Location"]).status_code == 404
    caller.post("/reports", json=body(photo_sha256=kept.json()["sha256"]))
    served = caller.get(kept.headers["Location"])
    assert hashlib.sha256(served.content).hexdigest() == kept.json()["sha256"]
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in served.headers["Cache-Control"]
    assert b"A camera" not in served.content


def test_the_same_photo_sent_twice_is_one(caller: httpx.Client) -> None:
    first, second = (caller.put("/photos", content=picture(colour="olive")) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_report_names_a_photo_that_was_sent_before(caller: httpx.Client) -> None:
    sha256 = caller.put("/photos", content=picture(colour="gray")).json()["sha256"]
    kept = caller.post("/reports", json=body(photo_sha256=sha256))
    assert kept.status_code == 201
    assert kept.json()["photo_sha256"] == sha256


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"<svg/>", 415), (b"GIF89a", 415), (picture()[:300], 422), (b"\xff" * 20_000_001, 413)],
)
def test_what_is_no_photo_is_refused(caller: httpx.Client, content: bytes, status: int) -> None:
    refused = caller.put("/photos", content=content, headers={"Content-Type": "image/jpeg"})
    assert refused.status_code == status
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_body_without_a_length_is_cut_off_at_the_limit(caller: httpx.Client) -> None:
    def endless() -> object:
        for _ in range(30):
            yield b"\xff" * 1_000_000

    assert caller.put("/photos", content=endless()).status_code == 413


@pytest.mark.parametrize(("name", "status"), [("0" * 64, 404), ("0" * 63, 422), ("..%2f..%2fetc%2fpasswd", 404)])
def test_a_photo_that_is_not_there_is_not_found(caller: httpx.Client, name: str, status: int) -> None:
    assert caller.get(f"/photos/{name}").status_code == status


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning", "ignore:.*:PIL.Image.DecompressionBombWarning")
def test_no_image_of_the_corpus_breaks_the_door(caller: httpx.Client, corpora: Path) -> None:
    taken = 0
    for path in sorted(path for path in (corpora / "images_bad").rglob("*") if path.is_file()):
        answer = caller.put("/photos", content=path.read_bytes())
        assert answer.status_code in (200, 201, 413, 415, 422), (path.name, answer.status_code)
        taken += answer.is_success
    assert taken == 33
