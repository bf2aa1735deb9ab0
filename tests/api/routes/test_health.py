"""Alive and ready."""

import httpx

from gis.settings import Settings


def test_a_live_process_says_so_without_the_database(client: httpx.Client) -> None:
    assert client.get("/live").json() == {"live": True}


def test_a_ready_process_names_the_plan_in_memory(caller: httpx.Client) -> None:
    assert caller.get("/ready").json() == {"ready": True, "plan": 1}


def test_a_process_whose_photos_cannot_be_written_is_alive_and_not_ready(
    caller: httpx.Client, settings: Settings
) -> None:
    assert caller.get("/ready").status_code == 200
    settings.photos.rmdir()
    settings.photos.write_text("a file where the folder should be")
    refused = caller.get("/ready")
    assert (refused.status_code, caller.get("/live").status_code) == (503, 200)
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert str(settings.home) not in refused.text
    settings.photos.unlink()
    assert caller.get("/ready").status_code == 200
