"""The coupon centre as people see it: collected with the keys, on a phone without scripts, and nothing axe minds."""

import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import PHONE, Shop
from tests.browser.test_cart_in_browser import findings, press_until
from tests.people_making import PASSWORD

EMAIL = "cem@example.org"
TABLES = "promotions_coupon, promotions_allowance, promotions_promotion"


@pytest.fixture
def centre(shop: Shop) -> Shop:
    """The shop with coupons, and somebody who may collect them."""
    shop.database.execute(f"TRUNCATE {TABLES} CASCADE".encode())
    shop.database.execute("TRUNCATE identity_tries, identity_user CASCADE")
    user_id = shop.first(
        "INSERT INTO identity_user (email, password, name, email_verified_at, is_superuser)"
        f" VALUES ('{EMAIL}', '{make_password(PASSWORD)}', 'Cem', now(), false) RETURNING id"
    )
    shop.database.execute(
        'INSERT INTO account_emailaddress (user_id, email, verified, "primary") VALUES (%s, %s, true, true)',
        [user_id, EMAIL],
    )
    shop.run("tests.browser.couponing")
    return shop


@pytest.fixture
def locale() -> str:
    """English as asked for in Germany."""
    return "en-DE"


def sign_in(shop: Shop, page: Page) -> None:
    """Go to the coupons and sign in on the way."""
    page.goto(f"{shop.address}/sign/login/?next=/coupons?market=EU")
    page.locator("[name=login]").fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url("**/coupons*")


def coupon_named(page: Page, name: str) -> Locator:
    """Return the part of the page that shows a coupon."""
    return page.locator(".coupon", has=page.get_by_role("heading", name=name))


def test_the_keys_alone_collect_a_coupon(centre: Shop, page: Page) -> None:
    sign_in(centre, page)

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
    sign_in(centre, page)

    coupon_named(page, "For the quick").get_by_role("button").click()

    expect(coupon_named(page, "For the quick")).to_contain_text("Collected")
    assert page.locator("html").evaluate("html => html.scrollWidth") == PHONE[0]
    context.close()


def test_axe_finds_nothing_in_the_coupon_centre(centre: Shop, look: Page) -> None:
    look.goto(f"{centre.address}/coupons?market=EU")
    assert findings(look) == [], "as a guest"
    sign_in(centre, look)
    assert findings(look) == [], "before"
    look.locator(".coupon .button").first.click()
    look.locator(".coupon[data-state=collected]").wait_for()
    assert findings(look) == [], "with a coupon"
