"""Grabbing packets: one durable transaction a batch, one grab is a batch of one."""

from collections.abc import Mapping, Sequence

from django.db import connection, transaction
from msgspec.structs import replace

from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, slice_lanes, take_turn, writers_of_lanes
from fairground.redpackets.queries import packets_held, read_slices
from fairground.redpackets.rows import PACKET_ROWS
from fairground.redpackets.rules import (
    Grabbed,
    GrabbedInBatch,
    GrabDecision,
    GrabPlan,
    GrabRequest,
    SliceKey,
    decide_grabs,
)

GrabOutcome = Grabbed | Refusal


def grab_packets(batch: Sequence[GrabRequest], *, now_ms: int) -> list[GrabOutcome]:
    """Give each shopper a packet of the round asked for, or refuse, in arrival order: one durable transaction.

    It returned, so what was given is committed; a refusal changed nothing. Run again with the same requests it answers
    the same packets. Raises what the database raises; then nothing of the batch is known.
    """
    lanes = slice_lanes()
    with transaction.atomic(durable=True):
        turn = take_turn(
            writer_ids=writers_of_lanes({lane_of(request.shopper_id) for request in batch}),
            now_ms=now_ms,
            ids_max=len(batch),
            outbox_rows=0,
        )
        rounds, slices = read_slices(batch, lanes=lanes)
        held = packets_held({(request.shopper_id, request.round_id) for request in batch})
        decisions = decide_grabs(batch, rounds=rounds, slices=slices, slice_lanes=lanes, held=held)
        written = _write(turn, [one for one in decisions if type(one) is GrabPlan], now_ms)
    return _outcomes(decisions, written)


def _write(turn: Turn, plans: Sequence[GrabPlan], now_ms: int) -> list[Grabbed]:
    rows: list[bytes] = []
    grabbed: list[Grabbed] = []
    given: dict[SliceKey, list[GrabPlan]] = {}
    for plan in plans:
        facts, shopper_id = plan.round, plan.request.shopper_id
        lane = lane_of(shopper_id)
        packet_id = turn.ids.draw(lane)
        rows.append(
            PACKET_ROWS.row(
                lane,
                packet_id,
                shopper_id,
                facts.round_id,
                plan.no,
                plan.amount_minor,
                facts.currency.encode(),
                now_ms,
                facts.valid_until_ms,
            )
        )
        given.setdefault((plan.slice_lane, facts.round_id), []).append(plan)
        grabbed.append(Grabbed(packet_id, facts.round_id, plan.amount_minor, facts.currency, facts.valid_until_ms))
    with connection.cursor() as cursor:
        PACKET_ROWS.write(cursor, rows)
    _advance_slices(given)
    return grabbed


def _advance_slices(given: Mapping[SliceKey, Sequence[GrabPlan]]) -> None:
    if not given:
        return
    lanes, round_ids = zip(*given, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("redpackets", "advance_slices"),
            {
                "lanes": array_text(lanes),
                "round_ids": array_text(round_ids),
                "next_nos": array_text([plans[0].no for plans in given.values()]),
                "packets": array_text([len(plans) for plans in given.values()]),
                "amounts_minor": array_text([sum(plan.amount_minor for plan in plans) for plans in given.values()]),
            },
        )
        assert cursor.rowcount == len(given), "a slice is no longer where it was read under the turn (INV-16)"


def _outcomes(decisions: Sequence[GrabDecision], written: Sequence[Grabbed]) -> list[GrabOutcome]:
    outcomes: list[GrabOutcome] = []
    fresh = iter(written)
    for decision in decisions:
        if type(decision) is GrabPlan:
            outcomes.append(next(fresh))
        elif type(decision) is GrabbedInBatch:
            first = outcomes[decision.position]
            assert isinstance(first, Grabbed), first
            outcomes.append(replace(first, replayed=True))
        else:
            assert isinstance(decision, Grabbed | Refusal), decision
            outcomes.append(decision)
    return outcomes
