"""Writes of festivals and deals."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F

from fairground.catalog.models import Price
from fairground.catalog.rules import deal_price_minor
from fairground.festivals.block_edits import move_blocks_in_time
from fairground.festivals.models import Deal, DealPrice, Festival, FestivalRate, Hall
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


def create_festival(*, record: FestivalRecord, opens_at: datetime, closes_at: datetime, rates: ReferenceRates) -> str:
    """Make a festival with its halls, pin the rate of every market's currency, and return its slug.

    :raises FestivalExists: the slug is taken; nothing changed
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
        )
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
    """Move a festival and its deals in time, so that it opens at `opens_at`; everything keeps its distance to that.

    :raises NoSuchFestival: there is none
    """
    with transaction.atomic():
        take_turn(writer_ids=writers_of_lanes(range(LANES)), now_ms=now_ms, ids_max=0, outbox_rows=0)
        festival = Festival.objects.filter(slug=slug).first()
        if festival is None:
            raise NoSuchFestival(festival=slug)
        shift = opens_at - festival.opens_at
        times = {"opens_at": F("opens_at") + shift, "closes_at": F("closes_at") + shift}
        Festival.objects.filter(slug=slug).update(**times)
        move_blocks_in_time(festival=slug, shift=shift)
        Deal.objects.filter(festival=slug).update(**times)
        Writer.objects.update(offers_version=F("offers_version") + 1)


class TimesRefused(Refusal):
    """The festival can't open and close then; `why` is one of `rules.TIMES_WRONG`."""


def edit_festival(*, slug: str, name: Mapping[str, str], period: Period, by: By) -> bool:
    """Write a festival's name by language, and when it opens and closes; return whether anything changed.

    Its deals go with it: each keeps its distance to the opening, and one that closes with the festival still does. So
    do the blocks of its halls that show or count down at a moment.

    :raises NoSuchFestival: nothing changed
    :raises TimesRefused: nothing changed
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
            move_blocks_in_time(festival=slug, shift=period.opens_at - was.opens_at)
            _move_deals(slug, was, period)
            Festival.objects.filter(slug=slug).update(opens_at=period.opens_at, closes_at=period.closes_at)
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
    others.update(opens_at=F("opens_at") + shift, closes_at=F("closes_at") + shift)
    with_it.update(opens_at=F("opens_at") + shift, closes_at=period.closes_at)


def declare_deals(*, turn: Turn, festival: str, declarations: Sequence[DealDeclaration]) -> int:
    """Make the deals that are new to the festival, priced in every market where the SKU is; return how many.

    A SKU has one deal a festival; what is declared already stays as it is. The caller has the turn of the
    SKUs' lanes, with at least one id a declaration.

    :raises NoSuchFestival: nothing changed
    """
    event = Festival.objects.filter(slug=festival).first()
    if event is None:
        raise NoSuchFestival(festival=festival)
    sku_ids = [declaration.sku_id for declaration in declarations]
    declared = set(Deal.objects.filter(festival=event, sku_id__in=sku_ids).values_list("sku_id", flat=True))
    new = [declaration for declaration in declarations if declaration.sku_id not in declared]
    if not new:
        return 0
    halls = dict(Hall.objects.filter(festival=event).values_list("slug", "id"))
    deals = {
        declaration.sku_id: Deal(
            id=turn.ids.draw(declaration.lane),
            lane=declaration.lane,
            festival=event,
            hall_id=halls.get(declaration.hall),
            sku_id=declaration.sku_id,
            units=declaration.units,
            buyer_limit=declaration.buyer_limit,
            opens_at=event.opens_at,
            closes_at=event.closes_at,
        )
        for declaration in new
    }
    percents = {declaration.sku_id: declaration.percent_off for declaration in new}
    usual = Price.objects.filter(sku_id__in=deals).values_list("sku_id", "market_id", "price_minor", "currency")
    Deal.objects.bulk_create(deals.values())
    DealPrice.objects.bulk_create(
        DealPrice(
            deal_id=deals[sku_id].id,
            market_id=market_id,
            price_minor=deal_price_minor(price_minor=price_minor, currency=currency, percent_off=percents[sku_id]),
            currency=currency,
        )
        for sku_id, market_id, price_minor, currency in usual
    )
    Writer.objects.filter(id__in=turn.offers_versions).update(offers_version=F("offers_version") + 1)
    return len(deals)


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
