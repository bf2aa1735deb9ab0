"""The reader's language, from what browsers send and from what nobody should."""

import pytest

from api.languages import preferred


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh;q=0.1, EN ; q=0.7", "en"),
        ("fr-FR,de;q=0.9", "zh"),
        ("en;q=0", "zh"),
        ("*", "zh"),
        ("en;q=much,,;;=,zh;q=", "zh"),
        ("en;q=nan", "zh"),
        ("english", "zh"),
    ],
)
def test_the_language_that_is_liked_best_and_that_we_have(header: str | None, language: str) -> None:
    assert preferred(header) == language
