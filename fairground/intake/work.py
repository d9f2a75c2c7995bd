"""The kinds of work that come through the door: whose lane says which writer decides one, and what decides a batch."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fairground.checkout.actions.pay_purchases import pay_purchases
from fairground.checkout.actions.place_orders import place_orders
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.paying import Paid, PayRequest
from fairground.checkout.rules.placing import Placed, PlaceRequest
from fairground.kernel.ids import LANES, lane_of
from fairground.kernel.refusal import Refusal
from fairground.promotions.actions.coupons import collect_coupons
from fairground.promotions.rules.collecting import Collected, CollectRequest
from fairground.redpackets.actions.grab_packets import grab_packets
from fairground.redpackets.rules import Grabbed, GrabRequest

Request = PlaceRequest | PayRequest | GrabRequest | CollectRequest
Done = Placed | Paid | Grabbed | Collected


@dataclass(frozen=True, slots=True)
class Work:
    """One kind: `decide` takes requests of it alone, the offers that the batcher knows, and the moment."""

    lane: Callable[[Any], int]
    decide: Callable[[Sequence[Any], OfferBook, int], Sequence[Done | Refusal]]


def _place(batch: Sequence[PlaceRequest], book: OfferBook, now_ms: int) -> Sequence[Placed | Refusal]:
    return place_orders(batch, book=book, now_ms=now_ms)


def _pay(batch: Sequence[PayRequest], _book: OfferBook, now_ms: int) -> Sequence[Paid | Refusal]:
    return pay_purchases(batch, now_ms=now_ms)


def _grab(batch: Sequence[GrabRequest], _book: OfferBook, now_ms: int) -> Sequence[Grabbed | Refusal]:
    return grab_packets(batch, now_ms=now_ms)


def _collect(batch: Sequence[CollectRequest], _book: OfferBook, now_ms: int) -> Sequence[Collected | Refusal]:
    return collect_coupons(batch, now_ms=now_ms)


# By the requests' type, in the order in which a batch is decided.
WORK: Mapping[type[Request], Work] = {
    PlaceRequest: Work(lambda one: min([lane_of(line.sku_id) % LANES for line in one.lines]), _place),
    PayRequest: Work(lambda one: lane_of(one.purchase_id) % LANES, _pay),
    GrabRequest: Work(lambda one: lane_of(one.shopper_id), _grab),
    CollectRequest: Work(lambda one: lane_of(one.shopper_id), _collect),
}
