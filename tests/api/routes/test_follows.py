"""Following a report: who has the secret has the report, and nobody learns the secret from anything."""

import io
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from PIL import Image

from api import problems
from api.app import create_app
from gis.db import engine as engines
from gis.db.tables import events, reports, sign_in_failures
from gis.domain.audit import Wanted
from gis.domain.staff import EVERYWHERE, Grant
from gis.files import photos as photo_files
from gis.services import audit
from gis.settings import Settings
from tests.api.routes.test_reports import body
from tests.conftest import CITY
from tests.reporters import EMAIL, NAME, TELEPHONE, contact_body, hashed, new_secret


@pytest.fixture(scope="module")
def visitor(settings: Settings) -> Iterator[httpx.Client]:
    """Somebody without an account."""
    with TestClient(create_app(settings), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(autouse=True)
def no_failures(town_engine: sa.Engine) -> Iterator[None]:
    yield
    with engines.transaction(town_engine) as connection:
        connection.execute(sa.delete(sign_in_failures))


def shown(secret: str) -> dict[str, str]:
    return {"Authorization": f"Follow {secret}"}


@pytest.fixture
def report(visitor: httpx.Client) -> tuple[dict[str, Any], dict[str, str]]:
    """A report with a contact and a photo, and the header that follows it."""
    data, secret = io.BytesIO(), new_secret()
    # A picture of its own, so that no other report names it.
    Image.frombytes("RGB", (16, 16), random.randbytes(768)).save(data, "PNG")
    sha256 = visitor.put("/photos", content=data.getvalue()).json()["sha256"]
    sent = body(contact=contact_body(), follow_sha256=hashed(secret), photos=[sha256])
    answer = visitor.post("/reports", json=sent)
    assert answer.status_code == 201
    return answer.json(), shown(secret)


def test_a_reporter_is_told_no_number_since_its_gaps_count_all_reports(visitor: httpx.Client, report: Any) -> None:
    _, secret = report
    (exported,) = visitor.get("/follow/export", headers=secret).json()["reports"]
    for told in (visitor.get("/follow/report", headers=secret).json(), exported):
        assert "category" in told
        assert "number" not in told


def test_a_photo_whose_file_goes_while_it_is_asked_for_is_not_there(
    visitor: httpx.Client, client: httpx.Client, report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = report
    (sha256,) = visitor.get("/follow/report", headers=secret).json()["photos"]
    found, gone = photo_files.find, Path("gone")

    def swept(folder: Path, sha256: str, **which: Any) -> Path:
        nonlocal gone
        path = found(folder, sha256, **which)
        gone = path.rename(path.with_suffix(".gone"))
        return path

    monkeypatch.setattr(photo_files, "find", swept)
    for door, path, headers in ((visitor, "/follow/photos", secret), (client, "/photos", {})):
        assert door.get(f"{path}/{sha256}", headers=headers).status_code == 404
        gone.rename(gone.with_suffix(".jpg"))


def test_a_reporter_sees_the_report_and_who_looked_at_the_contact(
    visitor: httpx.Client, client: httpx.Client, report: Any, signed_in: Callable[..., dict[str, str]]
) -> None:
    kept, secret = report
    clerk = signed_in(Grant("clerk", CITY), name="hotline-post-31")
    client.post(f"/reports/{kept['id']}/contact/unmask", json={"reason": "回访"}, headers=clerk)
    answer = visitor.get("/follow/report", headers=secret)
    followed = answer.json()
    assert (followed["id"], followed["text"], followed["decision"]["grid"]) == (
        *(kept["id"], kept["text"], kept["decision"]["grid"]),
    )
    assert followed["contact"] == {"name": "示*", "telephone": "120****4321", "email": "c***@…", "call_back": True}
    assert [(look["role"], look["reason"]) for look in followed["looks"]] == [("clerk", "回访")]
    assert not any(text in answer.text for text in (NAME, TELEPHONE, EMAIL, "post-31"))
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    photo = visitor.get(f"/follow/photos/{followed['photos'][0]}", headers=secret)
    assert (photo.status_code, photo.headers["Content-Type"]) == (200, "image/jpeg")
    assert visitor.get(f"/follow/photos/{'0' * 64}", headers=secret).status_code == 404


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"Authorization": "Follow"},
        {"Authorization": "Follow x"},
        {"Authorization": f"Follow {'x' * 5_000}"},
        {"Authorization": "Basic eDp4"},
    ],
)
def test_without_the_secret_nothing_is_there(visitor: httpx.Client, header: dict[str, str]) -> None:
    for method, path in (
        *(("GET", "/follow/report"), ("GET", "/follow/export"), ("GET", f"/follow/photos/{'0' * 64}")),
        *(("DELETE", "/follow/contact"), ("POST", "/follow/erasure")),
    ):
        assert visitor.request(method, path, headers=header).status_code == 404
    assert visitor.put("/follow/contact", json=contact_body(), headers=header).status_code == 404


def test_neither_the_id_nor_the_stored_hash_opens_a_report(visitor: httpx.Client, report: Any) -> None:
    kept, secret = report
    for wrong in (kept["id"], hashed(secret["Authorization"].removeprefix("Follow "))):
        assert visitor.get("/follow/report", headers=shown(wrong)).status_code == 404
    # A secret in an address would be in logs and histories: it is not read from there.
    asked = visitor.get("/follow/report", params={"secret": secret["Authorization"].removeprefix("Follow ")})
    assert asked.status_code in (404, 422)


def test_guessing_is_slowed_down_by_address(visitor: httpx.Client, report: Any) -> None:
    _, secret = report
    answers = [visitor.get("/follow/report", headers=shown(new_secret())).status_code for _ in range(101)]
    assert answers == [404] * 100 + [429]
    refused = visitor.get("/follow/report", headers=shown(new_secret()))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    # Who has the secret is answered, and nobody's sign-in waits for guesses at secrets.
    assert visitor.get("/follow/report", headers=secret).status_code == 200
    assert visitor.post("/session", json={"name": "nobody-here", "password": "wrong"}).status_code == 401


def test_a_contact_is_corrected_and_withdrawn(visitor: httpx.Client, client: httpx.Client, report: Any) -> None:
    kept, secret = report
    put = visitor.put("/follow/contact", json=contact_body(name="", telephone="120 0000 8765"), headers=secret)
    assert put.json() == {"name": "", "telephone": "120****8765", "email": "c***@…", "call_back": True}
    assert client.get(f"/reports/{kept['id']}/contact").json()["telephone"] == "120****8765"
    wrong = visitor.put("/follow/contact", json=contact_body(telephone="x"), headers=secret)
    assert [fault["pointer"] for fault in wrong.json()["errors"]] == ["/telephone"]
    assert [visitor.delete("/follow/contact", headers=secret).status_code for _ in range(2)] == [204, 204]
    assert client.get(f"/reports/{kept['id']}/contact").status_code == 204
    assert visitor.get("/follow/report", headers=secret).json()["contact"] is None
    # Who reported without a contact may leave one later.
    assert visitor.put("/follow/contact", json=contact_body(), headers=secret).status_code == 200


def test_an_export_holds_the_contact_in_clear_for_its_owner(visitor: httpx.Client, report: Any) -> None:
    kept, secret = report
    answer = visitor.get("/follow/export", headers=secret)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="wangge-report-{kept["id"]}.json"'
    assert "ETag" not in answer.headers
    (told,) = answer.json()["reports"]
    assert (told["text"], told["contact"]["telephone"]) == (kept["text"], TELEPHONE)
    assert len(told["photos"][0]["jpeg_base64"]) > 100


def test_an_erasure_takes_words_photos_contact_and_secret_and_leaves_the_report(
    visitor: httpx.Client, client: httpx.Client, report: Any, town_engine: sa.Engine, settings: Settings
) -> None:
    kept, secret = report
    assert visitor.post("/follow/erasure", headers=secret).status_code == 204
    assert visitor.get("/follow/report", headers=secret).status_code == 404
    left = client.get(f"/reports/{kept['id']}").json()
    assert (left["text"], left["photos"], left["decision"]) == ("", [], kept["decision"])
    assert left["erased_at"] is not None
    assert client.get(f"/reports/{kept['id']}/contact").status_code == 204
    assert not list(settings.photos.rglob(f"{kept['photos'][0]}*"))
    assert kept["id"] in settings.erasures.read_text()
    with town_engine.connect() as connection:
        row = audit.page(connection, Wanted(subject=f"report:{kept['id']}"))[0]
        assert audit.verify(connection) == []
    # Whose wish it was is not told by an address.
    assert (row.row.action, row.texts and row.texts.address) == ("report.erased", "")


def test_an_erasure_that_is_asked_for_many_times_at_once_is_recorded_once(
    visitor: httpx.Client, report: Any, town_engine: sa.Engine
) -> None:
    kept, secret = report
    with ThreadPoolExecutor(4) as pool:
        # All of them come as far as the report before any goes on.
        with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
            connection.execute(sa.select(reports.c.id).where(reports.c.id == kept["id"]).with_for_update())
            asked = [pool.submit(visitor.post, "/follow/erasure", headers=secret) for _ in range(4)]
            time.sleep(1.5)
        assert {each.result().status_code for each in asked} <= {204, 404}
    with town_engine.connect() as connection:
        rows = audit.page(connection, Wanted(subject=f"report:{kept['id']}", action="report.erased"))
    assert len(rows) == 1


def test_nothing_is_told_of_an_erased_report_by_the_events(
    visitor: httpx.Client, report: Any, town_engine: sa.Engine
) -> None:
    kept, secret = report
    told = sa.select(events.c.payload).where(events.c.payload["id"].astext == kept["id"])
    with town_engine.connect() as connection:
        payload = connection.scalars(told).one()
    assert payload["photo_count"] == 1
    assert kept["photos"][0] not in str(payload)
    assert visitor.post("/follow/erasure", headers=secret).status_code == 204
    with town_engine.connect() as connection:
        assert connection.scalars(told).all() == []


def test_who_asks_for_an_erasure_that_cannot_be_listed_is_told_no_path(
    visitor: httpx.Client, report: Any, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _, secret = report
    settings.erasures.unlink(missing_ok=True)
    settings.erasures.mkdir()
    answer = visitor.post("/follow/erasure", headers=secret)
    settings.erasures.rmdir()
    assert answer.status_code == 503
    assert answer.json()["detail"] == problems.NO_STORAGE
    assert str(settings.erasures) in caplog.text
    assert visitor.get("/follow/report", headers=secret).status_code == 200


def test_the_page_says_nothing_before_it_has_asked(visitor: httpx.Client) -> None:
    page = visitor.get("/follow")
    assert page.status_code == 200
    assert "follow/main.mjs" in page.text
