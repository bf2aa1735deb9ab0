"""Decisions on reports: explained, replayed, corrected for a reason, and what was believed before."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from gis.db import accounts, sessions
from gis.db import engine as engines
from gis.db.tables import assignments, audit, audit_texts, grids, routing_rules
from gis.domain import credentials
from gis.domain.staff import EVERYWHERE, Grant
from tests.api.routes.test_reports import PLACE, body
from tests.conftest import CITY

VILLAGE, OTHER_VILLAGE = "210304015017", "210304015011"
OTHER = f"{VILLAGE}102011"
REASON = "核对门牌后更正"
SignIn = Callable[..., dict[str, str]]


def sent(client: httpx.Client, **more: Any) -> str:
    answer = client.post("/reports", json=body(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def decided(client: httpx.Client, report: str, **query: str) -> dict[str, Any]:
    answer = client.get(f"/reports/{report}/decision", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def session(engine: sa.Engine, name: str) -> dict[str, str]:
    """Sign in anew: an appointment ends the sessions from before it."""
    token = credentials.new_token()
    with engines.transaction(engine) as connection:
        account = accounts.named(connection, name)
        assert account is not None
        lifetime = timedelta(hours=1)
        sessions.append(connection, credentials.digest(token), account.id, lifetime=lifetime, is_whole=True)
    return {"Authorization": f"Bearer {token}"}


def correct(client: httpx.Client, report: str, grid: str = OTHER, reason: str = REASON, **more: Any) -> httpx.Response:
    return client.post(f"/reports/{report}/decision", json={"grid": grid, "reason": reason}, **more)


def test_a_decision_tells_its_inputs_and_comes_out_again(client: TestClient) -> None:
    found = decided(client, sent(client, accuracy_m=12))
    assert found["inputs"]["original"] == [PLACE["x"], PLACE["y"]]
    assert (found["inputs"]["datum"], found["inputs"]["accuracy_m"]) == ("cgcs2000", 12)
    assert found["inputs"]["rule"] == {"version": 1, "snap_limit_m": 50.0, "sure_share": 0.6, "imprecise_m": 500.0}
    assert found["replay"] == {"is_same": True, "method": found["decision"]["method"], "differences": []}
    assert found["decision"]["explanation"]["zh"]
    assert found["until_at"] is None


@pytest.mark.parametrize("accuracy_m", [0, 3, 30, 80, 200, 499, 501, 90_000, None])
def test_every_accuracy_comes_out_again_and_shares_sum_to_one(client: TestClient, accuracy_m: float | None) -> None:
    found = decided(client, sent(client, accuracy_m=accuracy_m))
    assert found["replay"]["is_same"], found["replay"]
    certainty = found["certainty"]
    if accuracy_m is not None and accuracy_m < 500 and len(certainty["alternatives"]) < 24:
        others = sum(one["share"] for one in certainty["alternatives"])
        assert certainty["share"] + certainty["outside"] + others == pytest.approx(1, abs=2e-3)


def test_a_disc_over_several_grids_is_flagged_with_the_others_by_name_and_share(client: TestClient) -> None:
    found = decided(client, sent(client, accuracy_m=150))
    assert found["certainty"]["doubt"] == "near_border"
    shares = [one["share"] for one in found["certainty"]["alternatives"]]
    assert shares
    assert shares == sorted(shares, reverse=True)
    assert "near a border" in found["decision"]["explanation"]["en"]
    assert found["certainty"]["alternatives"][0]["grid"] in found["decision"]["explanation"]["zh"]


def test_a_disc_that_is_too_wide_waits_for_a_clerk_and_is_not_dropped(client: TestClient, signed_in: SignIn) -> None:
    report = sent(client, accuracy_m=600)
    found = decided(client, report)
    assert (found["decision"]["method"], found["decision"]["grid"]) == ("imprecise", None)
    assert found["certainty"]["alternatives"][0]["grid"] == client.get("/route", params=PLACE).json()["grid"]
    assert report in [one["id"] for one in client.get("/reports").json()["features"]]
    worker = signed_in(Grant("leader", VILLAGE))
    assert client.get(f"/reports/{report}/decision", headers=worker).status_code == 404


def test_the_senders_own_grid_in_the_disc_has_the_report(
    client: TestClient, signed_in: SignIn, town_engine: sa.Engine
) -> None:
    here = client.get("/route", params=PLACE).json()["grid"]
    own = decided(client, sent(client, accuracy_m=80))["certainty"]["alternatives"][0]["grid"]
    name = f"worker-{uuid.uuid4().hex[:8]}"
    signed_in(Grant("citizen", CITY), name=name)
    assert client.post("/posts", json={"area": own, "person": name}).status_code == 201
    headers = session(town_engine, name)
    sender = body(accuracy_m=80)
    assert client.post("/reports", json=sender, headers=headers).status_code == 201
    found = decided(client, sender["id"])
    assert (found["decision"]["method"], found["decision"]["grid"]) == ("own_grid", own)
    assert here in [one["grid"] for one in found["certainty"]["alternatives"]]
    assert found["replay"]["is_same"], found["replay"]
    near = body(accuracy_m=1)
    client.post("/reports", json=near, headers=headers)
    assert decided(client, near["id"])["decision"]["grid"] == here


def test_a_correction_keeps_what_was_believed_before_and_is_recorded(
    client: TestClient, town_engine: sa.Engine
) -> None:
    report = sent(client)
    before = decided(client, report)
    answer = correct(client, report)
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["decision"]["method"], now["decision"]["grid"]) == ("corrected", OTHER)
    assert REASON in now["decision"]["explanation"]["zh"]
    assert [(one["method"], one["grid"]) for one in now["history"]] == [
        (before["decision"]["method"], before["decision"]["grid"]),
        ("corrected", OTHER),
    ]
    assert now["history"][0]["until_at"] == now["from_at"]
    assert now["replay"]["is_same"]
    earlier = decided(client, report, known_at=before["from_at"])
    assert earlier["decision"] == before["decision"]
    assert earlier["until_at"] == now["from_at"]
    with engines.transaction(town_engine, reads_audit=True) as connection:
        query = sa.select(audit.c.action, audit_texts.c.reason).join(audit_texts)
        row = connection.execute(query.where(audit.c.subject == f"report:{report}").order_by(-audit.c.position)).first()
    assert row is not None
    assert tuple(row) == ("decision.corrected", REASON)
    third = correct(client, report, grid=f"{VILLAGE}101001").json()
    assert [one["reason"] for one in third["history"]] == ["", REASON, REASON]
    assert client.get(f"/reports/{report}").json()["decision"]["grid"] == f"{VILLAGE}101001"


def test_nothing_was_believed_before_a_report_came(client: TestClient) -> None:
    answer = client.get(f"/reports/{sent(client)}/decision", params={"known_at": "2020-01-01T00:00:00Z"})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("grid", "reason", "pointer"),
    [
        ("no-such-grid", REASON, "/grid"),
        (OTHER, " ", "/reason"),
        (OTHER, "一\n二", "/reason"),
        ("here", REASON, "/grid"),
    ],
)
def test_a_correction_without_a_grid_or_a_reason_is_refused(
    client: TestClient, grid: str, reason: str, pointer: str
) -> None:
    report = sent(client)
    named = decided(client, report)["decision"]["grid"] if grid == "here" else grid
    answer = correct(client, report, grid=named, reason=reason)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]


def test_a_leader_corrects_what_lies_in_the_village_and_nothing_else(client: TestClient, signed_in: SignIn) -> None:
    report = sent(client)
    assert correct(client, report, headers=signed_in(Grant("leader", OTHER_VILLAGE))).status_code == 404
    assert correct(client, report, headers=signed_in(Grant("worker", VILLAGE))).status_code == 403
    away = f"{OTHER_VILLAGE}101001"
    leader = signed_in(Grant("leader", VILLAGE))
    assert correct(client, report, grid=away, headers=leader).json()["decision"]["grid"] == away
    assert client.get(f"/reports/{report}", headers=leader).status_code == 404


def test_a_decision_that_does_not_come_out_again_names_what_differs(client: TestClient, town_engine: sa.Engine) -> None:
    report = sent(client, accuracy_m=150)
    with engines.transaction(town_engine, scope=EVERYWHERE) as connection:
        other = connection.scalar(sa.select(grids.c.id).where(grids.c.code == OTHER))
        row = sa.update(assignments).where(assignments.c.report_id == uuid.UUID(report))
        connection.execute(row.values(grid_id=other, share=0.9))
    found = decided(client, report)["replay"]
    assert found["is_same"] is False
    assert {one["name"] for one in found["differences"]} == {"grid", "grid_id", "share"}
    assert next(one for one in found["differences"] if one["name"] == "grid")["stored"] == OTHER


def test_a_rule_is_stored_once(client: TestClient, town_engine: sa.Engine) -> None:
    sent(client)
    sent(client)
    with engines.transaction(town_engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(routing_rules)) == 1
