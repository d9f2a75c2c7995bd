"""Writing the tallies of a batch."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.db.models import Min
from msgspec import Struct

from fairground.dashboard.models import Tally
from fairground.kernel.copying import copy_table
from fairground.kernel.models import RealmFact
from fairground.kernel.sql import load_sql
from fairground.kernel.writer import Turn

_TALLY_ROWS = copy_table(
    "dashboard_tally",
    {
        "lane": "int2",
        "writer_seq": "int8",
        "row_no": "int4",
        "second": "int8",
        "kind": "int2",
        "orders": "int4",
        "units": "int4",
        "amount_minor": "int8",
        "currency": "char3",
        "buyer_country": "char2",
        "merchant_country": "char2",
        "channel": "int2",
        "device": "int2",
        "market": "text",
        "entry_hall_id": "int2?",
    },
)
_MERCHANT_TALLY_ROWS = copy_table(
    "dashboard_merchanttally",
    {
        "lane": "int2",
        "writer_seq": "int8",
        "row_no": "int4",
        "second": "int8",
        "kind": "int2",
        "merchant_id": "int8",
        "orders": "int4",
        "units": "int4",
        "amount_minor": "int8",
        "currency": "char3",
    },
)


# The realm fact that says up to which second the tallies are minutes.
_FOLDED_TO = "tallies_folded_to"


class OrderFigures(Struct, frozen=True, gc=False):
    """What an order adds to the figures. Countries, market and currency are ASCII bytes.

    `orders` is 0 where an order that was counted costs something else now.
    """

    kind: int
    merchant_id: int
    market: bytes
    currency: bytes
    buyer_country: bytes
    merchant_country: bytes
    channel: int
    device: int
    entry_hall_id: int | None
    units: int
    amount_minor: int
    orders: int = 1


def add_tallies(*, turn: Turn, second: int, figures: list[OrderFigures]) -> None:
    """Write what a batch's orders add to the figures, summed by dimension; part of the batch's transaction."""
    by_dimension: dict[tuple[object, ...], list[int]] = {}
    by_merchant: dict[tuple[object, ...], list[int]] = {}
    for one in figures:
        dimension = (
            one.currency,
            one.buyer_country,
            one.merchant_country,
            one.channel,
            one.device,
            one.market,
            one.entry_hall_id,
            one.kind,
        )
        for sums, key in ((by_dimension, dimension), (by_merchant, (one.merchant_id, one.currency, one.kind))):
            total = sums.get(key)
            if total is None:
                sums[key] = [one.orders, one.units, one.amount_minor]
            else:
                total[0] += one.orders
                total[1] += one.units
                total[2] += one.amount_minor
    with connection.cursor() as cursor:
        _TALLY_ROWS.write(cursor, _tally_rows(turn, second, by_dimension))
        _MERCHANT_TALLY_ROWS.write(cursor, _merchant_rows(turn, second, by_merchant))


def _tally_rows(turn: Turn, second: int, sums: Mapping[tuple[object, ...], list[int]]) -> list[bytes]:
    lane, seq, row = turn.lane_from, turn.batch_seq, _TALLY_ROWS.row
    return [
        row(lane, seq, number, second, key[7], *total, *key[:7]) for number, (key, total) in enumerate(sums.items())
    ]


def _merchant_rows(turn: Turn, second: int, sums: Mapping[tuple[object, ...], list[int]]) -> list[bytes]:
    lane, seq, row = turn.lane_from, turn.batch_seq, _MERCHANT_TALLY_ROWS.row
    return [
        row(lane, seq, number, second, kind, merchant_id, *total, currency)
        for number, ((merchant_id, currency, kind), total) in enumerate(sums.items())
    ]


def fold_seconds(*, before_s: int) -> bool:
    """Fold the oldest unfolded minute that lies wholly before `before_s`; True where the next one does too."""
    with transaction.atomic():
        fact, _ = RealmFact.objects.select_for_update().get_or_create(key=_FOLDED_TO, defaults={"value": "0"})
        unfolded = Tally.objects.filter(second__gte=int(fact.value)).aggregate(first=Min("second"))["first"]
        if unfolded is None or unfolded - unfolded % 60 + 60 > before_s:
            return False
        from_s = unfolded - unfolded % 60
        with connection.cursor() as cursor:
            for statement in ("fold_tallies", "fold_merchant_tallies"):
                cursor.execute(load_sql("dashboard", statement), {"from_s": from_s, "to_s": from_s + 60})
        fact.value = str(from_s + 60)
        fact.save()
    return bool(from_s + 120 <= before_s)
