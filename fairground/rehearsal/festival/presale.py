"""The presale: goods are ordered ahead over HTTP, deposits paid, later the balances; and all other ends there are."""

from collections import Counter
from dataclasses import dataclass

from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.rehearsal.festival.calendar import SLUG
from fairground.rehearsal.festival.grounds import Crowd, Grounds, by_hand, moment_ms
from fairground.rehearsal.goods import read_goods
from fairground.rehearsal.opening import Opening, Payment, Remembered
from fairground.rehearsal.staging import fill_wallets

ARRIVALS_A_SECOND = 1_500
# From the warm-up's end on; the batches read offers again meanwhile.
BEGINS_IN_S = 0.4
# Of the presales: deposits not paid, then of those paid, balances not paid, and shoppers who change their mind.
NO_DEPOSIT_EACH, NO_BALANCE_EACH, WITHDRAWN_EACH = 25, 10, 12


@dataclass(frozen=True, slots=True)
class Deposited:
    """A presale whose deposit is paid, by the shopper's number."""

    shopper: int
    purchase: Remembered

    @property
    def purchase_id(self) -> int:
        """Its id as a number."""
        return int(self.purchase.purchase_id)


@dataclass(frozen=True, slots=True)
class Presales:
    """Those between their payments, and the crowd that will pay the rest."""

    deposited: list[Deposited]
    shop: Opening


def order_ahead(ground: Grounds, crowd: Crowd) -> Presales:
    """Order presales and pay the deposits of nearly all; the others are let go by their shoppers.

    The requests are written before the phase begins, so the festival is moved for the last time here.
    """
    goods = [good for good in read_goods(festival=SLUG, presales=True).all if good.deal_id is not None]
    arrivals_s = max(0.2, len(crowd.presale_shoppers) / ARRIVALS_A_SECOND)
    asks = crowd.planner.ask_for(goods, shoppers=crowd.presale_shoppers, arrivals_s=arrivals_s)
    ground.told.topped_up_minor += fill_wallets(
        asks=asks, goods=crowd.goods, shopper_ids=crowd.shopper_ids, now_ms=moment_ms(), say=_quiet
    )
    shop = crowd.shop(ground)
    prepared = shop.prepare(asks)
    calendar = ground.calendar
    calendar.move(PhaseKind.PRESALE, Edge.BEGINS, in_s=BEGINS_IN_S)
    ground.say(f"nothing moves any more: it opens at {calendar.at(PhaseKind.SALE, Edge.BEGINS):%H:%M:%S} UTC")
    calendar.wait_for(PhaseKind.PRESALE, Edge.BEGINS)
    placed = ground.note(shop.send(prepared))
    ordered = sorted(shop.placed.items())
    payments = [
        Payment(shopper, purchase, purchase.deposit_minor)
        for number, (shopper, purchase) in enumerate(ordered)
        if number % NO_DEPOSIT_EACH
    ]
    paying = ground.note(shop.make_payments(payments, arrivals_s=arrivals_s))
    ground.told.add_paid(paying.paid)
    for shopper, purchase in ordered[::NO_DEPOSIT_EACH]:
        _cancel(ground, crowd, Deposited(shopper, purchase), "dropped")
    ground.counts["presale_ordered"] = placed.acknowledged
    ground.counts["presale_sold_out"] = placed.refusals["sold-out"]
    ground.counts["presale_deposits"] = paying.acknowledged
    ground.counts["presale_dropped"] = len(ordered) - len(payments)
    ground.say(f"{placed.acknowledged:,} presales ordered, {paying.acknowledged:,} deposits paid")
    return Presales([Deposited(one.shopper, one.purchase) for one in paying.paid], shop)


def pay_balances(ground: Grounds, crowd: Crowd, presales: Presales) -> list[Payment]:
    """Take each presale to its end and return what was paid in full; what is not paid is left for the program to end.

    One merchant breaks all of its presales off that are left when the others are paid.
    """
    ground.calendar.wait_for(PhaseKind.BALANCE, Edge.BEGINS)
    breaking = _merchant_that_breaks_off(presales.deposited)
    broken = [one for one in presales.deposited if breaking in one.purchase.merchant_ids]
    others = [one for one in presales.deposited if breaking not in one.purchase.merchant_ids]
    fates = [_fate(number) for number in range(len(others))]
    paid = [one for one, fate in zip(others, fates, strict=True) if fate == "paid"]
    payments = [
        Payment(one.shopper, one.purchase, one.purchase.total_minor - one.purchase.deposit_minor) for one in paid
    ]
    answers = ground.note(presales.shop.make_payments(payments, arrivals_s=max(0.2, len(paid) / ARRIVALS_A_SECOND)))
    ground.told.add_paid(answers.paid)
    for one, fate in zip(others, fates, strict=True):
        ground.told.fates[one.purchase_id] = fate
        if fate == "withdrawn":
            _cancel(ground, crowd, one, fate)
    if broken:
        by = by_hand(reason="the merchant is out of goods")
        ground.script.desk.break_off(purchase_ids=[one.purchase_id for one in broken], by=by)
    ground.told.fates |= {one.purchase_id: "broken" for one in broken}
    counted = Counter(fates)
    ground.counts["balance_paid"] = answers.acknowledged
    ground.counts["balance_withdrawn"], ground.counts["balance_not_paid"] = counted["withdrawn"], counted["late"]
    ground.counts["balance_broken_off"] = len(broken)
    ground.say(
        f"{answers.acknowledged:,} balances paid, {counted['withdrawn']:,} withdrawn, {len(broken):,} broken off, "
        f"{counted['late']:,} not paid"
    )
    return answers.paid


def _fate(number: int) -> str:
    if number % NO_BALANCE_EACH == 1:
        return "late"
    return "withdrawn" if number % WITHDRAWN_EACH == 0 else "paid"


def _merchant_that_breaks_off(deposited: list[Deposited]) -> str:
    """The merchant with the fewest presales: the others carry the act."""
    counted = Counter(merchant_id for one in deposited for merchant_id in one.purchase.merchant_ids)
    return min(counted, key=lambda one: (counted[one], one), default="")


def _cancel(ground: Grounds, crowd: Crowd, one: Deposited, fate: str) -> None:
    ground.script.desk.cancel(
        purchase_id=one.purchase_id, shopper_id=crowd.shopper_ids[one.shopper], now_ms=moment_ms()
    )
    ground.told.fates[one.purchase_id] = fate


def _quiet(_: str) -> None:
    """Say nothing."""
