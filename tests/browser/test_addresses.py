"""A typed address on the one screen: ranked candidates, numbered pins, and the very grid of a unit and floor."""

from playwright.sync_api import expect

from tests.browser.screen import SOON_MS, Opener, opened, row

OPTIONS, PINS = "#search-results [role=option]", "#map .maplibregl-marker.pin"


def test_an_address_leads_to_the_very_grid_of_its_unit_and_floor(open_page: Opener) -> None:
    page = opened(open_page)
    page.keyboard.press("/")
    page.keyboard.type("鞍千路十八栋二单元１５楼")
    first = page.locator(OPTIONS).first
    expect(first).to_contain_text("鞍千路18号楼", timeout=SOON_MS)
    expect(first).to_contain_text("Building · 100 %")
    expect(first).to_contain_text("210304015017101013")
    expect(page.locator(PINS).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#answer .code")).to_have_text("210304015017101013", timeout=SOON_MS)
    expect(row(page, "Address")).to_contain_text("鞍千路18号楼")
    expect(row(page, "Town")).to_contain_text("沙河街道")
    expect(row(page, "Method")).to_have_text("By unit and floor")


def test_a_tower_without_a_floor_says_what_to_add_and_a_pin_is_chosen_like_its_line(open_page: Opener) -> None:
    page = opened(open_page)
    page.locator("#search-text").fill("鞍千路18栋")
    expect(page.locator(OPTIONS).first).to_contain_text("4 grids in the building: add unit and floor", timeout=SOON_MS)
    pin = page.get_by_role("button", name="Candidate 1: 鞍千路18号楼")
    expect(pin).to_be_visible()
    pin.click()
    expect(row(page, "Address")).to_contain_text("鞍千路18号楼", timeout=SOON_MS)
    expect(row(page, "Stacked grids")).to_contain_text("4 grids")
    page.locator("#search-text").fill("")
    expect(page.locator(PINS)).to_have_count(0)


def test_of_two_that_fit_equally_well_a_person_chooses(open_page: Opener) -> None:
    page = opened(open_page)
    page.locator("#search-text").fill("示例巷2栋")
    expect(page.locator("#search-results [role=status]")).to_have_text(
        "Several fit equally well; choose one.", timeout=SOON_MS
    )
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_hidden()


def test_what_is_not_sure_is_chosen_by_a_person(open_page: Opener) -> None:
    page = opened(open_page)
    page.locator("#search-text").fill("鞍千路999栋")
    expect(page.locator("#search-results [role=status]")).to_contain_text("click the place on the map", timeout=SOON_MS)
    page.keyboard.press("Enter")
    expect(page.locator("#answer")).to_be_hidden()
    # The street itself comes first; it stands in no one grid.
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator(PINS + "[data-active]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(row(page, "Address")).to_contain_text("鞍千路", timeout=SOON_MS)
