"""Draws in a browser: access by day and by night, nothing out of the page, entering without a script."""

import json
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import AXE, RULES, sizes

PATHS = ["/draws", "/draws/open", "/draws/closed", "/draws/drawn"]
STANDS_OUT = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def session(running_shop: Shop) -> str:
    """The session of somebody who has entered each draw."""
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.drawing"))
    return found["session"]


def give_session(context: BrowserContext, shop: Shop, session: str) -> None:
    """Give a browser the session."""
    context.add_cookies([{"name": "fairground_session", "value": session, "url": shop.address}])


@pytest.fixture
def lit_page(lit_page: Page, shop: Shop, session: str) -> Page:
    """A page by day, and one by night, of who has entered."""
    give_session(lit_page.context, shop, session)
    return lit_page


@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing(shop: Shop, lit_page: Page, path: str) -> None:
    lit_page.goto(f"{shop.address}{path}?market=EU")
    lit_page.evaluate("document.fonts.ready")
    lit_page.evaluate(AXE)

    found: dict[str, Any] = lit_page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}}})")

    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in found["violations"]] == []


@sizes
@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(
    browser: Browser, shop: Shop, session: str, size: tuple[int, int], language: str
) -> None:
    context = browser.new_context(reduced_motion="reduce", viewport={"width": size[0], "height": size[1]})
    give_session(context, shop, session)
    page = context.new_page()

    wide = []
    for path in PATHS:
        page.goto(f"{shop.address}{path}?lang={language}")
        if page.evaluate(STANDS_OUT):
            wide.append(path)

    context.close()
    assert wide == []


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
