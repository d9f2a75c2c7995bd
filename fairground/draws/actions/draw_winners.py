"""Closing a draw, which publishes who is in it, and drawing it by a value that nobody knew then."""

from datetime import UTC, datetime, timedelta

from django.db import transaction

from fairground.draws.actions.announce_draws import hold_draw
from fairground.draws.actions.enter_draws import EVENTS_MAX, enter_paid_purchases
from fairground.draws.models import Draw, Entry, Prize, Winner
from fairground.draws.queries import head_of, listed_of, prize_lines
from fairground.draws.rules.drawing import Listed
from fairground.draws.rules.published import prove, root_of, write_list
from fairground.draws.rules.terms import BEACON_AFTER, BEACON_LENGTH_MAX, SETTLED_AFTER, DrawState
from fairground.kernel.edits import Act, By, write_audit
from fairground.kernel.ids import lane_of
from fairground.kernel.refusal import Refusal


class DrawNotOpen(Refusal):
    """The draw is not open, so it can't be closed; `state` says where it stands."""


class EntriesStillComing(Refusal):
    """Payments of the last moment may still be under way until `until`."""


class DrawNotClosed(Refusal):
    """The draw can't be drawn where it stands: its list is not published yet, or it is drawn."""


class BeaconUnfit(Refusal):
    """A beacon is 1 to `BEACON_LENGTH_MAX` printable letters of ASCII, without a space."""


class BeaconKnownBefore(Refusal):
    """The value is from before the moment from which on the beacon counts, so somebody could have known it."""


class BeaconNotYet(Refusal):
    """The value is said to be from a moment that is still to come."""


class ListChanged(Refusal):
    """The entries are not those of the published list any more; somebody changed them by hand."""


def close_draw(*, slug: str, by: By) -> str:
    """Close a draw to entries, fix its list, and return the list's root, which must be published at once.

    What was paid in time is entered first. The beacon counts from `BEACON_AFTER` later at the earliest, so that anybody
    can keep the root before it is known.

    :raises NoSuchDraw: nothing changed
    :raises DrawNotOpen: nothing changed
    :raises EntriesStillComing: nothing changed
    """
    while enter_paid_purchases() >= EVENTS_MAX:
        pass
    with transaction.atomic(durable=True):
        draw = hold_draw(slug)
        if draw.state != DrawState.OPEN:
            raise DrawNotOpen(draw=slug, state=DrawState(draw.state).name.lower())
        until = draw.closes_at + SETTLED_AFTER
        if by.now < until:
            raise EntriesStillComing(until=until.isoformat())
        entrants = [one[0] for one in listed_of(draw)]
        draw.closed_at = by.now.astimezone(UTC)
        draw.beacon_at = max(draw.beacon_at, _whole_second(by.now) + BEACON_AFTER)
        draw.entries, draw.entrants = len(entrants), len(set(entrants))
        draw.root = root_of(write_list(head_of(draw), entrants)).hex()
        draw.state = DrawState.CLOSED
        Draw.objects.filter(pk=draw.pk).update(
            state=draw.state,
            closed_at=draw.closed_at,
            beacon_at=draw.beacon_at,
            entries=draw.entries,
            entrants=draw.entrants,
            root=draw.root,
        )
        facts = {"root": (None, draw.root), "entries": (None, draw.entries), "entrants": (None, draw.entrants)}
        write_audit(by=by, acts=[Act("closed", "draw", slug, facts)])
    return draw.root


def _whole_second(moment: datetime) -> datetime:
    return moment.replace(microsecond=0) + timedelta(seconds=bool(moment.microsecond))


def draw_winners(*, slug: str, beacon: str, seen_at: datetime, by: By) -> int:
    """Draw a closed draw by the beacon's value, which came out at `seen_at`, tell the secret, return how many won.

    :raises NoSuchDraw: nothing changed, and so for each of these
    :raises DrawNotClosed: it is not closed, or drawn already
    :raises BeaconUnfit: the value is no such text
    :raises BeaconKnownBefore: it came out before the draw's beacon counts
    :raises BeaconNotYet: it comes out later than now
    :raises ListChanged: the entries are not those published
    """
    with transaction.atomic(durable=True):
        draw = hold_draw(slug)
        if draw.state != DrawState.CLOSED:
            raise DrawNotClosed(draw=slug, state=DrawState(draw.state).name.lower())
        if not _is_fit(beacon):
            raise BeaconUnfit(most=BEACON_LENGTH_MAX)
        if seen_at < draw.beacon_at:
            raise BeaconKnownBefore(counts_from=draw.beacon_at.isoformat())
        if seen_at > by.now:
            raise BeaconNotYet(now=by.now.isoformat())
        listed = listed_of(draw)
        entrants = [one[0] for one in listed]
        root = root_of(write_list(head_of(draw), entrants))
        if root.hex() != draw.root:
            raise ListChanged(draw=slug)
        proof = prove(
            secret=bytes(draw.secret), root=root, beacon=beacon, prizes=prize_lines(draw.pk), entrants=entrants
        )
        _write_winners(draw, [(one.place, one.rank, one.entry, listed[one.entry - 1]) for one in proof.winners])
        state = DrawState.DRAWN if proof.winners else DrawState.PAID
        Draw.objects.filter(pk=draw.pk).update(
            state=state, beacon=beacon, drawn_at=by.now, paid_at=by.now if state is DrawState.PAID else None
        )
        facts = {"beacon": (None, beacon), "beacon_seen_at": (None, seen_at.isoformat()), "seed": (None, proof.seed)}
        write_audit(by=by, acts=[Act("drawn", "draw", slug, facts)])
    return len(proof.winners)


def _is_fit(beacon: str) -> bool:
    return 0 < len(beacon) <= BEACON_LENGTH_MAX and all("!" <= letter <= "~" for letter in beacon)


def _write_winners(draw: Draw, won: list[tuple[int, int, int, Listed]]) -> None:
    prizes = dict(Prize.objects.filter(draw=draw).values_list("rank", "id"))
    shoppers = [entry[1] for *_, entry in won]
    of_winners = Entry.objects.filter(draw_id=draw.pk, lane__in={lane_of(one) for one in shoppers})
    entered = of_winners.filter(shopper_id__in=shoppers).values_list("shopper_id", "kind", "ref", "market")
    markets = {(shopper_id, kind, ref): market for shopper_id, kind, ref, market in entered}
    Winner.objects.bulk_create(
        Winner(
            draw=draw,
            place=place,
            prize_id=prizes[rank],
            entry_number=number,
            shopper_id=entry[1],
            kind=entry[2],
            ref=entry[3],
            market=markets[entry[1:]],
        )
        for place, rank, number, entry in won
    )
