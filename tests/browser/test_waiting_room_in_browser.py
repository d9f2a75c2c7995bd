"""The waiting room as people see it: with a script and without, by day, by night and mirrored, on to the purchase."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import DESK, PATIENCE_S, PHONE, Shop
from tests.browser.test_cart_in_browser import product
from tests.browser.test_checkout_in_browser import TELL, UNLIMITED, fill_in, open_in
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, sizes

# Long enough for two people to come one after the other, before the room is drawn.
OPENS_IN_S = 45.0


@pytest.fixture
def shop(shop: Shop) -> Iterator[Shop]:
    """The shop with deals that everybody may buy, as guests are not known; limits come back afterwards."""
    limits = shop.database.execute("SELECT buyer_limit, id FROM festivals_deal").fetchall()
    shop.database.execute(UNLIMITED, [0])
    shop.database.execute(TELL)
    yield shop
    for row in limits:
        shop.database.execute("UPDATE festivals_deal SET buyer_limit = %s WHERE id = %s", row)
    shop.database.execute("TRUNCATE waiting_room CASCADE")
    shop.database.execute("TRUNCATE waiting_entrant")
    shop.database.execute("UPDATE kernel_ticketline SET room_opens_at = NULL")
    shop.database.execute(TELL)


def come_to_wait(shop: Shop, page: Page) -> None:
    """Put a product with a deal to come into the cart, give an address, and enter the room."""
    page.goto(product(shop))
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart*")
    page.goto(f"{shop.address}/checkout")
    fill_in(page)
    page.get_by_role("button", name="Wait in the waiting room").click()
    page.wait_for_url("**/checkout/waiting")


@sizes
def test_the_room_stands_still_is_for_everybody_and_fits(
    shop: Shop, browser: Browser, size: tuple[int, int], tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB")
    page = context.new_page()
    come_to_wait(shop, page)
    page.add_init_script(WATCH_SHIFTS)
    for scheme, language in (("light", "en"), ("dark", "en"), ("light", "ar")):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.goto(f"{shop.address}/checkout/waiting?lang={language}")

        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == size[0]
        assert page.evaluate("window.shifts") == []
        # Last, since a picture of the whole page makes the window as high as that.
        page.screenshot(path=tmp_path / f"room-{size[0]}-{scheme}-{language}.png", full_page=True)
    context.close()


def test_at_the_opening_the_page_goes_on_by_itself_to_the_purchase_with_a_script_and_without(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    open_in(shop, OPENS_IN_S)
    pages = []
    for script in (True, False):
        context = browser.new_context(viewport={"width": PHONE[0], "height": PHONE[1]}, locale="en-GB")
        page = context.new_page()
        come_to_wait(shop, page)
        if not script:
            plain = browser.new_context(
                storage_state=context.storage_state(), locale="en-GB", java_script_enabled=False
            )
            context.close()
            page = plain.new_page()
            page.goto(f"{shop.address}/checkout/waiting")
        expect(page.get_by_text("drawn by lot at")).to_be_visible()
        pages.append(page)
    opens_ms = int(shop.first("SELECT opens_ms FROM waiting_room"))
    shop.run("tests.browser.rooms")
    for page in pages:
        expect(page.locator("#place")).to_have_text(re.compile(r"^[12]$"))
        page.screenshot(path=tmp_path / f"drawn-{pages.index(page)}.png", full_page=True)
    assert {page.locator("#place").inner_text() for page in pages} == {"1", "2"}

    for page in pages:
        page.wait_for_url("**/pay", timeout=PATIENCE_S * 1_000)

        assert int(shop.first("SELECT (extract(epoch FROM now()) * 1000)::bigint")) >= opens_ms
        page.context.close()
    assert shop.first("SELECT count(*) FROM waiting_entrant") == "2"


def test_who_is_sent_behind_a_room_with_a_script_waits_on_the_page_and_leaves_to_the_cart(
    shop: Shop, browser: Browser, tmp_path: Path
) -> None:
    context = browser.new_context(viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB")
    page = context.new_page()
    open_in(shop, -60)
    page.goto(product(shop))
    page.get_by_role("button", name="Add to cart").click()
    page.wait_for_url("**/cart*")
    page.goto(f"{shop.address}/checkout")
    fill_in(page)
    shop.database.execute(
        "UPDATE kernel_ticketline SET room_from = issued, room_to = issued + 2000000, issued = issued + 2000000,"
        " room_opens_at = now()"
    )
    page.wait_for_timeout(1_500)
    page.locator("#order-form button").first.click()
    page.wait_for_url("**/checkout/waiting")
    expect(page.get_by_role("heading", name="You are in the line")).to_be_visible()
    expect(page.locator("#minutes")).to_contain_text("minutes")
    page.screenshot(path=tmp_path / "line.png", full_page=True)

    page.get_by_role("button", name="Leave the line").click()
    page.wait_for_url("**/cart*")

    shop.database.execute("UPDATE kernel_ticketline SET admitted = issued")
    context.close()
