"""Promotions in the back office: found with what they gave, told in words, made from a form, ended early."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Category
from fairground.kernel.models import AuditEntry
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.actions.declare import edit_promotion
from fairground.promotions.budgets import SoughtPromotions, find_promotions
from fairground.promotions.models import Allowance, AllowanceKind, Promotion, PromotionTerms
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms, ScopeNames
from fairground.promotions.rules.standing import PromotionState
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from tests.factories import (
    BY,
    NOW,
    NOW_MS,
    MerchantMade,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    place_one,
    place_request,
)
from tests.promotion_making import make_coupon, make_promotion
from tests.sites.back_office.staff import sign_in

LIST, NEW = "/back-office/promotions/", "/back-office/promotions/new/"
# The page goes by the clock, so its promotions are far off or long over.
SOON, LATE = datetime(2080, 1, 1, tzinfo=UTC), datetime(2080, 1, 2, tzinfo=UTC)
BUNDLE = {"kind": "bundle_for_fewer", "percent": "", "threshold_EU": "", "ceiling_EU": ""}
TEN_PERCENT = {"kind": PromotionKind.PERCENT_OFF, "percent_bps": 1_000}


@pytest.fixture(autouse=True)
def _market(lone_writer: object) -> None:
    make_market()


def page(client: Client, address: str, **query: str) -> str:
    return client.get(address, query).content.decode()


def ongoing(**further: Any) -> int:
    """Make a promotion that is open whenever the test runs."""
    return make_promotion(opens_at=NOW - timedelta(days=400), closes_at=LATE, **further)


def typed(**changes: str) -> dict[str, str]:
    """Return what the form sends for 10 % off across shops in the EU, from 50.00, at most 20.00; with changes."""
    sent = {
        "step": "cross_shop",
        "kind": "percent_off",
        "percent": "12.5",
        "name_en": "An eighth off",
        "opens_at": "2080-01-01T00:00:00",
        "closes_at": "2080-01-02T00:00:00",
        "merchant_percent": "25",
        "threshold_EU": "50.00",
        "ceiling_EU": "20",
        "budget_EU": "1000.50",
        "uses_EU": "300",
    }
    return {name: value for name, value in {**sent, **changes}.items() if value}


def errors(answer: Any) -> dict[str, list[str]]:
    return {name: [str(one) for one in found] for name, found in answer.context["form"].errors.items()}


def said(answer: Any) -> list[str]:
    return [str(one) for one in get_messages(answer.wsgi_request)]


def test_what_is_typed_becomes_the_promotion_that_the_command_would_make() -> None:
    answer = sign_in().post(NEW, typed())

    made, terms = Promotion.objects.get(), PromotionTerms.objects.get()
    assert answer.headers["Location"] == f"/back-office/promotions/{made.id}/"
    assert (made.step, made.kind, made.percent_bps) == (DiscountStep.CROSS_SHOP, PromotionKind.PERCENT_OFF, 1_250)
    assert (made.names, made.merchant_bps, made.merchant_id) == ({"en": "An eighth off"}, 2_500, None)
    assert (made.opens_at, made.closes_at, made.needs_coupon) == (SOON, LATE, False)
    assert (terms.market_id, terms.currency, terms.threshold_minor, terms.ceiling_minor) == ("EU", "EUR", 5_000, 2_000)
    assert (terms.amount_max_minor, terms.uses_max, terms.coupons_max) == (100_050, 300, None)
    entry = AuditEntry.objects.get(subject_kind="promotion")
    assert (entry.verb, entry.subject_id, entry.user_id is not None) == ("created", str(made.id), True)


def test_a_form_sent_twice_makes_one_promotion_and_another_form_another() -> None:
    client = sign_in()
    keys = [str(client.get(NEW).context["form"]["form_key"].value()) for _ in range(2)]
    first = client.post(NEW, typed(form_key=keys[0]))

    again = client.post(NEW, typed(form_key=keys[0], name_en="A second press"))

    assert (again.status_code, again.headers["Location"]) == (302, first.headers["Location"])
    assert said(again)[-1] == "This form was sent before: here is what it made."
    assert [one.names for one in Promotion.objects.all()] == [{"en": "An eighth off"}]
    assert AuditEntry.objects.filter(subject_kind="promotion").count() == 1
    client.post(NEW, typed(form_key=keys[1]))
    assert Promotion.objects.count() == 2


def test_a_form_shown_again_with_what_is_wrong_keeps_its_key() -> None:
    key = "0190f7e2-6f5c-4c52-9d5e-3a1b2c3d4e5f"

    shown = sign_in().post(NEW, typed(form_key=key, percent="")).content.decode()

    assert f'name="form_key" value="{key}"' in shown


def test_a_merchants_coupon_for_some_categories_is_made_with_its_time_of_collecting() -> None:
    shop = make_merchant()
    Category.objects.create(code="home", names={"en": "Home"})
    coupon = {
        "step": "merchant_coupon",
        "merchant": slug_of(shop),
        "merchant_percent": "100",
        "categories": "home",
        "collects_from": "2079-12-01T00:00:00",
        "coupons_EU": "500",
    }

    sign_in().post(NEW, typed(**coupon))

    made = Promotion.objects.get()
    assert (made.merchant_id, made.needs_coupon, made.merchant_bps) == (shop.id, True, 10_000)
    assert made.collects_from == datetime(2079, 12, 1, tzinfo=UTC)
    assert [one.category_id for one in made.scopes.all()] == ["home"]
    assert Allowance.objects.get(kind=AllowanceKind.COLLECT).taken_max == 500


def slug_of(merchant: MerchantMade) -> str:
    return f"merchant-{merchant.id}"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"name_en": ""}, "name_en", "It has a name in some language."),
        ({"closes_at": "2079-01-01T00:00:00"}, "closes_at", "It has to close after it opens"),
        ({"closes_at": "9999-12-31T23:59:59"}, "closes_at", "That is too far off."),
        ({"percent": ""}, "percent", "It can't do without this."),
        ({"bundle_units": "3"}, "bundle_units", "has no use for this"),
        ({"kind": "amount_off", "percent": "", "ceiling_EU": ""}, "off_EU", "It can't do without this."),
        ({"off_EU": "3"}, "off_EU", "has no use for this"),
        ({"threshold_EU": "5,00"}, "threshold_EU", "Write an amount in EUR with a point"),
        ({"threshold_EU": "0"}, "threshold_EU", "An amount is above zero and within reason."),
        ({"coupons_EU": "9"}, "coupons_EU", "There are no coupons"),
        ({"step": "shipping"}, "kind", "Shipping takes off shipping"),
        ({"step": "merchant_discount"}, "merchant", "It can't do without this."),
        ({"merchant": "nobody"}, "merchant", "This step is the platform's."),
        ({"merchants": "nobody"}, "merchants", "There is none called nobody."),
        ({"skus": "twelve"}, "skus", "There is none called twelve."),
        ({"skus": "907000000000000000"}, "skus", "There is none called 907000000000000000."),
        ({"categories": "nowhere"}, "categories", "There is none called nowhere."),
        ({"opens_at": "2020-01-01T00:00:00", "closes_at": "2020-01-02T00:00:00"}, "closes_at", "in the future."),
        ({**BUNDLE, "bundle_units": "1", "bundle_paid_units": "1"}, "bundle_units", "greater than or equal to 2"),
        ({**BUNDLE, "bundle_units": "3", "bundle_paid_units": "3"}, "bundle_paid_units", "Fewer are paid than"),
        ({"collects_from": "2079-12-01T00:00:00"}, "collects_from", "There is no coupon to collect"),
        ({"merchant_percent": "101"}, "merchant_percent", "less than or equal to 100"),
        (dict.fromkeys(("threshold_EU", "ceiling_EU", "budget_EU", "uses_EU"), ""), "__all__", "Name a market"),
        (
            {"kind": "amount_off", "percent": "", "ceiling_EU": "", "off_EU": "50", "repeats": "on"},
            "off_EU",
            "What repeats takes off less than its threshold.",
        ),
    ],
)
def test_what_can_not_be_is_said_beside_its_field_and_makes_nothing(
    changes: dict[str, str], field: str, words: str
) -> None:
    answer = sign_in().post(NEW, typed(**changes))

    assert answer.status_code == 200
    assert words in " ".join(errors(answer)[field])
    shown = answer.content.decode()
    assert shown.count(words.replace("'", "&#x27;")) == 2, "above the form, and beside the field"
    assert field == "__all__" or f'href="#id_{field}"' in shown
    assert (Promotion.objects.count(), PromotionTerms.objects.count(), Allowance.objects.count()) == (0, 0, 0)


def test_a_merchants_promotion_is_for_its_own_skus_alone() -> None:
    shop = make_merchant()
    own, other = make_sku(merchant=shop), make_sku()
    discount = {"step": "merchant_discount", "merchant": slug_of(shop), "merchant_percent": "100"}

    refused = sign_in().post(NEW, typed(**discount, skus=f"{own.id} {other.id}"))

    assert errors(refused) == {"skus": [f"Another merchant sells {other.id}."]}
    assert Promotion.objects.count() == 0
    sign_in().post(NEW, typed(**discount, skus=str(own.id)))
    assert [one.sku_id for one in Promotion.objects.get().scopes.all()] == [own.id]


def test_a_market_that_is_ticked_needs_no_amount() -> None:
    bundle = {"kind": "bundle_for_fewer", "percent": "", "bundle_units": "3", "bundle_paid_units": "2", "in_EU": "on"}
    empty = dict.fromkeys(("threshold_EU", "ceiling_EU", "budget_EU", "uses_EU"), "")

    sign_in().post(NEW, typed(**bundle, **empty))

    assert PromotionTerms.objects.get().market_id == "EU"
    assert (Promotion.objects.get().bundle_units, Promotion.objects.get().bundle_paid_units) == (3, 2)


def test_the_list_has_a_bar_for_each_bound_that_says_what_is_taken_of_it() -> None:
    make_sku()
    promotion = ongoing(
        terms={"EU": MarketTerms(threshold_minor=30_000, off_minor=4_000, amount_max_minor=1_000_000, uses_max=50)}
    )
    coupon = make_coupon(coupons_max=1_250)
    collect_coupons([CollectRequest(coupon, "EU", make_shopper(), verified=True)], now_ms=NOW_MS)
    place_one(place_request(make_sku(price_minor=30_000).line(1), shopper_id=make_shopper(), discount_minor=4_000))

    shown = page(sign_in(), LIST)

    for label, text in (
        ("given", "40.00 of 10,000.00 EUR"),
        ("purchases", "1 of 50"),
        ("coupons collected", "1 of 1,250"),
    ):
        assert f'aria-label="EU {label}: {text}"' in shown
    assert f"/back-office/promotions/{promotion}/" in shown


def test_promotions_are_found_by_words_merchant_funder_and_where_they_stand() -> None:
    shop = make_merchant()
    ours = ongoing(merchant_bps=0)
    theirs = make_promotion(
        opens_at=SOON, closes_at=LATE, step=DiscountStep.MERCHANT_DISCOUNT, merchant_id=shop.id, merchant_bps=10_000
    )
    over = make_promotion(opens_at=NOW - timedelta(days=900), closes_at=NOW - timedelta(days=800), merchant_bps=5_000)
    ended = ongoing()
    edit_promotion(promotion_id=ended, by=BY, is_on=False)

    def found(**sought: str) -> set[int]:
        seen = find_promotions(sought=SoughtPromotions(**sought), now=datetime.now(UTC), limit=50)
        return {one.id for one in seen}

    assert found() == {ours, theirs, over, ended}
    assert found(words="EVERY 300") == {ours, theirs, over, ended}
    assert found(words="OLMO") == {theirs}
    assert found(words="en") == set()
    assert found(merchant=slug_of(shop)) == {theirs}
    assert found(funder="platform") == {ours, over, ended}
    assert found(funder="merchants") == {theirs, over}
    assert {state: found(state=state) for state in PromotionState} == {
        PromotionState.OPEN: {ours},
        PromotionState.PLANNED: {theirs},
        PromotionState.OVER: {over},
        PromotionState.ENDED: {ended},
    }


def test_the_page_of_a_promotion_says_in_words_what_it_does() -> None:
    shop = make_merchant()
    promotion = ongoing(
        step=DiscountStep.MERCHANT_DISCOUNT,
        merchant_id=shop.id,
        merchant_bps=10_000,
        excludes_deals=True,
        shopper_uses_max=1,
        scope=ScopeNames(sku_ids=(make_sku(merchant=shop).id,)),
        terms={"EU": MarketTerms(threshold_minor=5_000, ceiling_minor=2_000)},
        **TEN_PERCENT,
    )

    shown = page(sign_in(), f"{LIST}{promotion}/")

    for words in (
        "10\N{NO-BREAK SPACE}% off, at most 20.00 EUR, from 50.00 EUR",
        "At Olmo it is for: 1 SKU: ",
        "Goods at a festival price are left out.",
        "A shopper gets it with 1 purchase.",
        "It applies by itself",
        "The merchants of the goods pay for it.",
        "not counted",
    ):
        assert words in shown


def test_one_is_ended_early_with_a_reason_and_taken_up_again() -> None:
    promotion, client = ongoing(), sign_in()
    address = f"{LIST}{promotion}/"

    told = client.post(address, {"deed": "end", "reason": "a slip in the threshold"})

    assert said(told) == ["It is ended: no purchase gets it from now on."]
    assert Promotion.objects.get().is_on is False
    assert "Ended early" in page(client, address)
    client.post(address, {"deed": "resume", "reason": "mended"})
    assert Promotion.objects.get().is_on is True
    entries = AuditEntry.objects.filter(subject_kind="promotion", verb="changed").order_by("id")
    assert [(one.reason, one.facts) for one in entries] == [
        ("a slip in the threshold", {"is_on": [True, False]}),
        ("mended", {"is_on": [False, True]}),
    ]


def test_nothing_is_ended_without_a_reason() -> None:
    promotion, client = ongoing(), sign_in()

    told = client.post(f"{LIST}{promotion}/", {"deed": "end", "reason": " "})

    assert said(told) == ["Say why. Nothing changed."]
    assert (Promotion.objects.get().is_on, AuditEntry.objects.filter(verb="changed").count()) == (True, 0)


@pytest.mark.parametrize("role", ["support", "editor"])
def test_only_an_operator_makes_and_ends_them(role: str) -> None:
    promotion, client = ongoing(), sign_in(role)

    answers = [client.post(NEW, typed()), client.post(f"{LIST}{promotion}/", {"deed": "end", "reason": "none"})]

    assert [one.status_code for one in answers] == [403, 403]
    assert (Promotion.objects.count(), Promotion.objects.get().is_on) == (1, True)
    assert "End it early" not in page(client, f"{LIST}{promotion}/")


def test_more_promotions_in_the_list_ask_nothing_more_of_the_database() -> None:
    client = sign_in()

    def statements() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get(LIST).status_code == 200
        return len(asked)

    ongoing(terms={"EU": MarketTerms(off_minor=100, uses_max=10)})
    few = statements()
    for _ in range(5):
        ongoing(terms={"EU": MarketTerms(off_minor=100, uses_max=10)})

    assert statements() == few
