"""Writes of festivals and deals."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from fairground.catalog.models import Price
from fairground.catalog.rules import deal_price_minor
from fairground.festivals.block_edits import move_blocks_in_time
from fairground.festivals.declared import PricedDeal
from fairground.festivals.market_openings import open_in_markets
from fairground.festivals.models import Deal, DealPrice, Declaration, Festival, FestivalRate, Hall, Presale
from fairground.festivals.phase_plan import PhaseKind, PhaseSpan
from fairground.festivals.phase_rows import move_phases, write_phases
from fairground.festivals.queries import DealBuyerKey
from fairground.festivals.rules import DealDeclaration, FestivalRecord, Period, times_wrong
from fairground.kernel.edits import Act, By, changes_between, edit_turn, tell_offers_changed, write_audit
from fairground.kernel.ids import LANES
from fairground.kernel.models import Writer
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import Turn, take_turn, writers_of_lanes
from fairground.markets.queries import market_currencies
from fairground.markets.rules import ReferenceRates


class FestivalExists(Refusal):
    """There is a festival with this slug."""


class NoSuchFestival(Refusal):
    """There is no festival with this slug."""


def create_festival(
    *,
    record: FestivalRecord,
    opens_at: datetime,
    closes_at: datetime,
    rates: ReferenceRates,
    phases: Sequence[PhaseSpan] = (),
    previous: str | None = None,
) -> str:
    """Make a festival with its halls, pin the rate of every market's currency, and return its slug.

    Without `phases` it has its sale alone. `previous` is the festival that it was cloned from.

    :raises FestivalExists: the slug is taken; nothing changed
    :raises PhasesRefused: nothing changed
    """
    with transaction.atomic():
        if Festival.objects.filter(slug=record.slug).exists():
            raise FestivalExists(festival=record.slug)
        festival = Festival.objects.create(
            slug=record.slug,
            name=dict(record.name),
            zone=record.zone,
            currency=record.currency,
            opens_at=opens_at,
            closes_at=closes_at,
            previous_id=previous,
        )
        sale = PhaseSpan(PhaseKind.SALE, opens_at, closes_at)
        write_phases(festival=record.slug, phases=phases or [sale], period=Period(opens_at, closes_at))
        Hall.objects.bulk_create(
            [Hall(festival=festival, slug=hall.slug, name=dict(hall.name)) for hall in record.halls]
        )
        pinned = {
            currency: rates.between(source=currency, target=record.currency)
            for currency in sorted({*market_currencies().values(), record.currency})
        }
        FestivalRate.objects.bulk_create(
            [
                FestivalRate(
                    festival=festival,
                    currency=currency,
                    numerator=rate.numerator,
                    denominator=rate.denominator,
                    quoted_at=rate.quoted_at,
                )
                for currency, rate in pinned.items()
            ]
        )
    return record.slug


def shift_festival(*, slug: str, opens_at: datetime, now_ms: int) -> None:
    """Move a festival, its phases and its deals in time, so that it opens at `opens_at`; all keep their distances.

    :raises NoSuchFestival: there is none
    """
    with transaction.atomic():
        take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=0, outbox_rows=0)
        festival = Festival.objects.filter(slug=slug).first()
        if festival is None:
            raise NoSuchFestival(festival=slug)
        shift = opens_at - festival.opens_at
        times = {"opens_at": F("opens_at") + shift, "closes_at": F("closes_at") + shift}
        was = Period(festival.opens_at, festival.closes_at)
        move_phases(festival=slug, was=was, wanted=Period(opens_at, festival.closes_at + shift))
        Festival.objects.filter(slug=slug).update(**times)
        Declaration.objects.filter(enrolment__festival=slug).update(**times)
        move_blocks_in_time(festival=slug, shift=shift)
        Deal.objects.filter(festival=slug).update(**times)
        open_in_markets(festival=slug)
        _shift_presales(slug, shift)
        Writer.objects.update(offers_version=F("offers_version") + 1)


class TimesRefused(Refusal):
    """The festival can't open and close then; `why` is one of `rules.TIMES_WRONG`."""


def edit_festival(*, slug: str, name: Mapping[str, str], period: Period, by: By) -> bool:
    """Write a festival's name by language, and when it opens and closes; return whether anything changed.

    Its phases and deals go with it: each keeps its distance to the opening, and one that closes with the festival
    still does.
    So do the blocks of its halls that show or count down at a moment.

    :raises NoSuchFestival: nothing changed
    :raises TimesRefused: nothing changed
    :raises PhasesRefused: nothing changed
    :raises ShopBusy: nothing changed
    """
    with edit_turn(lanes=range(LANES), now=by.now) as turn:
        festival = Festival.objects.filter(slug=slug).first()
        if festival is None:
            raise NoSuchFestival(festival=slug)
        was = Period(festival.opens_at, festival.closes_at)
        facts = changes_between({"name": festival.name}, {"name": dict(name)})
        Festival.objects.filter(slug=slug).update(name=dict(name))
        if period != was:
            wrong = times_wrong(was=was, wanted=period, now=by.now)
            if wrong:
                raise TimesRefused(why=wrong)
            move_phases(festival=slug, was=was, wanted=period)
            move_blocks_in_time(festival=slug, shift=period.opens_at - was.opens_at)
            _move_deals(slug, was, period)
            Festival.objects.filter(slug=slug).update(opens_at=period.opens_at, closes_at=period.closes_at)
            open_in_markets(festival=slug)
            facts |= changes_between(was.facts(), period.facts())
            tell_offers_changed(turn)
        if facts:
            write_audit(by=by, acts=[Act("changed", "festival", slug, facts)])
    return bool(facts)


def _move_deals(slug: str, was: Period, period: Period) -> None:
    shift = period.opens_at - was.opens_at
    deals = Deal.objects.filter(festival=slug)
    with_it, others = deals.filter(closes_at=was.closes_at), deals.exclude(closes_at=was.closes_at)
    late = with_it.filter(opens_at__gte=period.closes_at - shift).exists()
    if late:
        raise TimesRefused(why="deal-later")
    moved = {"opens_at": F("opens_at") + shift, "closes_at": F("closes_at") + shift}
    Declaration.objects.filter(enrolment__festival=slug).update(**moved)
    others.update(**moved)
    with_it.update(opens_at=F("opens_at") + shift, closes_at=period.closes_at)
    _shift_presales(slug, shift)


def _shift_presales(slug: str, shift: timedelta) -> None:
    """The windows of balances keep their distance to the opening too; what was placed keeps what it was promised."""
    Presale.objects.filter(deal__festival=slug).update(
        balance_opens_at=F("balance_opens_at") + shift, balance_closes_at=F("balance_closes_at") + shift
    )


def price_deals(*, festival: str, declarations: Sequence[DealDeclaration]) -> list[PricedDeal]:
    """Return the deals that are new to the festival, priced in every market where the SKU is.

    What has a deal or a declaration there already is left out, and so is a second one on the same SKU.

    :raises NoSuchFestival: there is none
    """
    if not Festival.objects.filter(slug=festival).exists():
        raise NoSuchFestival(festival=festival)
    by_sku = {declaration.sku_id: declaration for declaration in reversed(declarations)}
    known = set(Deal.objects.filter(festival=festival, sku_id__in=by_sku).values_list("sku_id", flat=True))
    declared = Declaration.objects.filter(enrolment__festival=festival, sku_id__in=by_sku)
    known |= set(declared.values_list("sku_id", flat=True))
    prices: dict[int, dict[str, tuple[int, str]]] = {}
    usual = Price.objects.filter(sku_id__in=by_sku).values_list("sku_id", "market_id", "price_minor", "currency")
    for sku_id, market, price_minor, currency in usual:
        percent_off = by_sku[sku_id].percent_off
        deal_minor = deal_price_minor(price_minor=price_minor, currency=currency, percent_off=percent_off)
        prices.setdefault(sku_id, {})[market] = (deal_minor, currency)
    return [
        PricedDeal(
            sku_id=one.sku_id,
            lane=one.lane,
            hall=one.hall,
            units=one.units,
            buyer_limit=one.buyer_limit,
            prices=prices.get(one.sku_id, {}),
        )
        for one in declarations
        if one.sku_id not in known and by_sku[one.sku_id] is one
    ]


def make_deals(*, turn: Turn, festival: str, deals: Sequence[PricedDeal]) -> dict[int, int]:
    """Write deals with their prices, and return their ids by SKU id; times that are not stated are the festival's.

    The caller has the turn of the deals' lanes with at least one id a deal, and tells that offers changed.

    :raises NoSuchFestival: nothing changed
    """
    event = Festival.objects.filter(slug=festival).first()
    if event is None:
        raise NoSuchFestival(festival=festival)
    halls = dict(Hall.objects.filter(festival=event).values_list("slug", "id"))
    rows = {
        deal.sku_id: Deal(
            id=turn.ids.draw(deal.lane),
            lane=deal.lane,
            festival=event,
            hall_id=halls.get(deal.hall),
            sku_id=deal.sku_id,
            units=deal.units,
            buyer_limit=deal.buyer_limit,
            opens_at=deal.opens_at or event.opens_at,
            closes_at=deal.closes_at or event.closes_at,
        )
        for deal in deals
    }
    Deal.objects.bulk_create(rows.values())
    DealPrice.objects.bulk_create(
        DealPrice(deal_id=rows[deal.sku_id].id, market_id=market, price_minor=price_minor, currency=currency)
        for deal in deals
        for market, (price_minor, currency) in deal.prices.items()
    )
    open_in_markets(festival=festival, deal_ids=[row.id for row in rows.values()])
    return {sku_id: row.id for sku_id, row in rows.items()}


class UnitsTaken(NamedTuple):
    """What a batch adds to what a shopper has of a deal, and the deal's limit per buyer."""

    units: int
    units_max: int


def take_deal_units(taken: Mapping[DealBuyerKey, UnitsTaken]) -> None:
    """Count units of limited deals for their buyers; the caller holds the turn of the deals' lanes.

    More than the limit breaks INV-2's CHECK and with it the whole transaction.
    """
    if not taken:
        return
    lanes, deal_ids, shopper_ids = (array_text(column) for column in zip(*taken, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "take_units"),
            {
                "lanes": lanes,
                "deal_ids": deal_ids,
                "shopper_ids": shopper_ids,
                "units": array_text([one.units for one in taken.values()]),
                "units_max": array_text([one.units_max for one in taken.values()]),
            },
        )


def return_deal_units(returned: Mapping[DealBuyerKey, int]) -> None:
    """Give units of deals back to their buyers' limits; deals without a limit have no row and nothing to give back."""
    if not returned:
        return
    lanes, deal_ids, shopper_ids = (array_text(column) for column in zip(*returned, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "return_units"),
            {
                "lanes": lanes,
                "deal_ids": deal_ids,
                "shopper_ids": shopper_ids,
                "units": array_text(returned.values()),
            },
        )
