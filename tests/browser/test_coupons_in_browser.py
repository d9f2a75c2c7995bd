"""The coupon centre as people see it: collected with the keys, on a phone without scripts, and nothing axe minds."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import PHONE, Shop
from tests.browser.somebody import make_somebody, sign_in
from tests.browser.test_cart_in_browser import press_until

TABLES = "promotions_coupon, promotions_allowance, promotions_promotion"


@pytest.fixture
def centre(shop: Shop) -> Shop:
    """The shop with coupons, and somebody who may collect them."""
    shop.database.execute(f"TRUNCATE {TABLES} CASCADE".encode())
    make_somebody(shop)
    shop.run("tests.browser.couponing")
    return shop


@pytest.fixture
def locale() -> str:
    """English as asked for in Germany."""
    return "en-DE"


def coupon_named(page: Page, name: str) -> Locator:
    """Return the part of the page that shows a coupon."""
    return page.locator(".coupon", has=page.get_by_role("heading", name=name))


def test_the_keys_alone_collect_a_coupon(centre: Shop, page: Page) -> None:
    sign_in(centre, page, to="coupons")

    press_until(page, coupon_named(page, "The whole house").get_by_role("button"))
    page.keyboard.press("Enter")

    expect(page.get_by_text("The coupon is yours.")).to_be_visible()
    expect(coupon_named(page, "The whole house")).to_contain_text("Collected")
    assert centre.first("SELECT count(*) FROM promotions_coupon") == "1"


def test_without_javascript_on_a_phone_the_form_collects_it_just_so(centre: Shop, browser: Browser) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="en-DE", viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = context.new_page()
    sign_in(centre, page, to="coupons")

    coupon_named(page, "For the quick").get_by_role("button").click()

    expect(coupon_named(page, "For the quick")).to_contain_text("Collected")
    assert page.locator("html").evaluate("html => html.scrollWidth") == PHONE[0]
    context.close()


def test_axe_finds_nothing_in_the_coupon_centre(centre: Shop, look: Page) -> None:
    look.goto(f"{centre.address}/coupons?market=EU")
    assert violations(look) == [], "as a guest"
    sign_in(centre, look, to="coupons")
    assert violations(look) == [], "before"
    look.locator(".coupon .button").first.click()
    look.locator(".coupon[data-state=collected]").wait_for()
    assert violations(look) == [], "with a coupon"
