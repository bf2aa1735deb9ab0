"""Alive and ready."""

import httpx


def test_a_live_process_says_so_without_the_database(client: httpx.Client) -> None:
    assert client.get("/live").json() == {"live": True}


def test_a_ready_process_names_the_plan_in_memory(caller: httpx.Client) -> None:
    assert caller.get("/ready").json() == {"ready": True, "plan": 1}
