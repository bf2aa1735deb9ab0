"""The one screen for tests: open it, wait for it, ask it."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

Opener = Callable[..., Page]
WALL: dict[str, Any] = {"viewport": {"width": 1600, "height": 900}, "locale": "en"}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "zh-CN"}
SOON_MS = 20_000
# A place in 新工社区 with all of the town in view, and one that is 2 km out of it.
TOWN_VIEW = "view=16.2/41.15/123.03"
FAR_OUT = "view=16/41.17/123.06"


def opened(open_page: Opener, address: str = f"{TOWN_VIEW}&lang=en&theme=light", **options: Any) -> Page:
    page = open_page(f"/#{address}", **{**WALL, **options})
    ready(page)
    return page


def ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready=map]", state="attached", timeout=SOON_MS)


def canvas(page: Page) -> Any:
    return page.locator("#map canvas")


def ask_centre(page: Page) -> None:
    """Ask for the middle of the view as people without a mouse do."""
    canvas(page).focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#answer dl", timeout=SOON_MS)


def row(page: Page, name: str) -> Any:
    return page.locator("#answer dt", has_text=re.compile(f"^{name}$")).locator("xpath=following-sibling::dd[1]")


def choose(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()
