"""The settlement: what was completed is released, reserves are kept and given back, merchants are paid, days closed.

Days and weeks lie between these steps: they are passed by the moments that the commands name, not by waiting.
"""

import secrets
from collections.abc import Collection
from datetime import timedelta

from fairground.identity.operators import add_operator
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.edits import By
from fairground.ledger.closing import close_days, last_day_over
from fairground.rehearsal.festival.grounds import Grounds, by_hand
from fairground.rehearsal.opening import Payment

# Of one in so many merchants a part is kept for some days after a release.
RESERVED_EACH = 3
# So many payouts are taken to their end each time, by hand; of a large festival the others stay proposed.
PAYOUTS_A_ROUND_MAX = 25
# Past the days of a reserve and into the next week, in which payouts are proposed again.
RESERVE_OVER = timedelta(days=15)
_TWO_PEOPLE = ("treasurer@rehearsed.example", "bursar@rehearsed.example")
_DAY_MS = 86_400_000


def keep_reserves(ground: Grounds, paid: Collection[Payment]) -> None:
    """Say of some merchants that a reserve of theirs is kept, before anything is released."""
    merchant_ids = sorted({int(one) for payment in paid for one in payment.purchase.merchant_ids})
    for merchant_id in merchant_ids[::RESERVED_EACH]:
        ground.script.clerks.keep_reserve(merchant_id=merchant_id, by=by_hand())
    ground.counts["settlement_merchants_with_reserve"] = len(merchant_ids[::RESERVED_EACH])


def settle(ground: Grounds, *, now_ms: int) -> None:
    """Release all, pay it out but for one payout that fails, give reserves back, pay the rest, and close the days."""
    clerks, told, counts = ground.script.clerks, ground.told, ground.counts
    people = [
        add_operator(email=email, role="operator", password=secrets.token_urlsafe(), by=by_hand())
        for email in _TWO_PEOPLE
    ]
    first = clerks.settle(clock_ms=lambda: now_ms)
    _pay_out(ground, people, now_ms=now_ms, one_fails=True)
    later_ms = now_ms + RESERVE_OVER // timedelta(milliseconds=1)
    second = clerks.settle(clock_ms=lambda: later_ms)
    _pay_out(ground, people, now_ms=later_ms + _DAY_MS, one_fails=False)
    told.reserves = first["reserves"] + second["reserves"]
    counts["settlement_reserves_returned"] = told.reserves
    counts["settlement_payouts_confirmed"], counts["settlement_payouts_failed"] = len(told.payouts), told.payouts_failed
    told.payouts_waiting = len(clerks.proposed())
    closed_at = from_unix_ms(later_ms + 2 * _DAY_MS)
    told.days_closed = len(close_days(until=last_day_over(now=closed_at), now=closed_at))
    counts["settlement_days_closed"] = told.days_closed
    if second["held"]:
        ground.unexpected.append(f"{second['held']} orders are due and were not released")
    ground.say(
        f"{len(told.shipped):,} orders settled, {told.reserves:,} reserves returned, {len(told.payouts):,} payouts"
        f" confirmed, {told.payouts_failed:,} failed and paid again, {told.days_closed:,} days closed"
    )


def _pay_out(ground: Grounds, people: Collection[int], *, now_ms: int, one_fails: bool) -> None:
    """Take what is proposed to its end: one person approves, another sends it and hears from the bank."""
    clerks, told, now = ground.script.clerks, ground.told, from_unix_ms(now_ms)
    approver, sender = people
    refused = By(sender, now, "the bank knows no such account")
    for number, payout in enumerate(clerks.proposed()[:PAYOUTS_A_ROUND_MAX]):
        clerks.advance_payout(payout_id=payout.id, word="approved", by=By(approver, now))
        clerks.advance_payout(payout_id=payout.id, word="sent", by=By(sender, now))
        if one_fails and number == 0:
            clerks.advance_payout(payout_id=payout.id, word="failed", by=refused)
            told.payouts_failed += 1
        else:
            clerks.advance_payout(payout_id=payout.id, word="confirmed", by=By(sender, now))
            told.payouts[payout.id] = payout.amount_minor
