"""The registers at the door: an auditor reads them, an administrator writes them."""

import json
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from gis.db.tables import metadata
from gis.domain.retention import RULES
from gis.domain.staff import Grant
from tests.conftest import CITY

ASSESSMENT = {
    "title": "巡查轨迹",
    "processing": "班次内的轨迹，三十日",
    "purpose": "核算巡查覆盖",
    "ground": "PIPL art. 29",
    "risks": "可推知行踪",
    "measures": "短期留存、按范围可见",
    "conclusion": "可以处理",
    "assessed_on": "2026-03-01",
}
BREACH = {
    "title": "示例事件",
    "found_at": "2026-05-01T08:00:00+08:00",
    "categories": "staff numbers",
    "causes": "a lost stick",
    "harm": "small",
    "measures": "changed keys",
}


@pytest.fixture(scope="module")
def auditor(signed_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return signed_in(Grant("auditor", CITY))


@pytest.fixture(scope="module")
def administrator(signed_in: Callable[..., dict[str, str]]) -> dict[str, str]:
    return signed_in(Grant("administrator", CITY))


def test_an_auditor_reads_what_every_column_is_and_how_long_it_is_kept(
    client: TestClient, auditor: dict[str, str]
) -> None:
    told = client.get("/register", headers=auditor).json()
    assert told["columns"] == sum(len(table.columns) for table in metadata.tables.values())
    track = next(entry for entry in told["entries"] if entry["columns"] == ["track"])
    assert (track["subject"], track["ground"], track["kept"], track["days"]) == ("staff", "29", "tracks", 30)
    assert [rule["name"] for rule in told["retention"]] == list(RULES)
    assert told["words"]["ground"]["29"]["zh"].startswith("个保法第二十九条")
    used = {(kind, entry[kind]) for entry in told["entries"] for kind in ("subject", "ground")}
    assert all(code in told["words"][kind] for kind, code in used)


@pytest.mark.parametrize(
    ("kind", "said", "changed"), [("assessments", ASSESSMENT, "conclusion"), ("breaches", BREACH, "causes")]
)
def test_an_administrator_adds_and_corrects_and_an_auditor_reads_both_with_history(
    client: TestClient, auditor: dict[str, str], administrator: dict[str, str], kind: str, said: dict, changed: str
) -> None:
    added = client.post(f"/register/{kind}", headers=administrator, json=said)
    assert added.status_code == 201
    number = added.json()["id"]
    address = f"/register/{kind}/{number}"
    assert client.put(address, headers=administrator, json={**said, changed: "更正"}).status_code == 204
    (row,) = client.get(f"/register/{kind}", headers=auditor).json()[kind]
    assert (row["id"], row["title"], row[changed]) == (number, said["title"], "更正")
    assert row["corrected_at"] is not None
    assert client.post(f"/register/{kind}", headers=auditor, json=said).status_code == 403
    assert client.put(f"/register/{kind}/999", headers=administrator, json=said).status_code == 404


def test_a_register_is_paged_from_the_newest(client: TestClient, administrator: dict[str, str]) -> None:
    for number in range(3):
        client.post("/register/breaches", headers=administrator, json={**BREACH, "title": f"第{number}件"})
    first = client.get("/register/breaches", headers=administrator, params={"limit": 2}).json()
    asked = {"limit": 2, "before": first["next"]}
    second = client.get("/register/breaches", headers=administrator, params=asked).json()
    assert [row["title"] for row in first["breaches"]] == ["第2件", "第1件"]
    assert second["breaches"][0]["title"] == "第0件"


def test_all_that_is_wrong_with_a_row_is_told_at_once(client: TestClient, administrator: dict[str, str]) -> None:
    wrong = {**BREACH, "title": " ", "found_at": "2126-05-01T08:00:00+08:00", "notified": "市网信办"}
    answer = client.post("/register/breaches", headers=administrator, json=wrong)
    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/title", "/found_at", "/notified_at"]
    late = client.post("/register/assessments", headers=administrator, json={**ASSESSMENT, "assessed_on": "2126-01-01"})
    assert late.json()["errors"] == [{"pointer": "/assessed_on", "detail": "This lies in the future."}]


def test_a_correction_keeps_what_was_said_before_in_the_audit_log(
    client: TestClient, administrator: dict[str, str], town_engine
) -> None:
    from gis.db import engine as engines
    from gis.domain.audit import Wanted
    from gis.services import audit

    number = client.post("/register/assessments", headers=administrator, json=ASSESSMENT).json()["id"]
    client.put(f"/register/assessments/{number}", headers=administrator, json={**ASSESSMENT, "risks": "另有风险"})
    with engines.transaction(town_engine) as connection:
        (last, *_) = audit.page(connection, Wanted(action="assessment", subject=f"assessment:{number}"))
    assert last.row.action == "assessment.corrected"
    assert last.texts is not None
    assert json.loads(last.texts.shown) == {"before": {"risks": "可推知行踪"}, "after": {"risks": "另有风险"}}
