"""What is written where: the hot tables' rows, before and after."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import models, transaction

from fairground.dashboard.models import MerchantTally, Tally
from fairground.festivals.models import DealBuyer
from fairground.inventory.models import Stock
from fairground.kernel.models import Outbox
from fairground.ledger.models import Account, Transfer, TransferEnd
from fairground.orders.models import (
    LineDiscount,
    Order,
    OrderAddress,
    OrderDuty,
    OrderLine,
    Purchase,
    PurchaseKey,
    Refund,
    RefundDiscount,
    ShopperPurchase,
)
from fairground.promotions.models import Allowance, Coupon, ShopperUse
from fairground.redpackets.models import Packet, PacketSlice
from fairground.settlement.models import Due, Entry, Release

HOT_TABLES: tuple[type[models.Model], ...] = (
    Purchase,
    Order,
    OrderLine,
    LineDiscount,
    OrderDuty,
    OrderAddress,
    PurchaseKey,
    Refund,
    RefundDiscount,
    ShopperPurchase,
    Stock,
    DealBuyer,
    Tally,
    MerchantTally,
    Outbox,
    Account,
    Transfer,
    TransferEnd,
    Allowance,
    ShopperUse,
    Coupon,
    PacketSlice,
    Packet,
    Due,
    Release,
    Entry,
)


def hot_rows() -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every hot table. A batch number spent on nothing leaves no trace here, as it should."""
    return {table.__name__: sorted(table._default_manager.values_list(), key=repr) for table in HOT_TABLES}


@contextmanager
def rolled_back() -> Iterator[None]:
    """Undo at the end whatever is written inside; durable transactions may run there, as in any test."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]  # what Django's TestCase says of its own
    with block:
        try:
            yield
        finally:
            transaction.set_rollback(True)


@dataclass(frozen=True, slots=True)
class Units:
    """A stock row's units."""

    units: int
    reserved: int
    sold: int


def units_of(stock_id: int | None) -> Units:
    """Return a stock row's units as they stand."""
    assert stock_id is not None, "no deal was made on this SKU"
    row = Stock.objects.get(id=stock_id)
    return Units(row.units, row.reserved, row.sold)


def taken_by(*, deal_id: int | None, shopper_id: int) -> int:
    """Return what a shopper has of a limited deal."""
    assert deal_id is not None, "no deal was made on this SKU"
    return sum(row.units for row in DealBuyer.objects.filter(deal_id=deal_id, shopper_id=shopper_id))


def tallied(kind: int) -> tuple[int, int, int]:
    """Return orders, units and amount of all tallies of a kind; those by merchant must say the same."""
    names = ("orders", "units", "amount_minor")
    sums = [
        tuple(sum(column) for column in zip(*table.objects.filter(kind=kind).values_list(*names), strict=True))
        for table in (Tally, MerchantTally)
    ]
    assert sums[0] == sums[1], sums
    orders, units, amount_minor = sums[0] or (0, 0, 0)
    return orders, units, amount_minor
