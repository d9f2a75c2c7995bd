"""Halls composed of blocks as a browser sees them, on a phone and a desk, by day, by night and from right to left."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import DESK, PHONE, Shop
from tests.browser.staff import OPERATOR, OPERATOR_PASSWORD
from tests.browser.test_office_in_browser import OF_THE_THEME
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, open_settled, sizes

HALL = "/halls/home"


@pytest.fixture
def office(shop: Shop, browser: Browser) -> Any:
    """A page on which the operator has signed in."""
    shop.run("tests.browser.staff")
    context = browser.new_context(reduced_motion="reduce", locale="en-GB")
    page = context.new_page()
    page.goto(f"{shop.address}/back-office/")
    page.fill("[name=username], [name=login]", OPERATOR)
    page.fill("[name=password]", OPERATOR_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{shop.address}/back-office/")
    yield page
    context.close()


@pytest.mark.parametrize("width", [PHONE[0], DESK[0]])
def test_axe_finds_nothing_and_nothing_stands_out_of_the_page(shop: Shop, look: Page, width: int) -> None:
    look.set_viewport_size({"width": width, "height": 900})
    open_settled(look, shop.address + HALL)

    assert violations(look) == []
    assert look.evaluate("document.documentElement.scrollWidth") == width


@sizes
def test_nothing_moves_while_a_hall_is_read(shop: Shop, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(WATCH_SHIFTS)
    open_settled(page, shop.address + HALL)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    seconds = page.locator("[data-unit=seconds]")
    expect(seconds).not_to_have_text(seconds.inner_text())

    assert page.evaluate("window.shifts") == []


def test_the_countdown_and_what_opens_next_are_above_the_fold_of_a_phone(shop: Shop, page: Page) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    open_settled(page, shop.address + HALL)

    expect(page.locator(".countdown")).to_be_in_viewport(ratio=1)
    expect(page.locator(".block-deals h2").first).to_be_in_viewport(ratio=1)
    expect(page.locator(".product-card h3").first).to_be_in_viewport(ratio=1)


def test_every_block_is_reached_by_the_keyboard(shop: Shop, page: Page) -> None:
    open_settled(page, shop.address + HALL)
    for selector in (".block-deals .product-card a", ".block-text .button", ".brand a", ".all-deals a"):
        link = page.locator(selector).first
        link.focus()
        expect(link).to_be_focused()
        expect(link).to_be_in_viewport()


def test_a_previews_clock_stands_at_the_moment_that_it_shows(shop: Shop, office: Page) -> None:
    opens = shop.first(
        "SELECT to_char(opens_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM festivals_festival"
    )
    office.goto(f"{shop.address}{HALL}/preview?at={opens}")

    expect(office.get_by_role("complementary", name="Preview")).to_contain_text("as it will be on")
    expect(office.locator(".opening-label")).to_have_text("Open now, closes in", use_inner_text=True)
    expect(office.locator(".product-card").first).to_have_attribute("data-phase", "open")


def test_a_block_is_added_moved_and_seen_in_the_preview(shop: Shop, office: Page) -> None:
    hall = shop.first("SELECT id FROM festivals_hall WHERE slug = 'music'")
    address = f"{shop.address}/back-office/halls/{hall}/blocks/"
    office.goto(address)
    assert [one for one in violations(office) if one[0] not in OF_THE_THEME] == []
    office.get_by_role("link", name="Text", exact=True).click()
    assert [one for one in violations(office) if one[0] not in OF_THE_THEME] == []
    office.locator("#id_heading_en").fill("Strings and wood")
    office.get_by_role("button", name="Save").click()
    office.wait_for_url(address)
    added = office.locator(".office-blocks > li").last
    expect(added.get_by_role("heading")).to_contain_text("Strings and wood")

    added.get_by_role("button", name="Up").click()
    office.wait_for_load_state()
    expect(office.locator(".office-blocks > li").nth(-2).get_by_role("heading")).to_contain_text("Strings and wood")

    office.locator("main form[action$=preview], form[action$=preview]").get_by_role("button", name="Preview").click()
    expect(office.get_by_role("heading", name="Strings and wood")).to_be_visible()
