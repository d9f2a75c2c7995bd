"""Credit that the staff grants to a shopper, as goodwill: into the wallet, once a form, and into the audit log."""

from uuid import UUID

from django.db import transaction

from fairground.identity.models import Shopper
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, require_reason, write_audit
from fairground.kernel.refusal import Refusal
from fairground.ledger.rules import AccountKind, TransferKind
from fairground.markets.limits import worth_cents
from fairground.markets.queries import market_currencies, reference_rates
from fairground.payments.models import Credit
from fairground.payments.pouring import ShopperGone, pour, turn_of
from fairground.payments.rules import CREDIT_MAX_CENTS, goodwill_address
from fairground.payments.staff_days import count_on_day


class CreditRefused(Refusal):
    """Such a credit is not granted: amount or currency is none that it may be, or its form granted another."""


def grant_credit(*, key: UUID, shopper_id: int, amount_minor: int, currency: str, by: By) -> bool:
    """Put goodwill into a shopper's wallet; the same key again grants nothing, and returns False.

    :raises ReasonMissing: no reason is given, or one longer than `REASON_MAX`; nothing changed
    :raises CreditRefused: an amount not above 0 and worth at most `CREDIT_MAX_CENTS`, a currency of no market, or the
        key stands for another grant; nothing changed
    :raises StaffDayFull: `by` would have given away more than `GIVEN_A_DAY_MAX_CENTS` that day (UTC), gift cards
        included; nothing changed
    :raises ShopperGone: there is no such shopper, or nobody has the wallet; nothing changed
    :raises ShopBusy: the writer's turn was not had in time; nothing changed
    """
    require_reason(by)
    cents = worth_cents(amount_minor, currency=currency, rates=reference_rates())
    if not 0 < cents <= CREDIT_MAX_CENTS or currency not in market_currencies().values():
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
        count_on_day(by=by, cents=cents, is_sold=False)
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
            worth_cents=cents,
            granted_by=by.user_id,
            at=by.now,
        )
        facts = {"amount_minor": (None, amount_minor), "currency": (None, currency)}
        write_audit(by=by, acts=[Act("granted-credit", "shopper", shopper_id, facts)])
    return True
