"""Returns and problems in a browser: access by day and by night, nothing out of the page, without JavaScript."""

import json

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

EXCHANGES = ["way_back", "to_send", "on_its_way", "lost"]
NAMES = ["cases", "accepted", "refused", *EXCHANGES, "label", "ask", "ask-unshipped", "purchase"]


@pytest.fixture(scope="module")
def asked(running_shop: Shop) -> dict[str, str]:
    """A guest's session, the numbers of what was bought, and two cases."""
    running_shop.open_in(2 * 86_400)
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.asking"))
    return found


def path(asked: dict[str, str], name: str) -> str:
    """Return the path of a page."""
    purchase = f"/purchases/{asked['paid']}"
    paths = {
        "cases": "/cases",
        "accepted": f"{purchase}/cases/{asked['accepted']}",
        "refused": f"{purchase}/cases/{asked['refused']}",
        "label": f"{purchase}/cases/{asked['accepted']}/label",
        **{name: f"{purchase}/cases/{asked[name]}" for name in EXCHANGES},
        "ask": f"{purchase}/5/problem",
        "ask-unshipped": f"{purchase}/4/problem",
        "purchase": purchase,
    }
    return paths[name]


def give_session(context: BrowserContext, shop: Shop, asked: dict[str, str]) -> None:
    """Give a browser the guest's session."""
    context.add_cookies([{"name": "fairground_session", "value": asked["session"], "url": shop.address}])


@pytest.fixture
def still_page(still_page: Page, shop: Shop, asked: dict[str, str]) -> Page:
    """A page with the guest's session."""
    give_session(still_page.context, shop, asked)
    return still_page


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(shop: Shop, asked: dict[str, str], still_page: Page, name: str) -> None:
    still_page.goto(shop.address + path(asked, name))

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, asked: dict[str, str], still_page: Page, language: str) -> None:
    widths = {}
    for name in NAMES:
        still_page.goto(f"{shop.address}{path(asked, name)}?lang={language}")
        widths[name] = widths_of(still_page)

    assert widths == dict.fromkeys(NAMES, BOTH_WIDTHS)


def test_from_the_purchase_to_the_money_without_a_script(browser: Browser, shop: Shop, asked: dict[str, str]) -> None:
    context = browser.new_context(
        reduced_motion="reduce",
        locale="en-GB",
        java_script_enabled=False,
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )
    give_session(context, shop, asked)
    page = context.new_page()
    page.goto(shop.address + path(asked, "ask-unshipped"))

    page.get_by_label("How many of").first.fill("1")
    page.get_by_label("I changed my mind").check()
    page.get_by_role("button", name="Give my money back").click()

    expect(page.locator("h1")).to_have_text("I changed my mind")
    expect(page.get_by_text("is back in your wallet.").first).to_be_visible()
    context.close()
