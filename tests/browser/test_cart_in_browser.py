"""Buying as a browser does it: with the keys alone on a phone, in the opening second, without JavaScript; access."""

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import PHONE, Shop
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, open_settled, sizes

SEVERAL = "SELECT s.product_id FROM festivals_deal d JOIN catalog_sku s ON s.id = d.sku_id GROUP BY 1"
PRESSES_MAX = 60


def product(shop: Shop, *, variants: int = 1, place: int = 0) -> str:
    """Return the address of a product with so many variants, each with a deal."""
    found = shop.first(f"{SEVERAL} HAVING count(*) = {variants} ORDER BY 1 LIMIT 1 OFFSET {place}")
    return f"{shop.address}/products/{found}"


def put_in(page: Page, address: str) -> None:
    """Put a product into the cart, and wait for the cart."""
    page.goto(address)
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart")


def press_until(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until what is wanted has the focus."""
    for _ in range(PRESSES_MAX):
        if wanted.evaluate("(one) => one === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{PRESSES_MAX} presses did not lead to {wanted}")


def test_a_cart_is_filled_changed_emptied_and_put_back_with_the_keys_alone(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB")
    page = context.new_page()
    open_settled(page, product(shop, variants=2))

    press_until(page, page.get_by_role("radio").first)
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio").nth(1)).to_be_checked()
    press_until(page, page.get_by_role("button", name="Add to cart"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/cart")
    expect(page.get_by_role("link", name="Cart, 1 item")).to_be_visible()

    page.evaluate("window.untouched = true")
    press_until(page, page.get_by_role("button", name="One more"))
    page.keyboard.press("Enter")
    quantity = page.get_by_role("spinbutton")
    expect(quantity).to_have_value("2")
    expect(page.locator("[data-total]")).to_contain_text("2 pieces")
    press_until(page, quantity, "Shift+Tab")
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    expect(page.locator("[data-total]")).to_contain_text("5 pieces")
    expect(quantity).to_be_focused()

    press_until(page, page.get_by_role("button", name="Remove"))
    page.keyboard.press("Enter")
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_focused()
    expect(page.get_by_role("heading", name="Your cart is empty")).to_be_visible()
    expect(page.locator("body > [role=status]")).to_contain_text("Removed:")
    page.keyboard.press("Enter")
    expect(quantity).to_have_value("5")
    expect(page.get_by_role("heading", name="Cart", exact=True)).to_be_focused()
    assert page.evaluate("window.untouched")
    context.close()


@sizes
def test_the_button_that_buys_turns_live_without_a_reload_and_says_so_once(
    shop: Shop, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    shop.open_in(10)
    page.add_init_script(WATCH_SHIFTS)
    open_settled(page, product(shop))
    buy = page.locator("[name=buy]")
    expect(buy).to_be_disabled()
    expect(buy).to_contain_text("Opens", use_inner_text=True)
    page.evaluate("window.untouched = true")

    expect(buy).to_be_enabled()

    expect(buy).to_have_text("Buy now", use_inner_text=True)
    expect(page.locator("[data-opened]")).to_have_text("The deal is open: buy now.")
    assert page.evaluate("window.untouched")
    assert page.evaluate("window.shifts") == []
    with page.expect_request(lambda one: one.url.endswith("/checkout")):
        buy.click()


def test_who_waits_with_a_cart_sees_the_deals_price_without_a_reload(shop: Shop, page: Page) -> None:
    put_in(page, product(shop))
    shop.open_in(12)
    page.reload()
    before = page.locator("[data-total] b").inner_text()
    expect(page.locator(".cart-line .notice")).to_contain_text("The deal opens")
    page.evaluate("window.untouched = true")

    expect(page.locator(".cart-line .notice")).to_contain_text(f"Price changed: was {before}, now")

    expect(page.locator(".cart-line-discounts")).to_contain_text("Festival price")
    expect(page.locator("[data-total] b")).not_to_have_text(before)
    assert page.evaluate("window.untouched")


def test_the_button_goes_by_the_variant_that_is_chosen(shop: Shop, page: Page) -> None:
    address = product(shop, variants=2)
    later = "SELECT max(d.id) FROM festivals_deal d JOIN catalog_sku s ON s.id = d.sku_id WHERE s.product_id = "
    first, second = (shop.first(later.replace("max", one) + address.rpartition("/")[2]) for one in ("min", "max"))
    shop.database.execute("UPDATE festivals_deal SET opens_at = now() - interval '1 hour' WHERE id = %s", (second,))
    page.goto(address)
    radios, buy = page.get_by_role("radio"), page.locator("[name=buy]")

    states = set()
    for number in range(2):
        radios.nth(number).check()
        states.add((buy.is_disabled(), buy.inner_text().startswith("Opens")))

    assert first != second
    assert states == {(True, True), (False, False)}


def test_without_javascript_the_cart_does_the_same(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    put_in(page, product(shop))

    page.get_by_role("button", name="One more").click()
    expect(page.get_by_role("spinbutton")).to_have_value("2")
    page.get_by_role("button", name="Save for later").click()
    expect(page.get_by_role("heading", name="Saved for later")).to_be_visible()
    page.get_by_role("button", name="Move to cart").click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("spinbutton")).to_have_value("2")
    context.close()


def test_what_was_seen_is_remembered_by_the_browser_until_it_is_told_to_forget(shop: Shop, page: Page) -> None:
    first, second = product(shop), product(shop, place=1)
    page.goto(first)
    title = page.get_by_role("heading", level=1).inner_text()
    expect(page.locator("[data-seen]")).to_be_hidden()

    page.goto(second)
    expect(page.locator("[data-seen] h3")).to_have_text([title])
    assert page.context.cookies() == []
    page.get_by_role("button", name="Forget it").click()
    expect(page.locator("[data-seen]")).to_be_hidden()
    page.goto(shop.address)
    page.wait_for_load_state("load")
    expect(page.locator("[data-seen]")).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def fill(page: Page, shop: Shop) -> None:
    """Put three things into the cart, set one aside, take one out, and wish for one."""
    for place in range(3):
        page.goto(product(shop, place=place))
        page.locator("[data-buying] .button[data-kind=quiet]").click()
        page.wait_for_url("**/cart")
    page.locator(".cart-line-deeds [name=aside]").first.click()
    page.locator("#aside").wait_for()
    page.locator(".cart-merchant .cart-line-deeds p .button").nth(1).click()
    page.locator("form.notice").wait_for()
    page.goto(product(shop))
    page.locator(".buying-wish button").click()
    page.locator("[data-told]").wait_for()


def test_axe_finds_nothing_in_cart_wishes_and_product(shop: Shop, look: Page) -> None:
    for path in ("/cart", "/wishes"):
        look.goto(shop.address + path)
        assert violations(look) == [], f"{path}, empty"
    fill(look, shop)
    assert violations(look) == [], "product with what was told"

    for address in (f"{shop.address}/cart", f"{shop.address}/wishes", product(shop, variants=2)):
        look.goto(address)
        if "products" in address:
            look.locator(".seen li").first.wait_for()
        assert violations(look) == [], address
        assert look.evaluate("document.documentElement.scrollWidth") == PHONE[0], address


@sizes
def test_nothing_moves_while_the_cart_and_the_wishes_come(shop: Shop, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    fill(page, shop)
    page.add_init_script(WATCH_SHIFTS)

    for path in ("/cart", "/wishes"):
        page.goto(shop.address + path, wait_until="load")
        page.evaluate("document.fonts.ready")
        assert page.evaluate("window.shifts") == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == size[0], path
