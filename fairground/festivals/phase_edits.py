"""Phases changed by hand, up to the moments that have passed; and a festival made again for another year."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from fairground.catalog.models import Price
from fairground.festivals.actions import NoSuchFestival, TimesRefused, create_festival
from fairground.festivals.market_openings import open_in_markets
from fairground.festivals.models import Deal, DealPrice, Festival, Hall, Transition
from fairground.festivals.phase_plan import Edge, PhaseKind, PhaseSpan, renewed, sale_of, same_time_around
from fairground.festivals.phase_rows import read_phases, write_phases
from fairground.festivals.rules import FestivalRecord, HallRecord, Period
from fairground.kernel.clock import to_unix_ms
from fairground.kernel.edits import Act, By, Changes, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.refusal import Refusal
from fairground.kernel.writer import take_turn, writers_of_lanes
from fairground.markets.queries import market_facts
from fairground.markets.rules import ReferenceRates

# Batches of orders wait while so many deals are copied.
COPIED_A_TURN_MAX = 500


class PhasePassed(Refusal):
    """A moment of a phase that has passed stays, and none is moved into the past; `kind` and `market` say which."""


class SaleApart(Refusal):
    """The festival's own sale is its opening and closing, which are moved with its deals and not here."""


def edit_phases(*, slug: str, phases: Sequence[PhaseSpan], by: By) -> bool:
    """Write the phases of a festival in place of those it has; return whether anything changed.

    Deals go with the sale of a market that has one of its own.

    :raises NoSuchFestival: nothing changed
    :raises SaleApart: nothing changed
    :raises PhasePassed: nothing changed
    :raises PhasesRefused: nothing changed
    :raises ShopBusy: nothing changed
    """
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        festival = Festival.objects.filter(slug=slug).first()
        if festival is None:
            raise NoSuchFestival(festival=slug)
        period = Period(festival.opens_at, festival.closes_at)
        sale = sale_of(phases)
        if sale is None or Period(sale.starts_at, sale.ends_at) != period:
            raise SaleApart(festival=slug)
        there = {(one.kind, one.market): one for one in read_phases(festival=slug)}
        wanted = {(one.kind, one.market): one for one in phases}
        _refuse_passed(slug, there, wanted, by.now)
        facts = {
            _name_of(*key): (_times(there.get(key)), _times(wanted.get(key)))
            for key in sorted(there.keys() | wanted.keys(), key=lambda key: (key[0], key[1] or ""))
            if there.get(key) != wanted.get(key)
        }
        if facts:
            write_phases(festival=slug, phases=phases, period=period)
            others = _markets_of_other_sales(there, wanted)
            if others:
                open_in_markets(festival=slug, markets=others)
                tell_offers_changed(turn)
            write_audit(by=by, acts=[Act("changed", "festival", slug, facts)])
    return bool(facts)


def _refuse_passed(
    slug: str,
    there: Mapping[tuple[PhaseKind, str | None], PhaseSpan],
    wanted: Mapping[tuple[PhaseKind, str | None], PhaseSpan],
    now: datetime,
) -> None:
    done = set(Transition.objects.filter(festival=slug).values_list("kind", "market_id"))
    for key in there.keys() | wanted.keys():
        old, new = there.get(key), wanted.get(key)
        before, after = _in_force(there, key), _in_force(wanted, key)
        gone = old is not None and new is None and ((old.kind, old.market) in done or old.starts_at <= now)
        for edge in Edge:
            was, is_now = before.at(edge) if before else None, after.at(edge) if after else None
            if gone or (was != is_now and any(moment is not None and moment <= now for moment in (was, is_now))):
                raise PhasePassed(kind=key[0].word, market=key[1])


def _in_force(
    phases: Mapping[tuple[PhaseKind, str | None], PhaseSpan], key: tuple[PhaseKind, str | None]
) -> PhaseSpan | None:
    """A market without a sale of its own has the festival's, at which its deals open."""
    kind, _ = key
    return phases.get(key) or (phases.get((kind, None)) if kind is PhaseKind.SALE else None)


def _markets_of_other_sales(
    there: Mapping[tuple[PhaseKind, str | None], PhaseSpan], wanted: Mapping[tuple[PhaseKind, str | None], PhaseSpan]
) -> set[str]:
    """Return the markets whose own sale is another one than it was, or is there, or is gone."""
    return {
        market
        for kind, market in there.keys() | wanted.keys()
        if kind is PhaseKind.SALE and market and there.get((kind, market)) != wanted.get((kind, market))
    }


def _name_of(kind: PhaseKind, market: str | None) -> str:
    return f"{kind.word}_{market}" if market else kind.word


def _times(phase: PhaseSpan | None) -> str | None:
    return f"{phase.starts_at.isoformat()}/{phase.ends_at.isoformat()}" if phase else None


def clone_festival(
    *, slug: str, to: str, opens_at: datetime, rates: ReferenceRates, by: By, with_deals: bool = False
) -> int:
    """Make a festival again for another opening, with its name, halls and phases; return the deals that it has.

    Phases lie as they lay, as many days from the opening and at the same time of day. Rates are pinned anew. With
    `with_deals` it has the deals of SKUs that are on sale, where they are no dearer than usual now; none is frozen, so
    each may be edited.

    :raises NoSuchFestival: nothing changed
    :raises FestivalExists: nothing changed
    :raises TimesRefused: nothing changed
    :raises PhasesRefused: nothing changed
    """
    source = Festival.objects.filter(slug=slug).first()
    if source is None:
        raise NoSuchFestival(festival=slug)
    if opens_at <= by.now:
        raise TimesRefused(why="past")
    zones = {market.code: market.time_zone for market in market_facts()}
    was = read_phases(festival=slug) or (PhaseSpan(PhaseKind.SALE, source.opens_at, source.closes_at),)
    phases = renewed(was, opened_at=source.opens_at, opens_at=opens_at, zone=source.zone, zones=zones)
    sale = sale_of(phases)
    assert sale is not None, was
    halls = Hall.objects.filter(festival=source).order_by("id").values_list("slug", "name")
    record = FestivalRecord(to, source.name, source.zone, source.currency, tuple(HallRecord(*hall) for hall in halls))
    facts: Changes = {"previous": (None, slug), "opens_at": (None, opens_at.isoformat())}
    with transaction.atomic():
        create_festival(
            record=record, opens_at=opens_at, closes_at=sale.ends_at, rates=rates, phases=phases, previous=slug
        )
        write_audit(by=by, acts=[Act("created", "festival", to, facts)])
    return _copy_deals(source, to, opens_at, by) if with_deals else 0


def _copy_deals(source: Festival, to: str, opens_at: datetime, by: By) -> int:
    halls = dict(Hall.objects.filter(festival=to).values_list("slug", "id"))
    copied, after = 0, 0
    while True:
        with transaction.atomic():
            turn = take_turn(
                writer_ids=writers_of_lanes(range(LANES)),
                now_ms=to_unix_ms(by.now),
                ids_max=COPIED_A_TURN_MAX,
                outbox_rows=0,
            )
            # A presale's terms are declared anew: its deal alone would open in last year's order window.
            deals = Deal.objects.filter(festival=source, id__gt=after, sku__on_sale=True, presale=None)
            chunk = list(deals.select_related("hall").order_by("id")[:COPIED_A_TURN_MAX])
            if not chunk:
                return copied
            prices = _prices_below_usual(chunk)
            new: dict[int, Deal] = {}
            for deal in chunk:
                if deal.id in prices:
                    new[deal.id] = _again(deal, turn.ids.draw(deal.lane), source, to, opens_at)
                    new[deal.id].hall_id = halls[deal.hall.slug] if deal.hall else None
            Deal.objects.bulk_create(new.values())
            DealPrice.objects.bulk_create(
                DealPrice(deal_id=made.id, market_id=one.market_id, price_minor=one.price_minor, currency=one.currency)
                for deal_id, made in new.items()
                for one in prices[deal_id]
            )
            if new:
                open_in_markets(festival=to, deal_ids=[made.id for made in new.values()])
                tell_offers_changed(turn)
        copied, after = copied + len(new), chunk[-1].id


def _again(deal: Deal, deal_id: int, source: Festival, to: str, opens_at: datetime) -> Deal:
    opens, closes = (
        same_time_around(moment, opened_at=source.opens_at, opens_at=opens_at, zone=source.zone)
        for moment in (deal.opens_at, deal.closes_at)
    )
    return Deal(
        id=deal_id,
        lane=deal.lane,
        festival_id=to,
        sku_id=deal.sku_id,
        units=deal.units,
        buyer_limit=deal.buyer_limit,
        opens_at=opens,
        closes_at=closes,
    )


def _prices_below_usual(deals: Sequence[Deal]) -> dict[int, list[DealPrice]]:
    """Return the deals' prices that are no more than the usual ones now, by deal; a deal without any is absent."""
    skus = {deal.id: deal.sku_id for deal in deals}
    usual = {
        (sku_id, market): (price_minor, currency)
        for sku_id, market, price_minor, currency in Price.objects.filter(sku_id__in=skus.values()).values_list(
            "sku_id", "market_id", "price_minor", "currency"
        )
    }
    found: dict[int, list[DealPrice]] = {}
    for price in DealPrice.objects.filter(deal_id__in=skus):
        price_minor, currency = usual.get((skus[price.deal_id], price.market_id), (0, ""))
        if price.price_minor <= price_minor and price.currency == currency:
            found.setdefault(price.deal_id, []).append(price)
    return found
