"""The page that describes the HTTP door: it works with the cable unplugged."""

from collections.abc import Callable

from playwright.sync_api import Page


def test_the_page_lists_every_route_and_asks_this_host_alone(open_page: Callable[..., Page]) -> None:
    said: list[str] = []
    page = open_page("/")
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(page.url.rstrip("/") + "/docs")
    page.wait_for_selector("html[data-ready=true]")
    page.wait_for_selector("#operations-reports-submit_reports_post")
    assert page.locator(".opblock").count() > 15
    assert said == []


def test_a_route_can_be_tried_on_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page("/docs")
    page.click("#operations-health-live_live_get .opblock-summary-control")
    page.click("#operations-health-live_live_get button.execute")
    answer = page.wait_for_selector("#operations-health-live_live_get .live-responses-table .microlight")
    assert answer is not None
    assert '"live": true' in answer.inner_text()
