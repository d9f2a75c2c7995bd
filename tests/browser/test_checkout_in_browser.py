"""From a product to a purchase that is paid, as people do it: by the keys, signed in, in the opening second."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import PHONE, Shop
from tests.browser.somebody import make_somebody
from tests.browser.test_cart_in_browser import press_until, product
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, sizes
from tests.people_making import PASSWORD

UNLIMITED = "UPDATE festivals_deal SET buyer_limit = %s"
# The door knows offers by their version, which a change behind its back does not raise.
TELL = "UPDATE kernel_writer SET offers_version = offers_version + 1"
WITHOUT_DEAL = (
    "SELECT s.product_id FROM catalog_sku s JOIN catalog_price p ON p.sku_id = s.id AND p.market_id = 'EU'"
    " JOIN inventory_stock i ON i.sku_id = s.id AND i.deal_id IS NULL AND i.units - i.reserved - i.sold > 9"
    " WHERE NOT EXISTS (SELECT FROM festivals_deal d JOIN catalog_sku o ON o.id = d.sku_id"
    " WHERE o.product_id = s.product_id) ORDER BY 1 LIMIT 1"
)
TYPED = {"name": "Ana Lantern", "line1": "Hauptstr. 1", "postal_code": "10115", "city": "Berlin"}


@pytest.fixture
def shop(shop: Shop) -> Iterator[Shop]:
    """The shop with deals that everybody may buy, as guests are not known; limits come back afterwards."""
    limits = shop.database.execute("SELECT buyer_limit, id FROM festivals_deal").fetchall()
    shop.database.execute(UNLIMITED, [0])
    shop.database.execute(TELL)
    yield shop
    for row in limits:
        shop.database.execute("UPDATE festivals_deal SET buyer_limit = %s WHERE id = %s", row)
    shop.database.execute(TELL)


def open_in(shop: Shop, seconds: float) -> None:
    """Let all deals open so many seconds from now, and tell the door."""
    shop.open_in(seconds)
    shop.database.execute(TELL)


def fill_in(page: Page) -> None:
    """Give an address in Germany, and for a guest an e-mail."""
    page.locator("[name=country]").select_option("DE")
    page.locator("[name=line1]").wait_for()
    if page.locator("[name=email]").count():
        page.locator("[name=email]").fill("ana@example.org")
    for name, text in TYPED.items():
        page.locator(f"[name={name}]").fill(text)
    page.get_by_role("button", name="Use this address").click()
    page.get_by_text("Deliver here", exact=True).wait_for()


def pay(shop: Shop, page: Page) -> None:
    """Pay on the page of payment, where the wallet is empty at first."""
    page.wait_for_url("**/pay")
    expect(page.get_by_text("Missing")).to_be_visible()
    shop.run("tests.browser.wallets")
    page.reload()
    page.get_by_role("button", name="Pay €").click()
    expect(page.get_by_role("heading", name="It is being packed")).to_be_visible()


def test_a_guest_buys_with_the_keys_alone_on_a_phone(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-DE")
    page = context.new_page()
    page.goto(f"{shop.address}/products/{shop.first(WITHOUT_DEAL)}?market=EU")

    for name in ("Add to cart", "Check out"):
        press_until(page, page.locator(".button", has_text=name).first)
        page.keyboard.press("Enter")
        page.wait_for_url("**/cart*" if name == "Add to cart" else "**/checkout*")
    for field in ("email", *TYPED):
        press_until(page, page.locator(f"[name={field}]"))
        page.keyboard.type({"email": "ana@example.org", **TYPED}[field])
    press_until(page, page.get_by_role("button", name="Use this address"))
    page.keyboard.press("Enter")
    page.get_by_text("Deliver here", exact=True).wait_for()
    press_until(page, page.get_by_role("button", name="Order and pay"))
    page.keyboard.press("Enter")

    page.wait_for_url("**/pay*")
    shop.run("tests.browser.wallets")
    page.reload()
    press_until(page, page.get_by_role("button", name="Pay €"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="It is being packed")).to_be_visible()
    expect(page.locator("[data-cart-link]")).to_contain_text("Cart")
    expect(page.locator(".cart-count")).to_have_count(0)
    context.close()


@sizes
def test_what_was_closed_opens_and_is_bought_in_the_same_page(shop: Shop, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(product(shop))
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart")
    page.goto(f"{shop.address}/checkout")
    fill_in(page)
    open_in(shop, 10)
    page.add_init_script(WATCH_SHIFTS)
    page.reload()
    button = page.locator("#order-form button").first
    expect(button).to_be_disabled()
    expect(button).to_have_text("Opens with the deal", use_inner_text=True)
    page.evaluate("window.untouched = true")

    expect(button).to_be_enabled()
    assert page.evaluate("window.shifts") == []
    assert page.evaluate("window.untouched")
    with page.expect_response("**/v1/purchases") as answer:
        button.click()

    assert answer.value.status == 201
    pay(shop, page)


def test_a_person_who_signed_in_buys_a_limited_deal_that_a_guest_may_not(shop: Shop, page: Page) -> None:
    shop.database.execute(UNLIMITED, [1])
    open_in(shop, -60)
    page.goto(product(shop))
    page.get_by_role("button", name="Buy now").click()
    page.wait_for_url("**/checkout")
    fill_in(page)
    expect(page.get_by_text("Limited deals are for people we know")).to_be_visible()
    expect(page.locator("#order-form")).to_have_count(0)

    make_somebody(shop, email="ben@example.org", name="Ben")
    page.get_by_role("link", name="Sign in", exact=True).first.click()
    page.get_by_label("Email").fill("ben@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/checkout*")
    page.locator("#order-form button").click()
    pay(shop, page)

    page.goto(f"{shop.address}/me/addresses")
    expect(page.get_by_text("Hauptstr. 1", exact=True)).to_be_visible()


def test_without_javascript_a_guest_buys_just_so(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-DE")
    page = context.new_page()
    page.goto(f"{shop.address}/products/{shop.first(WITHOUT_DEAL)}")
    page.get_by_role("button", name="Add to cart").click()
    page.goto(f"{shop.address}/checkout")
    page.locator("[name=country]").select_option("ES")
    page.get_by_role("button", name="Change country").click()
    expect(page.locator("[name=area]")).to_be_visible()
    page.locator("[name=country]").select_option("DE")
    page.get_by_role("button", name="Change country").click()
    fill_in(page)

    page.get_by_role("button", name="Order and pay").click()

    pay(shop, page)
    context.close()


@pytest.fixture
def locale() -> str:
    """English as asked for in Germany, whose market the purchases are made in."""
    return "en-DE"


def test_axe_finds_nothing_on_the_way_to_pay(shop: Shop, look: Page) -> None:
    look.goto(f"{shop.address}/products/{shop.first(WITHOUT_DEAL)}")
    look.locator("[data-buying] .button[data-kind=quiet]").click()
    look.wait_for_url("**/cart")
    look.goto(f"{shop.address}/checkout")
    assert violations(look) == [], "where it goes"
    look.locator(".checkout-form > .button").click()
    look.locator(".field-error").first.wait_for()
    assert violations(look) == [], "what is wrong"
    look.locator("[name=country]").select_option("DE")
    look.locator("[name=line1]").wait_for()
    for name, text in {"email": "ana@example.org", **TYPED}.items():
        look.locator(f"[name={name}]").fill(text)
    look.locator(".checkout-form > .button").click()
    look.locator("#order-form").wait_for()
    assert violations(look) == [], "what it costs"
    look.locator("#order-form button").first.click()
    look.wait_for_url("**/pay")
    assert violations(look) == [], "payment"
    look.goto(f"{shop.address}/me/addresses")
    assert violations(look) == [], "addresses"
    assert look.evaluate("document.documentElement.scrollWidth") == PHONE[0]
