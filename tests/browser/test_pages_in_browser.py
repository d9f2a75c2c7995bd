"""The pages as a browser sees them: weight, stillness, access, the countdown, live stock."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from tests.browser.access import violations
from tests.browser.conftest import DESK, PHONE, Shop

STREAM = "/v1/deals/stream"
# What moved by itself since the page began to load; what moves within half a second of a click does not count.
WATCH_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => list.getEntries().forEach((one) =>
  window.shifts.push([one.value, ...one.sources.map(({ node }) => node?.outerHTML ?? node?.textContent)])))
  .observe({ type: "layout-shift", buffered: true });
"""

BOTH_WIDTHS = [PHONE[0], DESK[0]]
sizes = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


def addresses(shop: Shop) -> dict[str, str]:
    """Return an address of every kind of page; the product has several variants and deals."""
    several = "SELECT s.product_id FROM festivals_deal d JOIN catalog_sku s ON s.id = d.sku_id GROUP BY 1"
    product = shop.first(f"{several} HAVING count(*) > 2 ORDER BY 1 LIMIT 1")
    pages = {
        "home": "/",
        "hall": "/halls/electronics",
        "results": "/categories/electronics?deals=1",
        "product": f"/products/{product}",
        "shop": "/shops/aurora-lights",
        "live": "/live",
        "problem": "/problems/sold-out",
        "problems": "/problems/",
        "not found": "/nothing",
    }
    return {name: shop.address + path for name, path in pages.items()}


def open_settled(page: Page, address: str) -> None:
    """Open a page and wait until its fonts and files are there and its stock is live."""
    with page.expect_response(lambda answer: STREAM in answer.url):
        page.goto(address)
    page.evaluate("document.fonts.ready")


def found_by_day_and_night(page: Page) -> list[tuple[str, str, list[str]]]:
    """Return what axe finds on a page by day, and after its colours have changed in place by night."""
    said: list[tuple[str, str, list[str]]] = []
    grounds = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        grounds.add(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
        said += [(scheme, *one) for one in violations(page)]
    # The live screen is a page of the night at any time.
    assert len(grounds) == (1 if page.locator("body[data-theme=night]").count() else 2)
    return said


def widths_of(page: Page) -> list[int]:
    """Return how wide a page needs the window to be, on a phone and then on a desk; both, if nothing stands out."""
    widths = []
    for width, height in (PHONE, DESK):
        page.set_viewport_size({"width": width, "height": height})
        widths.append(page.evaluate("document.documentElement.scrollWidth"))
    return widths


@pytest.mark.parametrize(
    "name", ["home", "hall", "results", "product", "shop", "live", "problem", "problems", "not found"]
)
def test_axe_finds_nothing(shop: Shop, still_page: Page, name: str) -> None:
    still_page.goto(addresses(shop)[name])

    assert found_by_day_and_night(still_page) == []


@sizes
@pytest.mark.parametrize("name", ["home", "hall", "results", "product", "shop"])
def test_nothing_moves_or_stands_out_of_the_page(shop: Shop, page: Page, size: tuple[int, int], name: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(WATCH_SHIFTS)
    open_settled(page, addresses(shop)[name])
    seconds = page.locator("[data-unit=seconds]")
    if seconds.count():
        expect(seconds).not_to_have_text(seconds.inner_text())

    assert page.evaluate("window.shifts") == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@sizes
def test_home_weighs_at_most_200_kb_and_its_script_60(shop: Shop, page: Page, size: tuple[int, int]) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    finished: list[Request] = []
    page.on("requestfinished", lambda one: finished.append(one))  # noqa: PLW0108 - it is marked
    open_settled(page, shop.address + "/")

    weights = [
        (one.resource_type, sum(one.sizes()[part] for part in ("responseBodySize", "responseHeadersSize")))
        for one in finished
    ]

    assert {"document", "stylesheet", "script", "font", "image"} <= {kind for kind, _ in weights}
    assert sum(weight for _, weight in weights) <= 200_000
    assert sum(weight for kind, weight in weights if kind == "script") <= 60_000


def test_the_countdown_and_the_first_deals_are_above_the_fold_of_a_phone(shop: Shop, page: Page) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    open_settled(page, shop.address + "/")

    expect(page.locator(".countdown")).to_be_in_viewport(ratio=1)
    expect(page.locator(".product-card h3").first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("name", ["home", "hall", "product", "shop", "live", "problem"])
def test_a_page_breaks_no_policy_and_throws_nothing(shop: Shop, page: Page, name: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: said.append(str(error)))

    with page.expect_response(lambda answer: answer.url.endswith("/stream") or "problem" in answer.url):
        page.goto(addresses(shop)[name])
    page.wait_for_load_state("load")

    assert said == []


def test_the_festival_opens_without_a_reload(shop: Shop, page: Page) -> None:
    shop.open_in(8)
    page.add_init_script(WATCH_SHIFTS)
    open_settled(page, shop.address + "/")
    expect(page.locator(".opening-label")).to_have_text("Opens in", use_inner_text=True)
    page.evaluate(
        """() => {
          window.untouched = true;
          const { opens, closes } = document.querySelector(".opening").dataset;
          const buy = Object.assign(document.createElement("button"), { disabled: true, textContent: "Buy" });
          Object.assign(buy.dataset, { opens, closes });
          document.body.append(buy);
        }"""
    )

    expect(page.get_by_role("button", name="Buy")).to_be_enabled()

    expect(page.locator(".opening-label")).to_have_text("Open now, closes in", use_inner_text=True)
    expect(page.locator(".countdown")).to_have_text(re.compile(r"00\s*days\s*23\s*hours\s*59\s*min"))
    expect(page.locator(".product-card .price-why").first).to_contain_text("festival price", use_inner_text=True)
    assert page.evaluate("window.untouched")
    assert page.evaluate("window.shifts") == []


def test_what_sells_changes_the_bar_of_everybody_who_looks(shop: Shop, page: Page) -> None:
    shop.database.execute("UPDATE inventory_stock SET sold = 0 WHERE deal_id IS NOT NULL")
    open_settled(page, shop.address + "/")
    card = page.locator(".product-card").first
    bar = card.locator(".stock-bar")
    units, deals = int(bar.get_attribute("data-units") or 0), json.loads(bar.get_attribute("data-deals") or "{}")
    expect(bar).to_have_text(f"{units:,} of {units:,} left")
    first, *others = map(int, deals)

    shop.database.execute("UPDATE inventory_stock SET sold = 3 WHERE deal_id = %s", (first,))
    expect(bar).to_have_text(f"{units - 3:,} of {units:,} left")
    expect(bar.locator("progress")).to_have_js_property("value", 3)

    shop.database.execute("UPDATE inventory_stock SET sold = units WHERE deal_id = ANY(%s)", ([first, *others],))
    expect(bar).to_have_text("Sold out")
    expect(card).to_have_attribute("data-state", "gone")
    shop.database.execute("UPDATE inventory_stock SET sold = 0 WHERE deal_id IS NOT NULL")


def test_without_javascript_the_page_says_the_same(shop: Shop, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(shop.address + "/")

    expect(page.locator("[data-unit=days]")).to_have_text("02")
    expect(page.locator(".opening-label")).to_have_text("Opens in", use_inner_text=True)
    expect(page.locator(".product-card")).to_have_count(24)
    page.locator("#market").select_option("JP")
    page.locator("#lang").select_option("es")
    page.get_by_role("button", name="Change").click()
    expect(page).to_have_url(f"{shop.address}/?market=JP&lang=es")
    expect(page.locator(".opening-label")).to_have_text("Abre en", use_inner_text=True)
    context.close()


def test_the_keyboard_reaches_the_content_first_and_then_every_deal(shop: Shop, page: Page) -> None:
    open_settled(page, shop.address + "/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".halls a").first).to_be_focused()
    for _ in range(page.locator(".halls a").count()):
        page.keyboard.press("Tab")
    expect(page.locator(".product-card a").first).to_be_focused()


def test_suggestions_are_chosen_with_the_keys(shop: Shop, page: Page) -> None:
    open_settled(page, addresses(shop)["home"])
    box = page.get_by_role("combobox", name="Search goods")
    box.press_sequentially("home")
    name = page.get_by_role("option").first.locator("span").inner_text()
    box.press("ArrowDown")

    assert box.get_attribute("aria-expanded") == "true"
    assert box.get_attribute("aria-activedescendant") == "one-0"
    box.press("Enter")
    page.wait_for_url("**/categories/home*")
    assert page.get_by_role("heading", level=1).inner_text() == name
