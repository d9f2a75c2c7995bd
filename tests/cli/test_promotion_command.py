"""`fairground promotion`: promotions out of files, as a person or a program makes them."""

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner

from fairground.cli.promotion import create_from, promotion
from fairground.merchants.models import Merchant
from fairground.promotions.models import Promotion, PromotionScope, PromotionTerms
from fairground.promotions.queries import promotions_seen
from fairground.promotions.rules.terms import DiscountStep, PromotionKind
from tests.factories import BY, make_market, make_merchant, make_shopper, make_sku, place_one, place_request

pytestmark = pytest.mark.usefixtures("lone_writer")


def described(**changed: Any) -> dict[str, Any]:
    """Return what a file says: 40.00 off for every 300.00 in the EU, since the day before the tests' moment."""
    return {
        "step": "cross_shop",
        "kind": "amount_off",
        "names": {"en": "Every 300, 40 off"},
        "opens_at": "2026-01-01T00:00+00:00",
        "closes_at": "2030-01-01T00:00+00:00",
        "repeats": True,
        "terms": {"EU": {"threshold": "300.00", "off": "40.00"}},
    } | changed


def make(*files: dict[str, Any]) -> list[tuple[int, str]]:
    return create_from(json.dumps(list(files)).encode(), by=BY)


@pytest.mark.parametrize("command", ["create", "list", "off", "on"])
def test_the_help_of_each_shows_how_it_is_called(command: str) -> None:
    result = CliRunner().invoke(promotion, [command, "--help"])

    assert result.exit_code == 0
    assert "fairground promotion" in result.output


def test_what_a_file_describes_takes_off_what_it_says() -> None:
    make_market()
    ((promotion_id, name),) = make(described(merchant_percent=25))

    placed = place_one(place_request(make_sku(price_minor=30_000).line(), shopper_id=make_shopper()))

    assert name == "Every 300, 40 off"
    assert placed.total_minor == 26_000
    made = Promotion.objects.get(id=promotion_id)
    assert (made.step, made.kind, made.merchant_bps) == (DiscountStep.CROSS_SHOP, PromotionKind.AMOUNT_OFF, 2_500)


def test_a_coupon_of_a_merchant_is_for_what_is_named_and_has_limits() -> None:
    make_market()
    merchant = make_merchant()
    slug = Merchant.objects.get(id=merchant.id).slug
    coupon = described(
        step="merchant_coupon",
        kind="percent_off",
        percent=10,
        repeats=False,
        merchant=slug,
        collects_from="2026-01-01T00:00+00:00",
        only={"merchants": [slug]},
        terms={"EU": {"threshold": "50.00", "ceiling": "20.00", "coupons_max": 100, "budget": "500.00"}},
    )

    ((promotion_id, _),) = make(coupon)

    terms = PromotionTerms.objects.get(promotion_id=promotion_id)
    assert (terms.threshold_minor, terms.ceiling_minor, terms.amount_max_minor, terms.coupons_max) == (
        5_000,
        2_000,
        50_000,
        100,
    )
    assert PromotionScope.objects.get().merchant_id == merchant.id
    assert [(one.limited, one.budget_minor, one.uses) for one in promotions_seen()] == [(True, 50_000, 0)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"step": "crossing"}, "'crossing' is none of deal, merchant_discount"),
        ({"terms": {"MOON": {"threshold": "1.00", "off": "0.50"}}}, "there is no market MOON"),
        ({"merchant": "nobody"}, "there is no merchant nobody"),
        ({"only": {"halls": ["no-hall"]}}, "there is no hall no-hall"),
        ({"terms": {"EU": {"threshold": "1.005", "off": "0.50"}}}, "no amount of EUR: '1.005'"),
        ({"opens_at": "2026-01-01T00:00"}, "says no offset from UTC"),
        ({"percentage": 5}, "Object contains unknown field `percentage`"),
        ({"closes_at": "2025-01-01T00:00+00:00"}, "promotion 1: it has to close after it opens"),
        ({"terms": {"EU": {"threshold": "30.00", "off": "40.00"}}}, "the amounts do not fit the kind"),
    ],
)
def test_what_a_file_can_not_say_is_told_and_nothing_is_made(changed: dict[str, Any], words: str) -> None:
    make_market()

    with pytest.raises(click.ClickException) as refused:
        make(described(**changed))

    assert words in refused.value.message
    assert not Promotion.objects.exists()
