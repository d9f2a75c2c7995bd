"""Red packets in a rush: a round grabbed by batches of calls, and another one through HTTP by the rehearsal's crowd."""

import time
from datetime import UTC, datetime, timedelta

from bench.records import Goal, Result
from bench.rush import cpu_ms_each
from bench.stage import HOST, Stage, now_ms, running_stage
from bench.telling import say
from fairground.dashboard.queries import current_festival
from fairground.identity.actions import create_shoppers
from fairground.intake.queue import BATCH_MAX
from fairground.kernel.edits import By
from fairground.markets.queries import market_currencies
from fairground.redpackets.actions.give_rounds import create_campaign, open_rounds
from fairground.redpackets.actions.grab_packets import grab_packets
from fairground.redpackets.queries import campaign_books
from fairground.redpackets.rules import CampaignKind, CampaignRecord, Grabbed, GrabRequest, RoundWanted
from fairground.rehearsal.crowd import Call, Crowd
from fairground.rehearsal.machine import CpuMeter
from fairground.rehearsal.opening import CONNECTIONS
from fairground.rehearsal.requests import new_key

# Who waited for a countdown comes at once, twenty thousand within two seconds; the line sorts out who has to wait.
ARRIVALS_S_EACH = 2.0 / 20_000
MEAN_MINOR = 500
WARM_UP = 2_000


def run_grabs(*, quick: bool) -> Result:
    """Grab all packets of a round by calls, then those of another one over HTTP, and look into the books."""
    grabs = 2_000 if quick else 20_000
    with running_stage() as stage:
        shopper_ids = create_shoppers(count=grabs, now_ms=now_ms())
        campaign_id, (warm_up, called, crowded) = _rounds([min(WARM_UP, grabs), grabs, grabs])
        _by_calls(warm_up, shopper_ids[:WARM_UP])
        calls_s = _by_calls(called, shopper_ids)
        say(f"{grabs:,} grabs by calls in {calls_s:.2f} s")
        meter = CpuMeter()
        http_s, latencies_ms, others = _through_http(stage, crowded, shopper_ids)
        cpu_s = meter.spent_s()
        books = campaign_books(campaign_ids=[campaign_id])[campaign_id]
    say(f"{len(latencies_ms):,} grabs through HTTP in {http_s:.2f} s")
    beyond_cap = max(0, books.taken_minor - books.budget_minor)
    missing = 2 * grabs + min(WARM_UP, grabs) - books.packets + abs(books.budget_minor - books.taken_minor)
    figures = {
        "grabs": grabs,
        "seconds_by_calls": round(calls_s, 3),
        "grabs_per_s_by_calls": round(grabs / calls_s),
        "seconds_through_http": round(http_s, 3),
        "grabs_per_s_through_http": round(len(latencies_ms) / http_s),
        "latency_ms_p50": _share(latencies_ms, 0.50),
        "latency_ms_p99": _share(latencies_ms, 0.99),
        "cpu_ms_per_grab_by_part": cpu_ms_each(cpu_s, len(latencies_ms)),
        "beyond_cap_minor": beyond_cap,
        "missing": missing,
        "unexpected": others,
    }
    return Result(
        "grabs",
        figures,
        (
            Goal("seconds for 20,000 grabs by calls", round(calls_s * 20_000 / grabs, 2), at_most=2),
            Goal("seconds for 20,000 grabs through HTTP", round(http_s * 20_000 / grabs, 2), at_most=4),
            Goal("minor units beyond the cap", beyond_cap, at_most=0),
            Goal("packets and minor units that are missing", missing, at_most=0),
            Goal("answers that should not be", others, at_most=0),
        ),
    )


def _rounds(sizes: list[int]) -> tuple[int, list[int]]:
    """Open rounds that are open now, with a packet for everybody; return the campaign and them."""
    now = datetime.now(UTC)
    by, opens_at, closes_at = By(user_id=None, now=now), now - timedelta(minutes=1), now + timedelta(hours=1)
    festival = current_festival(now_ms=now_ms())
    assert festival is not None, "the realm is made with one"
    record = CampaignRecord(
        festival=festival.slug,
        market=next(iter(market_currencies())),
        name={"en": "Rain"},
        kind=CampaignKind.RAIN,
        budget_minor=MEAN_MINOR * sum(sizes),
        opens_at=opens_at,
        closes_at=closes_at,
        valid_until=closes_at,
    )
    campaign_id = create_campaign(record=record, by=by)
    wanted = [RoundWanted(opens_at, closes_at, packets, MEAN_MINOR * packets) for packets in sizes]
    return campaign_id, open_rounds(campaign_id=campaign_id, rounds=wanted, by=by)


def _by_calls(round_id: int, shopper_ids: list[int]) -> float:
    """Grab a packet for each shopper in batches as the door makes them, and return the seconds that it took."""
    arrived_at_ms = now_ms()
    requests = [GrabRequest(shopper_id, True, round_id, arrived_at_ms) for shopper_id in shopper_ids]
    begun = time.perf_counter()
    for at in range(0, len(requests), BATCH_MAX):
        outcomes = grab_packets(requests[at : at + BATCH_MAX], now_ms=now_ms())
        assert all(type(one) is Grabbed for one in outcomes), "there is a packet for everybody"
    return time.perf_counter() - begun


def _through_http(stage: Stage, round_id: int, shopper_ids: list[int]) -> tuple[float, list[float], int]:
    """Let everybody come at `ARRIVALS_S_EACH`; return the seconds, the latencies, and how many had another answer."""
    writer = stage.writer(shopper_ids)
    key_ms = now_ms()
    count = len(shopper_ids)
    calls = [
        Call(number * ARRIVALS_S_EACH, writer.grab(round_id=round_id, shopper=number, key=new_key(key_ms)))
        for number in range(count)
    ]
    crowd = Crowd(HOST, stage.port, lambda call: None, connections=min(CONNECTIONS, count))
    crowd.run(calls)
    done = [call.latency_ms for call in calls if call.status in {200, 201}]
    return crowd.last_2xx_s - crowd.first_sent_s, done, count - len(done)


def _share(latencies_ms: list[float], share: float) -> float:
    ordered = sorted(latencies_ms)
    return round(ordered[int((len(ordered) - 1) * share)], 1) if ordered else 0.0
