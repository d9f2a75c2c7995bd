"""Who may see what of the back office, over every address that it has."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from fairground.aftersales.deadlines import CaseDays
from fairground.aftersales.models import Case, CaseEvidence, CaseLabel
from fairground.aftersales.rules import CaseReason, CaseState, Wish
from fairground.catalog.models import Brand, Category, Sku
from fairground.festivals.models import HallBlock
from fairground.identity.actions import set_blocked
from fairground.identity.models import User
from fairground.identity.operators import ensure_roles
from fairground.identity.roles import ROLES
from fairground.kernel.ids import lane_of
from fairground.kernel.models import AuditEntry
from fairground.orders.models import Purchase
from fairground.orders.rules import purchase_number
from fairground.redpackets.models import PacketCampaign
from tests.declaring import make_declared
from tests.draws.making import draw_row, make_draw
from tests.factories import NOW, give_wallet, make_market, make_shopper, make_sku, place_one, place_request
from tests.hall_making import make_hall
from tests.promotion_making import make_promotion
from tests.settlement.making import make_payout
from tests.sites.back_office.staff import EARLY, sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

# Names of pages by who may open them; what is not here is for everybody of the staff who sees goods.
GOODS = set(ROLES) - {"accountant"}
MONEY = {"operator", "accountant"}
FOR = {
    **{page: set(ROLES) for page in ("index", "password_change", "password_change_done", "search")},
    **{f"merchants_merchant_{page}": set(ROLES) for page in ("changelist", "change")},
    **dict.fromkeys(
        (
            "money",
            "trial-balance",
            "closed-days",
            "income",
            "accounts",
            "statement",
            "escrow",
            "refunds",
            "tax",
            "duties-owed",
        ),
        MONEY,
    ),
    **dict.fromkeys(("sellers", "legal-identity", "fees", "reconciliation"), MONEY),
    **dict.fromkeys(("payouts-by-period", "gift-cards-issued", "credit-granted"), MONEY),
    **{page: set(ROLES) for page in ("shipping-rates", "places", "customs")},
    "purchases": {"operator", "support", "accountant"},
    "purchase": {"operator", "support", "accountant"},
    "addresses": {"operator", "support"},
    "refund": {"operator"},
    "ship": {"operator"},
    "delivered": {"operator"},
    "withdrawals": {"operator", "support"},
    "unreached-merchants": {"operator", "support"},
    **{page: {"operator", "support"} for page in ("cases", "case", "case-picture", "case-label", "case-days")},
    "market-days": {"operator"},
    "rows-aside": {"operator"},
    "payments": {"operator", "support", "accountant"},
    "returns": {"operator", "support", "accountant"},
    "disputes": {"operator", "support", "accountant"},
    **{page: {"operator"} for page in ("gift-cards", "asked-cards", "credit", "rows-aside")},
    "merchant-contact": {"operator"},
    "block": {"operator"},
    "switches": {"operator"},
    "switch": {"operator"},
    "pictures": {"operator", "editor"},
    "draw-step": {"operator"},
    **{f"draws_draw_{page}": {"operator"} for page in ("changelist", "change")},
    **{f"settlement_payout_{page}": MONEY for page in ("changelist", "change")},
    "payout-statement": MONEY,
    "payout-statement-pdf": MONEY,
    "owed": MONEY,
    "terms": MONEY,
    "merchant-terms": MONEY,
    "audit-file": {"operator"},
    **{page: {"operator"} for page in ("payout-step", "fee")},
    "guard": {"operator"},
    "budgets": {"operator"},
    "new-promotion": {"operator"},
    "new-rain": {"operator"},
    **{page: {"operator"} for page in ("hall-blocks", "hall-block", "add-hall-block")},
    **{f"identity_shopper_{page}": {"operator", "support"} for page in ("changelist", "change")},
    **{f"kernel_auditentry_{page}": {"operator"} for page in ("changelist", "change")},
}
NOBODY = ("_add", "_delete")


@pytest.fixture
def subjects() -> dict[str, object]:
    """Return something to show on every page: its key by the name of the model, or by the page's."""
    make_market()
    sku = make_sku(deal_price_minor=900)
    shopper_id = make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=1)
    placed = place_one(place_request(sku.line(), shopper_id=shopper_id))
    purchase = Purchase.objects.get(id=placed.purchase_id)
    set_blocked(shopper_id=shopper_id, blocked=True, by=type(EARLY)(user_id=None, now=EARLY.now, reason="a test"))
    product_id = Sku.objects.get(id=sku.id).product_id
    Brand.objects.create(slug="olmo", name="Olmo")
    hall = make_hall()
    # Like its hall, so that one number names both in an address.
    HallBlock.objects.create(id=hall.pk, hall=hall, position=1, kind="countdown")
    Category.objects.create(code="home", names={"en": "Home"})
    payout = make_payout(sku.merchant.id)
    return {
        **dict.fromkeys(("settlement_payout", "payout-step", "payout-statement", "payout-statement-pdf"), payout),
        "catalog_product": product_id,
        "catalog_sku": sku.id,
        "catalog_brand": "olmo",
        "catalog_category": "home",
        "merchants_merchant": sku.merchant.id,
        "festivals_festival": "fair",
        "festivals_deal": sku.deal_id,
        "redpackets_packetcampaign": make_campaign(),
        "identity_shopper": shopper_id,
        "kernel_auditentry": AuditEntry.objects.latest("id").id,
        "purchase": purchase_number(purchase.id, purchase.random_bits),
        "case": make_case(purchase),
        "block": shopper_id,
        "pictures": product_id,
        "draw-step": make_draw(),
        "draws_draw": draw_row().pk,
        "declaration": make_declared().pk,
        "guard": "fair",
        "phases": "fair",
        "festivals_hall": hall.pk,
        "hall-blocks": hall.pk,
        "add-hall-block": hall.pk,
        "hall-block": hall.pk,
        "switch": "sitemap",
        "promotion": make_promotion(),
        "legal-identity": sku.merchant.id,
        "merchant-terms": sku.merchant.id,
        "shipping-rates": sku.merchant.id,
        "places": sku.merchant.id,
        "merchant-contact": sku.merchant.id,
        "statement": f"?lane={lane_of(shopper_id)}&address=shopper:{shopper_id}:wallet:EUR",
    }


def make_campaign() -> object:
    """Make a rain of red packets, and return its key."""
    made = PacketCampaign.objects.create(
        festival_id="fair",
        market_id="EU",
        currency="EUR",
        name={"en": "Rain"},
        kind="rain",
        budget_minor=1_000,
        opens_at=NOW,
        closes_at=NOW + timedelta(hours=1),
        valid_until=NOW + timedelta(hours=1),
    )
    return made.pk


def make_case(purchase: Purchase) -> int:
    """Make a case with a picture on the purchase's first order, and return its id."""
    case = Case.objects.create(
        id=7,
        order_id=purchase.order_ids[0],
        case_no=1,
        purchase_id=purchase.id,
        shopper_id=purchase.shopper_id,
        merchant_id=1,
        market=purchase.market,
        reason=CaseReason.FAULTY,
        wish=Wish.MONEY,
        state=CaseState.OPENED,
        needs_return=True,
        opened_at=NOW,
        due_at=NOW,
        days=asdict(CaseDays()),
    )
    CaseLabel.objects.create(case=case, given_at=NOW, carrier="DHL", content=b"JPEG")
    CaseEvidence.objects.create(case=case, position=1, content=b"RIFF", width=1, height=1)
    return case.id


def pages(patterns: Any = None, prefix: str = "/") -> Iterator[tuple[str, str]]:
    """Yield the name and the route of each address below /back-office/."""
    if patterns is None:
        patterns = get_resolver().url_patterns
    for one in patterns:
        route = prefix + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from pages(one.url_patterns, route)
        elif isinstance(one, URLPattern) and route.startswith("/back-office/") and one.name:
            yield one.name, route


def address_of(name: str, route: str, subjects: dict[str, object]) -> str | None:
    """Return an address of a page that shows something; None for one that leads on wherever it is asked."""
    key = next((value for start, value in subjects.items() if name == start or name.startswith(f"{start}_")), None)
    if name in {"case-picture", "case-label"}:
        key = subjects["case"]
    if name in {"addresses", "refund", "ship", "delivered"}:
        key = subjects["purchase"]
    if name in {"addresses", "refund", "ship", "case-picture"}:
        route = route.replace("<int:position>", "1")
    if name == "statement":
        route += str(key)
    if name == "fee":
        route += "?category=home"
    numbers = (
        "case_id",
        "merchant_id",
        "shopper_id",
        "product_id",
        "declaration_id",
        "hall_id",
        "block_id",
        "promotion_id",
    )
    places = {f"<int:{name}>": key for name in numbers}
    places |= dict.fromkeys(("<path:object_id>", "<str:number>", "<slug:slug>", "<slug:festival>"), key)
    for place, shown in places.items():
        route = route.replace(place, str(shown))
    route = route.replace("<str:kind>", "deals").replace("<str:code>", "EU")
    return None if "<" in route or "^" in route or "(" in route else route


def every_address(subjects: dict[str, object]) -> dict[str, str]:
    """Return an address of every page by its name."""
    found = {name: address_of(name, route, subjects) for name, route in pages()}
    return {name: address for name, address in found.items() if address}


def status(client: Client, name: str, address: str) -> int:
    if name in {"addresses", "language", "find-shopper", "delivered"}:
        return client.post(address).status_code
    return client.get(address).status_code


def test_there_are_pages_to_be_guarded(subjects: dict[str, object]) -> None:
    assert len(every_address(subjects)) > 40


def test_who_has_not_signed_in_sees_nothing(subjects: dict[str, object]) -> None:
    client, kept = Client(), AuditEntry.objects.count()
    for name, address in every_address(subjects).items():
        if name in {"login", "logout", "jsi18n"}:
            continue
        answer = client.get(address)
        assert (answer.status_code, answer.headers.get("Location", "")[:19]) == (302, "/back-office/login/"), name
    assert AuditEntry.objects.count() == kept


@pytest.mark.parametrize("staff", [False, True])
def test_a_shopper_sees_nothing_and_staff_without_a_role_only_an_empty_first_page(
    subjects: dict[str, object], staff: bool
) -> None:
    client = sign_in(None, staff=staff)
    for name, address in every_address(subjects).items():
        if name in {
            "login",
            "logout",
            "jsi18n",
            "index",
            "password_change",
            "password_change_done",
            "language",
            "search",
        }:
            continue
        assert status(client, name, address) == (403 if staff else 302), name
    assert client.get("/back-office/login/").status_code == (302 if staff else 403)
    assert b"You have no role yet" in client.get("/back-office/").content if staff else True


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_sees_its_own_and_nobody_adds_or_deletes(subjects: dict[str, object], role: str) -> None:
    client = sign_in(role)
    for name, address in every_address(subjects).items():
        if name in {
            "login",
            "logout",
            "jsi18n",
            "language",
            "find-shopper",
            "delivered",
            "autocomplete",
            "view_on_site",
            "app_list",
        } or name.endswith("_history"):
            continue
        may = role in FOR.get(name, GOODS) and not name.endswith(NOBODY)
        # Without days there is no file, and the way leads back to the log.
        shown = 302 if name == "audit-file" else 200
        assert (name, status(client, name, address)) == (name, shown if may else 403)


def test_a_role_has_the_permissions_that_its_rules_name(db: None) -> None:
    ensure_roles()
    client = sign_in("support")
    user = User.objects.get(email="support@shop.example")

    assert user.get_all_permissions() == set(ROLES["support"])
    assert Permission.objects.filter(group__name="editor").count() == len(ROLES["editor"])
    assert client.get("/back-office/catalog/product/").status_code == 200


def test_the_pages_have_a_policy_of_their_own_and_the_shop_keeps_its_stricter_one(subjects: dict[str, object]) -> None:
    client = sign_in()

    assert "script-src 'self' 'unsafe-eval';" in client.get("/back-office/").headers["Content-Security-Policy"]
    assert "unsafe" not in client.get("/nothing").headers["Content-Security-Policy"]
    policy = Client().get("/back-office/login/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 5000])
def test_no_number_is_too_long_to_be_asked_for(subjects: dict[str, object], digits: str) -> None:
    client = sign_in()
    asked = [
        ("purchases/", {"shopper": digits}),
        ("purchases/", {"number": digits}),
        ("purchases/", {"before": digits}),
        ("identity/shopper/", {"q": digits}),
        ("festivals/deal/", {"q": digits}),
        ("catalog/product/", {"q": digits}),
        ("catalog/product/", {"p": digits}),
        ("catalog/product/", {"merchant__id__exact": digits}),
        ("kernel/auditentry/", {"q": digits}),
        (f"catalog/sku/{digits}/change/", {}),
        (f"shoppers/{digits}/block/", {}),
        (f"declarations/{digits}/", {}),
        ("declarations/", {"page": digits}),
        ("enrolments/", {"page": digits}),
        ("promotions/", {"page": digits}),
        (f"promotions/{digits}/", {}),
    ]

    for path, query in asked:
        answer = client.get(f"/back-office/{path}", query)
        assert answer.status_code in {200, 302, 404}, (path, list(query))


@pytest.mark.parametrize("path", ["declarations/", "enrolments/", "promotions/"])
def test_a_page_before_the_first_is_the_first(subjects: dict[str, object], path: str) -> None:
    answer = sign_in().get(f"/back-office/{path}", {"page": "0"})

    assert (answer.status_code, answer.context["first"]) == (200, None)
