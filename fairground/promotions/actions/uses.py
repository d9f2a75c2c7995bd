"""Counting what promotions gave: deltas that a batch writes beside its purchases, with the CHECKs behind them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import connection

from fairground.kernel.ids import lane_of
from fairground.kernel.sql import array_text, load_sql
from fairground.kernel.writer import slice_lanes
from fairground.promotions.models import AllowanceKind
from fairground.promotions.rules.spending import SliceKey, WhoUses


class Given(NamedTuple):
    """What a slice gives: how often, and minor units in all."""

    times: int
    amount_minor: int


class PromotionUse(NamedTuple):
    """A promotion's use by one purchase. `lane` is the purchase's, `shopper_uses_max` the promotion's (0: none)."""

    promotion_id: int
    market: str
    lane: int
    shopper_id: int
    amount_minor: int
    needs_coupon: bool
    shopper_uses_max: int = 0


def take_uses(uses: Sequence[PromotionUse]) -> None:
    """Count the uses of promotions by purchases that are placed; each purchase uses a promotion once.

    The caller holds the turn of the purchases' and of the shoppers' lanes. What is above a limit, or a coupon that is
    not held or was used, breaks a CHECK (INV-14, INV-15) and with it the whole transaction.
    """
    if not uses:
        return
    move_allowances(_given(uses), kind=AllowanceKind.USE)
    counted: dict[WhoUses, int] = {}
    most: dict[WhoUses, int] = {}
    for use in uses:
        if use.shopper_uses_max:
            who = (use.promotion_id, use.shopper_id)
            counted[who] = counted.get(who, 0) + 1
            most[who] = use.shopper_uses_max
    if counted:
        uses_max = array_text([most[who] for who in counted])
        _run("use_promotions", {**_who(counted), "uses": array_text(counted.values()), "uses_max": uses_max})
    _move_coupons(uses, 1)


def return_uses(uses: Sequence[PromotionUse]) -> None:
    """Give back the uses of purchases that expired or were cancelled: a coupon can be used again until it is over.

    The caller holds the turn of the purchases' and of the shoppers' lanes. What was never counted, as there was no
    limit, has no row and nothing to give back.
    """
    if not uses:
        return
    given = _given(uses)
    move_allowances({key: Given(-one.times, -one.amount_minor) for key, one in given.items()}, kind=AllowanceKind.USE)
    counted: dict[WhoUses, int] = {}
    for use in uses:
        who = (use.promotion_id, use.shopper_id)
        counted[who] = counted.get(who, 0) + 1
    _run("return_promotions", {**_who(counted), "uses": array_text(counted.values())})
    _move_coupons(uses, -1)


def return_amounts(uses: Sequence[PromotionUse]) -> None:
    """Give back parts of what promotions gave; the purchases still use them, so no use and no coupon comes back.

    The caller holds the turn of the purchases' lanes.
    """
    if uses:
        given = _given(uses)
        move_allowances({key: Given(0, -one.amount_minor) for key, one in given.items()}, kind=AllowanceKind.USE)


def move_allowances(given: Mapping[SliceKey, Given], *, kind: AllowanceKind) -> None:
    """Add to what slices gave, negative gives back; a slice that is not there has no limit.

    The caller holds the turn of the slices' lanes. More than a slice has breaks INV-14's CHECK.
    """
    lanes, promotion_ids, markets = (array_text(column) for column in zip(*given, strict=True))
    columns = {
        "lanes": lanes,
        "promotion_ids": promotion_ids,
        "markets": markets,
        "taken": array_text([one.times for one in given.values()]),
        "amounts": array_text([one.amount_minor for one in given.values()]),
    }
    with connection.cursor() as cursor:
        cursor.execute(load_sql("promotions", "move_allowances"), {**columns, "kind": kind.value})


def _given(uses: Sequence[PromotionUse]) -> dict[SliceKey, Given]:
    """A purchase takes from, and gives back to, the slice of its own lane, whichever batch it is in."""
    lanes = slice_lanes()
    given: dict[SliceKey, Given] = {}
    for use in uses:
        key = (lanes[use.lane], use.promotion_id, use.market)
        so_far = given.get(key, Given(0, 0))
        given[key] = Given(so_far.times + 1, so_far.amount_minor + use.amount_minor)
    return given


def _move_coupons(uses: Sequence[PromotionUse], used: int) -> None:
    moved: dict[WhoUses, int] = {}
    for use in uses:
        if use.needs_coupon:
            who = (use.promotion_id, use.shopper_id)
            moved[who] = moved.get(who, 0) + used
    if moved:
        rows = _run("move_coupons", {**_who(moved), "used": array_text(moved.values())})
        assert rows == len(moved), f"{len(moved) - rows} of these coupons are not held: {moved}"


def _who(users: Mapping[WhoUses, int]) -> dict[str, str]:
    return {
        "lanes": array_text([lane_of(shopper_id) for _, shopper_id in users]),
        "promotion_ids": array_text([promotion_id for promotion_id, _ in users]),
        "shopper_ids": array_text([shopper_id for _, shopper_id in users]),
    }


def _run(statement: str, columns: Mapping[str, str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(load_sql("promotions", statement), columns)
        return int(cursor.rowcount)
