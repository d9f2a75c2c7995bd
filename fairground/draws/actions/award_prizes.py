"""Awarding prizes: a transfer into the winner's wallet, once a place, and never more than the pool has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from fairground.draws.actions.announce_draws import NoSuchDraw
from fairground.draws.models import Award, Draw, PrizePool, Winner
from fairground.draws.queries import spent_on_purchases
from fairground.draws.rules.awards import PoolRate, PrizePaid, Win, minor_rate, prize_paid
from fairground.draws.rules.terms import DrawState, EntryKind, PrizeKind
from fairground.festivals.models import FestivalRate
from fairground.identity.queries import shoppers_erased, shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.ledger.actions import open_accounts, post_transfers
from fairground.ledger.rules import AccountKind, AccountWanted, NewTransfer, TransferKind
from fairground.markets.queries import market_currencies
from fairground.payments.rules import prizes_address, wallet_address

# A turn of some ten milliseconds: up to two accounts and a transfer each.
AWARDS_A_BATCH_MAX = 500
_KINDS = {PrizeKind.WALLET: TransferKind.PRIZE, PrizeKind.EXEMPTION: TransferKind.PAYMENT_EXEMPTION}


class DrawNotDrawn(Refusal):
    """The draw has no winners yet; `state` says where it stands."""


@dataclass(frozen=True, slots=True)
class Awarded:
    """How many prizes were awarded now, and how many wait: their purchase may still be cancelled and refunded."""

    awarded: int
    waiting: int


@dataclass(frozen=True, slots=True)
class _Due:
    """A winner whose prize can be awarded now: into whose wallet, in which currency, and what is known of it."""

    winner: Winner
    payee_id: int
    currency: str
    win: Win


def award_prizes(*, slug: str, now: datetime, only: Collection[int] | None = None) -> Awarded:
    """Award what is due of a drawn draw, in the order of the places; calling it again awards what has become due.

    An exemption pays back what the winning purchase cost, less what went back of it or another draw paid, once none of
    it can be cancelled any more: before, the money could go back twice. Each batch holds the turn of its winners and of
    the purchases that it pays back, and the pool. `only` are the winners (by id) to look at, if not all.

    :raises NoSuchDraw: nothing changed
    :raises DrawNotDrawn: nothing changed
    """
    draw = Draw.objects.filter(slug=slug).first()
    if draw is None:
        raise NoSuchDraw(draw=slug)
    if draw.state not in (DrawState.DRAWN, DrawState.PAID):
        raise DrawNotDrawn(draw=slug, state=DrawState(draw.state).name.lower())
    awarded = 0
    unpaid = _unpaid(draw) if only is None else _unpaid(draw).filter(id__in=only)
    while due := _due(draw, unpaid.all())[:AWARDS_A_BATCH_MAX]:
        awarded += _award(draw, due, now)
    waiting = _unpaid(draw).count()
    if not waiting:
        Draw.objects.filter(pk=draw.pk, state=DrawState.DRAWN).update(state=DrawState.PAID, paid_at=now)
    return Awarded(awarded, waiting)


def _unpaid(draw: Draw) -> QuerySet[Winner]:
    awards = Award.objects.filter(draw_id=draw.pk, place=OuterRef("place"))
    return Winner.objects.filter(~Exists(awards), draw=draw).select_related("prize").order_by("place")


def _due(draw: Draw, unpaid: Collection[Winner]) -> list[_Due]:
    now = shoppers_now(shopper_ids={one.shopper_id for one in unpaid})
    erased = shoppers_erased(shopper_ids=now.values())
    currencies = market_currencies()
    spent = spent_on_purchases(purchase_ids=[one.ref for one in unpaid if _is_exempted(one)])
    return [
        _Due(
            winner=one,
            payee_id=now[one.shopper_id],
            currency=currencies[one.market],
            win=Win(
                kind=PrizeKind(one.prize.kind),
                prize_minor=one.prize.amounts_minor[one.market],
                ceiling_minor=draw.ceilings_minor.get(one.market),
                spent_minor=spent[one.ref].kept_minor if _is_exempted(one) else None,
                is_gone=now[one.shopper_id] in erased,
            ),
        )
        for one in unpaid
        if not (_is_exempted(one) and spent[one.ref].may_end)
    ]


def _is_exempted(winner: Winner) -> bool:
    return winner.prize.kind == PrizeKind.EXEMPTION and winner.kind == EntryKind.PURCHASE


def _award(draw: Draw, due: Sequence[_Due], now: datetime) -> int:
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes(_lanes(due)),
            now_ms=to_unix_ms(now),
            ids_max=3 * len(due),
            outbox_rows=0,
        )
        pool = PrizePool.objects.select_for_update(no_key=True).get(pk=draw.pool_id)
        places = set(_unpaid(draw).values_list("place", flat=True))
        there = _as_spent_now([one for one in due if one.winner.place in places])
        paid, left_minor = [], pool.cap_minor - pool.awarded_minor
        rates = _rates(pool, {one.currency for one in there})
        for one in there:
            prize = prize_paid(one.win, left_minor=left_minor, rate=rates[one.currency])
            left_minor -= prize.charged_minor
            paid.append((one, prize))
        _write(turn, draw, paid, now)
        charged = sum(prize.charged_minor for _, prize in paid)
        PrizePool.objects.filter(pk=pool.pk).update(awarded_minor=F("awarded_minor") + charged)
    return len(there)


def _lanes(due: Sequence[_Due]) -> set[int]:
    """The lanes of who is paid, and of the purchases that are paid back: what goes back of them waits, or is seen."""
    purchases = {lane_of(one.winner.ref) for one in due if _is_exempted(one.winner)}
    return purchases | {lane_of(one.payee_id) for one in due}


def _as_spent_now(due: Sequence[_Due]) -> list[_Due]:
    """What was spent is read again under the turn of who is paid: units may have gone back since."""
    spent = spent_on_purchases(purchase_ids=[one.winner.ref for one in due if _is_exempted(one.winner)])
    return [
        replace(one, win=replace(one.win, spent_minor=spent[one.winner.ref].kept_minor))
        if _is_exempted(one.winner)
        else one
        for one in due
    ]


def _rates(pool: PrizePool, currencies: Collection[str]) -> dict[str, PoolRate]:
    pinned = FestivalRate.objects.filter(festival_id=pool.festival_id, currency__in=currencies)
    rates = {
        one.currency: minor_rate(
            numerator=one.numerator,
            denominator=one.denominator,
            currency=one.currency,
            pool_currency=pool.currency,
        )
        for one in pinned
    }
    return {pool.currency: PoolRate(1, 1)} | rates


def _write(turn: Turn, draw: Draw, paid: Sequence[tuple[_Due, PrizePaid]], now: datetime) -> None:
    moving = [(one, prize) for one, prize in paid if prize.amount_minor]
    accounts = open_accounts(turn=turn, wanted={account for one, _ in moving for account in _accounts(one)})
    transfers = []
    for one, prize in moving:
        source, wallet = _accounts(one)
        transfers.append(
            NewTransfer(
                debit_account_id=accounts[source.lane, source.address].id,
                credit_account_id=accounts[wallet.lane, wallet.address].id,
                amount_minor=prize.amount_minor,
                currency=one.currency,
                kind=_KINDS[one.win.kind],
                order_id=None,
                pending=False,
                lane=source.lane,
            )
        )
    ids = iter(post_transfers(turn=turn, transfers=transfers, now_ms=to_unix_ms(now)))
    Award.objects.bulk_create(
        Award(
            draw=draw,
            place=one.winner.place,
            amount_minor=prize.amount_minor,
            currency=one.currency,
            charged_minor=prize.charged_minor,
            transfer_id=next(ids) if prize.amount_minor else None,
            at=now,
        )
        for one, prize in paid
    )


def _accounts(due: _Due) -> tuple[AccountWanted, AccountWanted]:
    lane, currency = lane_of(due.payee_id), due.currency
    source = AccountWanted(lane, prizes_address(currency), AccountKind.DEBIT_NORMAL, currency)
    return source, AccountWanted(lane, wallet_address(due.payee_id, currency), AccountKind.CREDIT_NORMAL, currency)
