"""What one sees after buying, in a browser: access by day and by night, nothing out of the page, sheets on paper."""

import io
import json
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader

from tests.browser.conftest import DESK, PHONE, Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

NAMES = ["purchases", "unpaid", "paid", "ended", "cancel", "invoice", "confirmation"]


@pytest.fixture(scope="module")
def bought(running_shop: Shop) -> dict[str, str]:
    """A guest's session and the numbers of what was bought."""
    running_shop.open_in(2 * 86_400)
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.buying"))
    return found


def path(bought: dict[str, str], name: str) -> str:
    """Return the path of a page."""
    paths = {
        "purchases": "/purchases",
        "cancel": f"/purchases/{bought['unpaid']}/cancel",
        "invoice": f"/purchases/{bought['paid']}/invoice",
        "confirmation": f"/purchases/{bought['unpaid']}/invoice",
    }
    return paths.get(name) or f"/purchases/{bought[name]}"


def give_session(context: BrowserContext, shop: Shop, bought: dict[str, str]) -> None:
    """Give a browser the guest's session."""
    context.add_cookies([{"name": "fairground_session", "value": bought["session"], "url": shop.address}])


def page_of(browser: Browser, shop: Shop, bought: dict[str, str], **look: Any) -> Page:
    """Return a page of a browser that has the guest's session."""
    context = browser.new_context(reduced_motion="reduce", locale="en-GB", **look)
    give_session(context, shop, bought)
    return context.new_page()


@pytest.fixture
def still_page(still_page: Page, shop: Shop, bought: dict[str, str]) -> Page:
    """A page with the guest's session."""
    give_session(still_page.context, shop, bought)
    return still_page


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(shop: Shop, bought: dict[str, str], still_page: Page, name: str) -> None:
    still_page.goto(shop.address + path(bought, name))

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, bought: dict[str, str], still_page: Page, language: str) -> None:
    widths = {}
    for name in NAMES:
        still_page.goto(f"{shop.address}{path(bought, name)}?lang={language}")
        widths[name] = widths_of(still_page)

    assert widths == dict.fromkeys(NAMES, BOTH_WIDTHS)


def test_the_list_leads_to_a_purchase_and_from_there_cancelling_asks_first(
    browser: Browser, shop: Shop, bought: dict[str, str]
) -> None:
    page = page_of(browser, shop, bought, viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    page.goto(f"{shop.address}/purchases")

    page.locator(".purchase-card a").first.click()
    expect(page.locator("h1")).to_contain_text("Pay until")
    expect(page.get_by_role("link", name="Pay €")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.locator("h1")).to_have_text("Cancel this purchase?")
    page.get_by_role("link", name="Keep it").click()
    expect(page.locator("h1")).to_contain_text("Pay until")
    page.context.close()


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_merchants_invoice_is_a_sheet_of_its_own_without_the_sites_frame(
    browser: Browser, shop: Shop, bought: dict[str, str], paper: str
) -> None:
    page = page_of(browser, shop, bought, viewport={"width": DESK[0], "height": DESK[1]})
    page.goto(shop.address + path(bought, "invoice"))

    sheets = [sheet.extract_text() for sheet in PdfReader(io.BytesIO(page.pdf(format=paper))).pages]

    page.context.close()
    assert len(sheets) == 5
    for number, sheet in enumerate(sheets, 1):
        assert f"{bought['paid']}-{number}" in sheet
        assert "Total" in sheet
        assert "Market" not in sheet
        assert "Open as PDF" not in sheet
