"""The table at the head of docs/algorithms/escrow.md, performed: each event moves what its row says, where it says."""

from collections.abc import Callable, Collection

import pytest
from pytest_django import Settings

from fairground.catalog.models import Price
from fairground.checkout.actions.accept_disputes import charge_dispute
from fairground.checkout.actions.end_purchases import break_off_presales, cancel_purchase
from fairground.checkout.actions.protect_prices import return_difference
from fairground.checkout.rules.placing import Placed
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.models import Account, Transfer
from fairground.ledger.queries import accounts_that_disagree
from fairground.ledger.rules import TransferKind
from fairground.markets.rules import DepositMode
from fairground.payments.models import Dispute
from fairground.payments.providers.keys import ProviderKeys, StripeKeys
from fairground.promotions.rules.declaring import MarketTerms
from fairground.settlement.actions.settle_deposits import settle_deposits
from tests.duties import make_import
from tests.factories import (
    NOW_MS,
    SkuMade,
    give_wallet,
    make_market,
    make_merchant,
    make_shopper,
    make_sku,
    pay,
    pay_request,
    place_one,
    place_request,
)
from tests.payments.paying import make_till
from tests.payments.stripe_server import SECRET_KEY, WEBHOOK_SECRET, stripe_server
from tests.payments.test_disputes import disputed
from tests.presales import BALANCE, CLOSES_MS, OPENS_MS, make_presale, pay_deposit, place_presale
from tests.promotion_making import make_promotion
from tests.refunding import back
from tests.settlement.making import SETTLED_MS, settle
from tests.settlement.test_settlement_documents import ESCROW

# What the table calls an account, by whose it is and what it is for.
NAMES = {
    "shopper:wallet": "wallet",
    "merchant:escrow": "escrow",
    "merchant:payable": "payable",
    "merchant:forfeits": "forfeits",
    "merchant:penalties": "penalties",
    "platform:penalties": "fronted",
    "platform:duties": "duties",
}
# Of these accounts the table has every movement.
WHOLE = {"escrow", "forfeits", "penalties"}
BY = By(user_id=None, now=from_unix_ms(OPENS_MS), reason="out of goods")

Act = Callable[[], object]
Leg = tuple[str, str, str]


def table() -> list[list[str]]:
    """Return the cells of the first table of the document, without its head."""
    lines = [line for line in ESCROW.split("\n## ", maxsplit=1)[0].splitlines() if line.startswith("|")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines[2:]]


class Bought:
    """Three units at 1000, which a promotion made 7 of the merchant's and 3 of the platform's cheaper."""

    def __init__(self) -> None:
        """Place it; it is paid by `pay`."""
        make_promotion(merchant_bps=7_000, terms={"EU": MarketTerms(threshold_minor=3_000, off_minor=10)})
        self.sku: SkuMade = make_sku(merchant=make_merchant(lane=40))
        self.shopper_id = make_shopper(lane=20)
        give_wallet(shopper_id=self.shopper_id, amount_minor=10_000)
        self.placed: Placed = place_one(place_request(self.sku.line(3), shopper_id=self.shopper_id))

    def pay(self) -> "Bought":
        """Pay it."""
        pay([pay_request(self.placed, shopper_id=self.shopper_id)])
        return self

    def release(self) -> "Bought":
        """Let it be completed, and release it."""
        settle(self.placed.orders[0].order_id)
        return self

    def one_back(self) -> object:
        """Send a unit back."""
        return back(self.placed.orders[0].order_id, 1, 1, now_ms=SETTLED_MS)

    def fall(self) -> "Bought":
        """Let the price fall to 900."""
        Price.objects.filter(sku_id=self.sku.id).update(price_minor=900)
        return self

    def difference(self) -> object:
        """Ask for what it would cost less now."""
        return return_difference(purchase_id=self.placed.purchase_id, shopper_id=self.shopper_id, now_ms=SETTLED_MS)


class Ordered:
    """A presale of a deposit of 100 and a balance of 850, in its law an advance or earnest money."""

    def __init__(self, mode: DepositMode = DepositMode.EARNEST, *, is_paid: bool = True) -> None:
        """Order it, and pay its deposit unless told otherwise."""
        self.shopper_id = make_shopper()
        give_wallet(shopper_id=self.shopper_id, amount_minor=5_000)
        self.presale: SkuMade = make_presale(mode=mode, merchant=make_merchant(lane=30))
        self.placed: Placed = place_presale(self.presale, shopper_id=self.shopper_id)
        if is_paid:
            self.deposit()

    def deposit(self) -> None:
        """Pay the deposit."""
        pay_deposit(self.placed, shopper_id=self.shopper_id)

    def balance(self) -> object:
        """Pay the balance."""
        return self._pay(BALANCE)

    def nothing_more(self) -> object:
        """Pay the balance of what costs less than was paid already."""
        return self._pay(0)

    def _pay(self, amount_minor: int) -> object:
        request = pay_request(self.placed, shopper_id=self.shopper_id, amount_minor=amount_minor)
        return pay([request], now_ms=OPENS_MS)

    def fall(self) -> "Ordered":
        """Let the price fall below the deposit."""
        Price.objects.filter(sku_id=self.presale.id).update(price_minor=40)
        return self

    def cancel(self) -> "Ordered":
        """Let the shopper cancel it."""
        cancel_purchase(purchase_id=self.placed.purchase_id, shopper_id=self.shopper_id, now_ms=OPENS_MS)
        return self

    def break_off(self) -> "Ordered":
        """Let the merchant break it off."""
        break_off_presales(purchase_ids=[self.placed.purchase_id], by=BY)
        return self


def imported(*, is_released: bool) -> Act:
    """Return what releases the order of the section on customs, or sends both its chairs back after that."""
    bought = make_import()
    if not is_released:
        return lambda: settle(bought.order_id)
    settle(bought.order_id)
    back(bought.order_id, 2, 1, now_ms=SETTLED_MS)
    return lambda: back(bought.order_id, 1, 2, now_ms=SETTLED_MS)


def settled(end: Act) -> Act:
    """Let a deposit end, and return what settles it."""
    end()
    return lambda: settle_deposits(now_ms=CLOSES_MS)


# What the table calls an event: what brings it about, in a world that is made for it.
EVENTS: dict[str, Callable[[], Act]] = {
    "an order is paid": lambda: Bought().pay,
    "the deposit of a presale is paid": lambda: Ordered(is_paid=False).deposit,
    "the balance of a presale is paid": lambda: Ordered().balance,
    "a presale's goods cost less than its deposit by then": lambda: Ordered().fall().nothing_more,
    "units go back before the release": lambda: Bought().pay().one_back,
    "a price fell before the release": lambda: Bought().pay().fall().difference,
    "the order is released": lambda: Bought().pay().release,
    "an order is released of which customs asked something": lambda: imported(is_released=False),
    "units go back after the release": lambda: Bought().pay().release().one_back,
    "duties go back with them": lambda: imported(is_released=True),
    "a price fell after the release": lambda: Bought().pay().release().fall().difference,
    "a deposit goes back": lambda: Ordered(DepositMode.ADVANCE).cancel,
    "a deposit is forfeited": lambda: Ordered().cancel,
    "a deposit goes back doubled": lambda: Ordered().break_off,
    "a forfeited deposit is settled": lambda: settled(Ordered().cancel),
    "a penalty is settled": lambda: settled(Ordered().break_off),
}
BY_A_BANK = "a shopper's bank took the payment back, and it is given up or lost"


def moved(act: Act) -> dict[Leg, int]:
    """Let something happen, and return what it moved between which accounts as what kind."""
    before = set(Transfer.objects.values_list("id", flat=True))
    act()
    assert accounts_that_disagree() == []
    names = {one.id: name_of(one.address) for one in Account.objects.all()}
    found: dict[Leg, int] = {}
    for one in Transfer.objects.exclude(id__in=before):
        leg = (names[one.debit_account_id], names[one.credit_account_id], TransferKind(one.kind).name)
        found[leg] = found.get(leg, 0) + one.amount_minor
    return found


def name_of(address: str) -> str:
    whose, *_, purpose, _ = address.split(":")
    return NAMES.get(f"{whose}:{purpose}", address)


def as_written(row: list[str], found: dict[Leg, int]) -> None:
    """What the row says was moved, and nothing of which no row says so."""
    _, debit, credit, kind, amount = row
    assert found[debit, credit, kind] == int(amount)
    known = {(one[1], one[2], one[3]) for one in table()}
    unknown: Collection[Leg] = {leg for leg in found if WHOLE & {leg[0], leg[1]}} - known
    assert unknown == set()


@pytest.mark.parametrize("row", [row for row in table() if row[0] != BY_A_BANK], ids=lambda row: row[0])
def test_an_event_moves_what_is_written(row: list[str], two_writers: None) -> None:
    make_market()

    as_written(row, moved(EVENTS[row[0]]()))


def test_a_payment_that_a_bank_took_back_moves_what_is_written(two_writers: None, settings: Settings) -> None:
    (row,) = [row for row in table() if row[0] == BY_A_BANK]
    with stripe_server() as server:
        server.clock_s = NOW_MS // 1000
        settings.PROVIDER_KEYS = ProviderKeys(stripe=StripeKeys(SECRET_KEY, (WEBHOOK_SECRET,), base_url=server.url))
        disputed(make_till(), server)

        as_written(row, moved(lambda: charge_dispute(dispute_id=Dispute.objects.get().pk, by=BY)))


@pytest.mark.parametrize("place", [1, 3, 4], ids=["another account", "another kind", "another amount"])
def test_what_is_written_otherwise_is_seen(place: int, two_writers: None) -> None:
    make_market()
    row, other = table()[0], ["", "payable", "", "REFUND", "2991"]

    with pytest.raises((AssertionError, KeyError)):
        as_written([*row[:place], other[place], *row[place + 1 :]], moved(Bought().pay))


def test_every_event_stands_in_the_table_once_a_movement_and_the_other_way_round() -> None:
    written = [row[0] for row in table()]

    assert set(written) == {*EVENTS, BY_A_BANK}
    assert len({tuple(row[:4]) for row in table()}) == len(written)
