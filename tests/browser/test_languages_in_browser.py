"""The languages as a browser sees them: mirrored pages, numbers by script as by server, the choice without a script."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, addresses, found_by_day_and_night, open_settled, widths_of

SPACE = "\N{NO-BREAK SPACE}"
# Ten seconds: five times as long as anything is kept.
ASKED_AGAIN_MAX, ASKED_AGAIN_MS = 40, 250


@pytest.fixture
def locale() -> str:
    """Arabic."""
    return "ar"


@pytest.mark.parametrize("name", ["home", "hall", "product", "shop", "live", "problem"])
def test_axe_finds_nothing_in_arabic(shop: Shop, still_page: Page, name: str) -> None:
    still_page.goto(addresses(shop)[name])
    expect(still_page.locator("html")).to_have_attribute("dir", "rtl")

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["ar", "ru", "vi"])
@pytest.mark.parametrize("name", ["home", "hall", "product", "shop", "live"])
def test_nothing_stands_out_of_the_page(shop: Shop, page: Page, language: str, name: str) -> None:
    page.goto(f"{addresses(shop)[name]}?lang={language}")
    page.evaluate("document.fonts.ready")

    assert widths_of(page) == BOTH_WIDTHS


def test_in_arabic_what_comes_first_stands_right(shop: Shop, page: Page) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    open_settled(page, shop.address + "/?lang=ar")

    def left_of(selector: str) -> float:
        box = page.locator(selector).first.bounding_box()
        assert box, selector
        return box["x"]

    assert left_of(".home-link") > left_of(".page-nav")
    assert left_of("[data-unit=days]") > left_of("[data-unit=seconds]")
    assert left_of(".product-card:nth-child(1)") > left_of(".product-card:nth-child(2)")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "1,493 of 1,500 left"),
        ("zh-hans", "剩余 1,493 / 1,500 件"),
        ("es", "Disponibles: 1.493 de 1.500"),
        ("vi", "Còn 1.493/1.500"),
        ("ru", f"Осталось 1{SPACE}493 из 1{SPACE}500"),
        ("ar", "متبقٍ 1,493 من 1,500"),
    ],
)
def test_the_script_writes_numbers_as_the_server_does(shop: Shop, page: Page, language: str, said: str) -> None:
    shop.database.execute("UPDATE inventory_stock SET sold = 0 WHERE deal_id IS NOT NULL")
    address = f"{shop.address}/?lang={language}"
    open_settled(page, address)
    deals = page.locator(".stock-bar").first.get_attribute("data-deals")
    bar = page.locator(f".stock-bar[data-deals='{deals}'] > span")

    [deal, *_] = map(int, json.loads(deals or "{}"))
    shop.database.execute("UPDATE inventory_stock SET sold = 7 WHERE deal_id = %s", (deal,))
    expect(bar).to_have_text(said)
    reload_until_said(page, address, f"<span>{said}</span>")

    shop.database.execute("UPDATE inventory_stock SET sold = 0 WHERE deal_id IS NOT NULL")


def reload_until_said(page: Page, address: str, said: str) -> None:
    """Ask for a page until the server says it: pages, and the cards on them, are kept for a second each."""
    for _ in range(ASKED_AGAIN_MAX):
        if said in page.request.get(address).text():
            return
        page.wait_for_timeout(ASKED_AGAIN_MS)
    pytest.fail(f"{address} never said {said}")


def test_a_choice_without_javascript_lasts_beyond_the_address(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(shop.address + "/halls/electronics")
    page.locator("#market").select_option("VN")
    page.locator("#lang").select_option("ar")
    page.get_by_role("button", name="Change").click()
    expect(page).to_have_url(f"{shop.address}/halls/electronics?market=VN&lang=ar")

    page.goto(shop.address + "/")

    expect(page.locator("html")).to_have_attribute("lang", "ar")
    expect(page.locator("#market")).to_have_value("VN")
    context.close()
