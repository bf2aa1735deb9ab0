"""One small demo city for all tests of the demo."""

from datetime import UTC, datetime

import pytest

from gis.domain.demo import City, Names, generate
from gis.files import anshan

UNTIL = datetime(2026, 11, 22, 16, tzinfo=UTC)
REPORTS = 4_000


@pytest.fixture(scope="session")
def names() -> Names:
    """The real names and outlines."""
    return anshan.read()


@pytest.fixture(scope="session")
def city(names: Names) -> City:
    """One town of the demo city."""
    return generate(names, seed=7, until=UNTIL, size="small", reports=REPORTS)
