"""Presales in a browser: their pages by day and by night, nothing out of the page, and one ordered with the script."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import Shop
from tests.browser.test_checkout_in_browser import fill_in
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

NAMES = ["product", "checkout", "pay deposit", "waiting", "cancel", "due", "pay balance"]


@pytest.fixture(scope="module")
def bought(running_shop: Shop) -> Iterator[dict[str, str]]:
    """A guest's session, a presale, and the numbers of what was ordered; afterwards it is a deal again."""
    running_shop.open_in(2 * 86_400)
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.presales_bought"))
    yield found
    for table, column in (("festivals_presaleprice", "presale_id"), ("festivals_presale", "deal_id")):
        running_shop.database.execute(f"DELETE FROM {table} WHERE {column} = {found['deal']}".encode())
    running_shop.database.execute(b"UPDATE kernel_writer SET offers_version = offers_version + 1")


def path(bought: dict[str, str], name: str) -> str:
    """Return the path of a page."""
    paths = {
        "product": f"/products/{bought['product']}?market=EU",
        "checkout": f"/checkout?presale={bought['deal']}&units=1&market=EU",
        "pay deposit": f"/purchases/{bought['placed']}/pay",
        "cancel": f"/purchases/{bought['waiting']}/cancel",
        "pay balance": f"/purchases/{bought['due']}/pay",
    }
    return paths.get(name) or f"/purchases/{bought[name]}"


def give_session(context: BrowserContext, shop: Shop, bought: dict[str, str]) -> None:
    """Give a browser the guest's session."""
    context.add_cookies([{"name": "fairground_session", "value": bought["session"], "url": shop.address}])


@pytest.fixture
def still_page(still_page: Page, running_shop: Shop, bought: dict[str, str]) -> Page:
    """A page with the guest's session."""
    give_session(still_page.context, running_shop, bought)
    return still_page


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(running_shop: Shop, bought: dict[str, str], still_page: Page, name: str) -> None:
    still_page.goto(running_shop.address + path(bought, name))

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_stands_out_of_the_page(
    running_shop: Shop, bought: dict[str, str], still_page: Page, name: str
) -> None:
    still_page.goto(running_shop.address + path(bought, name))

    assert widths_of(still_page) == BOTH_WIDTHS


def test_a_deposit_is_paid_from_the_product_page_on(
    running_shop: Shop, bought: dict[str, str], browser: Browser
) -> None:
    context = browser.new_context(locale="en-GB")
    give_session(context, running_shop, bought)
    page = context.new_page()
    page.goto(running_shop.address + path(bought, "product"))
    page.get_by_role("button", name="Pay deposit").click()
    fill_in(page)
    page.get_by_role("button", name="Pay deposit").click()

    expect(page.get_by_text("Deposit paid").first).to_be_visible()
    context.close()
