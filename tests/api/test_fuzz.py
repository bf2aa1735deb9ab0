"""Nothing that the description allows, and little that it forbids, makes the door fail or answer what it does not say.

`make fuzz` asks 20,000 cases as nobody and as each role; the run of every test has a small part of it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.access import NOBODY_ROLE
from gis.domain.staff import ROLES, Grant
from tests.api.conftest import Running
from tests.conftest import CITY

# How many cases are asked in all, at least.
SMALL = 500
CASES = int(os.environ.get("WANGGE_FUZZ_CASES", str(SMALL)))
IS_WHOLE = CASES > SMALL
EVERYBODY = "everybody"
# A small run asks as nobody and as somebody with every role.
ASKING = [NOBODY_ROLE, EVERYBODY, *(ROLES if IS_WHOLE else ())]
PHASES = "examples,coverage,fuzzing,stateful" if IS_WHOLE else "examples,fuzzing,stateful"
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
)
STREAM, SIGN_OUT = "stream_events_get", "sign_out_session_delete"


def fuzz(running: Running, headers: dict[str, str], folder: Path) -> tuple[str, dict[str, Any]]:
    """Run schemathesis against a server; return what it told, and its report."""
    # Of each operation; what the description's own bounds and examples make comes on top.
    examples = max(10, CASES // 1_000)
    # A stream has no end, and signing out would end the session that the other questions are asked with.
    left_out = (STREAM, SIGN_OUT) if headers else (STREAM,)
    report = folder / "report.json"
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{running.address}/openapi.json"]
    command += ["--checks", ",".join(CHECKS), "--phases", PHASES, "--max-examples", str(examples), "--seed", "2103"]
    command += ["--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off"]
    command += ["--request-timeout", "30", "--report", "json", "--report-json-path", str(report)]
    command += [option for name in left_out for option in ("--exclude-operation-id", name)]
    command += [option for name, value in headers.items() for option in ("--header", f"{name}: {value}")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr, json.loads(report.read_text())


def test_every_answer_is_one_that_the_description_tells(
    running: Running, signed_in: Callable[..., dict[str, str]], tmp_path: Path
) -> None:
    asked, wrong = 0, []
    for who in ASKING:
        roles = {NOBODY_ROLE: (), EVERYBODY: tuple(ROLES)}.get(who, (who,))
        headers = signed_in(*(Grant(role, CITY) for role in roles)) if roles else {}
        told, report = fuzz(running, headers, tmp_path)
        counts = report["test_cases"]
        took_s = report["running_time"]
        print(f"{who:<14} {counts['generated']:>6,} cases, {counts['with_failures']} wrong, {took_s:.0f} s")
        asked += counts["generated"]
        if report["exit_code"] != 0:
            wrong.append(told)
    print(f"{asked:,} cases in all")
    assert not wrong, wrong[0]
    assert asked >= CASES
