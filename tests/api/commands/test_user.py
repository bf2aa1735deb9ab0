"""`wangge user` in a terminal."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

ISSUER = "https://sso.example"
Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def wangge(engine: sa.Engine, tmp_path: Path) -> Run:
    url = engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "WANGGE_DATABASE_URL": url, "WANGGE_HOME": str(tmp_path), "COLUMNS": "120"}

    def run(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from api.cli import main; main()", "user", *arguments]
        return subprocess.run(command, env=environment | settings, capture_output=True, text=True, check=False)

    return run


def test_an_account_is_linked_listed_as_such_and_unlinked(wangge: Run) -> None:
    wangge("add", "xingong-leader", "--role", "leader", "--area", "210304015017")
    wangge("add", "xingong-worker")
    nameless = wangge("link", "xingong-leader", "--subject", "4711")
    assert (nameless.returncode, "--issuer" in nameless.stderr) == (1, True)
    linked = wangge("link", "xingong-leader", "--subject", "4711", "--issuer", ISSUER)
    assert (linked.returncode, linked.stdout) == (0, "xingong-leader is linked.\n")
    lines = {line.split()[0]: line for line in wangge("list").stdout.splitlines()}
    assert "linked" in lines["name"]
    assert " yes " in lines["xingong-leader"]
    assert " yes " not in lines["xingong-worker"]
    taken = wangge("link", "xingong-worker", "--subject", "4711", "--issuer", ISSUER)
    assert (taken.returncode, "signs another account in" in taken.stderr) == (1, True)
    assert wangge("unlink", "xingong-leader").stdout == "xingong-leader is unlinked.\n"
    again = wangge("unlink", "xingong-leader")
    assert (again.returncode, "No identity signs xingong-leader in" in again.stderr) == (1, True)


def test_a_telephone_is_set_changed_and_taken_away(wangge: Run) -> None:
    for name in ("phone-one", "phone-two"):
        wangge("add", name)
    assert wangge("telephone", "phone-one", "000-0471 0001").returncode == 0
    taken = wangge("telephone", "phone-two", "00004710001")
    assert (taken.returncode, "Another account" in taken.stderr) == (1, True)
    assert wangge("disable", "00004710001").returncode == 0  # found by it
    assert wangge("telephone", "phone-one").stdout == "phone-one signs in with the name alone.\n"
    assert wangge("disable", "00004710001").returncode == 1


def test_an_activation_code_is_told_with_its_last_day(wangge: Run) -> None:
    told = (wangge("add", "xingong-worker"), wangge("reset", "xingong-worker"))
    codes = {re.search(r"valid until (\d{4}-\d\d-\d\d): (\w{4}-\w{4}-\w{4})$", one.stdout.strip()) for one in told}
    assert None not in codes
    assert len({code[2] for code in codes if code}) == 2


def test_a_key_of_a_system_is_made_listed_and_ended(wangge: Run) -> None:
    wangge("add", "hotline-system", "--system", "--role", "clerk", "--area", "210300000000")
    secret, until = wangge("key", "hotline-system", "--days", "30", "--per-minute", "60").stdout.splitlines()
    assert secret.startswith("wgk_")
    _, listed = wangge("keys", "hotline-system").stdout.splitlines()
    number, *_, per_minute = listed.split()
    assert (per_minute, secret in listed) == ("60", False)
    assert listed.split()[2] in until
    assert wangge("end-key", "hotline-system", number).stdout == f"Key {number} of hotline-system has ended.\n"
    again = wangge("end-key", "hotline-system", number)
    assert (again.returncode, "has no key" in again.stderr) == (1, True)


def test_half_a_provider_is_told_in_one_sentence(wangge: Run) -> None:
    told = wangge("list", WANGGE_OIDC_ISSUER=ISSUER)
    assert told.returncode == 1
    assert told.stderr.startswith("error: To sign in by OpenID Connect, set WANGGE_OIDC_CLIENT_ID and")
    assert "Traceback" not in told.stderr
