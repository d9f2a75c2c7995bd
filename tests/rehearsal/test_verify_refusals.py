"""Judging refusals: what the shop really refuses is true, and the same reason for another request is not."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fairground.checkout.rules.placing import Placed
from fairground.festivals.market_openings import open_in_markets
from fairground.festivals.models import Deal, Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.identity.models import Shopper
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.rehearsal.verify import Verification, verify_realm
from tests.rehearsal.trading import NOW_MS, OPENED_MS, Trade, make_trade, write_lines

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def judge(trade: Trade, folder: Path) -> Verification:
    """Verify with what the shoppers of `trade` were refused."""
    return verify_realm(
        acknowledged=write_lines(folder / "acknowledged.jsonl", trade.acknowledged),
        refusals=write_lines(folder / "refusals.jsonl", trade.refusals),
    )


def red(found: Verification) -> list[str]:
    """Return the keys of the checks that failed."""
    return [check.key for check in found.checks if not check.ok]


def refuse_everything(trade: Trade) -> None:
    """Ask for what must be refused, each for another reason."""
    knife = trade.purchases["both"]
    Shopper.objects.filter(id=trade.shoppers[7]).update(verified=False)
    key = trade.key()
    trade.place(6, ("bulb", 1), key=key)
    outcomes = [
        trade.place(6, ("cup deal", 2)),
        trade.place(1, ("lamp deal", 1)),
        trade.place(6, ("knife", 1), market="EU", currency="USD"),
        trade.place(6, ("knife", 1), country="FR"),
        trade.place(6, ("knife", 1), line_changes={"sku_id": 5}),
        trade.place(6, ("knife", 1), line_changes={"unit_price_minor": 1}),
        trade.place(6, ("lamp deal", 1), arrived_at_ms=OPENED_MS - 1),
        trade.place(6, ("lamp deal", 1), arrived_at_ms=OPENED_MS + 86_400_000),
        trade.place(7, ("lamp deal", 1), verified=False),
        trade.place(6, ("bulb", 1), key=key, request_hash=b"o" * 16),
        trade.pay(1, knife, amount_minor=1),
        trade.pay(2, knife, amount_minor=1),
        trade.pay(5, trade.purchases["cancelled"], amount_minor=499),
        trade.pay(1, trade.purchases["unpaid"], amount_minor=1),
        trade.pay(1, trade.purchases["unpaid"], amount_minor=998, currency="USD"),
    ]
    poor = trade.placed("poor", 6, ("knife", 1))
    outcomes.append(trade.pay(6, poor.purchase_id, amount_minor=poor.total_minor))
    assert [type(one).__name__ for one in outcomes] == [
        "SoldOut", "BuyerLimitReached", "WrongCurrency", "CountryNotServed", "UnknownSku", "PriceChanged",
        "DealNotOpen", "DealClosed", "ShopperNotVerified", "KeyReused", "UnknownPurchase", "AlreadyPaid",
        "PurchaseEnded", "WrongAmount", "WrongCurrency", "InsufficientFunds",
    ]  # fmt: skip
    by_code = {one["type"].removeprefix("/problems/"): one for one in trade.refusals}
    by_code["key-reused"]["expect"] = "key-reused"


def one_of(trade: Trade, code: str) -> dict[str, Any]:
    """Return the first refusal with this code."""
    return next(one for one in trade.refusals if one["type"] == f"/problems/{code}")


def test_what_the_shop_refuses_is_true(tmp_path: Path) -> None:
    trade = make_trade()
    refuse_everything(trade)

    found = judge(trade, tmp_path)

    assert red(found) == []
    rows = {check.key: check.rows for check in found.checks if check.key.startswith("refusals")}
    assert rows == {
        "refusals_known": 16,
        "refusals_stock": 1,
        "refusals_limit": 1,
        "refusals_offer": 7,
        "refusals_payment": 6,
        "refusals_marked": 1,
        "refusals_later": 0,
    }


@pytest.mark.parametrize(
    ("code", "part", "change", "key"),
    [
        ("sold-out", "facts", {"left": 2}, "refusals_stock"),
        ("sold-out", "facts", {"left": 0}, "refusals_stock"),
        ("sold-out", "facts", {"sku_id": "5"}, "refusals_stock"),
        ("buyer-limit-reached", "facts", {"had": 3}, "refusals_limit"),
        ("buyer-limit-reached", "facts", {"had": 1}, "refusals_limit"),
        ("buyer-limit-reached", "facts", {"limit": 1}, "refusals_limit"),
        ("wrong-currency", "request", {"currency": "EUR"}, "refusals_offer"),
        ("wrong-currency", "facts", {"currency": "JPY"}, "refusals_offer"),
        ("country-not-served", "request", {"country": "DE"}, "refusals_offer"),
        ("price-changed", "facts", {"price_minor": 2}, "refusals_offer"),
        ("deal-not-open", "request", {"sent_at_ms": OPENED_MS + 200}, "refusals_offer"),
        ("deal-not-open", "facts", {"opens_at": "2025-11-11T00:00:01+00:00"}, "refusals_offer"),
        ("deal-closed", "request", {"answered_at_ms": OPENED_MS + 86_400_000 - 200}, "refusals_offer"),
        ("shopper-not-verified", "request", {"shopper": "1"}, "refusals_offer"),
        ("key-reused", "request", {"key": str(UUID(int=9))}, "refusals_marked"),
        ("already-paid", "request", {"answered_at_ms": NOW_MS}, "refusals_payment"),
        ("wrong-amount", "request", {"amount_minor": 998}, "refusals_payment"),
        ("wrong-amount", "facts", {"total_minor": 1}, "refusals_payment"),
        ("insufficient-funds", "facts", {"available_minor": 100_000}, "refusals_payment"),
    ],
)
def test_the_same_reason_for_another_request_is_not_true(
    code: str, part: str, change: dict[str, Any], key: str, tmp_path: Path
) -> None:
    trade = make_trade()
    refuse_everything(trade)
    one_of(trade, code)[part] |= change

    found = judge(trade, tmp_path)

    assert red(found) == [key]
    assert found.figures["untrue_refusals"] == 1


@pytest.mark.parametrize(
    ("code", "name"),
    [("sold-out", "bulb"), ("unknown-sku", "bulb"), ("unknown-deal", "lamp deal"), ("deal-closed", "cup deal")],
)
def test_goods_that_could_be_had_were_not_refused_truly(code: str, name: str, tmp_path: Path) -> None:
    trade = make_trade()
    goods = trade.goods[name]
    outcome = trade.place(6, (name, 2))
    trade.acknowledged.pop() if isinstance(outcome, Placed) else trade.refusals.pop()
    facts = {"sku_id": str(goods.sku_id), "deal_id": str(goods.deal_id), "asked": 2, "left": 0}
    line = {
        "sku": str(goods.sku_id),
        "deal": goods.deal_id,
        "quantity": 2,
        "unit_price_minor": goods.prices_minor["EU"],
    }
    request = {"shopper": trade.shoppers[6], "market": "EU", "lines": [line]}
    request |= {"sent_at_ms": NOW_MS, "answered_at_ms": NOW_MS}
    trade.refusals.append({"type": f"/problems/{code}", "status": 409, "facts": facts, "request": request})

    assert red(judge(trade, tmp_path)) == ["refusals_stock" if code == "sold-out" else "refusals_offer"]


def test_a_deal_that_opens_later_in_a_market_was_refused_truly_until_then_and_by_no_other_moment(
    tmp_path: Path,
) -> None:
    trade = make_trade()
    hour_ms = 3_600_000
    moments = {"opens_at": from_unix_ms(OPENED_MS + hour_ms), "closes_at": from_unix_ms(OPENED_MS + 24 * hour_ms)}
    Phase.objects.create(
        festival_id="fair",
        kind=PhaseKind.SALE,
        market_id="EU",
        starts_at=moments["opens_at"],
        ends_at=moments["closes_at"],
    )
    open_in_markets(festival="fair")
    lamp = trade.goods["lamp deal"]
    line = {"sku": str(lamp.sku_id), "deal": lamp.deal_id, "quantity": 1, "unit_price_minor": lamp.prices_minor["EU"]}
    request = {"shopper": trade.shoppers[6], "market": "EU", "lines": [line]}
    request |= {"sent_at_ms": OPENED_MS + 1_000, "answered_at_ms": OPENED_MS + 1_010}
    facts = {"deal_id": str(lamp.deal_id), "opens_at": moments["opens_at"].isoformat()}
    refusal = {"type": "/problems/deal-not-open", "status": 409, "facts": facts, "request": request}
    trade.refusals.append(refusal)

    assert red(judge(trade, tmp_path)) == []

    trade.refusals.append(refusal | {"facts": facts | {"opens_at": from_unix_ms(OPENED_MS).isoformat()}})
    assert red(judge(trade, tmp_path)) == ["refusals_offer"]


def test_units_that_came_back_later_do_not_make_a_refusal_untrue(tmp_path: Path) -> None:
    """All lamps are held until shopper 5's purchase of 499 is cancelled two seconds later."""
    trade = make_trade()
    deal = Deal.objects.get(buyer_limit=2)
    facts = {"sku_id": str(deal.sku_id), "asked": 1, "left": 0}
    line = {"sku": deal.sku_id, "deal": deal.id, "quantity": 1, "unit_price_minor": 499}
    request = {"shopper": trade.shoppers[6], "market": "EU", "lines": [line]}
    request |= {"sent_at_ms": NOW_MS + 100, "answered_at_ms": NOW_MS + 200}
    trade.refusals.append({"type": "/problems/sold-out", "status": 409, "facts": facts, "request": request})

    assert red(judge(trade, tmp_path)) == []

    request |= {"sent_at_ms": NOW_MS + 70_000, "answered_at_ms": NOW_MS + 70_010}
    assert red(judge(trade, tmp_path)) == ["refusals_stock"]


def test_a_blocked_shopper_was_refused_truly_and_no_other(tmp_path: Path) -> None:
    trade = make_trade()
    Shopper.objects.filter(id=trade.shoppers[7]).update(blocked_at=from_unix_ms(NOW_MS) - timedelta(days=1))
    entry = {"type": "/problems/shopper-blocked", "status": 403, "facts": {}}
    trade.refusals.append(entry | {"request": {"shopper": trade.shoppers[7]}})

    assert red(judge(trade, tmp_path)) == []

    trade.refusals.append(entry | {"request": {"shopper": trade.shoppers[6]}})
    assert red(judge(trade, tmp_path)) == ["refusals_offer"]


def test_only_what_was_expected_to_be_wrong_may_be_called_wrong(tmp_path: Path) -> None:
    trade = make_trade()
    entry: dict[str, Any] = {"type": "/problems/bad-body", "status": 400, "facts": {}, "request": {"lines": "x"}}
    trade.refusals += [entry | {"expect": "bad-body"}, entry | {"expect": ["bad-key", "bad-body"]}]

    assert red(judge(trade, tmp_path)) == []

    trade.refusals += [entry | {"expect": "bad-key"}, entry]
    found = judge(trade, tmp_path)
    assert red(found) == ["refusals_marked"]
    assert found.figures["untrue_refusals"] == 2


def test_who_was_sent_away_for_load_and_came_again_was_decided(tmp_path: Path) -> None:
    trade = make_trade()
    placed = trade.acknowledged[0]
    full: dict[str, Any] = {"type": "/problems/line-full", "status": 429, "facts": {}, "retried": True}
    trade.refusals.append(full | {"request": {"shopper": placed["shopper"], "key": placed["key"]}})
    trade.refusals.append(full | {"request": {"shopper": "1", "key": str(UUID(int=1))}, "retried": False})

    assert red(judge(trade, tmp_path)) == []

    trade.refusals.append(full | {"request": {"shopper": "1", "key": str(UUID(int=1))}})
    assert red(judge(trade, tmp_path)) == ["refusals_later"]


def test_a_broken_shop_is_no_reason(tmp_path: Path) -> None:
    trade = make_trade()
    trade.refusals.append({"type": "/problems/broken", "status": 500, "facts": {}, "request": {}})

    assert red(judge(trade, tmp_path)) == ["refusals_known"]


@pytest.mark.parametrize("changes", [{"deal_id": 5}, {"deal_id": 5, "sku_id": 5}])
def test_an_unknown_deal_was_refused_truly(changes: dict[str, int], tmp_path: Path) -> None:
    trade = make_trade()

    outcome = trade.place(6, ("knife", 1), line_changes=changes)

    assert isinstance(outcome, Refusal)
    assert outcome.code == "unknown-deal"
    assert red(judge(trade, tmp_path)) == []
