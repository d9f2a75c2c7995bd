"""Presales: what is due when, what the price guarantee takes off, and what becomes of a deposit that failed."""

from enum import Enum

from msgspec import Struct

from fairground.checkout.rules.taxing import tax_minor_of
from fairground.kernel.money import Rounding, scale_minor
from fairground.kernel.refusal import Refusal
from fairground.markets.rules import DEPOSIT_ALL_BPS, DepositMode
from fairground.orders.rules import DepositEnd, Step


class BalanceNotOpen(Refusal):
    """The deposit is paid; the balance is due later."""


class BalanceClosed(Refusal):
    """The time for the balance is over."""


class PresaleTerms(Struct, frozen=True):
    """What an offer says where it is a presale; amounts are for one unit."""

    deposit_minor: int
    inflation_minor: int
    mode: int
    deposit_max_bps: int
    balance_opens_at_ms: int
    balance_closes_at_ms: int

    def kept_minor(self, quantity: int) -> int:
        """Return what of so many units is paid whatever is taken off: discounts lower the balance, not the deposit.

        The balance is at least one minor unit; and the deposit no more of what is paid in all than the law allows,
        which for earnest money is a fifth (Civil Code of China, Art. 586).
        """
        deposit_minor = self.deposit_minor * quantity
        return max(deposit_minor + 1, scale_minor(deposit_minor, DEPOSIT_ALL_BPS, self.deposit_max_bps, Rounding.UP))


class PresaleFacts(Struct, frozen=True):
    """A presale that was placed: what was promised about it, and its one line.

    Of `discount_minor`, `given_minor` came off by promotions, coupons and red packets, and of that `platform_minor` is
    paid by the platform. `today_minor` is what a unit costs today, None where it isn't sold.
    """

    deposit_minor: int
    mode: int
    balance_opens_at_ms: int
    balance_closes_at_ms: int
    deposited_at_ms: int | None
    deal_id: int
    goods_minor: int
    discount_minor: int
    shipping_minor: int
    quantity: int
    tax_rate_bps: int
    tax_included: bool
    today_minor: int | None
    given_minor: int = 0
    platform_minor: int = 0
    shipping_tax_minor: int = 0
    duties_minor: int = 0


class Due(Struct, frozen=True):
    """A payment of a presale: what is to be paid now, and where it takes the purchase.

    The rest is of a balance: the total that the purchase then has, what the guarantee took off the goods, the tax that
    is left, and what of the deposit goes back.
    """

    amount_minor: int
    then: Step
    total_minor: int
    cut_minor: int = 0
    tax_minor: int = 0
    tax_added_minor: int = 0
    back_minor: int = 0


class Failure(Enum):
    """Why a presale came to nothing after its deposit was paid."""

    NOT_PAID = "the balance was not paid in time"
    CANCELLED = "the shopper changed their mind"
    MERCHANT = "the merchant can't deliver"
    CHARGED_BACK = "the shopper's bank took the deposit back, which was given up"


def deposit_due(presale: PresaleFacts, *, total_minor: int) -> Due:
    """Return the first payment."""
    return Due(presale.deposit_minor, Step.DEPOSITED, total_minor)


def balance_due(presale: PresaleFacts, *, total_minor: int) -> Due:
    """Return the second payment: what is left of the total, or of what the goods cost today if that is less.

    The presale price is guaranteed not to be above the price of the day: the gap comes off as a discount beside what
    was given when it was ordered, and the tax follows. Where a deposit is more than is left to pay, nothing is due and
    the rest of it goes back.
    """
    goods_minor = presale.goods_minor - presale.discount_minor
    gap_minor = 0
    if presale.today_minor is not None:
        gap_minor = min(goods_minor, goods_minor + presale.given_minor - presale.today_minor * presale.quantity)
    if gap_minor <= 0:
        return Due(total_minor - presale.deposit_minor, Step.PAID, total_minor)
    lower_minor = goods_minor - gap_minor
    taxed_minor = lower_minor + presale.platform_minor  # a third party pays that part for the goods
    tax_minor = tax_minor_of(taxed_minor, presale.tax_rate_bps, presale.tax_included)
    tax_added_minor = 0 if presale.tax_included else tax_minor + presale.shipping_tax_minor
    lower_total_minor = lower_minor + presale.shipping_minor + tax_added_minor + presale.duties_minor
    return Due(
        amount_minor=max(0, lower_total_minor - presale.deposit_minor),
        then=Step.PAID,
        total_minor=lower_total_minor,
        cut_minor=gap_minor,
        tax_minor=tax_minor,
        tax_added_minor=tax_added_minor,
        back_minor=max(0, presale.deposit_minor - lower_total_minor),
    )


def deposit_end(*, mode: int, failure: Failure) -> DepositEnd:
    """Return what becomes of a deposit when the presale comes to nothing.

    Earnest money is forfeited by the shopper who breaks off, and returned doubled by the merchant who does (Civil Code
    of China, Art. 587). An advance goes back whoever does; in the EU that is also what a withdrawal asks for, which
    reimburses all payments received (Directive 2011/83/EU, Art. 13). What a bank took back nobody can keep.
    """
    if mode == DepositMode.ADVANCE or failure is Failure.CHARGED_BACK:
        return DepositEnd.RETURNED
    return DepositEnd.DOUBLED if failure is Failure.MERCHANT else DepositEnd.FORFEITED


def inflation_source(deal_id: int) -> str:
    """Return what the discount is called by which a deposit is worth more than it is."""
    return f"presale:{deal_id}"


def guarantee_source(deal_id: int) -> str:
    """Return what the discount is called by which a presale costs no more than the price of the day."""
    return f"guarantee:{deal_id}"


def merchant_funds(merchant_id: int) -> str:
    """Return who pays for a discount that the merchant gives."""
    return f"merchant:{merchant_id}"
