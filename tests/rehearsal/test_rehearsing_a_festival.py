"""What a rehearsed festival was told, compared with the database: sound rows pass, and each damage is seen."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase, expire_purchases
from fairground.cli.rehearsed_clerks import rehearsed_clerks
from fairground.draws.models import Draw
from fairground.festivals.models import Festival, Phase, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.inventory.reviewing import approve_one, decline
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.closing import close_days, last_day_over
from fairground.markets.rules import DepositMode
from fairground.orders.models import Purchase
from fairground.orders.rules import Step
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.rules.collecting import CollectRequest
from fairground.promotions.rules.declaring import MarketTerms
from fairground.redpackets.models import Packet
from fairground.rehearsal.festival.told import Told
from fairground.rehearsal.verify import Check, verify_realm
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import release_orders
from fairground.settlement.actions.return_reserves import return_reserves
from tests.cases import LATER, ask, days, refuse
from tests.declaring import ADA, KIM, choice_of, make_chair, make_declared, make_enrolled
from tests.factories import (
    NOW_MS,
    give_wallet,
    make_festival,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.presales import BALANCE, CLOSES_MS, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.promotion_making import make_coupon, make_promotion
from tests.redpackets.giving import grab_one, make_round
from tests.refunding import LATER_MS, back, make_scene
from tests.rehearsal.damages import run
from tests.rehearsal.trading import WALLET_MINOR, make_trade
from tests.settlement.making import DAY_MS, SETTLED_MS, complete

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("writer")]


def check_of(key: str, told: Told) -> Check:
    """Run one of the checks on what was told."""
    (plan,) = [one for one in told.plans() if one.plan.key == f"festival_{key}"]
    return verify_realm(told=[plan]).checks[-1]


def tell_of_coupons() -> Told:
    """Two coupons in all, both collected."""
    make_market()
    coupon, shoppers = make_coupon(coupons_max=2), [make_shopper(), make_shopper()]
    collect_coupons([CollectRequest(coupon, "EU", one, True) for one in shoppers], now_ms=NOW_MS)
    return Told("fair", coupons={(coupon, one) for one in shoppers}, gone=[coupon])


def tell_of_packets() -> Told:
    """A round of two packets, both grabbed."""
    make_market()
    round_id = make_round(packets=2, budget_minor=600)
    for _ in range(2):
        grab_one(round_id, shopper_id=make_shopper())
    packets = Packet.objects.values_list("id", "round_id", "shopper_id", "amount_minor")
    return Told("fair", packets=list(packets))


def tell_of_deals() -> Told:
    """A deal that was approved, one unit of it sold, one that two approved, and one that was declined."""
    make_market()
    merchant = make_enrolled()
    clean = make_declared(sku=make_chair(merchant))
    found, slip = (make_declared(sku=make_chair(merchant), price="0.90") for _ in range(2))
    for declaration, by in ((clean, ADA), (found, ADA), (found, KIM)):
        approve_one(choice=choice_of(declaration), by=by)
    decline(choices=[choice_of(slip)], by=By(ADA.user_id, ADA.now, "a slip"))
    place_one(place_request(make_sku(merchant=merchant).line(), shopper_id=make_shopper()))
    return Told("fair", approved=2, declined=1)


def tell_of_presales() -> Told:
    """In each mode a presale of each fate."""
    make_market()
    shopper_id = make_shopper()
    told = Told("fair")
    for lane, mode in ((20, DepositMode.EARNEST), (40, DepositMode.ADVANCE)):
        presale = make_presale(mode=mode, merchant=make_merchant(lane=lane))
        placed = {
            fate: place_presale(presale, shopper_id=shopper_id)
            for fate in ("dropped", "paid", "late", "withdrawn", "broken")
        }
        told.fates |= {one.purchase_id: fate for fate, one in placed.items()}
        give_wallet(shopper_id=shopper_id, amount_minor=WALLET_MINOR)
        for fate, one in placed.items():
            if fate != "dropped":
                pay_deposit(one, shopper_id=shopper_id)
        for fate in ("dropped", "withdrawn"):
            cancel_purchase(purchase_id=placed[fate].purchase_id, shopper_id=shopper_id, now_ms=OPENS_MS)
        break_off_presales(purchase_ids=[placed["broken"].purchase_id], by=By(user_id=None, now=from_unix_ms(OPENS_MS)))
        pay([pay_request(placed["paid"], shopper_id=shopper_id, amount_minor=BALANCE)], now_ms=OPENS_MS)
    expire_purchases(now_ms=CLOSES_MS)
    return told


def tell_of_discounts() -> Told:
    """A purchase for which a coupon took ten off."""
    make_market()
    coupon, shopper_id = make_coupon(), make_shopper()
    collect_coupons([CollectRequest(coupon, "EU", shopper_id, True)], now_ms=NOW_MS)
    chair = make_sku(price_minor=6_000)
    placed = place_one(place_request(chair.line(), shopper_id=shopper_id, coupons=(coupon,), discount_minor=1_000))
    return Told("fair", discounts_minor={placed.purchase_id: 1_000})


def tell_of_budgets() -> Told:
    """Two purchases of a promotion that had ten for one of them."""
    make_market()
    terms = MarketTerms(threshold_minor=5_000, off_minor=1_000, amount_max_minor=1_000)
    promotion, chair = make_promotion(terms={"EU": terms}), make_sku(price_minor=6_000)
    for _ in range(2):
        place_one(place_request(chair.line(), shopper_id=make_shopper()))
    return Told("fair", exhausted=[promotion])


def tell_of_wallets() -> Told:
    """Six shoppers with money in two currencies, three payments of which one is back, and four prizes."""
    trade = make_trade()
    paid = Counter[str]()
    for one in trade.acknowledged:
        if "paid" in one:
            paid[one["currency"]] += one["amount_minor"]
    (order_id,) = Purchase.objects.get(id=trade.purchases["paid"]).order_ids
    advance_orders(order_ids=[order_id], then=Step.CANCELLED, now_ms=NOW_MS)
    topped_up = Counter({"EUR": 6 * WALLET_MINOR, "USD": 6 * WALLET_MINOR})
    return Told("fair", topped_up_minor=topped_up, paid_minor=paid, cancelled_orders=[order_id])


def tell_of_the_draw() -> Told:
    """A draw with two prizes that are paid."""
    make_trade()
    draw = Draw.objects.get(slug="paid")
    assert draw.entries == 2, draw.entries
    return Told("fair", draw="paid", draw_root=draw.root, draw_entries=2)


def tell_of_the_after_sale() -> Told:
    """A parcel with a number, an order that its shopper says came, and a case whose refusal stands."""
    make_market()
    scene, clerks = make_scene(), rehearsed_clerks()
    clerks.ship(numbers={scene.chairs: "RP1"}, by=By(None, LATER))
    advance_orders(order_ids=[scene.lamps], then=Step.SHIPPED, now_ms=LATER_MS)
    clerks.confirm(order_id=scene.lamps, shopper_ids=[scene.shopper_id], now_ms=LATER_MS)
    case_id = ask(scene, scene.chairs, 1).case_id
    refuse(case_id)
    sweep_cases(now=days(20))
    return Told("fair", parcels={scene.chairs: "RP1"}, confirmed=[scene.lamps], cases={case_id: "closed"})


def tell_of_the_settlement() -> Told:
    """Two orders released, of one a reserve returned, a payout confirmed and one that failed, and the days closed."""
    make_market()
    scene, clerks = make_scene(), rehearsed_clerks()
    clerks.keep_reserve(merchant_id=scene.chair.merchant.id, by=By(None, LATER))
    complete(scene.chairs, scene.lamps)
    release_orders(now_ms=SETTLED_MS)
    told = Told("fair", shipped=[scene.chairs, scene.lamps], payouts_failed=1)
    told.reserves = return_reserves(now_ms=SETTLED_MS + 7 * DAY_MS)
    propose_payouts(now_ms=SETTLED_MS + 7 * DAY_MS)
    at = from_unix_ms(SETTLED_MS + 7 * DAY_MS)
    paid, failed = clerks.proposed()
    for payout, words in ((paid, ("approved", "sent", "confirmed")), (failed, ("failed",))):
        for word in words:
            clerks.advance_payout(payout_id=payout.id, word=word, by=By(None, at, "no account"))
    told.payouts[paid.id] = paid.amount_minor
    closed_at = from_unix_ms(SETTLED_MS + 9 * DAY_MS)
    told.days_closed = len(close_days(until=last_day_over(now=closed_at), now=closed_at))
    return told


def tell_of_edges() -> Told:
    """A sale that runs, of which the beginning is done."""
    festival = Festival.objects.get(slug=make_festival())
    begins = datetime.now(UTC) - timedelta(hours=1)
    Phase.objects.create(festival=festival, kind=PhaseKind.SALE, starts_at=begins, ends_at=begins + timedelta(hours=2))
    Transition.objects.create(
        festival=festival, kind=PhaseKind.SALE, edge=Edge.BEGINS, due_at=begins, tried_at=begins, done_at=begins
    )
    return Told("fair")


MAKERS: dict[str, Callable[[], Told]] = {
    "coupons": tell_of_coupons,
    "packets": tell_of_packets,
    "deals": tell_of_deals,
    "presales": tell_of_presales,
    "discounts": tell_of_discounts,
    "budgets": tell_of_budgets,
    "wallets": tell_of_wallets,
    "draw": tell_of_the_draw,
    "after_sale": tell_of_the_after_sale,
    "settlement": tell_of_the_settlement,
    "edges": tell_of_edges,
}
ROWS = {
    "coupons": 2, "packets": 2, "deals": 4, "presales": 10, "discounts": 1,
    "budgets": 1, "wallets": 14, "draw": 2, "edges": 1, "after_sale": 3, "settlement": 13,
}  # fmt: skip
A_COUPON = "(SELECT min(shopper_id) FROM promotions_coupon)"
DAMAGES = [
    ("coupons", f"DELETE FROM promotions_coupon WHERE shopper_id = {A_COUPON}"),
    ("coupons", f"UPDATE promotions_coupon SET shopper_id = 1 WHERE shopper_id = {A_COUPON}"),
    ("coupons", "UPDATE promotions_promotionterms SET coupons_max = 3"),
    ("packets", "DELETE FROM redpackets_packet WHERE no = 0"),
    ("packets", "UPDATE redpackets_packet SET amount_minor = amount_minor + 1 WHERE no = 0"),
    ("packets", "UPDATE redpackets_packet SET shopper_id = 1 WHERE no = 0"),
    ("packets", "UPDATE redpackets_packetcampaign SET budget_minor = 599, allotted_minor = 599"),
    ("packets", "UPDATE redpackets_packetround SET packets = 3, amounts = amounts || 1::bigint"),
    ("deals", "UPDATE festivals_dealprice SET price_minor = price_minor + 1 WHERE price_minor > 1000"),
    ("deals", "UPDATE festivals_declarationprice SET price_minor = price_minor - 1 WHERE price_minor > 1000"),
    ("deals", "UPDATE festivals_declaration SET state = 'draft' WHERE state = 'declined'"),
    ("deals", "DELETE FROM festivals_approval WHERE user_id = (SELECT max(user_id) FROM festivals_approval)"),
    ("deals", "UPDATE orders_orderline SET unit_price_minor = unit_price_minor + 1, goods_minor = goods_minor + 1"),
    ("presales", "DELETE FROM orders_purchase WHERE deposit_end = 2"),
    ("presales", "UPDATE orders_purchase SET deposit_end = 3 WHERE deposit_end = 2 AND state = 7"),
    ("presales", "UPDATE orders_purchase SET deposit_end = 2 WHERE deposit_end = 4"),
    ("presales", "UPDATE orders_purchase SET state = 6 WHERE state = 7 AND deposit_end = 3"),
    ("discounts", "UPDATE orders_linediscount SET amount_minor = amount_minor - 1"),
    ("discounts", "UPDATE orders_order SET discount_minor = discount_minor + 1, total_minor = total_minor - 1"),
    ("discounts", "DELETE FROM orders_order"),
    ("budgets", "UPDATE orders_linediscount SET amount_minor = amount_minor + 1"),
    ("budgets", "DELETE FROM orders_linediscount"),
    ("budgets", "UPDATE promotions_promotionterms SET amount_max_minor = 2000"),
    ("wallets", "UPDATE ledger_account SET credits_posted_minor = credits_posted_minor + 1"
     " WHERE id = (SELECT min(id) FROM ledger_account WHERE address LIKE '%wallet:EUR')"),
    ("wallets", "DELETE FROM ledger_transfer WHERE kind = 1 AND id = (SELECT min(id) FROM ledger_transfer)"),
    ("wallets", "DELETE FROM ledger_transfer WHERE kind = 3"),
    ("wallets", "UPDATE draws_award SET amount_minor = amount_minor - 1 WHERE place = 1"),
    ("wallets", "UPDATE orders_order SET state = 2, ended_at = NULL WHERE state = 7 AND paid_at IS NOT NULL"),
    ("draw", "UPDATE draws_draw SET root = 'another'"),
    ("draw", "UPDATE draws_draw SET entries = 3"),
    ("draw", "UPDATE draws_draw SET state = 4, paid_at = NULL"),
    ("draw", "DELETE FROM draws_award WHERE place = 2"),
    ("draw", "UPDATE draws_award SET amount_minor = amount_minor - 1"),
    ("draw", "DELETE FROM draws_award; DELETE FROM draws_winner"),
    ("after_sale", "UPDATE fulfilment_shipment SET tracking_number = 'RP2' WHERE tracking_number = 'RP1'"),
    ("after_sale", "DELETE FROM fulfilment_shipment WHERE tracking_number = 'RP1'"),
    ("after_sale", "UPDATE orders_order SET state = 4, ended_at = NULL WHERE state = 5"),
    ("after_sale", "UPDATE aftersales_case SET state = 9"),
    ("settlement", "DELETE FROM settlement_release WHERE order_id = (SELECT min(order_id) FROM settlement_release)"),
    ("settlement", "UPDATE settlement_release SET reserve_until = now()"),
    ("settlement", "DELETE FROM settlement_entry WHERE kind = 3"),
    ("settlement", "UPDATE settlement_payout SET amount_minor = amount_minor - 1, paid_minor = paid_minor - 1"
     " WHERE state = 4"),
    ("settlement", "UPDATE settlement_payout SET state = 1, approved_at = NULL, sent_at = NULL, ended_at = NULL"
     " WHERE state = 4"),
    ("settlement", "UPDATE settlement_payout SET state = 3, sent_at = now(), approved_at = now(), ended_at = NULL,"
     " failed_because = '' WHERE state = 5"),
    ("edges", "DELETE FROM festivals_transition"),
    ("edges", "UPDATE festivals_transition SET done_at = NULL"),
    ("edges", "UPDATE festivals_transition SET done_at = due_at + interval '2 minutes'"),
    ("edges", "UPDATE festivals_transition SET facts = '{\"refused\": \"stock\"}'"),
]  # fmt: skip


@pytest.mark.parametrize("key", MAKERS)
def test_what_was_told_agrees_with_sound_rows(key: str) -> None:
    told = MAKERS[key]()

    check = check_of(key, told)

    assert (check.ok, check.difference, check.detail, check.rows) == (True, 0, "", ROWS[key])


def test_a_budget_that_ran_out_stays_sound_when_units_come_back() -> None:
    make_market()
    terms = MarketTerms(threshold_minor=5_000, off_minor=1_000, amount_max_minor=1_000)
    promotion, shopper_id = make_promotion(terms={"EU": terms}), make_shopper()
    give_wallet(shopper_id=shopper_id, amount_minor=WALLET_MINOR)
    placed = place_one(place_request(make_sku(price_minor=6_000).line(2), shopper_id=shopper_id))
    pay([pay_request(placed, shopper_id=shopper_id)])
    told = Told("fair", exhausted=[promotion])

    for units_left in (1, 0):
        back(placed.orders[0].order_id, 1, 1)
        check = check_of("budgets", told)
        assert (check.ok, check.difference, check.rows) == (True, 0, 1), units_left

    assert run("UPDATE orders_linediscount SET amount_minor = amount_minor - 1") == 1
    assert "gave 999 of 1000" in check_of("budgets", told).detail


@pytest.mark.parametrize(("key", "damage"), DAMAGES, ids=[f"{at}-{key}" for at, (key, _) in enumerate(DAMAGES)])
def test_each_damage_to_the_rows_is_seen(key: str, damage: str) -> None:
    told = MAKERS[key]()
    assert run(damage) > 0

    check = check_of(key, told)

    assert (check.ok, check.wrong > 0, check.difference > 0) == (False, True, True), check


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("coupons", {"coupons": set()}),
        ("packets", {"packets": []}),
        ("deals", {"approved": 3}),
        ("presales", {"fates": {}}),
        ("discounts", {"discounts_minor": {1: 0}}),
        ("wallets", {"paid_minor": Counter({"EUR": 1})}),
        ("draw", {"draw_root": "another"}),
        ("draw", {"draw": "nowhere"}),
        ("after_sale", {"parcels": {}}),
        ("after_sale", {"cases": {1: "refunded"}}),
        ("settlement", {"shipped": []}),
        ("settlement", {"payouts": {}}),
        ("settlement", {"payouts_failed": 0}),
        ("settlement", {"reserves": 2}),
        ("settlement", {"days_closed": 1}),
    ],
)
def test_what_nobody_was_told_of_is_seen_too(key: str, change: dict[str, object]) -> None:
    told = MAKERS[key]()
    for name, value in change.items():
        setattr(told, name, value)

    assert not check_of(key, told).ok


def test_packets_of_a_campaign_that_ends_within_a_millisecond_are_sound() -> None:
    make_market()
    grab_one(make_round(packets=1), shopper_id=make_shopper())
    assert run("UPDATE redpackets_packetcampaign SET valid_until = valid_until + interval '300 microseconds'") == 1

    (packets,) = [check for check in verify_realm().checks if check.key == "packets"]

    assert packets.ok, packets.detail
