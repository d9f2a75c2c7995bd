"""Placing purchases: one durable transaction a batch, one order is a batch of one."""

import secrets
from collections.abc import Sequence

from django.db import connection, transaction
from msgspec import Struct
from msgspec.structs import replace

from fairground.checkout.giving import lanes_of_spenders, take_given
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.queries import read_placed, read_shelf
from fairground.checkout.rules.charges import SHIPPING_LINE_NO
from fairground.checkout.rules.discounting import Given
from fairground.checkout.rules.placing import (
    RESERVATION_TTL_MS,
    Decision,
    Placed,
    PlacedOrder,
    PlacedPresale,
    PlaceRequest,
    PurchasePlan,
    Replayed,
    ReplayedInBatch,
    decide_purchases,
)
from fairground.checkout.rules.plans import OrderPlan
from fairground.checkout.rules.presales import PresaleTerms
from fairground.crossborder.rules import Border
from fairground.dashboard.actions import OrderFigures, add_tallies
from fairground.dashboard.models import TallyKind
from fairground.festivals.actions import UnitsTaken, take_deal_units
from fairground.festivals.queries import DealBuyerKey
from fairground.inventory.actions import UnitsMoved, move_units
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import OUTBOX_ROWS, OutboxKind
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.orders.models import LineKind, State
from fairground.orders.rows import (
    ADDRESS_ROWS,
    DISCOUNT_ROWS,
    DUTY_ROWS,
    KEY_ROWS,
    LINE_ROWS,
    ORDER_ROWS,
    PRESALE_ROWS,
    PURCHASE_ROWS,
    line_tail,
    order_tail,
)
from fairground.orders.rules import ADDRESS_KEPT_MS, RANDOM_BITS, purchase_number
from fairground.promotions.actions.uses import PromotionUse
from fairground.promotions.rules.terms import Discount

# Plain numbers: an enum's `value` costs a microsecond each time.
_PLACED = State.PLACED.value
_GOODS = LineKind.GOODS.value
_EVENT = OutboxKind.PURCHASE_PLACED.value
_TALLY = TallyKind.PLACED.value

Outcome = Placed | Refusal


def place_orders(batch: Sequence[PlaceRequest], *, book: OfferBook, now_ms: int) -> list[Outcome]:
    """Place each purchase whole or refuse it, in arrival order; the outcomes stand in the requests' order.

    It returned, so the placed ones are committed; a refusal changed nothing. Run again with the same requests it
    answers the same for those that were placed. Raises what the database raises; then nothing of the batch is known.
    """
    offer_keys = {(line.sku_id, line.deal_id, request.market) for request in batch for line in request.lines}
    sku_lanes = {lane_of(sku_id) & 63 for sku_id, _, _ in offer_keys}
    lines_count = sum([len(request.lines) for request in batch])
    now = from_unix_ms(now_ms)
    book.look_up(offer_keys, now=now)
    lanes = sku_lanes | lanes_of_spenders(batch, books=book.promotions)
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(lanes),
            now_ms=now_ms,
            ids_max=lines_count + len(batch),
            outbox_rows=len(batch),
        )
        book.confirm(offer_keys, turn.offers_versions, now=now)
        shelf = read_shelf(
            batch,
            offers=book.offers,
            markets=book.markets,
            tax_rates_bps=book.tax_rates_bps,
            promotions=book.promotions,
            now=now,
        )
        decisions = decide_purchases(batch, shelf)
        written = _write(turn, [one for one in decisions if type(one) is PurchasePlan], now_ms)
    replayed = read_placed([one.purchase_id for one in decisions if type(one) is Replayed])
    return _outcomes(decisions, written, replayed)


class _Written(Struct):
    """The packed rows of a batch and what else it changes, gathered in one pass over its plans."""

    purchases: list[bytes] = []
    presales: list[bytes] = []
    orders: list[bytes] = []
    lines: list[bytes] = []
    discounts: list[bytes] = []
    duties: list[bytes] = []
    addresses: list[bytes] = []
    keys: list[bytes] = []
    outbox: list[bytes] = []
    figures: list[OrderFigures] = []
    reserved: dict[int, int] = {}
    taken: dict[DealBuyerKey, UnitsTaken] = {}
    uses: list[PromotionUse] = []
    packets: dict[int, int] = {}
    placed: list[Placed] = []


def _write(turn: Turn, plans: list[PurchasePlan], now_ms: int) -> list[Placed]:
    written = _Written()
    random_bytes = secrets.token_bytes(8 * len(plans))
    for number, plan in enumerate(plans):
        random_bits = int.from_bytes(random_bytes[8 * number : 8 * number + 8]) >> (64 - RANDOM_BITS)
        _gather(written, turn, plan, random_bits, now_ms)
    with connection.cursor() as cursor:
        PURCHASE_ROWS.write(cursor, written.purchases)
        PRESALE_ROWS.write(cursor, written.presales)
        ORDER_ROWS.write(cursor, written.orders)
        LINE_ROWS.write(cursor, written.lines)
        DISCOUNT_ROWS.write(cursor, written.discounts)
        DUTY_ROWS.write(cursor, written.duties)
        ADDRESS_ROWS.write(cursor, written.addresses)
        KEY_ROWS.write(cursor, written.keys)
        OUTBOX_ROWS.write(cursor, written.outbox)
    move_units({stock_id: UnitsMoved(units, 0) for stock_id, units in written.reserved.items()})
    take_deal_units(written.taken)
    take_given(written.uses, written.packets)
    add_tallies(turn=turn, second=now_ms // 1000, figures=written.figures)
    return written.placed


def _gather(written: _Written, turn: Turn, plan: PurchasePlan, random_bits: int, now_ms: int) -> None:
    """Pack the rows of one purchase; its orders' rows follow it."""
    request = plan.request
    purchase_id = turn.ids.draw(plan.lane)
    orders = [
        _gather_order(written, turn, plan, order, at, purchase_id, now_ms) for at, order in enumerate(plan.orders)
    ]
    order_ids = [order.order_id for order in orders]
    market, currency = request.market.encode(), request.currency.encode()
    pay_before_ms = now_ms + RESERVATION_TTL_MS
    columns = (
        plan.lane,
        purchase_id,
        random_bits,
        request.shopper_id,
        plan.total_minor,
        _PLACED,
        now_ms,
        pay_before_ms,
        currency,
        market,
        order_ids,
    )
    terms = plan.orders[0].lines[0].offer.presale
    presale = _gather_presale(written, columns, terms, plan) if terms else None
    if presale is None:
        written.purchases.append(PURCHASE_ROWS.row(*columns))
    if plan.given is not None:
        _gather_given(written, plan, plan.given)
    written.keys.append(KEY_ROWS.row(request.key, request.shopper_id, plan.lane, purchase_id, request.request_hash))
    seq = turn.outbox_seq + len(written.keys)
    written.outbox.append(OUTBOX_ROWS.row(turn.writer_id, seq, _EVENT, purchase_id, now_ms))
    written.placed.append(
        Placed(
            purchase_id=purchase_id,
            number=purchase_number(purchase_id, random_bits),
            state=_PLACED,
            currency=request.currency,
            total_minor=plan.total_minor,
            pay_before_ms=pay_before_ms,
            orders=orders,
            presale=presale,
        )
    )


def _gather_presale(
    written: _Written, columns: tuple[object, ...], terms: PresaleTerms, plan: PurchasePlan
) -> PlacedPresale:
    """Pack the row of a presale, whose deposit is due now."""
    (line,) = plan.orders[0].lines
    deposit_minor = terms.deposit_minor * line.quantity
    opens_at_ms, closes_at_ms = terms.balance_opens_at_ms, terms.balance_closes_at_ms
    written.presales.append(PRESALE_ROWS.row(*columns, deposit_minor, terms.mode, opens_at_ms, closes_at_ms))
    return PlacedPresale(deposit_minor, opens_at_ms, closes_at_ms)


def _gather_given(written: _Written, plan: PurchasePlan, given: Given) -> None:
    """Note what a purchase uses up of promotions, coupons and red packets."""
    request = plan.request
    written.uses += [
        PromotionUse(
            promotion_id=one.id,
            market=request.market,
            lane=plan.lane,
            shopper_id=request.shopper_id,
            amount_minor=amount_minor,
            needs_coupon=one.needs_coupon,
            shopper_uses_max=one.shopper_uses_max,
        )
        for one, amount_minor in given.used
    ]
    for packet_id, amount_minor in given.quote.packets.items():
        written.packets[packet_id] = written.packets.get(packet_id, 0) + amount_minor


# Long, since it is three rows of COPY, a column a line, in one pass over the hottest loop there is.
def _gather_order(
    written: _Written, turn: Turn, plan: PurchasePlan, order: OrderPlan, at: int, purchase_id: int, now_ms: int
) -> PlacedOrder:
    request = plan.request
    offer = order.lines[0].offer
    lane = offer.lane
    order_id = turn.ids.draw(lane)
    duties_minor = order.border.total_minor
    festival_id = next((line.offer.festival_id for line in order.lines if line.offer.festival_id), None)
    market, currency, country = request.market.encode(), request.currency.encode(), request.country.encode()
    written.orders.append(
        ORDER_ROWS.row(
            lane,
            order_id,
            plan.lane,
            purchase_id,
            at + 1,
            offer.merchant_id,
            request.shopper_id,
            currency,
            request.channel,
            request.device,
            country,
            offer.merchant_country,
            offer.creator_bps if request.creator_id is not None else 0,
            order.goods_minor,
            order.discount_minor,
            order.shipping.payable_minor,
            order.shipping.tax_minor,
            order.tax_added_minor,
            duties_minor,
            order.total_minor,
            _PLACED,
            now_ms,
            order_tail(
                market,
                request.language.encode(),
                request.region.encode(),
                festival_id,
                request.entry_hall_id,
                request.creator_id,
                request.creator_claim,
                request.store_id,
            ),
        )
    )
    written.addresses.append(ADDRESS_ROWS.row(lane, order_id, now_ms + ADDRESS_KEPT_MS, request.address))
    tax_region = plan.tax_region.encode()
    for line_no, line in enumerate(order.lines, 1):
        of = line.offer
        written.lines.append(
            LINE_ROWS.row(
                lane,
                order_id,
                line_no,
                _GOODS,
                of.sku_id,
                line.stock_id,
                line.place_id,
                line.quantity,
                of.unit_price_minor,
                of.price_version,
                line.goods_minor,
                line.discount_minor,
                line.tax_minor,
                line.tax_rate_bps,
                plan.tax_included,
                of.commission_bps,
                line_tail(of.deal_id, of.title(request.language), tax_region, of.hs_code),
            )
        )
        if line.discount_minor:
            written.discounts += _discount_rows(lane, order_id, line_no, line.discounts)
        written.reserved[line.stock_id] = written.reserved.get(line.stock_id, 0) + line.quantity
        if of.buyer_limit and of.deal_id is not None:
            buyer = (lane, of.deal_id, request.shopper_id)
            had = written.taken.get(buyer)
            written.taken[buyer] = UnitsTaken(line.quantity + (had.units if had else 0), of.buyer_limit)
    if order.shipping.discounts:
        written.discounts += _discount_rows(lane, order_id, SHIPPING_LINE_NO, order.shipping.discounts)
    if duties_minor:
        written.duties += _duty_rows(lane, order_id, order.border)
    written.figures.append(
        OrderFigures(
            kind=_TALLY,
            merchant_id=offer.merchant_id,
            market=market,
            currency=currency,
            buyer_country=country,
            merchant_country=offer.merchant_country,
            channel=request.channel,
            device=request.device,
            entry_hall_id=request.entry_hall_id,
            units=order.units,
            amount_minor=order.total_minor,
        )
    )
    return PlacedOrder(order_id, offer.merchant_id, order.total_minor, order.shipping.payable_minor, duties_minor)


def _discount_rows(lane: int, order_id: int, line_no: int, discounts: Sequence[Discount]) -> list[bytes]:
    """Pack what a line, or the shipping, costs less."""
    return [
        DISCOUNT_ROWS.row(lane, order_id, line_no, one.step, one.amount_minor, one.source.encode(), one.funder.encode())
        for one in discounts
    ]


def _duty_rows(lane: int, order_id: int, border: Border) -> list[bytes]:
    """Pack what customs asks of an order."""
    return [
        DUTY_ROWS.row(
            lane,
            order_id,
            duty_no,
            one.place_id,
            one.value_minor,
            one.duty_minor,
            one.tax_minor,
            one.country.encode(),
            one.heading.encode(),
        )
        for duty_no, one in enumerate(border.duties, 1)
    ]


def _outcomes(decisions: list[Decision], written: list[Placed], replayed: dict[int, Placed]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    fresh = iter(written)
    for decision in decisions:
        if type(decision) is PurchasePlan:
            outcomes.append(next(fresh))
        elif type(decision) is Replayed:
            outcomes.append(replayed[decision.purchase_id])
        elif type(decision) is ReplayedInBatch:
            first = outcomes[decision.position]
            assert isinstance(first, Placed), first
            outcomes.append(replace(first, replayed=True))
        else:
            assert isinstance(decision, Refusal), decision
            outcomes.append(decision)
    return outcomes
