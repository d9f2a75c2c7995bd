"""What runs in the background for draws."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fairground.draws.actions import enter_draws
from fairground.draws.actions.award_prizes import award_prizes
from fairground.draws.queries import PRIZES, draws_of_winners, draws_to_award, winners_to_award
from fairground.draws.rules.terms import PLACES_MAX
from fairground.kernel.rows import Rows, work_through


def enter_purchases() -> bool:
    """Enter what was paid into the draws that are open; True while there is more to read."""
    return enter_draws.enter_paid_purchases() >= enter_draws.EVENTS_MAX


def award_due_prizes() -> bool:
    """Award prizes that have become due: their purchases can't be cancelled any more."""
    work_through(WINNERS)
    for slug in draws_to_award():
        # Where no prize is left to award, the draw is paid.
        award_prizes(slug=slug, now=datetime.now(UTC), only=())
    return False


def _award(winner_ids: Sequence[int]) -> None:
    for slug, some in draws_of_winners(winner_ids=winner_ids).items():
        award_prizes(slug=slug, now=datetime.now(UTC), only=some)


# All are looked at in a round, as some wait until their purchases can't be cancelled: so there is never more.
WINNERS = Rows(name=PRIZES, due=winners_to_award, do=_award, full=PLACES_MAX, key_of=int)
