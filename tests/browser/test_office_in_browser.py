"""The back office as a browser sees it: nothing is refused by its policy, and our pages are for everybody."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, StorageState

from tests.browser.access import violations
from tests.browser.conftest import PHONE, Shop
from tests.browser.staff import OPERATOR, OPERATOR_PASSWORD

# What the theme itself has on every page: no landmark around its content, and small buttons in its head and search.
OF_THE_THEME = {"landmark-one-main", "landmark-unique", "region", "target-size"}


@pytest.fixture(scope="module")
def signed_in(running_shop: Shop, browser: Browser) -> StorageState:
    """Cookies of a browser in which the operator has signed in, once for all tests of this file."""
    running_shop.run("tests.browser.staff")
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(f"{running_shop.address}/back-office/")
    page.fill("[name=username], [name=login]", OPERATOR)
    page.fill("[name=password]", OPERATOR_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(f"{running_shop.address}/back-office/")
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture(params=["light", "dark"])
def desk(
    shop: Shop, browser: Browser, signed_in: StorageState, request: pytest.FixtureRequest
) -> Iterator[tuple[Page, list[str]]]:
    """A page on which the operator has signed in, and all that the browser complained of."""
    context = browser.new_context(
        color_scheme=request.param, reduced_motion="reduce", locale="en-GB", storage_state=signed_in
    )
    page, complaints = context.new_page(), list[str]()

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(message.text)

    page.on("console", hear)
    page.on("requestfailed", lambda failed: complaints.append(failed.url))
    yield page, complaints
    context.close()


def test_nothing_is_refused_and_axe_finds_nothing_but_the_themes_own(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    sku = shop.first("SELECT id FROM catalog_sku ORDER BY id LIMIT 1")
    product = shop.first("SELECT id FROM catalog_product ORDER BY id LIMIT 1")
    shop.run("tests.browser.declared")
    found_first = shop.first("SELECT id FROM festivals_declaration ORDER BY findings = '[]', id LIMIT 1")
    goods = ("catalog/product/", f"catalog/sku/{sku}/change/", f"products/{product}/pictures/")
    guarded = ("festivals/lantern-fair/guard/", "enrolments/", "declarations/", f"declarations/{found_first}/")
    record = ("switches/", "switches/sitemap/", "set-aside/", "kernel/auditentry/")
    for path in ("", "purchases/", "customs/", *goods, *guarded, *record):
        assert found_by_axe(page, f"{shop.address}/back-office/{path}") == [], path
    assert complaints == []


def found_by_axe(page: Page, address: str) -> list[tuple[str, list[str]]]:
    """Return what axe finds on a page, with the markup, beside what is the theme's own."""
    page.goto(address)
    return axe_findings(page)


def axe_findings(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds on the page that is shown."""
    return [one for one in violations(page) if one[0] not in OF_THE_THEME]


def test_a_refund_is_for_everybody_and_asks_for_the_line(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    number = json.loads(shop.run("tests.browser.buying"))["paid"]
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    address = f"{shop.address}/back-office/purchases/{number}/refund/"
    assert found_by_axe(page, address) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]

    page.get_by_role("button", name="Refund").click()

    page.locator("[role=alert]").wait_for()
    assert axe_findings(page) == []
    assert page.locator("[name=line]").input_value() == ""
    assert page.locator("[name=line]").get_attribute("aria-invalid") == "true"
    assert complaints == []


def test_promotions_and_budgets_are_for_everybody_and_fit_a_phone(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    shop.run("tests.browser.promoted")
    promotion = shop.first("SELECT max(id) FROM promotions_promotion")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for path in ("promotions/", f"promotions/{promotion}/", "promotions/new/", "budgets/", "rain/new/"):
        assert found_by_axe(page, f"{shop.address}/back-office/{path}") == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0], path

    page.goto(f"{shop.address}/back-office/promotions/new/")
    page.get_by_label("Name (English)").fill("Never opened")
    page.get_by_role("button", name="Make it").click()

    assert "Nothing was written yet" in (page.text_content("[role=alert]") or "")
    assert page.get_by_label("Name (English)").input_value() == "Never opened"
    assert complaints == []


def test_the_pages_on_money_are_for_everybody_and_fit_a_phone(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    shop.run("tests.browser.buying")
    merchant = shop.run("tests.browser.taken_back").strip()
    escrow = shop.first("SELECT lane || '&address=' || address FROM ledger_account WHERE address LIKE '%:escrow:%'")
    lists = (
        "glance/",
        "trial-balance/",
        "accounts/",
        f"statement/?lane={escrow}",
        "escrow/",
        "refunds/",
        "tax/",
        "closed-days/",
    )
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    category = shop.first("SELECT code FROM catalog_category ORDER BY code LIMIT 1")
    page.goto(f"{shop.address}/back-office/money/fees/set/?category={category}")
    page.get_by_label("From now on, %").fill("101")
    page.get_by_role("button", name="Set it").click()
    page.locator("[role=alert]").wait_for()
    assert axe_findings(page) == []
    page.get_by_label("From now on, %").fill("8.5")
    page.get_by_role("button", name="Set it").click()
    page.get_by_role("heading", name="By category, now").wait_for()

    fees = ("fees/", f"fees/set/?category={category}", "reconciliation/")
    given = ("income/", "gift-cards/", "credit/", "payouts/", "duties/")
    for path in (*lists, *fees, *given, "sellers/", f"merchants/{merchant}/identity/"):
        assert found_by_axe(page, f"{shop.address}/back-office/money/{path}") == [], path
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0], path

    page.get_by_role("button", name="Show all and change").click()
    page.get_by_label("City", exact=True).fill("")
    page.get_by_role("button", name="Save").click()

    page.locator("[role=alert]").wait_for()
    assert axe_findings(page) == []
    assert page.get_by_label("City", exact=True).get_attribute("aria-invalid") == "true"
    assert complaints == []


def test_a_price_is_edited_and_stands_in_the_audit_log(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, _ = desk
    sku = shop.first("SELECT id FROM catalog_sku ORDER BY id DESC LIMIT 1")
    page.goto(f"{shop.address}/back-office/catalog/sku/{sku}/change/")
    price = page.get_by_label("EU, EUR")
    price.fill("12.34" if price.input_value() != "12.34" else "12.35")
    wanted = price.input_value()

    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(f"{shop.address}/back-office/catalog/sku/")

    assert shop.first(f"SELECT price_minor FROM catalog_price WHERE sku_id = {sku} AND market_id = 'EU'") == (
        wanted.replace(".", "")
    )
    page.goto(f"{shop.address}/back-office/kernel/auditentry/")
    assert f"SKU {sku}" in (page.text_content("#result_list") or "")


def test_payouts_are_for_everybody_and_fit_a_phone(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    payout = shop.run("tests.browser.settled").strip()
    merchant = shop.first("SELECT id FROM merchants_merchant ORDER BY id LIMIT 1")
    terms = f"money/merchants/{merchant}/terms/"
    of_payouts = ("settlement/payout/", f"settlement/payout/{payout}/change/", f"payouts/{payout}/step/", "money/owed/")
    for path in (*of_payouts, terms, "money/terms/", "kernel/auditentry/"):
        assert found_by_axe(page, f"{shop.address}/back-office/{path}") == [], path
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for path in (f"payouts/{payout}/step/", terms):
        page.goto(f"{shop.address}/back-office/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0], path
    assert complaints == []


@pytest.fixture
def disputed(shop: Shop) -> Iterator[None]:
    """A dispute of a payment that nobody here made, for as long as a test looks at it, however that ends."""
    shop.database.execute(
        "INSERT INTO payments_dispute (provider, ref, payment_id, amount_minor, currency, reason, state, taken_minor,"
        " noted_at, answer_before) VALUES ('stripe', 'dp_in_a_browser', 5, 4200, 'EUR', 'fraudulent', 2, 4200, now(),"
        " now() + interval '5 days')"
    )
    try:
        yield
    finally:
        shop.database.execute("DELETE FROM payments_dispute WHERE ref = 'dp_in_a_browser'")


@pytest.mark.usefixtures("disputed")
def test_disputed_payments_are_for_everybody_and_fit_a_phone(shop: Shop, desk: tuple[Page, list[str]]) -> None:
    page, complaints = desk
    address = f"{shop.address}/back-office/disputes/"
    assert found_by_axe(page, address) == []
    page.get_by_text("Give up", exact=True).click()
    page.locator("[id^=charge-]").fill("no proof of delivery")
    assert axe_findings(page) == []
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]

    page.goto(address)
    page.get_by_text("Contest", exact=True).click()
    page.locator("[id^=contest-]").fill("the recipient signed")
    page.get_by_role("button", name="Mark as contested").click()

    page.get_by_text("It is contested.").wait_for()

    shop.database.execute("UPDATE payments_dispute SET state = 6, ended_at = now()")
    page.goto(address)
    page.get_by_text("Bear the loss", exact=True).click()
    page.locator("[id^=bear-]").fill("the shopper spent it")
    assert axe_findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    page.get_by_role("button", name="It is the platform's loss").click()

    page.get_by_text("What is not covered of it is the platform's loss.").wait_for()
    assert complaints == []
