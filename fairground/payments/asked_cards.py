"""Gift cards that were sold where two people issue them: one asks for them, another one issues them, and has the codes.

That the money came in is one person's word otherwise. Nothing is owed, and there is no card, until they are issued.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.payments.gift_cards import CardsIssued, make_cards, turn_of_issue, worth_of_cards
from fairground.payments.models import GiftCardIssue
from fairground.payments.staff_days import require_within_a_day

# Those that wait longest come first; the next ones come as these are issued, or declined.
ASKED_SHOWN_MAX = 100


class AskerUnknown(Refusal):
    """Two people issue cards that were sold, so each says who it is; whoever has the command line is nobody."""


class AskedBySame(Refusal):
    """Who asked for cards does not issue them as well."""


class NotAskedFor(Refusal):
    """Nobody asks for such cards any more: they were issued, or declined."""


@dataclass(frozen=True, slots=True)
class AskedCards:
    """Cards that somebody asks another one to issue; each holds `amount_minor`."""

    key: UUID
    asked_by: int
    asked_at: datetime
    count: int
    amount_minor: int
    currency: str
    expires_at: datetime
    reason: str


def ask_for_gift_cards(
    *, key: UUID, count: int, amount_minor: int, currency: str, expires_at: datetime, by: By
) -> None:
    """Ask somebody else to issue gift cards that were sold; `by.reason` says how the sale is found.

    :raises ReasonMissing, CardsRefused: see `worth_of_cards`; nothing changed
    :raises MoreThanADay: they are worth more than one person may issue on a day; nothing changed
    :raises AskerUnknown: nobody knows who asks; nothing changed
    :raises CardsIssued: this key has issued cards or asked for them; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    cents = worth_of_cards(count=count, amount_minor=amount_minor, currency=currency, expires_at=expires_at, by=by)
    # Whoever issues them could not: all of them count on one day, of one person.
    require_within_a_day(cents=cents, is_sold=True)
    if by.user_id is None:
        raise AskerUnknown
    with transaction.atomic(durable=True):
        turn_of_issue(key=key, by=by)
        if GiftCardIssue.objects.filter(key=key).exists():
            raise CardsIssued(key=str(key))
        GiftCardIssue.objects.create(
            key=key,
            count=count,
            at=by.now,
            is_sold=True,
            amount_minor=count * amount_minor,
            currency=currency,
            expires_at=expires_at,
            reason=by.reason,
            asked_by=by.user_id,
        )
        facts = {"count": (None, count), "amount_minor": (None, amount_minor), "currency": (None, currency)}
        write_audit(by=by, acts=[Act("asked-for", "giftcard", key, facts)])


def issue_asked_cards(*, key: UUID, by: By) -> Sequence[str]:
    """Issue the cards that somebody else asked for, and return their codes, which nobody can read again.

    They count on the day of who issues them. Where `settings.FOUR_EYES` was turned off since, who asked issues them.

    :raises NotAskedFor: nothing changed
    :raises AskerUnknown: two are asked for, and nobody knows who issues them; nothing changed
    :raises AskedBySame: two are asked for, and who issues them asked; nothing changed
    :raises CardsRefused: their end has come meanwhile, or they are worth more by now than they may; nothing changed
    :raises StaffDayFull: `by` would have issued more than `SOLD_A_DAY_MAX_CENTS` that day; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    with transaction.atomic(durable=True):
        turn = turn_of_issue(key=key, by=by)
        issue = _asked(key)
        if settings.FOUR_EYES and by.user_id is None:
            raise AskerUnknown
        if settings.FOUR_EYES and by.user_id == issue.asked_by:
            raise AskedBySame
        asked, by = _facts(issue), replace(by, reason=issue.reason)
        cents = worth_of_cards(
            count=asked.count,
            amount_minor=asked.amount_minor,
            currency=asked.currency,
            expires_at=asked.expires_at,
            by=by,
        )
        issue.four_eyes = settings.FOUR_EYES
        return make_cards(turn=turn, issue=issue, cents=cents, by=by)


def decline_asked_cards(*, key: UUID, by: By) -> None:
    """Decline cards that were asked for, also one's own; it is in the audit log.

    :raises NotAskedFor: nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    with transaction.atomic(durable=True):
        turn_of_issue(key=key, by=by)
        issue = _asked(key)
        facts = {"reason": (issue.reason, None)}
        issue.delete()
        write_audit(by=by, acts=[Act("declined", "giftcard", key, facts)])


def asked_cards() -> list[AskedCards]:
    """Return the cards that are asked for, at most `ASKED_SHOWN_MAX`, those first that wait longest."""
    rows = GiftCardIssue.objects.filter(transfer_id=None, asked_by__isnull=False)
    return [_facts(row) for row in rows.order_by("at", "key")[:ASKED_SHOWN_MAX]]


def _asked(key: UUID) -> GiftCardIssue:
    issue = GiftCardIssue.objects.filter(key=key, transfer_id=None, asked_by__isnull=False).first()
    if issue is None:
        raise NotAskedFor(key=str(key))
    return issue


def _facts(row: GiftCardIssue) -> AskedCards:
    assert row.asked_by is not None, row.key
    assert row.amount_minor is not None, row.key
    assert row.expires_at is not None, row.key
    amount_minor = row.amount_minor // row.count
    return AskedCards(row.key, row.asked_by, row.at, row.count, amount_minor, row.currency, row.expires_at, row.reason)
