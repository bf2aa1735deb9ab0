"""Contacts at the door: masked for some roles, in clear for a reason, never for who sees beside the area."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.access import ROWS
from gis.domain.audit import Wanted
from gis.domain.staff import ROLES, Grant
from gis.services import audit
from tests.api.routes.test_reports import body
from tests.conftest import CITY
from tests.reporters import EMAIL, NAME, TELEPHONE, contact_body, hashed, new_secret

VILLAGE, OTHER_VILLAGE = "210304015017", "210304015011"
CALLERS = [role for role in ROLES if ROWS["GET", "/reports/{id}/contact"][role] == "in"]
SignIn = Callable[..., dict[str, str]]


@pytest.fixture(scope="module")
def sent(client: httpx.Client) -> dict[str, Any]:
    """A report with a contact, as it was answered."""
    answer = client.post("/reports", json=body(contact=contact_body()))
    assert answer.status_code == 201
    kept: dict[str, Any] = answer.json()
    return kept


def asked(client: httpx.Client, id: str, headers: dict[str, str]) -> tuple[httpx.Response, httpx.Response]:
    shown = client.get(f"/reports/{id}/contact", headers=headers)
    clear = client.post(f"/reports/{id}/contact/unmask", json={"reason": "to call back"}, headers=headers)
    return shown, clear


def test_no_answer_to_a_report_tells_of_a_contact(client: httpx.Client, sent: dict[str, Any]) -> None:
    for answer in (sent, client.get(f"/reports/{sent['id']}").json(), client.get("/reports").json()):
        assert "contact" not in str(answer)
        assert "follow" not in str(answer)


def test_those_who_call_back_are_window_handler_clerk_and_dispatcher() -> None:
    assert CALLERS == ["window", "handler", "clerk", "dispatcher"]
    assert ROWS["GET", "/reports/{id}/contact"] == ROWS["POST", "/reports/{id}/contact/unmask"]


@pytest.mark.parametrize("role", CALLERS)
@pytest.mark.parametrize("relation", ["own", "child", "sibling", "parent"])
def test_a_contact_is_there_where_its_report_is(
    client: httpx.Client, signed_in: SignIn, sent: dict[str, Any], role: str, relation: str
) -> None:
    grid, village = sent["decision"]["grid"], sent["decision"]["divisions"][-1]["code"]
    sibling = OTHER_VILLAGE if village == VILLAGE else VILLAGE
    neighbour = grid[:-3] + ("001" if not grid.endswith("001") else "002")
    area = {"own": grid, "child": village, "sibling": sibling, "parent": neighbour}[relation]
    shown, clear = asked(client, sent["id"], signed_in(Grant(role, area)))
    if relation in ("own", "child"):
        assert shown.json() == {"name": "示*", "telephone": "120****4321", "email": "c***@…", "call_back": True}
        assert clear.json() == {"name": NAME, "telephone": TELEPHONE, "email": EMAIL, "call_back": True}
        return
    nothing = asked(client, str(uuid.UUID(int=7)), signed_in(Grant(role, area)))
    for answer, other in zip((shown, clear), nothing, strict=True):
        assert answer.status_code == other.status_code == 404
        strip = {"trace_id": "", "instance": "", "detail": ""}
        assert answer.json() | strip == other.json() | strip


@pytest.mark.parametrize("role", [role for role in ROLES if role not in CALLERS])
def test_nobody_else_sees_it_whatever_area_is_theirs(
    client: httpx.Client, signed_in: SignIn, sent: dict[str, Any], role: str
) -> None:
    for answer in asked(client, sent["id"], signed_in(Grant(role, CITY))):
        assert answer.status_code == 403


def test_a_report_without_a_contact_says_so_where_it_is_seen_and_nothing_elsewhere(
    client: httpx.Client, signed_in: SignIn
) -> None:
    bare = client.post("/reports", json=body()).json()
    shown, clear = asked(client, bare["id"], {})
    assert (shown.status_code, shown.content, clear.status_code) == (204, b"", 404)
    village = bare["decision"]["divisions"][-1]["code"]
    elsewhere = signed_in(Grant("clerk", OTHER_VILLAGE if village == VILLAGE else VILLAGE))
    foreign, nothing = (asked(client, id, elsewhere)[0] for id in (bare["id"], str(uuid.UUID(int=7))))
    assert foreign.status_code == nothing.status_code == 404
    strip = {"trace_id": "", "instance": ""}
    said = foreign.text.replace(bare["id"], str(uuid.UUID(int=7)))
    assert json.loads(said) | strip == nothing.json() | strip


def test_a_contact_is_neither_tagged_nor_kept(client: httpx.Client, sent: dict[str, Any]) -> None:
    for answer in asked(client, sent["id"], {}):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


def test_each_look_is_in_the_audit_log_and_a_refused_one_is_not(
    client: httpx.Client, town_engine: sa.Engine, signed_in: SignIn
) -> None:
    kept = client.post("/reports", json=body(contact=contact_body())).json()
    clerk = signed_in(Grant("clerk", CITY))
    path = f"/reports/{kept['id']}/contact/unmask"
    assert client.post(path, json={"reason": "核实地点"}, headers=clerk).status_code == 200
    for wrong in ({"reason": " "}, {"reason": "x" * 201}, {}, {"reason": 7}):
        refused = client.post(path, json=wrong, headers=clerk)
        assert refused.status_code == 422
        assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/reason"]
    with town_engine.connect() as connection:
        (row,) = audit.page(connection, Wanted(action="contact", subject=f"report:{kept['id']}"))
    assert (row.row.action, row.row.role, row.texts and row.texts.reason) == ("contact.unmasked", "clerk", "核实地点")


@pytest.mark.parametrize(
    ("wrong", "places"),
    [
        ({"telephone": "none"}, ["/contact/telephone"]),
        ({"telephone": None, "email": None}, ["/contact/telephone"]),
        ({"name": "a\nb", "email": "x"}, ["/contact/name", "/contact/email"]),
        ({"name": "x" * 41}, ["/contact/name"]),
        ({"consent": "99"}, ["/contact/consent"]),
        ({"consented_at": "2031-01-01T00:00:00Z"}, ["/contact/consented_at"]),
        ({"consented_at": "yesterday"}, ["/contact/consented_at"]),
        ({"call_back": "yes"}, ["/contact/call_back"]),
        ({"id_card": "1"}, ["/contact/id_card"]),
    ],
)
def test_a_wrong_contact_is_told_with_all_other_faults_and_never_repeated(
    client: httpx.Client, wrong: dict[str, Any], places: list[str]
) -> None:
    refused = client.post("/reports", json=body(category="weather", contact=contact_body(**wrong)))
    assert refused.status_code == 422
    assert sorted(fault["pointer"] for fault in refused.json()["errors"]) == sorted(["/category", *places])
    assert not any(text in refused.text for text in (NAME, TELEPHONE, EMAIL, 'id_card":'))


@pytest.mark.parametrize("name", ["consent", "consented_at"])
def test_a_contact_without_consent_is_refused(client: httpx.Client, name: str) -> None:
    given = contact_body()
    del given[name]
    refused = client.post("/reports", json=body(contact=given))
    assert [fault["pointer"] for fault in refused.json()["errors"]] == [f"/contact/{name}"]


@pytest.mark.parametrize("hash", ["", "0" * 63, "0" * 65, "G" * 64, hashed("x").upper(), 7])
def test_what_is_no_hash_of_a_secret_is_refused(client: httpx.Client, hash: Any) -> None:
    refused = client.post("/reports", json=body(follow_sha256=hash))
    assert [fault["pointer"] for fault in refused.json()["errors"]] == ["/follow_sha256"]


def test_a_secret_of_another_report_is_refused_with_its_place(client: httpx.Client) -> None:
    follow = hashed(new_secret())
    assert client.post("/reports", json=body(follow_sha256=follow)).status_code == 201
    refused = client.post("/reports", json=body(follow_sha256=follow))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/follow_sha256")


def test_naughty_strings_in_a_contact_come_back_byte_for_byte_or_are_refused(
    client: httpx.Client, corpora: Path
) -> None:
    kept = {"name": 0, "telephone": 0, "email": 0}
    for text in json.loads((corpora / "strings" / "blns.json").read_text()):
        for field in kept:
            sent = body(contact=contact_body(**{field: text}))
            answer = client.post("/reports", json=sent)
            assert answer.status_code in (201, 422), (field, repr(text))
            if answer.status_code == 201:
                kept[field] += 1
                clear = client.post(f"/reports/{sent['id']}/contact/unmask", json={"reason": "to call back"})
                assert clear.json()[field] == text
    assert kept["name"] > 200
