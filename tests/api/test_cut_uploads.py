"""A connection that is cut at any byte of an upload leaves nothing; sent again, it is one photo and one report."""

import hashlib
import io
import json
import socket
import struct
from pathlib import Path

import httpx
import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

from gis.db.tables import photos, reports
from gis.settings import Settings
from tests.api.conftest import Running
from tests.api.routes.test_reports import body, rows

CUTS = 100
UPLOAD_BYTES = 5_000_000


@pytest.fixture(scope="module")
def upload() -> bytes:
    """A photo of some 5 MB: noise, which nothing makes smaller."""
    pixels = np.random.default_rng(4490).integers(0, 256, (1_300, 1_300, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    assert out.tell() > UPLOAD_BYTES
    return out.getvalue()


def request(running: Running, method: str, path: str, kind: str, content: bytes) -> bytes:
    host = running.address.removeprefix("http://")
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Type: {kind}", f"Content-Length: {len(content)}"]
    lines += [f"{name}: {value}" for name, value in running.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + content


def send_part(running: Running, sent: bytes, *, abruptly: bool) -> None:
    """Send the beginning of a request and cut the connection, with a reset or in order."""
    host, port = running.address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as wire:
        if abruptly:
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.sendall(sent)


def cuts(whole: bytes) -> list[int]:
    """Return evenly spaced places in a request, none of which is its end."""
    return [len(whole) * number // CUTS for number in range(CUTS)]


def files(settings: Settings) -> list[Path]:
    return [path for path in settings.photos.rglob("*") if path.is_file()]


def test_a_photo_that_is_cut_at_any_of_a_hundred_bytes_is_not_there(
    running: Running, caller: httpx.Client, settings: Settings, town_engine: sa.Engine, upload: bytes
) -> None:
    before = rows(town_engine, photos), len(files(settings))
    whole = request(running, "PUT", "/photos", "image/png", upload)
    for number, place in enumerate(cuts(whole)):
        send_part(running, whole[:place], abruptly=bool(number % 2))
        assert (rows(town_engine, photos), len(files(settings))) == before, place
    assert caller.get("/ready").status_code == 200

    first, second = (caller.put("/photos", content=upload) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["sha256"] == second.json()["sha256"]
    assert rows(town_engine, photos) == before[0] + 1
    sha256 = first.json()["sha256"]
    kept = [path for path in files(settings) if path.name == f"{sha256}.jpg"]
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in kept] == [sha256]
    assert len(files(settings)) == before[1] + 2  # the photo and its preview


def test_a_report_that_is_cut_at_any_of_a_hundred_bytes_is_not_there_and_neither_is_its_photo(
    running: Running, caller: httpx.Client, town_engine: sa.Engine, upload: bytes
) -> None:
    sha256 = caller.put("/photos", content=upload).json()["sha256"]
    sent = body(photos=[sha256])
    whole = request(running, "POST", "/reports", "application/json", json.dumps(sent).encode())
    before = rows(town_engine, reports)
    for number, place in enumerate(cuts(whole)):
        send_part(running, whole[:place], abruptly=bool(number % 2))
    assert rows(town_engine, reports) == before
    assert caller.get(f"/photos/{sha256}").status_code == 404

    answers = [caller.post("/reports", json=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert rows(town_engine, reports) == before + 1
    assert hashlib.sha256(caller.get(f"/photos/{sha256}").content).hexdigest() == sha256


def test_an_upload_whose_answer_is_not_waited_for_is_one_photo_when_it_comes_again(
    running: Running, caller: httpx.Client, town_engine: sa.Engine
) -> None:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "orchid").save(out, "JPEG")
    whole = request(running, "PUT", "/photos", "image/jpeg", out.getvalue())
    before = rows(town_engine, photos)
    for number in range(5):
        send_part(running, whole, abruptly=bool(number % 2))
    kept = caller.put("/photos", content=out.getvalue())
    assert kept.status_code in (200, 201)
    assert rows(town_engine, photos) == before + 1
