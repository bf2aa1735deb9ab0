"""Problem documents: pointers, statuses, and nothing told about faults of ours."""

import json
import logging
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.middleware import Middleware

from api import problems
from api.envelope import Envelope
from gis import errors
from gis.errors import Fault
from gis.files import photos, whole
from gis.files.vault import NAME, Vault


def asked(error: Exception) -> tuple[int, dict[str, object], dict[str, str]]:
    app = FastAPI(middleware=[Middleware(Envelope)])
    problems.install(app)

    @app.get("/")
    def fail() -> None:
        raise error

    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/")
    assert answer.headers["Content-Type"] == problems.MEDIA_TYPE
    return answer.status_code, answer.json(), dict(answer.headers)


@pytest.mark.parametrize(
    ("location", "pointer"),
    [
        (("body",), ""),
        (("body", "points", 3, 0), "/points/3/0"),
        (("body", "a/b~c"), "/a~1b~0c"),
        (("query", "x"), "/query/x"),
        (("path", "id"), "/path/id"),
    ],
)
def test_a_place_is_a_json_pointer(location: tuple[str | int, ...], pointer: str) -> None:
    assert problems.pointer(location) == pointer


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInputError("wrong"), 422),
        (errors.UnknownDatumError("wrong"), 422),
        (errors.InvalidGeometryError("wrong"), 422),
        (errors.UnsupportedFormatError("wrong"), 415),
        (errors.TooLargeError("wrong"), 413),
        (errors.TooManyPolygonsError("wrong"), 422),
        (errors.NotFoundError("wrong"), 404),
        (errors.ConflictError("wrong"), 409),
        (errors.NoPlanError("wrong"), 503),
        (errors.UnsafeServerError("wrong"), 503),
    ],
)
def test_each_kind_of_error_has_its_status_and_says_its_sentence(error: errors.WanggeError, status: int) -> None:
    answered, document, _ = asked(error)
    assert (answered, document["status"], document["detail"]) == (status, status, "wrong")


def test_every_error_of_ours_has_a_status() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.WanggeError)]
    assert all(problems.status_of(kind("x")) in problems.MEANINGS for kind in kinds)


def test_all_faults_are_listed_up_to_a_hundred() -> None:
    faults = [Fault(f"/{number}", "wrong") for number in range(150)]
    _, document, _ = asked(errors.InvalidInputError("wrong", faults))
    assert document["errors"] == [{"pointer": f"/{number}", "detail": "wrong"} for number in range(100)]


def test_a_refusal_for_now_says_when_to_come_back() -> None:
    _, _, headers = asked(errors.DatabaseUnavailableError("away"))
    assert int(headers["retry-after"]) > 0
    assert headers["cache-control"] == "no-store"


def test_what_the_disk_refuses_is_told_without_its_path(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    Vault(tmp_path / "keys")
    (tmp_path / "keys" / NAME).unlink()
    (tmp_path / "keys" / NAME).mkdir()
    for refused in (
        lambda: photos.check_room(tmp_path / "file"),
        lambda: whole.new_folder(tmp_path / "file"),
        lambda: whole.new_file(tmp_path / "file" / "kept").__enter__(),
        lambda: Vault(tmp_path / "keys"),
    ):
        with pytest.raises(errors.StorageUnavailableError) as raised:
            refused()
        caplog.clear()
        status, document, headers = asked(raised.value)
        assert (status, document["detail"]) == (503, problems.NO_STORAGE)
        assert str(tmp_path) not in json.dumps([document, headers])
        assert str(tmp_path) in caplog.text


@pytest.mark.parametrize("error", [RuntimeError("select secret from /etc"), errors.MissingAssetError("/srv/secret")])
def test_a_fault_of_ours_tells_its_trace_id_and_nothing_else(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, logger="wangge.http"):
        status, document, headers = asked(error)
    assert status == 500
    assert "secret" not in json.dumps(document)
    assert document["trace_id"] == headers["x-trace-id"]
    if isinstance(error, RuntimeError):
        assert "select secret" in caplog.text
