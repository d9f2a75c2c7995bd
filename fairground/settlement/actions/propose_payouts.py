"""Proposing payouts: what merchants are owed, held for them until an operator has approved it and the bank confirms."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from django.db import transaction
from msgspec.structs import replace

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.money import Rounding
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.queries import balances
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.markets.conversion import convert_minor
from fairground.markets.limits import limit_minor
from fairground.markets.queries import NoRate, market_currencies, rate_between, reference_rates
from fairground.markets.rules import DatedRate, RateSource
from fairground.merchants.queries import merchant_ids
from fairground.settlement.actions.set_off_debts import IDS_A_PAYOUT_MAX, set_off_debts
from fairground.settlement.models import Payout, Terms
from fairground.settlement.queries import MerchantCurrency, Owed, read_failed, read_owed
from fairground.settlement.rules.addresses import bank_address, exchange_address, payable_address
from fairground.settlement.rules.payouts import PayoutState, period_of

# What merchants are owed is read so many at a time, without a lock.
MERCHANTS_LOOKED_AT_MAX = 2_000
# A turn of some tens of milliseconds: of each an index's range of lines is added up, and a few rows written.
PAYOUTS_A_TURN_MAX = 200
# A payout, two transfers, four accounts; and as many more of one that failed before; and what is set off of each.
_IDS_A_MERCHANT_MAX = 14 + 2 * IDS_A_PAYOUT_MAX
_FREE = AccountKind.FREE

Leg = tuple[AccountWanted, AccountWanted, int, TransferKind]


@dataclass(frozen=True, slots=True)
class _Plan:
    """A payout that will be written; `rate` where it is paid in another currency."""

    owed: Owed
    paid_minor: int
    rate: DatedRate | None
    period: date


class _Rates:
    """The rates of a day by which money may be paid out, each read once, and those of the moment for limits."""

    def __init__(self, day: date, is_real: bool) -> None:
        self.day = day
        self._is_real = is_real
        self._reference = reference_rates()
        self._read: dict[tuple[str, str], DatedRate | None] = {}

    def between(self, source: str, target: str) -> DatedRate | None:
        """Return what one unit of `source` is in `target`; None where nothing is paid out by what there is."""
        if (source, target) not in self._read:
            self._read[source, target] = self._rate(source, target)
        return self._read[source, target]

    def least_minor(self, owed: Owed) -> int:
        """Return the least that is paid of what is owed, at the reference rates of the moment; never nothing."""
        return max(1, limit_minor(owed.payout_min_cents, currency=owed.currency, rates=self._reference))

    def _rate(self, source: str, target: str) -> DatedRate | None:
        try:
            rate = rate_between(source=source, target=target, day=self.day)
        except NoRate:
            return None
        return None if self._is_real and rate.source is RateSource.PACKAGED else rate


def propose_payouts(*, now_ms: int, is_real: bool = True, merchants: Collection[int] | None = None) -> int:
    """Propose the payouts that are due by their merchants' schedules, and return how many.

    A payout is all that a merchant is owed in a currency since the last one, or waits where that is worth less than
    its terms say; what is below nothing is carried over, and what is to be paid in another currency pays it first. What
    failed is proposed again in the next period, with what came since. No more is ever held than the ledger has for the
    merchant. Merchants that are held get nothing. Who wants another currency waits until that day has a rate, or one is
    near enough before it; packaged rates are none where the money `is_real`. `merchants` are those to look at, if not
    all.
    """
    proposed = 0
    rates = _Rates(from_unix_ms(now_ms).date(), is_real)
    due = sorted({(one.merchant_id, one.currency) for keys in _looked_at(merchants) for one in _due(keys, rates)})
    for writer_id in writers_of_lanes(lane_of(merchant_id) for merchant_id, _ in due):
        own = [key for key in due if writers_of_lanes([lane_of(key[0])]) == [writer_id]]
        for first in range(0, len(own), PAYOUTS_A_TURN_MAX):
            some = own[first : first + PAYOUTS_A_TURN_MAX]
            with transaction.atomic(durable=True):
                ids_max = _IDS_A_MERCHANT_MAX * len(some)
                turn = take_turn(writer_ids=[writer_id], now_ms=now_ms, ids_max=ids_max, outbox_rows=0)
                proposed += _propose(turn, some, rates, now_ms)
    return proposed


class _EveryRate(_Rates):
    """Rates of which none is missing, and by which nothing is reckoned: they only tell who waits for one."""

    def between(self, source: str, target: str) -> DatedRate:
        """Return a rate of one to one."""
        return DatedRate(1, 1, datetime.combine(self.day, time(), UTC), self.day, RateSource.PACKAGED)


@dataclass(frozen=True, slots=True)
class PayoutsWaiting:
    """What merchants are owed in a currency and would be paid now in another, had that day a rate of it."""

    currency: str
    paid_currency: str
    payouts: int
    amount_minor: int


def payouts_waiting_for_rates(*, now_ms: int, is_real: bool = True) -> list[PayoutsWaiting]:
    """Return what waits for nothing but an exchange rate, by both currencies; it writes nothing.

    What is due and why it would be proposed is as `propose_payouts` says.
    """
    day = from_unix_ms(now_ms).date()
    rates, every = _Rates(day, is_real), _EveryRate(day, is_real)
    others = Terms.objects.filter(own_currency=True).values_list("merchant_id", flat=True)
    found: dict[tuple[str, str], list[int]] = {}
    for keys in _looked_at(list(others)):
        for one in _due(keys, every):
            if one.paid_currency != one.currency and not rates.between(one.currency, one.paid_currency):
                found.setdefault((one.currency, one.paid_currency), []).append(one.amount_minor)
    return [PayoutsWaiting(*pair, len(amounts), sum(amounts)) for pair, amounts in sorted(found.items())]


def _looked_at(merchants: Collection[int] | None) -> list[list[MerchantCurrency]]:
    currencies = sorted(set(market_currencies().values()))
    ids = merchant_ids() if merchants is None else sorted(merchants)
    return [
        [
            (merchant_id, currency)
            for merchant_id in ids[first : first + MERCHANTS_LOOKED_AT_MAX]
            for currency in currencies
        ]
        for first in range(0, len(ids), MERCHANTS_LOOKED_AT_MAX)
    ]


def _due(keys: Collection[MerchantCurrency], rates: _Rates) -> list[Owed]:
    """Return what of these is to be paid now: what failed in a period before, and what is owed since."""
    found = sorted(
        [*read_failed(keys), *read_owed(keys)], key=lambda one: (one.merchant_id, one.currency, one.after_id)
    )
    return [
        one
        for one in _joined(found)
        if one.amount_minor >= rates.least_minor(one)
        and (one.paid_currency == one.currency or rates.between(one.currency, one.paid_currency))
        and (one.last_period is None or one.last_period < period_of(rates.day, one.schedule))
    ]


def _joined(found: Sequence[Owed]) -> list[Owed]:
    """Return stretches that follow each other as one, so that refunds since are taken off what failed before them."""
    joined: list[Owed] = []
    for one in found:
        last = joined[-1] if joined else None
        if last and (last.merchant_id, last.currency, last.until_id) == (one.merchant_id, one.currency, one.after_id):
            periods = [period for period in (last.last_period, one.last_period) if period is not None]
            joined[-1] = replace(
                one,
                after_id=last.after_id,
                amount_minor=last.amount_minor + one.amount_minor,
                last_period=max(periods, default=None),
            )
        else:
            joined.append(one)
    return joined


def _propose(turn: Turn, keys: Sequence[MerchantCurrency], rates: _Rates, now_ms: int) -> int:
    """Hold what is due, looked at once more under the turn and less what is set off, and write the payouts."""
    due = _due(keys, rates)
    if due and set_off_debts(turn=turn, due=due, rates=rates, now_ms=now_ms):
        due = _due(keys, rates)
    available = _available({(one.merchant_id, one.currency) for one in due})
    planned: list[_Plan] = []
    for one in due:
        rate, paid_minor = None, one.amount_minor
        if one.paid_currency != one.currency:
            rate = rates.between(one.currency, one.paid_currency)
            assert rate is not None, one
            paid_minor = convert_minor(
                paid_minor, source=one.currency, target=one.paid_currency, rate=rate, rounding=Rounding.HALF_UP
            )
        key = one.merchant_id, one.currency
        if paid_minor > 0 and one.amount_minor <= available[key]:
            available[key] -= one.amount_minor
            planned.append(_Plan(one, paid_minor, rate, period_of(rates.day, one.schedule)))
    _write(turn, planned, now_ms)
    return len(planned)


def _available(keys: Collection[MerchantCurrency]) -> dict[MerchantCurrency, int]:
    addresses = {key: (lane_of(key[0]), payable_address(*key)) for key in keys}
    found = balances(addresses.values())
    return {key: found[address].available_minor if address in found else 0 for key, address in addresses.items()}


def _write(turn: Turn, planned: Sequence[_Plan], now_ms: int) -> None:
    ids = iter(_hold(turn, [leg for plan in planned for leg in _legs(plan)], now_ms))
    now = from_unix_ms(now_ms)
    Payout.objects.bulk_create(
        Payout(
            id=turn.ids.draw(lane_of(plan.owed.merchant_id)),
            lane=lane_of(plan.owed.merchant_id),
            merchant_id=plan.owed.merchant_id,
            currency=plan.owed.currency,
            after_id=plan.owed.after_id,
            until_id=plan.owed.until_id,
            amount_minor=plan.owed.amount_minor,
            paid_currency=plan.owed.paid_currency,
            paid_minor=plan.paid_minor,
            rate_numerator=plan.rate.numerator if plan.rate else 1,
            rate_denominator=plan.rate.denominator if plan.rate else 1,
            rate_quoted_at=plan.rate.quoted_at if plan.rate else None,
            hold_id=next(ids),
            exchange_id=next(ids) if plan.rate else None,
            state=PayoutState.PROPOSED.value,
            period_date=plan.period,
            proposed_at=now,
        )
        for plan in planned
    )


def _legs(plan: _Plan) -> list[Leg]:
    """From what is owed to the bank; in another currency over the exchange, which then has one and owes the other."""
    lane, merchant_id, earned, paid = (
        lane_of(plan.owed.merchant_id),
        plan.owed.merchant_id,
        plan.owed.currency,
        plan.owed.paid_currency,
    )
    payable = AccountWanted(lane, payable_address(merchant_id, earned), _FREE, earned)
    bank = AccountWanted(lane, bank_address(paid), _FREE, paid)
    if plan.rate is None:
        return [(payable, bank, plan.owed.amount_minor, TransferKind.PAYOUT)]
    given = AccountWanted(lane, exchange_address(earned), _FREE, earned)
    got = AccountWanted(lane, exchange_address(paid), _FREE, paid)
    return [
        (payable, given, plan.owed.amount_minor, TransferKind.PAYOUT),
        (got, bank, plan.paid_minor, TransferKind.EXCHANGE),
    ]


def _hold(turn: Turn, legs: Sequence[Leg], now_ms: int) -> list[int]:
    """Make the pending transfers, and return their ids in this order."""
    accounts = open_accounts(turn=turn, wanted={account for leg in legs for account in leg[:2]})
    transfers = [
        NewTransfer(
            debit_account_id=accounts[debit.lane, debit.address].id,
            credit_account_id=accounts[credit.lane, credit.address].id,
            amount_minor=amount_minor,
            currency=debit.currency,
            kind=kind,
            order_id=None,
            pending=True,
            lane=debit.lane,
        )
        for debit, credit, amount_minor, kind in legs
    ]
    return post_transfers(turn=turn, transfers=transfers, now_ms=now_ms)
