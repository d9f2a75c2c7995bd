"""What goes on in the background with payments: it waits for providers, so it has a thread of its own."""

from fairground.checkout.actions.attend_disputes import attend_dispute, put_off_dispute
from fairground.checkout.actions.attend_payments import attend_payment, put_off_payment
from fairground.checkout.actions.return_payments import attend_refund, put_off_refund
from fairground.kernel.clock import from_unix_ms, wall_ms
from fairground.payments.disputes import disputes_due
from fairground.payments.providers.configured import configured_providers
from fairground.payments.reading import payments_due, refunds_due

# Each may take as long as a provider's time limit; what is left is due again at once.
ATTENDED_AT_ONCE_MAX = 20


def attend_due_payments() -> bool:
    """Ask providers about the payments, returns and disputes that stand still; True while there may be more."""
    providers = configured_providers()
    now = from_unix_ms(wall_ms())
    keys = payments_due(now=now, payments_max=ATTENDED_AT_ONCE_MAX)
    for key in keys:
        put_off_payment(key=key, now_ms=wall_ms())
        attend_payment(key=key, providers=providers, clock_ms=wall_ms)
    refunds = refunds_due(now=now, refunds_max=ATTENDED_AT_ONCE_MAX)
    for refund_id in refunds:
        put_off_refund(refund_id=refund_id, now_ms=wall_ms())
        attend_refund(refund_id=refund_id, providers=providers, clock_ms=wall_ms)
    disputes = disputes_due(now=now, disputes_max=ATTENDED_AT_ONCE_MAX)
    for dispute_id in disputes:
        put_off_dispute(dispute_id=dispute_id, now_ms=wall_ms())
        attend_dispute(dispute_id=dispute_id, providers=providers, clock_ms=wall_ms)
    return ATTENDED_AT_ONCE_MAX in {len(keys), len(refunds), len(disputes)}
