"""What customs asks, in a browser: access by day and by night, nothing out of the page, and told before it is paid."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of
from tests.browser.test_purchases_in_browser import give_session

# The door knows offers by their version, which a change behind its back does not raise.
TELL = "UPDATE kernel_writer SET offers_version = offers_version + 1"
NAMES = ["cart", "checkout", "cheap", "dear", "paid", "invoice"]


@pytest.fixture(scope="module")
def bought(running_shop: Shop) -> Iterator[dict[str, str]]:
    """A guest's session, and what was bought from outside; customs asks nothing any more afterwards."""
    running_shop.open_in(2 * 86_400)
    yield json.loads(running_shop.run("tests.browser.customs_bought"))
    running_shop.database.execute("DELETE FROM crossborder_dutyrule")
    running_shop.database.execute(TELL)


def path(bought: dict[str, str], name: str) -> str:
    """Return the path of a page."""
    paths = {
        "paid": f"/purchases/{bought['paid']}",
        "invoice": f"/purchases/{bought['paid']}/invoice",
        "cheap": f"/products/{bought['cheap']}",
        "dear": f"/products/{bought['dear']}",
    }
    return paths.get(name, f"/{name}") + "?market=EU"


@pytest.fixture
def still_page(still_page: Page, shop: Shop, bought: dict[str, str]) -> Page:
    """A page with the guest's session."""
    give_session(still_page.context, shop, bought)
    return still_page


def open_details(page: Page) -> None:
    """Open all that can be opened."""
    page.evaluate("for (const one of document.querySelectorAll('details.customs')) one.open = true")


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(shop: Shop, bought: dict[str, str], still_page: Page, name: str) -> None:
    still_page.goto(shop.address + path(bought, name))
    open_details(still_page)

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, bought: dict[str, str], still_page: Page, language: str) -> None:
    widths = {}
    for name in NAMES:
        still_page.goto(f"{shop.address}{path(bought, name)}&lang={language}")
        open_details(still_page)
        widths[name] = widths_of(still_page)

    assert widths == dict.fromkeys(NAMES, BOTH_WIDTHS)


def test_the_keys_open_what_the_duty_is_made_of(shop: Shop, bought: dict[str, str], still_page: Page) -> None:
    still_page.goto(shop.address + path(bought, "cart"))
    facts = still_page.locator("details.customs li")
    expect(facts).to_have_count(2)
    expect(facts.first).to_be_hidden()

    still_page.locator("details.customs > summary").focus()
    still_page.keyboard.press("Enter")

    expect(facts.first).to_be_visible()
    expect(still_page.get_by_text("customs in Germany asks for duty and tax itself when it arrives")).to_be_visible()
