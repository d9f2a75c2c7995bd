"""What the lines of a provider's books change of disputes: how much a bank took of us, and what covers that."""

from collections import Counter
from collections.abc import Sequence

from fairground.checkout.actions.cover_disputes import uncover_dispute
from fairground.checkout.actions.return_payments import Return, write_returns
from fairground.identity.queries import shoppers_now
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.ids import lane_of
from fairground.kernel.writer import Turn
from fairground.payments.life import DisputeState
from fairground.payments.models import Dispute, Payment
from fairground.payments.providers.provider import FileKind, FileLine

_SIGNS = {FileKind.DISPUTE: 1, FileKind.DISPUTE_WON: -1}


def move_claims(*, turn: Turn, provider: str, lines: Sequence[FileLine], now_ms: int) -> None:
    """Add to disputes what lines that are booked just now took and gave again; each line is added once by who calls.

    A dispute that nobody noted is noted, and due to be looked at. Where it gave again what refunds had covered, that
    goes on its way to the shopper once more. The caller holds the turn of all writers.
    """
    moved: Counter[tuple[str, str]] = Counter()
    for line in lines:
        if line.kind in _SIGNS:
            moved[line.ref, line.currency] += _SIGNS[line.kind] * line.amount_minor
    at = from_unix_ms(now_ms)
    for (ref, currency), minor in sorted(moved.items()):
        Dispute.objects.get_or_create(
            provider=provider,
            ref=ref,
            defaults={
                "state": DisputeState.NOTICED.value,
                "currency": currency,
                "noted_at": at,
                "look_at": at,
            },
        )
        dispute = Dispute.objects.select_for_update().get(provider=provider, ref=ref)
        if dispute.currency not in {"", currency}:
            # What a bank takes in one currency is in dispute in that: it waits for a person on the disputes' account.
            continue
        _move(turn, dispute, currency, minor, now_ms)


def _move(turn: Turn, dispute: Dispute, currency: str, minor: int, now_ms: int) -> None:
    taken_minor = dispute.taken_minor + minor
    at = from_unix_ms(now_ms)
    values: dict[str, object] = {"taken_minor": taken_minor, "currency": currency, "look_at": at}
    if dispute.state == DisputeState.BORNE and minor > 0:
        # Somebody bore less than that.
        values["state"] = DisputeState.LOST.value
    if dispute.covered_minor <= max(taken_minor, 0):
        Dispute.objects.filter(pk=dispute.pk).update(**values)
        return
    assert dispute.payment_id is not None, dispute.pk
    payment = Payment.objects.get(pk=(lane_of(dispute.payment_id), dispute.payment_id))
    owner_id = shoppers_now(shopper_ids=[payment.shopper_id])[payment.shopper_id]
    free = uncover_dispute(turn=turn, dispute=dispute, owner_id=owner_id, now_ms=now_ms)
    Dispute.objects.filter(pk=dispute.pk).update(**values, covered_minor=0)
    returns = [
        Return(one.payment_id, dispute.provider, owner_id, currency, one.amount_minor, one.order_id) for one in free
    ]
    # What it still took is covered again.
    write_returns(turn=turn, returns=returns, now_ms=now_ms)
