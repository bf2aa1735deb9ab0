"""Credentials: which one-time passwords are taken."""

from datetime import UTC, datetime, timedelta

import pyotp

from gis.domain import credentials
from gis.domain.credentials import STEP_S

NOW = datetime(2026, 6, 22, 1, tzinfo=UTC)


def test_a_code_is_taken_once_and_again_after_a_clock_that_ran_ahead_is_right() -> None:
    secret = credentials.new_totp_secret()
    code, step = pyotp.TOTP(secret).at(NOW), int(NOW.timestamp()) // STEP_S

    def taken(used: int) -> int | None:
        return credentials.totp_step(secret, code, now=NOW, used=used)

    assert taken(step - 1) == step
    assert taken(step) is taken(step + 1) is taken(step + 3600 // STEP_S) is None
    assert taken(step + 3600 // STEP_S + 1) == step
    assert taken(step + int(timedelta(days=30).total_seconds()) // STEP_S) == step
