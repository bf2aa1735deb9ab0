"""Foreign texts and documents through every field of every door: kept byte for byte or refused, and never a failure."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from gis.domain.staff import ROLES, Grant, normalized_name
from tests.api.doors import Door, doors, leaves
from tests.conftest import CITY

# Fields that keep what they are told are given every text; filters, of which there are many, take turns.
TEXTS_PER_FILTER = 25
FROM_ONE_ADDRESS = 50
STANDS_FOR = {
    "{name}": "nobody",
    "{change}": "give",
    "{id}": "00000000-0000-0000-0000-000000000001",
    "{number}": "1",
}


@pytest.fixture(scope="module")
def strings(corpora: Path) -> list[str]:
    """The list of naughty strings."""
    found: list[str] = json.loads((corpora / "strings" / "blns.json").read_text())
    assert len(found) == 485
    return found


@pytest.fixture(scope="module")
def everybody(signed_in: Any) -> dict[str, str]:
    """The headers of somebody with every role."""
    headers: dict[str, str] = signed_in(*(Grant(role, CITY) for role in ROLES))
    return headers


@pytest.fixture(scope="module")
def every_door(client: Any) -> list[Door]:
    """Every operation, without the one that ends the session that the others are asked with."""
    found = doors(client.get("/openapi.json").json())
    return [door for door in found if (door.method, door.path) != ("DELETE", "/session")]


def test_naughty_strings_in_any_field_are_read_or_refused_in_a_sentence(
    client: Any, every_door: list[Door], strings: list[str], everybody: dict[str, str]
) -> None:
    fields = [(door, place, name) for door in every_door for place in ("path", "query") for name in door.names(place)]
    said = [(door, "body", path) for door in every_door for path in leaves(door.body)]
    asked = 0
    for turn, (door, place, name) in enumerate([*fields, *said]):
        for number in range(TEXTS_PER_FILTER):
            text = strings[(turn * TEXTS_PER_FILTER + number) % len(strings)]
            asking = door.said(name, text) if place == "body" else door.asked(place, name, text)
            address = f"2001:db8:1:{asked // FROM_ONE_ADDRESS:x}::1"
            asked += 1
            answer = asking.send(TestClient(client.app, client=(address, 50_000)), everybody)
            assert answer.status_code < 500, (door.path, name, text)
            if answer.is_client_error and asking.path != "/events":
                assert answer.headers["Content-Type"] == "application/problem+json", (door.path, name, text)
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert asked > 2_500


def test_names_of_accounts_are_kept_as_they_are_compared_or_refused(
    client: Any, strings: list[str], everybody: dict[str, str]
) -> None:
    kept = set()
    for text in strings:
        answer = client.post("/accounts", json={"name": text}, headers=everybody)
        assert answer.status_code in (201, 409, 422), text
        # What is there already was kept under the name that it is compared by.
        if answer.status_code != 422:
            kept.add(normalized_name(text))
        if answer.status_code == 201:
            assert answer.json()["name"] == normalized_name(text)
    for name in kept:
        listed = client.get("/accounts", params={"name": name, "limit": 500}, headers=everybody).json()["accounts"]
        assert name in {account["name"] for account in listed}
    assert len(kept) > 100


def test_every_json_door_has_the_same_verdict_on_every_document(
    client: Any, every_door: list[Door], corpora: Path, everybody: dict[str, str]
) -> None:
    documents = sorted((corpora / "json_bad" / "test_parsing").glob("*.json"))
    assert len(documents) == 318
    takers = [door for door in every_door if door.body is not None]
    assert len(takers) >= 7
    for document in documents:
        verdicts = {door.path: verdict(client, door, document.read_bytes(), everybody) for door in takers}
        assert len(set(verdicts.values())) == 1, (document.name, verdicts)
        # Where nothing is sent a body is missing, which is told as a fault of the request.
        if document.name.startswith("n_") and document.stat().st_size:
            assert set(verdicts.values()) == {"no JSON"}, document.name


def verdict(client: Any, door: Door, content: bytes, headers: dict[str, str]) -> str:
    path = door.path
    for name, value in STANDS_FOR.items():
        path = path.replace(name, value)
    assert "{" not in path, "say here what stands for this part of the path"
    answer = client.request(door.method, path, content=content, headers={**headers, "Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, (door.path, content[:80], answer.status_code)
    return "no JSON" if answer.status_code in (400, 413) else "read"
