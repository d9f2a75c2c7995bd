"""Draws in a browser: access by day and by night, nothing out of the page, entering without a script."""

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

PATHS = ["/draws", "/draws/open", "/draws/closed", "/draws/drawn"]


@pytest.fixture(scope="module")
def session(running_shop: Shop) -> str:
    """The session of somebody who has entered each draw."""
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.drawing"))
    return found["session"]


def give_session(context: BrowserContext, shop: Shop, session: str) -> None:
    """Give a browser the session."""
    context.add_cookies([{"name": "fairground_session", "value": session, "url": shop.address}])


@pytest.fixture
def still_page(still_page: Page, shop: Shop, session: str) -> Page:
    """A page of who has entered."""
    give_session(still_page.context, shop, session)
    return still_page


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(shop: Shop, still_page: Page, path: str) -> None:
    still_page.goto(f"{shop.address}{path}?market=EU")

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, still_page: Page, language: str) -> None:
    widths = {}
    for path in PATHS:
        still_page.goto(f"{shop.address}{path}?lang={language}")
        widths[path] = widths_of(still_page)

    assert widths == dict.fromkeys(PATHS, BOTH_WIDTHS)


def test_somebody_finds_the_draw_and_enters_without_a_script(browser: Browser, shop: Shop, session: str) -> None:
    context = browser.new_context(
        viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB", java_script_enabled=False
    )
    give_session(context, shop, session)
    page = context.new_page()
    page.goto(f"{shop.address}/?market=EU")

    page.get_by_role("link", name="Draws", exact=True).click()
    page.get_by_role("link", name="The gala's draw").click()
    page.get_by_role("button", name="Enter for nothing").click()

    expect(page.locator("main")).to_contain_text("You have")
    expect(page.get_by_role("heading", name="My entries")).to_be_visible()
    context.close()
