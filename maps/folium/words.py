"""Words and figures of the printed maps, in Chinese and English, from the same files as the pages' words."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache

from gis.domain.periods import CHINA, Period
from gis.errors import InvalidInputError
from maps.folium.offline import STATIC

LANGUAGES = {"zh": "zh-CN", "en": "en"}


@cache
def _texts(lang: str) -> Mapping[str, str]:
    texts: dict[str, str] = json.loads((STATIC / "i18n" / f"{lang}.json").read_text(encoding="utf-8"))
    return texts


class Words:
    """Texts of one language, ``zh`` or ``en``; InvalidInputError for another."""

    def __init__(self, lang: str) -> None:
        if lang not in LANGUAGES:
            raise InvalidInputError(f"lang must be zh or en, not {lang[:20]!r}")
        self.lang = lang
        self.tag = LANGUAGES[lang]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of a key with its `{places}` filled; KeyError for an unknown key."""
        return _texts(self.lang)[key].format(**values)

    def category(self, code: str | None) -> str:
        """Return the name of a category of reports, or the words for all of them."""
        return self(f"shared.category.{code}") if code else self("folium.all_categories")

    def origin(self, source: str) -> str:
        """Return what is to be said of a source of the data: words of ours where there are some, else its own."""
        return _texts(self.lang).get(f"screen.origin.{source}", self("folium.origin", source=source))

    def period(self, period: Period) -> str:
        """Return a period in local time, to the minute."""
        return f"{instant(period.since)} – {instant(period.until)}"


def instant(at: datetime) -> str:
    """Return an aware instant in China's time: 2026-11-23 14:05."""
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}"


def percent(share: float) -> str:
    """Return a share of 0 to 1 as a percentage; what is above 0 and below 100 % never reads as 0 or 100."""
    if 0 < share < 0.01:
        return "< 1 %"
    if 0.99 < share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %"
