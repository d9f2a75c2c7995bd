"""Declaring presales: before its order window opens a deal becomes one, with a deposit in each of its markets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fairground.festivals.models import Deal, DealPrice, Presale, PresalePrice
from fairground.festivals.rules import Period, PresaleTerms, presale_terms_wrong, presale_times_wrong
from fairground.inventory.deal_edits import DealFixed, NoSuchDeal
from fairground.inventory.price_guard import GuardFinds, findings_at
from fairground.kernel.edits import Act, By, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.money import Rounding, scale_minor
from fairground.kernel.refusal import Refusal


class PresaleRefused(Refusal):
    """The presale can't be like this; `why` is one of `rules.PRESALE_WRONG`, `market` where it is about one."""


@dataclass(frozen=True, slots=True)
class PresaleDeclaration:
    """A merchant's word: ordered in one window, the balance paid in another, and what is paid first, by market."""

    order: Period
    balance: Period
    terms: Mapping[str, PresaleTerms]


def declare_presale(*, deal_id: int, declaration: PresaleDeclaration, by: By) -> None:
    """Make a deal a presale, or write what it is anew; it opens and closes with the order window from then on.

    Each market in which the deal has a price needs its terms. The law of the market is written down with them, so that
    what a shopper was promised stays when the law changes.

    :raises NoSuchDeal: nothing changed
    :raises DealFixed: the deal has opened; nothing changed
    :raises PresaleRefused: nothing changed
    :raises GuardFinds: what its deposits count for makes it cheaper than one person may; nothing changed
    :raises ShopBusy: nothing changed
    """
    with edit_turn(lanes=[lane_of(deal_id)], now=by.now) as turn:
        deal = Deal.objects.filter(id=deal_id).first()
        if deal is None:
            raise NoSuchDeal(deal=deal_id)
        if deal.opens_at <= by.now:
            raise DealFixed(deal=deal_id)
        wrong = presale_times_wrong(order=declaration.order, balance=declaration.balance, now=by.now)
        if wrong:
            raise PresaleRefused(why=wrong)
        prices = _prices(deal, declaration.terms)
        _refuse_found(deal, prices, by)
        order, balance = declaration.order, declaration.balance
        Deal.objects.filter(id=deal_id).update(opens_at=order.opens_at, closes_at=order.closes_at)
        DealPrice.objects.filter(deal=deal).update(opens_at=None, closes_at=None)
        presale, _ = Presale.objects.update_or_create(
            deal_id=deal_id, defaults={"balance_opens_at": balance.opens_at, "balance_closes_at": balance.closes_at}
        )
        PresalePrice.objects.filter(presale=presale).delete()
        PresalePrice.objects.bulk_create(prices)
        tell_offers_changed(turn)
        facts = {f"balance_{name}": (None, moment) for name, moment in balance.facts().items()}
        deposits = {f"deposit_{price.market_id}": (None, price.deposit_minor) for price in prices}
        write_audit(by=by, acts=[Act("presale", "deal", deal_id, {**facts, **deposits})])


def _prices(deal: Deal, terms: Mapping[str, PresaleTerms]) -> list[PresalePrice]:
    prices: list[PresalePrice] = []
    for price in DealPrice.objects.filter(deal=deal).select_related("market").order_by("market_id"):
        market, wanted = price.market, terms.get(price.market_id)
        if wanted is None:
            raise PresaleRefused(why="deposit", market=market.code)
        wrong = presale_terms_wrong(price_minor=price.price_minor, terms=wanted, deposit_max_bps=market.deposit_max_bps)
        if wrong:
            raise PresaleRefused(why=wrong, market=market.code)
        prices.append(
            PresalePrice(
                presale_id=deal.id,
                market_id=market.code,
                price_minor=price.price_minor,
                deposit_minor=wanted.deposit_minor,
                inflation_minor=wanted.inflation_minor,
                deposit_mode=market.deposit_mode,
                deposit_max_bps=market.deposit_max_bps,
            )
        )
    return prices


def _refuse_found(deal: Deal, prices: Sequence[PresalePrice], by: By) -> None:
    was = findings_at(deal=deal, prices_minor={one.market_id: one.price_minor for one in prices}, now=by.now)
    whole = {one.market_id: one.price_minor - one.inflation_minor for one in prices}
    new = tuple(one for one in findings_at(deal=deal, prices_minor=whole, now=by.now) if one not in was)
    if new:
        raise GuardFinds(deal=deal.id, findings=new)


def terms_by_share(*, deal_id: int, deposit_percent: int, worth_percent: int) -> dict[str, PresaleTerms]:
    """Return a deposit of so many percent of the deal's price in each market, which counts for `worth_percent`.

    Rounded down to the minor unit, so that a bound of the law is kept; but a deposit is at least one.
    """
    prices = DealPrice.objects.filter(deal_id=deal_id).values_list("market_id", "price_minor")
    terms: dict[str, PresaleTerms] = {}
    for market, price_minor in prices.order_by("market_id"):
        deposit_minor = max(1, scale_minor(price_minor, deposit_percent, 100, Rounding.DOWN))
        worth_minor = scale_minor(price_minor, worth_percent, 100, Rounding.DOWN)
        terms[market] = PresaleTerms(deposit_minor, max(0, worth_minor - deposit_minor))
    return terms
