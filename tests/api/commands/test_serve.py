"""Serving: the next free port, said plainly, and an end as soon as it is asked for."""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from api.commands.serve import address_of, listen
from gis.errors import WanggeError
from gis.settings import CHECKOUT, Settings
from tests.conftest import free_port


def test_the_next_free_port_is_taken_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    with listen("127.0.0.1", port) as first, listen("127.0.0.1", port) as second:
        assert first.getsockname()[1] == port
        assert second.getsockname()[1] > port
        assert f"Port {port} is taken; using {second.getsockname()[1]}." in capsys.readouterr().out


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(WanggeError, match="Cannot listen"):
        listen("192.0.2.1", 8000)


def test_the_address_is_one_that_people_can_open() -> None:
    with listen("::1", 0) as listener:
        assert address_of(listener) == f"http://[::1]:{listener.getsockname()[1]}/"


def test_answers_do_not_wait_for_an_acknowledgement() -> None:
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_the_server_at_once_with_a_stream_open(
    settings: Settings, tmp_path: Path, asked: signal.Signals
) -> None:
    port = free_port()
    given = replace(settings, port=port)
    environment = {**os.environ, "WANGGE_DATABASE_URL": str(given.database_url), "WANGGE_HOME": str(tmp_path)}
    environment["WANGGE_OPEN_MAP"] = "1"
    server = subprocess.Popen(
        [sys.executable, "-c", "from api.cli import main; main()", "serve", "--port", str(port)],
        cwd=CHECKOUT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        assert f"http://127.0.0.1:{port}/" in server.stdout.readline()
        with httpx.stream("GET", f"http://127.0.0.1:{port}/events") as stream:
            assert next(stream.iter_lines()).startswith("retry")
            server.send_signal(asked)
            _, said = server.communicate(timeout=20)
        # uvicorn says here when it gave up waiting for a stream.
        assert {json.loads(line)["level"] for line in said.splitlines()} == {"info"}
        assert server.returncode == 0
    finally:
        if server.poll() is None:
            server.kill()
            server.communicate()
