"""The pool is opened from an address that somebody typed."""

import pytest

from gis.db.engine import connect
from gis.errors import DatabaseUnavailableError


@pytest.mark.parametrize("typed", ["", "secret-word", "postgresql://x:secret-word@host:port/name"])
def test_an_address_that_is_none_is_told_in_one_sentence_without_repeating_it(typed: str) -> None:
    with pytest.raises(DatabaseUnavailableError, match="is no address of a database") as refused:
        connect(typed)
    assert "secret-word" not in str(refused.value)
