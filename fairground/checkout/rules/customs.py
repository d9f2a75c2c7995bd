"""What customs asks in a purchase, and what of that goes back: see `crossborder.rules`."""

from collections.abc import Sequence

from msgspec import Struct

from fairground.checkout.rules.plans import LinePlan, MarketFacts
from fairground.crossborder.rules import NO_BORDER, Border, GoodsSent, duties_of
from fairground.promotions.rules.terms import PLATFORM


class DutySold(Struct, frozen=True):
    """A duty that was frozen with a paid order and has not gone back; refunds of it stand under line -`duty_no`."""

    duty_no: int
    duty_minor: int
    tax_minor: int


def border_of(lines: Sequence[LinePlan], *, market: MarketFacts, to_country: str, tax_rate_bps: int) -> Border:
    """Return what customs asks of an order with these lines.

    Goods are worth what their merchant gets for them: what it gives off lowers that, what the platform pays does not.
    """
    rule = market.duties
    if rule is None or to_country not in rule.countries:
        return NO_BORDER
    goods = [
        GoodsSent(
            line.place_id,
            line.offer.sent_from[line.place_id],
            line.offer.hs_code.decode(),
            line.goods_minor
            - sum([one.amount_minor for one in line.discounts if one.funder != PLATFORM])
            - (line.tax_minor if market.tax_included else 0),
        )
        for line in lines
    ]
    return duties_of(goods, rule=rule, to_country=to_country, tax_rate_bps=tax_rate_bps)
