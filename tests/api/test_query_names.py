"""What the door refuses before a route reads its values."""

import httpx
import pytest

POINT = "x=123.029&y=41.149&datum=wgs84"


def named(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 422, answer.text
    return [fault["pointer"] for fault in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("address", "name"), [(f"/route?{POINT}&x=1", "x"), ("/grids?limit=1&limit=2", "limit"), ("/search?q=a&q=b", "q")]
)
def test_a_name_that_is_given_twice_is_refused(caller: httpx.Client, address: str, name: str) -> None:
    assert named(caller.get(address)) == [f"/query/{name}"]


@pytest.mark.parametrize(
    "address", ["/layers", "/live", "/ready", "/style.json", "/plans/1", "/events", "/grids", "/tiles/grids/1/0/0/0"]
)
def test_a_name_that_nobody_knows_is_refused(caller: httpx.Client, address: str) -> None:
    assert named(caller.get(address, params={"nobody": "1"})) == ["/query/nobody"]


def test_a_list_may_repeat_its_name_and_pages_take_any(caller: httpx.Client) -> None:
    assert caller.head("/events?kind=plan.published&kind=report.submitted").status_code == 200
    assert caller.get("/?from=elsewhere").status_code == 200


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("/route?x=1_2_3&y=41&datum=wgs84", "/query/x"),
        ("/grids?limit=1_0", "/query/limit"),
        ("/grids?limit=%EF%BC%91", "/query/limit"),
        ("/events?after=1_0", "/query/after"),
        ("/plans/0_1", "/path/revision"),
    ],
)
def test_a_number_that_only_python_reads_is_refused(caller: httpx.Client, address: str, place: str) -> None:
    assert named(caller.get(address)) == [place]


def test_an_event_to_resume_after_is_spelled_plainly(caller: httpx.Client) -> None:
    assert named(caller.get("/events", headers={"Last-Event-ID": "1_000"})) == ["/header/last-event-id"]


def test_a_repeated_name_and_all_other_faults_are_told_at_once(caller: httpx.Client) -> None:
    assert named(caller.get("/grids?limit=1&limit=2&kind=tree&bbox=1,2")) == [
        "/query/limit",
        "/query/bbox",
        "/query/kind",
    ]
    assert {"/query/a", "/datum", "/x"} < set(named(caller.post("/reports?a=1", json={"datum": "mars", "x": "east"})))
