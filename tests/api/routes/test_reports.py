"""Reports: taken in exactly once, routed as of their capture, listed, found again."""

import json
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from gis.db.tables import assignments, events, reports
from gis.domain.staff import Grant
from tests.api.conftest import Running
from tests.conftest import CITY

PLACE = {"x": 123.0290, "y": 41.1490, "datum": "cgcs2000"}


def body(**more: Any) -> dict[str, Any]:
    captured_at = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    return {"id": str(uuid.uuid4()), **PLACE, "category": "road", "text": "路面破损", "captured_at": captured_at} | more


def rows(engine: sa.Engine, table: sa.Table) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def test_a_report_is_stored_with_the_decision_and_told_to_every_screen(
    caller: httpx.Client, town_engine: sa.Engine
) -> None:
    sent = body(accuracy_m=12, channel="worker")
    answer = caller.post("/reports", json=sent)
    assert answer.status_code == 201
    kept = answer.json()
    assert kept["decision"] == caller.get("/route", params=PLACE).json()
    assert {name: kept[name] for name in ("id", "text", "category", "channel", "datum", "accuracy_m")} == {
        name: sent[name] for name in ("id", "text", "category", "channel", "datum", "accuracy_m")
    }
    assert kept["original"] == [PLACE["x"], PLACE["y"]]
    with town_engine.connect() as connection:
        event = connection.execute(sa.select(events).order_by(events.c.id.desc()).limit(1)).one()
    assert event.kind == "report.submitted"
    assert event.payload["id"] == sent["id"]
    assert event.payload["grid"] == kept["decision"]["grid"]
    assert "text" not in event.payload


def test_only_the_staff_report_by_a_channel_of_the_staff(
    caller: httpx.Client, signed_in: Callable[..., dict[str, str]]
) -> None:
    public = {"Authorization": ""}
    for headers in (public, signed_in(Grant("citizen", CITY))):
        assert caller.post("/reports", json=body(), headers=headers).json()["channel"] == "public"
        for channel in ("worker", "hotline", "sensor", "department"):
            refused = caller.post("/reports", json=body(channel=channel), headers=headers)
            assert refused.status_code == 422
            (fault,) = refused.json()["errors"]
            assert fault["pointer"] == "/channel"
            assert fault["detail"].startswith(f"The channel {channel} is for who has signed in with its role")
    sent = body(channel="worker")
    assert caller.post("/reports", json=sent, headers=signed_in(Grant("worker", CITY))).status_code == 201
    # Its answer was lost and its session has ended: it is here, and nothing is refused.
    assert caller.post("/reports", json=sent, headers=public).status_code == 200


def test_a_report_sent_twice_is_one_report_with_the_same_answer(caller: httpx.Client, town_engine: sa.Engine) -> None:
    sent = body()
    first = caller.post("/reports", json=sent)
    counted = [rows(town_engine, table) for table in (reports, assignments, events)]
    second = caller.post("/reports", json=dict(reversed(sent.items())))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.content == second.content
    assert [rows(town_engine, table) for table in (reports, assignments, events)] == counted
    assert caller.get(first.headers["Location"]).content == first.content


@pytest.mark.parametrize("place", [(123.0298718, 41.1503114), (123.023744, 41.152285), (123.0609879, 41.1661956)])
def test_a_repeat_gets_the_same_answer_in_towers_on_borders_and_outside(
    caller: httpx.Client, place: tuple[float, float]
) -> None:
    sent = body(x=place[0], y=place[1])
    first = caller.post("/reports", json=sent)
    assert first.json()["decision"] == caller.get("/route", params={**PLACE, "x": place[0], "y": place[1]}).json()
    assert caller.post("/reports", json=sent).content == first.content


def test_fifty_senders_of_one_report_at_once_make_one_row_and_get_one_answer(
    running: Running, town_engine: sa.Engine
) -> None:
    sent = body()
    before = [rows(town_engine, table) for table in (reports, assignments, events)]
    gate = threading.Barrier(50)

    def send(_: int) -> httpx.Response:
        with httpx.Client(base_url=running.address, timeout=60) as client:
            gate.wait()
            return client.post("/reports", json=sent)

    with ThreadPoolExecutor(50) as senders:
        answers = list(senders.map(send, range(50)))
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.content for answer in answers}) == 1
    after = [rows(town_engine, table) for table in (reports, assignments, events)]
    assert after == [number + 1 for number in before]


@pytest.mark.parametrize(
    "other", [{"text": "另一件事"}, {"x": 123.0291}, {"category": "noise"}, {"accuracy_m": 3}, {"datum": "wgs84"}]
)
def test_another_body_under_the_same_id_is_a_conflict_and_the_first_stays(
    caller: httpx.Client, other: dict[str, Any]
) -> None:
    sent = body()
    first = caller.post("/reports", json=sent)
    refused = caller.post("/reports", json=sent | other)
    assert refused.status_code == 409
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert caller.get(first.headers["Location"]).content == first.content


def test_a_report_from_before_the_first_plan_is_routed_by_the_first_plan(caller: httpx.Client) -> None:
    kept = caller.post("/reports", json=body(captured_at="2019-05-04T09:00:00+08:00")).json()
    assert kept["captured_at"] == "2019-05-04T01:00:00Z"
    assert kept["decision"]["grid"] is not None


def test_all_faults_of_a_report_are_told_at_once(caller: httpx.Client) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wrong = body(
        id="no", x="123", datum="mars", category="weather", channel="pigeon", accuracy_m=-1, captured_at=tomorrow
    )
    problem = caller.post("/reports", json={**wrong, "status": "closed", "text": "x" * 2_001}).json()
    pointers = {fault["pointer"] for fault in problem["errors"]}
    names = ("id", "x", "datum", "category", "channel", "accuracy_m", "captured_at", "status", "text")
    assert pointers == {f"/{name}" for name in names}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("captured_at", 1_700_000_000),
        ("captured_at", "2026-06-01T08:00:00"),
        ("captured_at", "1999-12-31T00:00:00Z"),
        ("captured_at", "0001-01-01T00:00:00+14:00"),
        ("x", True),
        ("x", None),
        ("accuracy_m", 100_001),
        ("photos", "0" * 64),
        ("photos", ["0" * 64] * 2),
        ("photos", [f"{number:064x}" for number in range(11)]),
        ("text", 5),
        ("id", 7),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(caller: httpx.Client, name: str, value: Any) -> None:
    refused = caller.post("/reports", json=body(**{name: value}))
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [f"/{name}"]


def test_a_text_of_the_limit_is_kept_and_one_character_more_is_refused(caller: httpx.Client) -> None:
    assert caller.post("/reports", json=body(text="网" * 2_000)).status_code == 201
    assert caller.post("/reports", json=body(text="网" * 2_001)).status_code == 422


def test_a_clock_five_minutes_ahead_is_taken_and_six_minutes_are_not(caller: httpx.Client) -> None:
    def ahead(minutes: float) -> int:
        captured_at = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()
        return caller.post("/reports", json=body(captured_at=captured_at)).status_code

    assert (ahead(4.9), ahead(6)) == (201, 422)


@pytest.mark.parametrize("raw", [b'"\\u0000"', b'"\\ud800"', b"NaN", b"1e999", b'"\xff"'])
def test_what_json_allows_and_a_table_cannot_keep_is_refused(caller: httpx.Client, raw: bytes) -> None:
    text = json.dumps(body(text="HERE")).encode().replace(b'"HERE"', raw)
    refused = caller.post("/reports", content=text, headers={"Content-Type": "application/json"})
    assert refused.status_code in (400, 422)
    assert refused.headers["Content-Type"] == "application/problem+json"


def test_a_key_that_stands_twice_is_refused(caller: httpx.Client) -> None:
    text = json.dumps(body())[:-1] + ', "category": "noise"}'
    assert caller.post("/reports", content=text, headers={"Content-Type": "application/json"}).status_code == 400


def test_naughty_strings_come_back_byte_for_byte_or_are_refused(caller: httpx.Client, corpora: Path) -> None:
    kept = 0
    for text in json.loads((corpora / "strings" / "blns.json").read_text()):
        answer = caller.post("/reports", json=body(text=text))
        assert answer.status_code in (201, 422), repr(text)
        if answer.status_code == 201:
            kept += 1
            assert answer.json()["text"] == text
            assert caller.get(answer.headers["Location"]).json()["text"] == text
    assert kept > 480


def test_reports_are_listed_newest_first_page_by_page_without_gap_or_repeat(caller: httpx.Client) -> None:
    for _ in range(3):
        caller.post("/reports", json=body(category="heating", channel="sensor"))
    numbers: list[int] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = caller.get("/reports", params={"limit": 50, "category": "heating", **more}).json()
        numbers += [feature["properties"]["number"] for feature in page["features"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert numbers == sorted(set(numbers), reverse=True)
    everything = caller.get("/reports", params={"limit": 1000, "category": "heating"}).json()["features"]
    assert len(numbers) == len(everything) > 3


def test_a_cursor_of_other_filters_is_refused(caller: httpx.Client) -> None:
    cursor = caller.get("/reports", params={"limit": 1}).json()["next"]
    refused = caller.get("/reports", params={"limit": 1, "category": "road", "cursor": cursor})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/query/cursor"


def test_filters_narrow_the_list(caller: httpx.Client) -> None:
    sent = body(category="dispute", channel="hotline", captured_at="2021-05-01T00:00:00Z")
    grid = caller.post("/reports", json=sent).json()["decision"]["grid"]

    def ids(**filters: Any) -> set[str]:
        return {feature["id"] for feature in caller.get("/reports", params=filters).json()["features"]}

    around, elsewhere = "123.02,41.14,123.04,41.16", "122.0,40.0,122.1,40.1"
    at, later = "2021-05-01T00:00:00Z", "2021-05-01T00:00:01Z"
    window = {"since": at, "until": later}
    assert ids(**window) == {sent["id"]}
    assert ids(**window, bbox=around, category="dispute", channel="hotline", grid=grid) == {sent["id"]}
    for other in ({"bbox": elsewhere}, {"category": "road"}, {"channel": "worker"}, {"grid": "nowhere"}):
        assert ids(**window, **other) == set()
    assert ids(since=later, until=later) == set()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bbox": "1,2,3"},
        {"bbox": "3,2,1,4"},
        {"limit": 0},
        {"limit": 1001},
        {"since": "now"},
        {"cursor": "x"},
        {"page": 2},
    ],
)
def test_a_wrong_filter_is_refused_with_its_place(caller: httpx.Client, wrong: dict[str, Any]) -> None:
    refused = caller.get("/reports", params=wrong)
    assert refused.status_code == 422
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [f"/query/{next(iter(wrong))}"]


def test_a_report_that_was_never_sent_is_not_found(caller: httpx.Client) -> None:
    assert caller.get(f"/reports/{uuid.uuid4()}").status_code == 404


@pytest.mark.parametrize(("x", "y", "datum"), [(500, 500, "wgs84"), (1e12, 1e12, "epsg:4550")])
def test_a_place_that_cannot_be_is_told_with_all_other_faults(
    caller: httpx.Client, x: float, y: float, datum: str
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wrong = body(x=x, y=y, datum=datum, category="{weather}", captured_at=tomorrow)
    problem = caller.post("/reports", json=wrong).json()
    assert [fault["pointer"] for fault in problem["errors"]] == ["/category", "/captured_at", "/x", "/y"]
    assert "'{weather}' is not one of" in problem["errors"][0]["detail"]
    alone = caller.post("/reports", json=body(x=x, y=y, datum=datum)).json()
    assert [fault["pointer"] for fault in alone["errors"]] == ["/x", "/y"]
