"""The rain as people see it: a round that opens in the page, a packet that is opened, with and without scripts."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.access import violations
from tests.browser.conftest import PHONE, Shop
from tests.browser.somebody import make_somebody, sign_in
from tests.browser.test_cart_in_browser import press_until
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, sizes

TABLES = "redpackets_packet, redpackets_packetslice, redpackets_packetround, redpackets_packetcampaign"


@pytest.fixture
def rainy(shop: Shop) -> Shop:
    """The shop with rounds of packets, and somebody who may grab them."""
    shop.database.execute(f"TRUNCATE {TABLES} CASCADE".encode())
    make_somebody(shop)
    shop.run("tests.browser.raining")
    return shop


@pytest.fixture
def locale() -> str:
    """English as asked for in Germany."""
    return "en-DE"


def round_named(page: Page, name: str) -> Locator:
    """Return the part of the page that shows a round."""
    return page.locator(".rain-round", has=page.get_by_role("heading", name=name))


@sizes
def test_a_round_opens_and_its_packet_is_opened_in_the_same_page(
    rainy: Shop, page: Page, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(WATCH_SHIFTS)
    sign_in(rainy, page, to="rain")
    rain = round_named(page, "Golden hour")
    button = rain.get_by_role("button")
    expect(button).to_be_disabled()
    expect(button).to_have_text("Not open yet", use_inner_text=True)
    page.evaluate("window.untouched = true")

    expect(button).to_be_enabled()
    assert page.evaluate("window.shifts") == []
    with page.expect_response("**/packet") as answer:
        button.click()

    assert answer.value.status == 201
    expect(rain.locator(".rain-status")).to_have_text(re.compile(r"^You opened a packet with €\d+\.\d\d\.$"))
    assert page.evaluate("window.untouched")
    told = rain.locator(".rain-status").inner_text()
    page.reload()
    mine = page.locator(".packet")
    expect(mine).to_have_count(1)
    assert mine.locator(".packet-amount").inner_text() in told
    expect(round_named(page, "Golden hour").get_by_role("button")).to_be_disabled()


def test_the_keys_alone_open_a_personal_packet_and_who_asks_again_has_the_same(rainy: Shop, page: Page) -> None:
    sign_in(rainy, page, to="rain")
    button = round_named(page, "Welcome to the fair").get_by_role("button")

    press_until(page, button)
    page.keyboard.press("Enter")

    expect(round_named(page, "Welcome to the fair").locator(".rain-status")).to_contain_text("You opened a packet")
    assert rainy.first("SELECT count(*) FROM redpackets_packet") == "1"
    page.reload()
    expect(round_named(page, "Welcome to the fair")).to_have_count(0)


def test_without_javascript_the_form_opens_it_just_so(rainy: Shop, browser: Browser) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="en-DE", viewport={"width": PHONE[0], "height": PHONE[1]}
    )
    page = context.new_page()
    sign_in(rainy, page, to="rain")

    round_named(page, "Welcome to the fair").get_by_role("button").click()

    expect(page.get_by_text("You opened a packet with €")).to_be_visible()
    expect(page.locator(".packet")).to_have_count(1)
    context.close()


def test_axe_finds_nothing_in_the_rain(rainy: Shop, look: Page) -> None:
    look.goto(f"{rainy.address}/rain?market=EU")
    assert violations(look) == [], "as a guest"
    sign_in(rainy, look, to="rain")
    assert violations(look) == [], "before"
    look.locator(".rain-form .button").first.click()
    look.locator("[data-packet=opened]").wait_for()
    assert violations(look) == [], "opened"
    look.reload()
    assert violations(look) == [], "with a packet"
