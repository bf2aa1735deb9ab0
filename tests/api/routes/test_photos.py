"""Photos by HTTP: taken by their content, served clean, found by their hash."""

import hashlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from PIL import Image

from gis.db import engine as engines
from gis.db.tables import events, photo_origins, report_photos
from gis.domain.staff import EVERYWHERE, NOWHERE, Grant, scope_of
from gis.files import photos as files
from gis.files.photo_decoder import PhotoDecoder
from gis.services import exports
from gis.settings import Settings
from tests.api.conftest import Running
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
    caller.post("/reports", json=body(photos=[kept.json()["sha256"]]))
    served = caller.get(kept.headers["Location"])
    assert hashlib.sha256(served.content).hexdigest() == kept.json()["sha256"]
    assert served.headers["Content-Type"] == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Cache-Control"] == "private, no-cache"
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert b"A camera" not in served.content


def test_the_same_photo_sent_twice_is_one(caller: httpx.Client) -> None:
    first, second = (caller.put("/photos", content=picture(colour="olive")) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_report_names_a_photo_that_was_sent_before(caller: httpx.Client) -> None:
    sha256 = caller.put("/photos", content=picture(colour="gray")).json()["sha256"]
    kept = caller.post("/reports", json=body(photos=[sha256]))
    assert kept.status_code == 201
    assert kept.json()["photos"] == [sha256]


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 422), (b"<svg/>", 415), (b"GIF89a", 415), (picture()[:300], 422), (b"\xff" * 12_000_001, 413)],
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


# --- several, and who may see them ------------------------------------------------------------------------------------


def told(colour: str, *, lat: float = 41.1490, original: str = "2026:05:04 09:00:00", offset: str = "+08:00") -> bytes:
    """Return a photo that tells place and time."""
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: original, 0x9011: offset})
    exif.get_ifd(0x8825).update({1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (123.0290, 0.0, 0.0)})
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


def send(caller: httpx.Client, *contents: bytes, **more: Any) -> dict[str, Any]:
    hashes = [caller.put("/photos", content=content).json()["sha256"] for content in contents]
    kept: dict[str, Any] = caller.post("/reports", json=body(photos=hashes, **more)).json()
    return kept


def test_ten_photos_keep_their_order_in_answer_list_and_export_and_the_event_counts_them(
    caller: httpx.Client, town_engine: sa.Engine
) -> None:
    report = send(caller, *(picture(colour=f"#{number:02x}5040") for number in range(0, 250, 25)))
    assert len(report["photos"]) == 10
    assert caller.get(f"/reports/{report['id']}").json()["photos"] == report["photos"]
    (listed,) = [
        one["properties"]["photos"]
        for one in caller.get("/reports?limit=1000").json()["features"]
        if one["id"] == report["id"]
    ]
    assert listed == report["photos"]
    with town_engine.connect() as connection:
        payload = sa.select(events.c.payload).order_by(events.c.id.desc()).limit(1)
        assert connection.scalar(payload)["photo_count"] == 10
        frame = exports.frame(connection, "reports").set_index("id")
    assert frame.loc[report["id"], "photos"].split() == report["photos"]
    assert [one["sha256"] for one in caller.get(f"/reports/{report['id']}/photos").json()["photos"]] == report["photos"]


def test_a_photo_that_was_never_sent_is_named_by_its_place(caller: httpx.Client) -> None:
    known = caller.put("/photos", content=picture(colour="gold")).json()["sha256"]
    refused = caller.post("/reports", json=body(photos=[known, "0" * 64]))
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/photos/1"]


def test_a_report_whose_photo_has_lost_its_file_is_refused_until_the_photo_is_sent_again(
    caller: httpx.Client, settings: Settings
) -> None:
    picked = picture(colour="orchid")
    lost = caller.put("/photos", content=picked).json()["sha256"]
    files.remove(settings.photos, lost)
    sent = body(photos=[lost])
    refused = caller.post("/reports", json=sent)
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/photos/0"]
    assert caller.get(f"/reports/{sent['id']}").status_code == 404
    assert caller.put("/photos", content=picked).status_code == 200
    assert caller.post("/reports", json=sent).status_code == 201
    # Who sends a report again is told what became of it, whatever its photo does since.
    files.remove(settings.photos, lost)
    assert caller.post("/reports", json=sent).status_code == 200


def test_what_a_photo_says_is_told_to_who_sent_it_and_to_who_handles_the_report(caller: httpx.Client) -> None:
    kept = caller.put("/photos", content=told("peru")).json()
    assert (kept["taken_at"], kept["taken_local"], kept["datum"]) == ("2026-05-04T01:00:00Z", None, "wgs84")
    assert kept["place"] == pytest.approx([123.0290, 41.1490], abs=1e-6)
    near, far = told("peru"), told("plum", lat=41.16, original="2026:05:01 09:00:00")
    unknown = told("linen", offset="")
    report = send(caller, near, far, unknown, picture(colour="pink"), captured_at="2026-05-04T09:30:00+08:00")
    found = caller.get(f"/reports/{report['id']}/photos").json()["photos"]
    assert [(one["is_far"], one["is_old"]) for one in found] == [
        (False, False),
        (True, True),
        (False, None),
        (None, None),
    ]
    assert found[0]["distance_m"] < 1 < 1_000 < found[1]["distance_m"] < 1_300
    assert (found[2]["taken_at"], found[2]["taken_local"]) == (None, "2026-05-04 09:00:00")
    assert found[3]["place"] is None


def test_what_the_first_upload_of_a_picture_said_stays(caller: httpx.Client) -> None:
    report = send(caller, told("orange"))
    later = caller.put("/photos", content=told("orange", lat=41.2)).json()
    assert [later["sha256"]] == report["photos"]
    (one,) = caller.get(f"/reports/{report['id']}/photos").json()["photos"]
    assert one["place"] == pytest.approx([123.0290, 41.1490], abs=1e-6)


@pytest.mark.parametrize(("area", "status"), [("210304015000", 200), ("210302000000", 404)])
def test_photos_and_what_they_say_are_for_who_may_see_the_report(
    caller: httpx.Client, signed_in: Callable[..., dict[str, str]], area: str, status: int
) -> None:
    report = send(caller, told("salmon"))
    headers = signed_in(Grant("handler", area))
    for path in (f"/reports/{report['id']}/photos", f"/photos/{report['photos'][0]}"):
        assert caller.get(path, headers=headers).status_code == status
    for headers in ({"Authorization": ""}, signed_in()):
        for path in (f"/reports/{report['id']}/photos", f"/photos/{report['photos'][0]}"):
            assert caller.get(path, headers=headers).status_code in (401, 403)


def test_the_database_itself_hides_photos_outside_of_a_scope(caller: httpx.Client, town_engine: sa.Engine) -> None:
    (sha256,) = send(caller, told("sienna"))["photos"]
    scopes = ((scope_of(["210304015000"]), 1), (scope_of(["210302000000"]), 0), (NOWHERE, 0), (EVERYWHERE, 1))
    for scope, seen in scopes:
        with engines.transaction(town_engine) as connection:
            engines.look_within(connection, scope)
            for table in (report_photos, photo_origins):
                found = sa.select(sa.func.count()).select_from(table).where(table.c.sha256 == sha256)
                assert connection.scalar(found) == seen


def test_a_preview_is_small_and_a_known_picture_is_not_sent_again(caller: httpx.Client) -> None:
    out = io.BytesIO()
    Image.new("RGB", (1_600, 1_200), "wheat").save(out, "JPEG")
    (sha256,) = send(caller, out.getvalue())["photos"]
    preview = caller.get(f"/photos/{sha256}?size=preview")
    with Image.open(io.BytesIO(preview.content)) as served:
        assert (served.format, served.size) == ("JPEG", (320, 240))
    whole = caller.get(f"/photos/{sha256}")
    assert whole.headers["ETag"] != preview.headers["ETag"]
    again = caller.get(f"/photos/{sha256}", headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Cache-Control"] == "private, no-cache"
    assert caller.get(f"/photos/{sha256}?size=huge").status_code == 422


def test_who_comes_when_too_many_photos_are_read_is_told_when_to_come_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.app.state, "photo_decoder", PhotoDecoder(at_once=1, waiting_limit=1))
    noise = io.BytesIO()
    Image.effect_noise((4_000, 3_000), 60).convert("RGB").save(noise, "JPEG")
    gate = threading.Barrier(8)

    def put(_: int) -> httpx.Response:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            gate.wait()
            return client.put("/photos", content=noise.getvalue())

    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(put, range(8)))
    busy = [answer for answer in answers if answer.status_code == 503]
    assert busy
    assert all(answer.status_code in (200, 201, 503) for answer in answers)
    assert any(answer.is_success for answer in answers)
    assert {answer.headers["Retry-After"] for answer in busy} == {"5"}
    assert {answer.headers["Content-Type"] for answer in busy} == {"application/problem+json"}
