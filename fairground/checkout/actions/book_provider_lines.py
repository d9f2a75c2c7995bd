"""Booking what only a provider knew of, out of its books: its payouts, its fees, what it exchanged, and disputes.

Each line is booked once, under the provider's own id of it, in the transaction of its transfer (INV-36); one that was
booked and now says something else is told, and never booked again. All of it is booked in one lane: what a provider
took lies in slices by payment, what it paid out of that belongs to no payment, and their sum is what it still has.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from fairground.checkout.actions.settle_claims import move_claims
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, require_reason, take_turn_soon, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.writer import Turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.payments.booked_lines import booked_by_id
from fairground.payments.life import LINE_MAX_MINOR
from fairground.payments.models import ProviderLine
from fairground.payments.providers.provider import FileKind, FileLine
from fairground.payments.reconciling import OurLine, is_told_by_provider
from fairground.payments.rules import (
    clearing_address,
    disputes_address,
    provider_fee_tax_address,
    provider_fees_address,
)
from fairground.settlement.rules.addresses import bank_address, exchange_address

# A day's fees of a large shop are thousands of lines; so many hold up the sale for some tens of milliseconds.
LINES_A_TURN_MAX = 200
# A transfer each, the accounts of a few currencies, and what disputes that were won give back.
_IDS_MAX = 4 * LINES_A_TURN_MAX
_LANE = 0
_LINE_ID_MAX = 255


@dataclass(frozen=True, slots=True)
class _Posting:
    """Where a line's money is, beside the clearing account; `is_in`: above nothing it comes into clearing."""

    kind: TransferKind
    address: Callable[[str], str]
    is_in: bool = False


_POSTINGS: Mapping[FileKind, _Posting] = {
    FileKind.PAYOUT: _Posting(TransferKind.PROVIDER_PAYOUT, bank_address),
    FileKind.FEE: _Posting(TransferKind.PROVIDER_FEE, provider_fees_address),
    FileKind.FEE_TAX: _Posting(TransferKind.PROVIDER_FEE_TAX, provider_fee_tax_address),
    FileKind.EXCHANGE: _Posting(TransferKind.PROVIDER_EXCHANGE, exchange_address, is_in=True),
    FileKind.DISPUTE: _Posting(TransferKind.DISPUTE, disputes_address),
    FileKind.DISPUTE_WON: _Posting(TransferKind.DISPUTE, disputes_address, is_in=True),
}


@dataclass(frozen=True, slots=True)
class LinesBooked:
    """What became of lines: booked now, booked before, booked before and told otherwise now, or unfit for any books."""

    booked: int
    known: int
    differing: int
    unfit: int = 0


def book_provider_lines(*, provider: str, lines: Sequence[FileLine], by: By) -> LinesBooked:
    """Book those of a provider's lines that only it knows of and that were not booked yet; it is in the audit log.

    What another line of the same id says is not booked, nor a line whose amount is nothing or too large for our books,
    or whose name is too long: these are counted, and stop no other. After a kill in the middle whole transactions are
    done or not there, so the same lines again book what is missing.

    :raises ReasonMissing: no reason is given, or a longer one; nothing was booked
    :raises ShopBusy: the writers' turn was not had in time; what was booked before stays
    """
    require_reason(by)
    wanted = [line for line in lines if is_told_by_provider(line)]
    fit = [line for line in wanted if _is_fit(line)]
    booked = known = differing = 0
    for first in range(0, len(fit), LINES_A_TURN_MAX):
        done = _book(provider, fit[first : first + LINES_A_TURN_MAX], by)
        booked, known, differing = booked + done.booked, known + done.known, differing + done.differing
    return LinesBooked(booked, known, differing, len(wanted) - len(fit))


def _is_fit(line: FileLine) -> bool:
    return 0 < abs(line.amount_minor) <= LINE_MAX_MINOR and len(line.line_id) <= _LINE_ID_MAX


def _book(provider: str, lines: Sequence[FileLine], by: By) -> LinesBooked:
    now_ms = to_unix_ms(by.now)
    with transaction.atomic(durable=True):
        # Of two at once the second one waits here for the first. A dispute's money may lie in any lane.
        writer_ids = writers_of_lanes(range(LANES))
        turn = take_turn_soon(writer_ids=writer_ids, now_ms=now_ms, ids_max=_IDS_MAX, outbox_rows=0)
        before = booked_by_id(provider=provider, line_ids=[line.line_id for line in lines])
        new: dict[str, FileLine] = {}
        differing = 0
        for line in lines:
            known = before.get(line.line_id) or new.get(line.line_id)
            if known is None:
                new[line.line_id] = line
            elif not _is_same(known, line):
                differing += 1
        if new:
            _write(turn, provider, list(new.values()), by)
            move_claims(turn=turn, provider=provider, lines=list(new.values()), now_ms=now_ms)
            write_audit(by=by, acts=[Act("booked-lines", "provider", provider, {"lines": (None, len(new))})])
    return LinesBooked(len(new), len(lines) - len(new) - differing, differing)


def _is_same(known: FileLine | OurLine, line: FileLine) -> bool:
    return (known.kind, known.amount_minor, known.currency) == (line.kind, line.amount_minor, line.currency)


def _write(turn: Turn, provider: str, lines: Sequence[FileLine], by: By) -> None:
    pairs = [_accounts(provider, line) for line in lines]
    accounts = open_accounts(turn=turn, wanted={account for pair in pairs for account in pair})
    transfers = [
        NewTransfer(
            debit_account_id=accounts[debit.lane, debit.address].id,
            credit_account_id=accounts[credit.lane, credit.address].id,
            amount_minor=abs(line.amount_minor),
            currency=line.currency,
            kind=_POSTINGS[line.kind].kind,
            order_id=None,
            pending=False,
            lane=_LANE,
        )
        for line, (debit, credit) in zip(lines, pairs, strict=True)
    ]
    transfer_ids = post_transfers(turn=turn, transfers=transfers, now_ms=to_unix_ms(by.now))
    ProviderLine.objects.bulk_create(
        ProviderLine(
            provider=provider,
            line_id=line.line_id,
            kind=line.kind.value,
            ref=line.ref[:_LINE_ID_MAX],
            amount_minor=line.amount_minor,
            currency=line.currency,
            at=line.at,
            booked_at=by.now,
            transfer_id=transfer_id,
        )
        for line, transfer_id in zip(lines, transfer_ids, strict=True)
    )


def _accounts(provider: str, line: FileLine) -> tuple[AccountWanted, AccountWanted]:
    """Return the account that a line debits, and the one that it credits."""
    posting, currency = _POSTINGS[line.kind], line.currency
    clearing = AccountWanted(_LANE, clearing_address(provider, currency), AccountKind.FREE, currency)
    other = AccountWanted(_LANE, posting.address(currency), AccountKind.FREE, currency)
    return (clearing, other) if posting.is_in is (line.amount_minor > 0) else (other, clearing)
