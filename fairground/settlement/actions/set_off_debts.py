"""Setting off: before a merchant is paid in one currency, that pays what it owes the platform in another."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.db.models import Max

from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.ledger.queries import balances
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.queries import market_currencies
from fairground.markets.rules import Rate
from fairground.settlement.actions.other_lines import IDS_A_LINE_MAX, OtherLine, Posted, post_other_lines
from fairground.settlement.models import Payout, SetOff
from fairground.settlement.queries import MerchantCurrency, Owed
from fairground.settlement.rules.addresses import exchange_address, payable_address
from fairground.settlement.rules.payouts import EntryKind
from fairground.settlement.rules.setting_off import Swap, set_off

# Of one payout, by currency; a merchant that owes in more has the others set off at its next one.
DEBTS_A_PAYOUT_MAX = 3
# Two lines and a row.
IDS_A_PAYOUT_MAX = (2 * IDS_A_LINE_MAX + 1) * DEBTS_A_PAYOUT_MAX


class Rates(Protocol):
    """The rates of a day by which money may be paid out."""

    def between(self, source: str, target: str) -> Rate | None:
        """Return what one unit of `source` is in `target`; None where nothing is paid out by what there is."""


@dataclass(frozen=True, slots=True)
class _Planned:
    """What is set off of a merchant, at what rate."""

    merchant_id: int
    source: str
    target: str
    swap: Swap
    rate: Rate


def set_off_debts(*, turn: Turn, due: Sequence[Owed], rates: Rates, now_ms: int) -> int:
    """Pay what the merchants of these payouts owe in other currencies out of them, and return how often.

    At the rate of the day, over `platform:exchange`, with a line in each currency. Only what is left of the last
    stretch is used, so that what is taken stands in the next payout. Without a rate nothing is set off. The caller
    holds the turn, and has reserved `IDS_A_PAYOUT_MAX` ids a payout.
    """
    states = balances(_addresses({one.merchant_id for one in due}).values())
    stands = {
        key: states[address].balance_minor
        for key, address in _addresses({one.merchant_id for one in due}).items()
        if address in states
    }
    if not any(minor < 0 for minor in stands.values()):
        return 0
    free = {
        (one.merchant_id, one.currency): states[_address(one.merchant_id, one.currency)].available_minor for one in due
    }
    last = _last_paid(due)
    planned: list[_Planned] = []
    for one in due:
        key = one.merchant_id, one.currency
        if one.until_id >= last.get(key, 0):
            planned += _plan(one, min(one.amount_minor, free[key]), stands, rates)
    if planned:
        _post(turn, planned, now_ms)
    return len(planned)


def _plan(one: Owed, left_minor: int, stands: dict[MerchantCurrency, int], rates: Rates) -> list[_Planned]:
    """Plan for a payout, and lower the debts in `stands` by what is planned."""
    planned: list[_Planned] = []
    debts = sorted(key for key, minor in stands.items() if key[0] == one.merchant_id and minor < 0)
    for key in debts:
        target = key[1]
        rate = rates.between(one.currency, target) if target != one.currency else None
        if rate is None or left_minor <= 0 or len(planned) == DEBTS_A_PAYOUT_MAX:
            continue
        swap = set_off(owed_minor=left_minor, debt_minor=-stands[key], source=one.currency, target=target, rate=rate)
        if swap is not None:
            left_minor -= swap.taken_minor
            stands[key] += swap.given_minor
            planned.append(_Planned(one.merchant_id, one.currency, target, swap, rate))
    return planned


def _address(merchant_id: int, currency: str) -> tuple[int, str]:
    return lane_of(merchant_id), payable_address(merchant_id, currency)


def _addresses(merchant_ids: Collection[int]) -> Mapping[MerchantCurrency, tuple[int, str]]:
    currencies = sorted(set(market_currencies().values()))
    return {
        (merchant_id, currency): _address(merchant_id, currency)
        for merchant_id in merchant_ids
        for currency in currencies
    }


def _last_paid(due: Sequence[Owed]) -> dict[MerchantCurrency, int]:
    """Return the last line of these merchants that is in a payout."""
    rows = Payout.objects.filter(merchant_id__in={one.merchant_id for one in due})
    return {
        (merchant_id, currency): until_id
        for merchant_id, currency, until_id in rows.values_list("merchant_id", "currency").annotate(Max("until_id"))
    }


def _post(turn: Turn, planned: Sequence[_Planned], now_ms: int) -> None:
    posted = post_other_lines(turn=turn, lines=[line for one in planned for line in _lines(one)], now_ms=now_ms)
    pairs = zip(posted[::2], posted[1::2], strict=True)
    SetOff.objects.bulk_create(
        _row(turn, one, taken, given, now_ms) for one, (taken, given) in zip(planned, pairs, strict=True)
    )


def _lines(one: _Planned) -> tuple[OtherLine, OtherLine]:
    return (
        _line(one.merchant_id, one.source, -one.swap.taken_minor),
        _line(one.merchant_id, one.target, one.swap.given_minor),
    )


def _line(merchant_id: int, currency: str, amount_minor: int) -> OtherLine:
    return OtherLine(
        merchant_id=merchant_id,
        currency=currency,
        kind=EntryKind.SET_OFF,
        amount_minor=amount_minor,
        order_id=None,
        address=exchange_address(currency),
        account_kind=AccountKind.FREE,
        why=TransferKind.SET_OFF,
    )


def _row(turn: Turn, one: _Planned, taken: Posted, given: Posted, now_ms: int) -> SetOff:
    lane = lane_of(one.merchant_id)
    return SetOff(
        id=turn.ids.draw(lane),
        lane=lane,
        merchant_id=one.merchant_id,
        taken_currency=one.source,
        taken_minor=one.swap.taken_minor,
        taken_entry_id=taken.entry_id,
        taken_transfer_id=taken.transfer_id,
        given_currency=one.target,
        given_minor=one.swap.given_minor,
        given_entry_id=given.entry_id,
        given_transfer_id=given.transfer_id,
        rate_numerator=one.rate.numerator,
        rate_denominator=one.rate.denominator,
        rate_quoted_at=one.rate.quoted_at,
        at=from_unix_ms(now_ms),
    )
