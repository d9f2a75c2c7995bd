"""The trial balance: what all accounts come to by currency and family, and the accounts behind each sum."""

from dataclasses import dataclass
from datetime import date

from fairground.kernel.patience import statements_within
from fairground.ledger.closed_days import closed_day
from fairground.ledger.queries import Disagreement, accounts_that_disagree
from fairground.ledger.rules import AccountState
from fairground.settlement.reports.reading import REPORT_MAX_MS, ReportTooSlow, read_rows


@dataclass(frozen=True, slots=True)
class FamilyBalance:
    """Accounts of one currency that are of one kind and for one purpose; without a family: all of the currency.

    `address` is what all of them have, in whichever lanes they lie; empty where they have several.
    """

    currency: str
    family: str
    accounts: int
    debits_posted_minor: int
    credits_posted_minor: int
    debits_pending_minor: int
    credits_pending_minor: int
    address: str

    @property
    def balance_minor(self) -> int:
        """Return credits less debits, as posted: above zero the platform owes it."""
        return self.credits_posted_minor - self.debits_posted_minor

    @property
    def pending_minor(self) -> int:
        """Return what is on its way in, less what is on its way out."""
        return self.credits_pending_minor - self.debits_pending_minor


@dataclass(frozen=True, slots=True)
class CurrencyBalance:
    """The families of a currency, and their sum: its debits equal its credits (INV-5)."""

    total: FamilyBalance
    families: tuple[FamilyBalance, ...]

    @property
    def is_even(self) -> bool:
        """Return whether debits equal credits, posted and pending."""
        return self.total.balance_minor == 0 and self.total.pending_minor == 0


def trial_balance_by_family(*, day: date | None = None) -> list[CurrencyBalance]:
    """Return what the accounts come to by currency: as they stand, or at the end of a closed day.

    :raises DayNotClosed: it is not
    :raises ReportTooSlow: it took too long
    """
    if day is not None:
        closed_day(day=day)
    name = "trial_balance_families" if day is None else "trial_balance_families_at_day"
    families = [FamilyBalance(*row) for row in read_rows(name, {"day": day})]
    return [
        CurrencyBalance(_total([one for one in families if one.currency == currency]), tuple(of_currency))
        for currency in sorted({one.currency for one in families})
        if (of_currency := [one for one in families if one.currency == currency])
    ]


def _total(families: list[FamilyBalance]) -> FamilyBalance:
    return FamilyBalance(
        currency=families[0].currency,
        family="",
        accounts=sum(one.accounts for one in families),
        debits_posted_minor=sum(one.debits_posted_minor for one in families),
        credits_posted_minor=sum(one.credits_posted_minor for one in families),
        debits_pending_minor=sum(one.debits_pending_minor for one in families),
        credits_pending_minor=sum(one.credits_pending_minor for one in families),
        address="",
    )


def accounts_of(
    *, family: str, currency: str, words: str, after: tuple[int, int], rows_max: int
) -> tuple[AccountState, ...]:
    """Return accounts from after a (lane, id) on, in that order; an empty family or currency is any.

    `words` is a part of their address, such as a merchant's number.

    :raises ReportTooSlow: it took too long
    """
    asked = {"family": family, "currency": currency, "words": words, "rows_max": rows_max}
    rows = read_rows("accounts_of_family", {**asked, "after_lane": after[0], "after_id": after[1]})
    return tuple(AccountState(*row) for row in rows)


def disagreements() -> list[Disagreement]:
    """Return the accounts whose row is not the sum of their transfers; a sound ledger has none (INV-6).

    :raises ReportTooSlow: it took too long
    """
    with statements_within(most_ms=REPORT_MAX_MS, too_slow=ReportTooSlow):
        return accounts_that_disagree()
