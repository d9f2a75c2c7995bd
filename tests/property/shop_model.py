"""A shop in plain arithmetic: what each purchase, payment and ending must do, written down without a database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fairground.checkout.rules.paying import AlreadyPaid, InsufficientFunds, PurchaseEnded
from fairground.checkout.rules.placing import BuyerLimitReached, LineAsked, Placed, ShopperNotVerified, SoldOut
from fairground.dashboard.models import TallyKind
from fairground.kernel.refusal import Refusal
from fairground.orders.rules import Step
from tests.factories import SkuMade

TTL_MS, EXTENDED_MS = 15 * 60_000, 30 * 60_000


@dataclass
class Shelf:
    """A stock row."""

    units: int
    reserved: int = 0
    sold: int = 0


@dataclass
class Bought:
    """A purchase in the model, and the answer that the shop gave to it."""

    shopper_id: int
    lines: Sequence[LineAsked]
    placed: Placed
    placed_ms: int
    state: Step = Step.PLACED
    extended: bool = False

    @property
    def total_minor(self) -> int:
        return sum(line.quantity * line.unit_price_minor for line in self.lines)

    @property
    def pay_before_ms(self) -> int:
        return self.placed_ms + (EXTENDED_MS if self.extended else TTL_MS)


@dataclass
class ShopModel:
    """Stock, limits, wallets, escrows, tallies and purchases of a few SKUs."""

    skus: Sequence[SkuMade]
    limits: dict[int, int]
    shelves: dict[int, Shelf]
    wallets: Counter[int] = field(default_factory=Counter)
    escrows: Counter[int] = field(default_factory=Counter)
    taken: Counter[tuple[int, int]] = field(default_factory=Counter)
    tallies: dict[TallyKind, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in TallyKind})
    bought: list[Bought] = field(default_factory=list)

    def sku(self, line: LineAsked) -> SkuMade:
        return next(one for one in self.skus if one.id == line.sku_id)

    def shelf(self, line: LineAsked) -> Shelf:
        sku = self.sku(line)
        stock_id = sku.stock_id if line.deal_id is None else sku.deal_stock_id
        assert stock_id is not None
        return self.shelves[stock_id]

    def why_not_placed(self, *, shopper_id: int, verified: bool, lines: Sequence[LineAsked]) -> Refusal | None:
        for line in lines:
            limit = self.limits.get(line.deal_id or 0, 0)
            had = self.taken[line.deal_id or 0, shopper_id]
            if limit and not verified:
                return ShopperNotVerified(deal_id=line.deal_id)
            if limit and had + line.quantity > limit:
                return BuyerLimitReached(deal_id=line.deal_id, limit=limit, had=had, asked=line.quantity)
            shelf = self.shelf(line)
            left = shelf.units - shelf.reserved - shelf.sold
            if left < line.quantity:
                return SoldOut(sku_id=line.sku_id, asked=line.quantity, left=left)
        return None

    def place(self, *, shopper_id: int, lines: Sequence[LineAsked], placed: Placed, now_ms: int) -> None:
        one = Bought(shopper_id, lines, placed, now_ms)
        self.bought.append(one)
        for line in lines:
            self.shelf(line).reserved += line.quantity
            self._count(one, line, line.quantity)
        self._tally(TallyKind.PLACED, one)

    def why_not_paid(self, one: Bought, *, now_ms: int) -> Refusal | None:
        purchase_id = one.placed.purchase_id
        if one.state is Step.PAID:
            return AlreadyPaid(purchase_id=purchase_id)
        if one.state is not Step.PLACED or one.pay_before_ms <= now_ms:
            return PurchaseEnded(purchase_id=purchase_id)
        if self.wallets[one.shopper_id] < one.total_minor:
            return InsufficientFunds(available_minor=self.wallets[one.shopper_id], total_minor=one.total_minor)
        return None

    def pay(self, one: Bought) -> None:
        one.state = Step.PAID
        self.wallets[one.shopper_id] -= one.total_minor
        for line in one.lines:
            self.escrows[self.sku(line).merchant.id] += line.quantity * line.unit_price_minor
            shelf = self.shelf(line)
            shelf.reserved -= line.quantity
            shelf.sold += line.quantity
        self._tally(TallyKind.PAID, one)

    def end(self, one: Bought, then: Step) -> None:
        one.state = then
        for line in one.lines:
            self.shelf(line).reserved -= line.quantity
            self._count(one, line, -line.quantity)
        self._tally(TallyKind.VOIDED, one)

    def due(self, *, now_ms: int) -> list[Bought]:
        return [one for one in self.bought if one.state is Step.PLACED and one.pay_before_ms <= now_ms]

    def _count(self, one: Bought, line: LineAsked, units: int) -> None:
        if line.deal_id is not None and self.limits.get(line.deal_id):
            self.taken[line.deal_id, one.shopper_id] += units

    def _tally(self, kind: TallyKind, one: Bought) -> None:
        merchants = {self.sku(line).merchant.id for line in one.lines}
        units = sum(line.quantity for line in one.lines)
        self.tallies[kind] += Counter(orders=len(merchants), units=units, amount_minor=one.total_minor)
