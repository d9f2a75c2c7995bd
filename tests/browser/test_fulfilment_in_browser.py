"""How purchases leave, and withdrawing, in a browser: access by day and by night, and nothing out of the page."""

import json

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESK, PHONE, Shop
from tests.browser.test_office_in_browser import desk, found_by_axe, signed_in
from tests.browser.test_pages_in_browser import BOTH_WIDTHS, found_by_day_and_night, widths_of

__all__ = ["desk", "signed_in"]
NAMES = ["withdraw", "wrong", "confirm", "sent", "purchase"]


@pytest.fixture(scope="module")
def left(running_shop: Shop) -> dict[str, str]:
    """A guest's session and the number of a purchase of which orders have left."""
    running_shop.open_in(2 * 86_400)
    found: dict[str, str] = json.loads(running_shop.run("tests.browser.leaving"))
    return found


def show(page: Page, shop: Shop, left: dict[str, str], name: str, *, language: str = "en") -> None:
    """Lead a page to one of the names, as a person would."""
    if name == "purchase":
        page.context.add_cookies([{"name": "fairground_session", "value": left["session"], "url": shop.address}])
        page.goto(f"{shop.address}/purchases/{left['number']}?lang={language}")
        return
    if name == "sent":
        page.goto(f"{shop.address}/withdraw/sent?lang={language}")
        return
    page.goto(f"{shop.address}/withdraw?lang={language}&number={left['number']}")
    if name in {"wrong", "confirm"}:
        page.fill("#email", "nobody" if name == "wrong" else "ada@example.org")
        page.fill("#statement", "The lamp, " + "and its shade " * 30)
        page.locator("main button[type=submit]").first.click()
        page.wait_for_selector(".field-error" if name == "wrong" else ".withdrawal")


@pytest.mark.parametrize("name", NAMES)
def test_axe_finds_nothing(shop: Shop, left: dict[str, str], still_page: Page, name: str) -> None:
    show(still_page, shop, left, name)

    assert found_by_day_and_night(still_page) == []


@pytest.mark.parametrize("language", ["en", "ar", "ru"])
def test_nothing_stands_out_of_the_page(shop: Shop, left: dict[str, str], still_page: Page, language: str) -> None:
    widths = {}
    for name in NAMES:
        show(still_page, shop, left, name, language=language)
        widths[name] = widths_of(still_page)

    assert widths == dict.fromkeys(NAMES, BOTH_WIDTHS)


def test_it_is_withdrawn_from_without_scripts_and_by_the_keyboard(
    browser: Browser, shop: Shop, left: dict[str, str]
) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{shop.address}/search")

    page.get_by_role("link", name="Withdraw from contract here").click()
    page.get_by_label("Number of the purchase or order").fill(left["number"])
    page.keyboard.press("Tab")
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Confirm your withdrawal")
    page.get_by_role("button", name="Change something").click()
    expect(page.get_by_label("E-mail")).to_have_value("ada@example.org")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Confirm withdrawal").click()
    expect(page.locator("h1")).to_have_text("We have your message")
    context.close()


def test_the_pages_of_the_back_office_are_for_everybody(
    shop: Shop, left: dict[str, str], desk: tuple[Page, list[str]]
) -> None:
    page, complaints = desk
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    purchase = f"purchases/{left['number']}/"
    for path in ("withdrawals/", purchase, f"{purchase}ship/1/"):
        assert found_by_axe(page, f"{shop.address}/back-office/{path}") == [], path
    assert complaints == []
