"""Photos on the phone page: several of them, painted over before they leave, and seen by who handles the report."""

import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.test_field import PHONE, SOON_MS, entry, fill, opened, send, stored

Opener = Callable[..., Page]
FACE = (600, 300, 1_000, 700)


def photo(tmp_path: Path, colour: str, *, lat: float = 41.1498) -> Path:
    """Return the file of a photo with a yellow thing on it that somebody may want to cover, and with its place."""
    picture = Image.new("RGB", (1_600, 1_200), colour)
    ImageDraw.Draw(picture).rectangle(FACE, fill="yellow")
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x9003: "2026:05:04 09:00:00", 0x9011: "+08:00"})
    exif.get_ifd(0x8825).update({1: "N", 2: (lat, 0.0, 0.0), 3: "E", 4: (123.0272, 0.0, 0.0)})
    path = tmp_path / f"{colour}.jpg"
    picture.save(path, quality=92, exif=exif)
    return path


def is_yellow(picture: Image.Image, x: int, y: int) -> bool:
    red, green, blue = picture.getpixel((x, y))  # type: ignore[misc]
    return red > 200 and green > 200 and blue < 90


def cover_with_the_mouse(page: Page) -> None:
    expect(page.locator("#brush-canvas")).to_be_focused()
    page.locator("#brush-size").fill("5")
    box = page.locator("#brush-canvas").bounding_box()
    assert box is not None
    scale = box["width"] / 1_600
    left, top, right, bottom = (edge * scale for edge in FACE)
    for step in range(6):
        y = box["y"] + top + (bottom - top) * step / 5
        page.mouse.move(box["x"] + left, y)
        page.mouse.down()
        page.mouse.move(box["x"] + right, y, steps=4)
        page.mouse.up()


def choose(page: Page, *paths: Path) -> None:
    before = page.locator("#photo-list li").count()
    page.locator("#photo-choose").set_input_files(list(paths))
    expect(page.locator("#photo-list li")).to_have_count(before + len(paths), timeout=SOON_MS)


def test_three_photos_of_which_one_is_painted_reach_who_handles_the_report(
    open_page: Opener, door: httpx.Client, tmp_path: Path
) -> None:
    page = opened(open_page)
    expect(page.locator("#position-main")).to_contain_text("±8 m")
    fill(page, "three photos")
    choose(page, *(photo(tmp_path, colour) for colour in ("teal", "navy")), photo(tmp_path, "maroon", lat=41.16))
    sent: list[bytes] = []
    page.on("request", lambda request: sent.append(request.post_data_buffer or b""))
    page.context.set_offline(True)
    page.get_by_role("button", name="Cover (photo 2)").click()
    cover_with_the_mouse(page)
    page.get_by_role("button", name="Done covering").click()
    expect(page.locator("#photo-list li").nth(1)).to_contain_text("covered")
    page.context.set_offline(False)
    send(page)
    expect(entry(page, "three photos")).to_have_attribute("data-state", "sent", timeout=2 * SOON_MS)
    expect(entry(page, "three photos")).to_contain_text("photos: 3")

    (report,) = stored(door, "three photos")
    served = [Image.open(BytesIO(door.get(f"/photos/{sha256}").content)) for sha256 in report["photos"]]
    assert [is_yellow(each, 800, 500) for each in served] == [True, False, True]
    covered = served[1].crop(FACE)
    assert max(high for _, high in covered.getextrema()) < 40  # type: ignore[misc, operator]
    # The picture that was covered never left, with or without its place.
    original = (tmp_path / "navy.jpg").read_bytes()
    assert not any(original[2_000:3_000] in body for body in sent)

    told = door.get(f"/reports/{report['id']}/photos").json()["photos"]
    assert [each["place"] is not None for each in told] == [True, False, True]
    assert [each["is_far"] for each in told] == [False, None, True]

    desk = open_page("/", viewport={"width": 1440, "height": 900}, locale="en")
    desk.locator(f"#feed [data-report='{report['id']}'] button").click(timeout=2 * SOON_MS)
    expect(desk.locator("#answer .photos li")).to_have_count(3, timeout=SOON_MS)
    expect(desk.locator("#answer .photos li").nth(0)).to_contain_text("Taken 2026-05-04 09:00")
    expect(desk.locator("#answer .photos li").nth(1)).to_contain_text("tells no place")
    expect(desk.locator("#answer .photos li").nth(2)).to_contain_text("More than 200 m")
    for number in range(3):
        picture = desk.locator("#answer .photos img").nth(number)
        picture.scroll_into_view_if_needed()
        expect(picture).to_have_js_property("naturalWidth", 320, timeout=SOON_MS)
    desk.locator("#answer .photos button").nth(1).click()
    expect(desk.locator(".viewer img")).to_have_js_property("naturalWidth", 1600, timeout=SOON_MS)


def test_a_face_is_covered_with_the_keyboard_and_taken_back(open_page: Opener, tmp_path: Path) -> None:
    page = opened(open_page)
    choose(page, photo(tmp_path, "teal"))
    page.get_by_role("button", name="Cover (photo 1)").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#brush-canvas")).to_be_focused()
    expect(page.get_by_role("button", name="Done covering")).to_be_disabled()
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#brush-said")).to_have_text("1 covered")
    page.keyboard.press("Backspace")
    expect(page.locator("#brush-said")).to_have_text("0 covered")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Done covering").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#photo-list li")).to_have_attribute("data-painted", "true")
    page.get_by_role("button", name="Cover (photo 1)").click()
    page.keyboard.press("Escape")
    expect(page.locator("#brush")).not_to_be_visible()


def test_a_finger_paints_and_the_page_does_not_scroll(open_page: Opener, tmp_path: Path) -> None:
    page = opened(open_page)
    choose(page, photo(tmp_path, "teal"))
    page.get_by_role("button", name="Cover (photo 1)").click()
    expect(page.locator("#brush-canvas")).to_be_focused()
    box = page.locator("#brush-canvas").bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#brush-said")).to_have_text("1 covered")
    assert page.locator("#brush-canvas").evaluate("e => getComputedStyle(e).touchAction") == "none"
    middle = "(e => [...e.getContext('2d').getImageData(e.width / 2, e.height / 2, 1, 1).data])"
    assert page.locator("#brush-canvas").evaluate(middle) == [0, 0, 0, 255]


def test_ten_photos_are_taken_and_the_eleventh_is_not(open_page: Opener, tmp_path: Path) -> None:
    page = opened(open_page)
    paths = []
    for number in range(11):
        paths.append(tmp_path / f"{number}.png")
        Image.new("RGB", (40, 30), (number * 20, 90, 90)).save(paths[-1])
    page.locator("#photo-choose").set_input_files(paths)
    expect(page.locator("#photo-list li")).to_have_count(10, timeout=SOON_MS)
    expect(page.locator("#fault")).to_contain_text("At most 10")
    expect(page.locator("#photo-choose")).to_be_disabled()
    page.get_by_role("button", name=re.compile(r"Remove \(photo 10\)")).click()
    expect(page.locator("#photo-list li")).to_have_count(9)
    expect(page.locator("#photo-choose")).to_be_enabled()
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(page.locator("#photo-list li")).to_have_count(9)


def test_what_is_no_photo_is_said_so_and_the_rest_is_kept(open_page: Opener, tmp_path: Path) -> None:
    page = opened(open_page)
    (tmp_path / "film.heic").write_bytes(b"no picture")
    page.locator("#photo-choose").set_input_files([tmp_path / "film.heic", photo(tmp_path, "teal")])
    expect(page.locator("#photo-list li")).to_have_count(1, timeout=SOON_MS)


def test_reports_of_the_page_before_are_still_sent_with_their_photo(
    open_page: Opener, door: httpx.Client, tmp_path: Path
) -> None:
    page = open_page("/static/app/shared/icon.svg", **PHONE)
    before: dict[str, Any] = {
        "x": 123.0272,
        "y": 41.1498,
        "datum": "wgs84",
        "category": "road",
        "text": "from the page before",
        "captured_at": "2026-05-04T01:00:00Z",
        "channel": "worker",
    }
    image = BytesIO()
    Image.new("RGB", (60, 40), "olive").save(image, "JPEG")
    page.evaluate(
        """([body, bytes]) => new Promise((resolve, reject) => {
            const request = indexedDB.open("wangge-field", 1);
            request.onupgradeneeded = () => {
                request.result.createObjectStore("reports", { keyPath: "id" });
                request.result.createObjectStore("drafts");
            };
            request.onerror = reject;
            request.onsuccess = () => {
                const change = request.result.transaction(["reports", "drafts"], "readwrite");
                const photo = { bytes: new Uint8Array(bytes).buffer, type: "image/jpeg" };
                const id = "5e0e1c1e-0000-4000-8000-0000000000aa";
                change.objectStore("reports").put({
                    id, body: { id, ...body }, photo, photo_sha256: null, state: "waiting",
                    made_at: Date.now(), tries: 0, next_at: 0, problem: null, decision: null,
                });
                change.objectStore("drafts").put({ category: "noise", text: "half", photo, position: null }, "draft");
                change.oncomplete = () => { request.result.close(); resolve(); };
            };
        })""",
        [before, list(image.getvalue())],
    )
    page.goto(page.url.replace("/static/app/shared/icon.svg", "/report"))
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(entry(page, "from the page before")).to_have_attribute("data-state", "sent", timeout=2 * SOON_MS)
    expect(page.get_by_label("What is it")).to_have_value("half")
    expect(page.locator("#photo-list li")).to_have_count(1)
    (report,) = stored(door, "from the page before")
    assert len(report["photos"]) == 1
