"""What it costs the server to send somebody away: CPU for one answer 429, with its ticket."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count as count_up
from itertools import islice

import psycopg
from django.conf import settings

from bench.stage import HOME, HOST, Stage
from bench.telling import say
from fairground.config.cluster.embedded import Cluster
from fairground.intake.queue import BATCH_MAX
from fairground.rehearsal.crowd import Call, Crowd
from fairground.rehearsal.machine import CpuMeter

# Slow enough that the crowd itself keeps up.
REFUSALS_PER_S = 5000
# Whoever is refused gets the answer at once, so few connections carry many; opening more would count as refusing.
CONNECTIONS = 64
# Who has no answer by then has come in, and hangs up.
ANSWERED_WITHIN_S = 0.5
REFUSED = 429


@dataclass(slots=True, kw_only=True)
class _AsksOnce(Crowd):
    """A crowd that takes no for an answer."""

    refusals: int = 0

    def _answered(self, call: Call, status: int, body: bytes) -> None:
        assert status == REFUSED, body
        self.refusals += 1
        self._open -= 1


def cost_of_refusal(stage: Stage, *, count: int, write: Callable[[int], bytes]) -> float:
    """Return the server's seconds of CPU for one refusal. `write` makes a request out of a number.

    Somebody holds the writer's row, so nothing is decided: the queues fill, and from then on all is refused.
    """
    numbers = count_up()

    def refused(some: int, connections: int) -> int:
        calls = [Call(at / REFUSALS_PER_S, write(number)) for at, number in enumerate(islice(numbers, some))]
        give_up_after_s = some / REFUSALS_PER_S + ANSWERED_WITHIN_S
        crowd = _AsksOnce(HOST, stage.port, lambda _: None, connections=connections, give_up_after_s=give_up_after_s)
        crowd.run(calls)
        return crowd.refusals

    with psycopg.connect(Cluster(HOME).dsn(str(settings.DATABASES["default"]["NAME"]))) as holder:
        holder.execute("SELECT id FROM kernel_writer FOR UPDATE")
        while refused(BATCH_MAX, BATCH_MAX) < BATCH_MAX:
            pass
        meter = CpuMeter()
        refusals = refused(count, CONNECTIONS)
        cpu_s = sum(spent for part, spent in meter.spent_s().items() if part != "crowd")
    assert refusals > 0.9 * count, f"{count - refusals} of {count} were not refused"
    say(f"a refusal costs the server {cpu_s / refusals * 1e6:.0f} µs of CPU")
    return cpu_s / refusals
