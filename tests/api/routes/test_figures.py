"""Public figures at the door, and that no other door which is open to all tells how many reports there are."""

import csv
import io
import re
import uuid
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from api.access import NOBODY_ROLE, ROWS
from gis.db import engine as engines
from gis.domain.audit import Actor
from gis.domain.staff import EVERYWHERE
from gis.files.vault import Vault, new_key
from gis.services import figures
from tests.api.routes.test_reports import body
from tests.api.test_access import ask
from tests.conftest import CITY

NOBODY = {"Authorization": ""}
VAULT = Vault(Path("none"), new_key())
TOWN = "210304015000"


@pytest.fixture(scope="module", autouse=True)
def _published(town_engine: sa.Engine) -> None:
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        for month in (5, 6):
            figures.publish(
                connection, date(2026, month, 1), datetime(2026, 8, 1, tzinfo=UTC), vault=VAULT, by=Actor("tester")
            )


def test_who_has_not_signed_in_reads_what_was_published(client: TestClient) -> None:
    told = client.get("/figures", headers=NOBODY).json()
    assert (told["month"], told["months"], told["least"]) == ("2026-06", ["2026-05", "2026-06"], 5)
    city = next(row for row in told["figures"] if row["code"] == CITY)
    assert (city["level"], city["synthetic"]) == ("city", True)
    assert set(city["counts"]) == set(told["groups"])
    shown = [count for row in told["figures"] for count in row["counts"].values() if count is not None]
    assert all(count == 0 or count >= 5 for count in shown)


def test_a_month_a_division_and_a_level_are_asked_for(client: TestClient) -> None:
    asked = {"month": "2026-05", "within": TOWN, "level": "village"}
    told = client.get("/figures", params=asked).json()
    assert told["month"] == "2026-05"
    assert {row["level"] for row in told["figures"]} == {"village"}
    assert client.get("/figures", params={"month": "2026-01"}).status_code == 404
    assert client.get("/figures", params={"month": "2026-13"}).status_code == 422
    assert client.get("/figures", params={"since": "2026-01-01"}).status_code == 422


def test_the_table_to_download_says_the_same(client: TestClient) -> None:
    answer = client.get("/figures.csv", headers=NOBODY)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="wangge-figures-newest.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    told = client.get("/figures").json()["figures"]
    expected = {
        (row["code"], group): "" if count is None else str(count)
        for row in told
        for group, count in row["counts"].items()
    }
    assert {(row["code"], row["group"]): row["count"] for row in rows} == expected
    assert all((row["hidden"] == "true") == (row["count"] == "") for row in rows)


def told_to_all(client: TestClient) -> dict[tuple[str, str], Any]:
    """Return what every door that is open to all answers, without what is new in each answer."""
    found = {}
    for (method, path), row in ROWS.items():
        if row[NOBODY_ROLE] == "-" or method == "DELETE" or path == "/docs":
            continue
        answer = ask(client, method, path, NOBODY)
        text = re.sub(r'"trace_id":"\w+"|"(loaded_at|as_of)":"[^"]+"', "", answer.text)
        found[method, path] = (answer.status_code, text)
    return found


def test_no_door_that_is_open_to_all_tells_that_there_are_more_reports(client: TestClient) -> None:
    # Two answers to one sender are told apart by what they sent; everything else has to be the same.
    own = ("POST", "/reports")
    before = told_to_all(client)
    for _ in range(7):
        assert client.post("/reports", json=body()).status_code == 201
    after = told_to_all(client)
    assert before[own][0] == after[own][0] == 201
    assert max(status for status, _ in before.values()) < 500
    assert {key: value for key, value in after.items() if key != own} == {
        key: value for key, value in before.items() if key != own
    }


def test_a_number_that_counts_reports_is_told_to_staff_alone(client: TestClient) -> None:
    said = body(id=str(uuid.uuid4()))
    first = client.post("/reports", json=said, headers=NOBODY).json()
    assert first["number"] is None
    assert client.post("/reports", json=said, headers=NOBODY).json() == first
    assert client.get(f"/reports/{said['id']}").json()["number"] > 100
