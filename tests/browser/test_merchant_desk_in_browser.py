"""The merchant's page of a case in a browser: access by day and by night, nothing out of the page, no script needed."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

NAMES = ["opened", "sent", "refused", "way_back", "to_send", "on_its_way", "lost", "nothing"]


@pytest.fixture(scope="module")
def links(running_shop: Shop) -> dict[str, str]:
    """Paths of links to cases, and of one that opens nothing."""
    running_shop.open_in(2 * 86_400)
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.desk_opened"))
    return {**found, "nothing": found["opened"][:-1]}


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(shop: Shop, links: dict[str, str], still_page: Page, name: str) -> None:
    still_page.goto(shop.address + links[name])

    assert found_by_day_and_night(still_page) == []


def test_money_in_place_of_a_replacement_asks_once(shop: Shop, links: dict[str, str], still_page: Page) -> None:
    still_page.goto(shop.address + links["to_send"])
    deed = still_page.get_by_role("button", name="Give the money back now")
    expect(deed).to_be_hidden()

    still_page.get_by_text("Give the money instead").click()

    expect(deed).to_be_visible()
    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, links: dict[str, str], still_page: Page, language: str) -> None:
    widths = {}
    for name in NAMES:
        still_page.goto(f"{shop.address}{links[name]}?lang={language}")
        widths[name] = widths_of(still_page)

    assert widths == dict.fromkeys(NAMES, BOTH_WIDTHS)


def test_a_case_is_refused_on_a_telephone_without_a_script(browser: Browser, shop: Shop, links: dict[str, str]) -> None:
    context = browser.new_context(
        reduced_motion="reduce",
        locale="en-GB",
        java_script_enabled=False,
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )
    page = context.new_page()
    page.goto(shop.address + links["opened"])

    page.get_by_label("Why?").fill("It was used for a year.")
    page.get_by_role("button", name="Refuse").click()

    expect(page.get_by_text("Refused. The buyer sees why")).to_be_visible()
    expect(page.get_by_text("It was used for a year.")).to_be_visible()
    context.close()


def test_a_replacement_is_sent_on_a_telephone_without_a_script(
    browser: Browser, shop: Shop, links: dict[str, str]
) -> None:
    context = browser.new_context(
        reduced_motion="reduce",
        locale="en-GB",
        java_script_enabled=False,
        viewport={"width": PHONE[0], "height": PHONE[1]},
    )
    page = context.new_page()
    page.goto(shop.address + links["lost"])

    page.get_by_role("button", name="Send another one").click()
    page.get_by_label("Carrier").fill("DHL")
    page.get_by_label("Tracking number").fill("JJD 99")
    page.get_by_role("button", name="It has left").click()

    expect(page.get_by_text("Saved. The buyer reads carrier and number now.")).to_be_visible()
    expect(page.get_by_text("JJD99")).to_be_visible()
    context.close()
