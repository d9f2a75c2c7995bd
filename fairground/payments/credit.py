"""Credit that the staff grants to a shopper, as goodwill: into the wallet, once a form, and into the audit log."""

from datetime import UTC
from uuid import UUID

from django.db import connection, transaction

from fairground.identity.models import Shopper
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import REASON_MAX, Act, By, write_audit
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.queries import market_currencies
from fairground.payments.models import Credit
from fairground.payments.pouring import ShopperGone, pour, turn_of
from fairground.payments.rules import CREDIT_A_DAY_MAX_MINOR, goodwill_address

# What one of the staff may give away alone; more is given in several entries of the audit log.
CREDIT_MAX_MINOR = 1_000_000
# Whoever has the command line, among who granted how much on a day.
COMMAND_LINE = 0


class CreditRefused(Refusal):
    """Such a credit is not granted: amount, currency or reason is none that it may be, or its form granted another."""


class CreditDayFull(Refusal):
    """With this one, somebody of the staff would have granted more on a day than one person may."""


def grant_credit(*, key: UUID, shopper_id: int, amount_minor: int, currency: str, by: By) -> bool:
    """Put goodwill into a shopper's wallet; the same key again grants nothing, and returns False.

    :raises CreditRefused: an amount not above 0 and at most `CREDIT_MAX_MINOR`, a currency of no market, or no reason
        of at most `REASON_MAX` letters, or the key stands for another grant; nothing changed
    :raises CreditDayFull: `by` would have granted more than `CREDIT_A_DAY_MAX_MINOR` that day (UTC) in the currency;
        nothing changed
    :raises ShopperGone: there is no such shopper, or nobody has the wallet; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    fits = 0 < amount_minor <= CREDIT_MAX_MINOR and 0 < len(by.reason) <= REASON_MAX
    if not fits or currency not in market_currencies().values():
        raise CreditRefused(amount_minor=amount_minor, currency=currency)
    if not Shopper.objects.filter(id=shopper_id).exists():
        raise ShopperGone(shopper_id=shopper_id)
    shopper_id = shoppers_now(shopper_ids=[shopper_id])[shopper_id]
    with transaction.atomic(durable=True):
        turn = turn_of(shopper_id, by)
        for before in Credit.objects.filter(key=key):
            owner_id = shoppers_now(shopper_ids=[before.shopper_id])[before.shopper_id]
            same = (owner_id, before.amount_minor, before.currency, before.reason)
            if same != (shopper_id, amount_minor, currency, by.reason):
                raise CreditRefused(amount_minor=amount_minor, currency=currency)
            return False
        _count(by, amount_minor, currency)
        transfer_id = pour(
            turn,
            shopper_id=shopper_id,
            source=goodwill_address(currency),
            source_kind=AccountKind.DEBIT_NORMAL,
            amount_minor=amount_minor,
            currency=currency,
            kind=TransferKind.GOODWILL,
            now_ms=to_unix_ms(by.now),
        )
        Credit.objects.create(
            key=key,
            shopper_id=shopper_id,
            amount_minor=amount_minor,
            currency=currency,
            reason=by.reason,
            transfer_id=transfer_id,
            granted_by=by.user_id,
            at=by.now,
        )
        facts = {"amount_minor": (None, amount_minor), "currency": (None, currency)}
        write_audit(by=by, acts=[Act("granted-credit", "shopper", shopper_id, facts)])
    return True


def _count(by: By, amount_minor: int, currency: str) -> None:
    """Add to what somebody granted that day; who grants at the same moment waits for the end of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("payments", "grant_on_day"),
            {
                "user_id": by.user_id or COMMAND_LINE,
                "day": by.now.astimezone(UTC).date(),
                "currency": currency,
                "amount_minor": amount_minor,
                "granted_max_minor": CREDIT_A_DAY_MAX_MINOR,
            },
        )
        if cursor.fetchone() is None:
            raise CreditDayFull(amount_minor=amount_minor, currency=currency, day_max_minor=CREDIT_A_DAY_MAX_MINOR)
