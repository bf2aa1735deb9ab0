"""Consents at the door: everybody for themselves."""

from collections.abc import Callable

from fastapi.testclient import TestClient

from gis.domain.staff import Grant

SignIn = Callable[..., dict[str, str]]
VILLAGE = "210304015017"


def test_somebody_reads_the_notice_consents_and_withdraws(client: TestClient, signed_in: SignIn) -> None:
    me, other = signed_in(Grant("worker", VILLAGE)), signed_in(Grant("worker", VILLAGE))
    (asked,) = client.get("/consents", headers=me).json()["consents"]
    assert (asked["purpose"], asked["version"], asked["is_in_force"], asked["given_at"]) == ("track", 1, False, None)
    assert "行踪轨迹" in asked["text"]["zh"]
    assert client.post("/consents", headers=me, json={"purpose": "track", "version": 1}).status_code == 204
    (given,) = client.get("/consents", headers=me).json()["consents"]
    assert (given["is_in_force"], given["given_version"], given["withdrawn_at"]) == (True, 1, None)
    assert client.get("/consents", headers=other).json()["consents"][0]["is_in_force"] is False
    assert client.delete("/consents/track", headers=me).status_code == 204
    (gone,) = client.get("/consents", headers=me).json()["consents"]
    assert gone["is_in_force"] is False
    assert gone["withdrawn_at"] is not None
    assert client.delete("/consents/track", headers=me).status_code == 404


def test_a_consent_to_another_version_or_purpose_is_refused(client: TestClient, signed_in: SignIn) -> None:
    me = signed_in(Grant("worker", VILLAGE))
    stale = client.post("/consents", headers=me, json={"purpose": "track", "version": 2})
    assert (stale.status_code, stale.json()["detail"]) == (409, "The notice is at version 1 now; read that one.")
    assert client.post("/consents", headers=me, json={"purpose": "face", "version": 1}).status_code == 404
    assert client.post("/consents", headers=me, json={"purpose": "track", "version": "1"}).status_code == 422


def test_nobody_consents_without_signing_in(client: TestClient) -> None:
    assert client.get("/consents", headers={"Authorization": ""}).status_code == 401
