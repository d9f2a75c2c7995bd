"""What all acts of a rehearsed festival stand on: the script, the calendar, and what was counted and told so far."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from fairground.kernel.edits import By
from fairground.rehearsal.festival.calendar import Calendar
from fairground.rehearsal.festival.script import FestivalScript
from fairground.rehearsal.festival.told import Told
from fairground.rehearsal.goods import Goods
from fairground.rehearsal.opening import Answers, Journal, Opening
from fairground.rehearsal.plan import Plan, Planner
from fairground.rehearsal.requests import RequestWriter

Say = Callable[[str], None]


@dataclass(slots=True)
class Grounds:
    """One run. `counts` has the figures of the acts by name, `unexpected` all that should have been otherwise."""

    script: FestivalScript
    calendar: Calendar
    journal: Journal
    told: Told
    say: Say
    counts: dict[str, int] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)

    def note(self, answers: Answers) -> Answers:
        """Keep what was not as it should be in the answers of a crowd, and return them."""
        self.unexpected += answers.unexpected
        return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """The shoppers, what they can buy and what they will ask for; `shopper_ids` are the realm's by the plan's numbers.

    Presales are ordered by those from `presale_shoppers` on, and nobody of them buys at the opening.
    """

    goods: Goods
    planner: Planner
    plan: Plan
    shopper_ids: list[int]
    presale_shoppers: range
    writer: RequestWriter

    def shop(self, ground: Grounds) -> Opening:
        """Return a crowd that places and pays, and remembers what it placed."""
        return Opening(
            host=ground.script.host,
            port=ground.script.port,
            writer=self.writer,
            journal=ground.journal,
            shopper_ids=self.shopper_ids,
        )

    def spread(self, markets: Sequence[str]) -> dict[str, list[int]]:
        """Return all shoppers by market: those who buy there, and evenly those who buy in none of these."""
        own = {ask.shopper: ask.market for ask in self.plan.asks}
        spread: dict[str, list[int]] = {market: [] for market in markets}
        for shopper in range(len(self.shopper_ids)):
            market = own.get(shopper, "")
            spread[market if market in spread else markets[shopper % len(markets)]].append(shopper)
        return spread


def by_hand(*, reason: str = "") -> By:
    """Return who does something by a command now, and why."""
    return By(user_id=None, now=datetime.now(UTC), reason=reason)


def moment_ms() -> int:
    """Return the current millisecond since 1970."""
    return time.time_ns() // 1_000_000
