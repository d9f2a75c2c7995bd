"""How a merchant is settled, and what of it can't be."""

import hashlib
from dataclasses import asdict, dataclass

from fairground.settlement.rules.parting import BPS
from fairground.settlement.rules.payouts import Schedule

# Card payments can be charged back for months; a reserve of more than a year would be a loan.
RESERVE_DAYS_MAX = 366
HELD_BECAUSE_MAX = 300
# 100,000.00 EUR: who sells for less in a year would never be paid, and more is a slip of the keyboard.
PAYOUT_MIN_CENTS_MAX = 10_000_000


@dataclass(frozen=True, slots=True)
class SettlementTerms:
    """How a merchant is settled; as it stands here, one of whom nobody said otherwise.

    Less than `payout_min_cents` of a euro are worth in the currency that was earned waits for the next payout.
    """

    held: bool = False
    held_because: str = ""
    reserve_bps: int = 0
    reserve_days: int = 0
    creator_bps: int = 0
    schedule: Schedule = Schedule.WEEKLY
    payout_min_cents: int = 0
    own_currency: bool = False


def digest_of_terms(terms: SettlementTerms) -> str:
    """Return a digest of how a merchant is settled, by which later terms are told from these."""
    told = {**asdict(terms), "schedule": int(terms.schedule)}
    return hashlib.sha256(repr(sorted(told.items())).encode()).hexdigest()


def terms_wrong(terms: SettlementTerms) -> str:
    """Return the name of the first field that can't be, or "" where all can."""
    if (terms.held and not terms.held_because) or len(terms.held_because) > HELD_BECAUSE_MAX:
        return "held_because"
    if not 0 <= terms.reserve_bps <= BPS:
        return "reserve_bps"
    if not 0 <= terms.reserve_days <= RESERVE_DAYS_MAX or bool(terms.reserve_days) is not bool(terms.reserve_bps):
        return "reserve_days"
    if not 0 <= terms.creator_bps <= BPS:
        return "creator_bps"
    if not 0 <= terms.payout_min_cents <= PAYOUT_MIN_CENTS_MAX:
        return "payout_min_cents"
    return ""
