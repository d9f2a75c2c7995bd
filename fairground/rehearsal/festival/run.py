"""A rehearsed festival from its announcement to its verification. The realm's programs run already."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.db import connection

from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.festivals.phase_problems import problems
from fairground.festivals.phase_rows import read_phases
from fairground.kernel.sql import load_sql
from fairground.rehearsal.festival.after_sale import fulfil
from fairground.rehearsal.festival.budget import exhaust_a_budget
from fairground.rehearsal.festival.calendar import SLUG, Calendar
from fairground.rehearsal.festival.drawing import announce_draw, award, draw_in_public, enter_for_nothing
from fairground.rehearsal.festival.enrolment import enrol_everybody
from fairground.rehearsal.festival.gala import let_it_rain
from fairground.rehearsal.festival.grounds import Grounds, moment_ms
from fairground.rehearsal.festival.presale import order_ahead, pay_balances
from fairground.rehearsal.festival.receiving import let_time_pass, receive
from fairground.rehearsal.festival.report import festival_report
from fairground.rehearsal.festival.sale import ARRIVALS_A_SECOND, make_ready, open_sale, pay_orders
from fairground.rehearsal.festival.script import FestivalScript
from fairground.rehearsal.festival.settling import keep_reserves, settle
from fairground.rehearsal.festival.told import Told
from fairground.rehearsal.festival.warm_up import warm_up
from fairground.rehearsal.opening import Journal
from fairground.rehearsal.verify import verify_realm

ARRIVALS_S_MIN = 0.5
# "My purchases" follow the outbox within half a second each two thousand events.
SETTLED_WITHIN_S = 60.0
Say = Callable[[str], None]


def rehearse_festival(script: FestivalScript, *, say: Say) -> dict[str, object]:
    """Run a whole festival against the programs that listen, verify it, and return the report, ready for JSON.

    :raises EdgeMissedError: the background program did not do what a phase sets off
    """
    started = time.monotonic()
    journal = Journal(script.folder)
    calendar = Calendar(lengths_s=script.lengths_s(), now=datetime.now(UTC))
    ground = Grounds(script, calendar, journal, Told(SLUG), say)
    try:
        _perform(ground)
    finally:
        journal.close()
    _settle()
    say("verifying with SQL of its own")
    verification = verify_realm(
        acknowledged=journal.acknowledged, refusals=journal.refused, settled=True, told=ground.told.plans()
    )
    return festival_report(ground, verification, seconds=time.monotonic() - started)


def _perform(ground: Grounds) -> None:
    calendar, say = ground.calendar, ground.say
    ground.unexpected += [f"the plan of phases: {one}" for one in problems(read_phases(festival=SLUG))]
    say(f"announced: it opens at {calendar.at(PhaseKind.SALE, Edge.BEGINS):%H:%M:%S} UTC, if nothing is moved")
    enrol_everybody(ground)
    crowd = warm_up(ground, arrivals_s=max(ARRIVALS_S_MIN, ground.script.orders / ARRIVALS_A_SECOND))
    presales = order_ahead(ground, crowd)
    packets = let_it_rain(ground, crowd)
    announce_draw(ground, crowd)
    ready = make_ready(ground, crowd, packets)
    open_sale(ground, crowd, ready)
    paid = pay_balances(ground, crowd, presales)
    paid += pay_orders(ground, crowd, ready)
    exhaust_a_budget(ground, crowd)
    enter_for_nothing(ground, crowd)
    draw_in_public(ground)
    keep_reserves(ground, paid)
    receive(ground, crowd, fulfil(ground, paid))
    award(ground)
    calendar.wait_until_done(PhaseKind.AFTER_SALE, Edge.ENDS)
    settle(ground, now_ms=let_time_pass(ground, now_ms=moment_ms()))


def _settle() -> None:
    """Wait until the background program has read every event of the outbox."""
    give_up_at = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < give_up_at:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("rehearsal", "events_unread"))
            (unread,) = cursor.fetchone() or (0,)
        if not unread:
            return
        time.sleep(0.2)
