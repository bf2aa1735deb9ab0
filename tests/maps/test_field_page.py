"""The phone page as it is shipped: its kinds are the domain's, and all of it is kept for when there is no network."""

import json
import re
from pathlib import Path

from gis.domain.categories import CATEGORIES
from gis.domain.contacts import CONSENTS
from gis.domain.retention import RULES
from maps.style import STATIC


def test_the_kinds_on_the_page_are_those_of_the_domain() -> None:
    html = (STATIC.parent / "templates" / "field.html").read_text(encoding="utf-8")
    assert re.findall(r'name="category" value="(\w+)"', html) == list(CATEGORIES)


def test_the_service_worker_keeps_every_file_that_the_page_loads() -> None:
    worker = (STATIC / "app" / "field" / "sw.js").read_text(encoding="utf-8")
    kept = set(re.findall(r'"(/static/[^"]+)"', worker))
    wanted = _modules(STATIC / "app" / "field" / "main.mjs", set())
    html = (STATIC.parent / "templates" / "field.html").read_text(encoding="utf-8")
    assert {f"/static/{path.relative_to(STATIC)}" for path in wanted} <= kept
    assert set(re.findall(r'"(/static/[^"]+)"', html)) <= kept
    assert all((STATIC / path.removeprefix("/static/")).is_file() for path in kept)


def test_the_notice_on_the_page_is_the_newest_version_and_says_how_long_a_contact_is_kept() -> None:
    script = (STATIC / "app" / "shared" / "contact.mjs").read_text(encoding="utf-8")
    assert re.findall(r'const CONSENT = "(\w+)"', script) == [CONSENTS[-1]]
    for name in ("zh", "en"):
        words = json.loads((STATIC / "i18n" / f"{name}.json").read_text(encoding="utf-8"))
        assert f"{RULES['contacts'].days} " in words["contact.notice"]


def _modules(path: Path, seen: set[Path]) -> set[Path]:
    """Return a module and all that it imports."""
    if path not in seen:
        seen.add(path)
        for name in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
            _modules((path.parent / name).resolve(), seen)
    return seen
