"""What runs in the background for draws."""

from datetime import UTC, datetime

from fairground.draws.actions import enter_draws
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.queries import draws_to_award


def enter_purchases() -> bool:
    """Enter what was paid into the draws that are open; True while there is more to read."""
    return enter_draws.enter_paid_purchases() >= enter_draws.EVENTS_MAX


def award_due_prizes() -> bool:
    """Award prizes that have become due: their purchases can't be cancelled any more."""
    for slug in draws_to_award():
        award_prizes(slug=slug, now=datetime.now(UTC))
    return False
