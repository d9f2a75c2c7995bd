"""Writes of carts and wish lists. Who changes how many rows there are holds the shopper's row first."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from fairground.carts.models import CartEntry, Wish
from fairground.carts.queries import is_on_sale
from fairground.carts.rules import (
    ASIDE_LINES_MAX,
    WISHES_MAX,
    KeptLine,
    merge_lines,
)
from fairground.catalog.rules import LINES_MAX, QUANTITY_MAX
from fairground.identity.actions import hold_shoppers
from fairground.kernel.money import Money
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql

_KEPT = ("sku_id", "quantity", "aside", "seen_minor", "seen_currency", "put_at")


class NotOnSale(Refusal):
    """There is no such SKU, or nobody sells it any more."""


class CartFull(Refusal):
    """The cart, or what is set aside beside it, has as many lines as it may have."""


class WishesFull(Refusal):
    """The wish list has as many rows as it may have."""


def put_in_cart(
    *, shopper_id: int, sku_id: int, quantity: int, seen_minor: int | None, currency: str, now: datetime
) -> int:
    """Put units into a cart on top of those that are there, and return how many it has now: at most `QUANTITY_MAX`.

    What was set aside comes back with the units asked for now. `seen_minor` is the price that the shopper saw, in
    `currency`; None where none was shown.

    :raises NotOnSale: nothing changed
    :raises CartFull: it has `LINES_MAX` other lines; nothing changed
    """
    with transaction.atomic(), connection.cursor() as cursor:
        hold_shoppers(shopper_id)
        cursor.execute(
            load_sql("carts", "put_in_cart"),
            {
                "shopper_id": shopper_id,
                "sku_id": sku_id,
                "quantity": quantity,
                "seen_minor": seen_minor,
                "seen_currency": "" if seen_minor is None else currency,
                "now": now,
                "lines_max": LINES_MAX,
                "quantity_max": QUANTITY_MAX,
            },
        )
        row = cursor.fetchone()
        if row is None:
            _require_on_sale(sku_id)
            raise CartFull(lines_max=LINES_MAX)
    return int(row[0])


def set_quantity(*, shopper_id: int, sku_id: int, quantity: int) -> bool:
    """Write how many units a line has, 1 to `QUANTITY_MAX`; return whether there is such a line."""
    return bool(CartEntry.objects.filter(shopper_id=shopper_id, sku_id=sku_id).update(quantity=quantity))


def set_aside(*, shopper_id: int, sku_id: int, aside: bool) -> bool:
    """Save a line for later, or take it back into the cart; return whether there is such a line.

    :raises CartFull: where it would go there are as many lines as may be; nothing changed
    """
    with transaction.atomic():
        hold_shoppers(shopper_id)
        entries = CartEntry.objects.filter(shopper_id=shopper_id)
        moved = entries.filter(sku_id=sku_id).exclude(aside=aside)
        lines_max = ASIDE_LINES_MAX if aside else LINES_MAX
        if moved.exists() and entries.filter(aside=aside).count() >= lines_max:
            raise CartFull(lines_max=lines_max)
        moved.update(aside=aside)
        return entries.filter(sku_id=sku_id).exists()


def remove_from_cart(*, shopper_id: int, sku_ids: Collection[int]) -> list[KeptLine]:
    """Take lines out of a cart, and return those that were there, for who wants to put them back."""
    with transaction.atomic():
        entries = CartEntry.objects.filter(shopper_id=shopper_id, sku_id__in=sku_ids).order_by("sku_id")
        removed = _kept_lines(entries.select_for_update().values_list(*_KEPT))
        entries.delete()
    return removed


def take_bought(*, shopper_id: int, units: Mapping[int, int]) -> None:
    """Take units that were bought out of a cart, by SKU; a line of which more was wanted keeps the rest."""
    with transaction.atomic():
        entries = CartEntry.objects.filter(shopper_id=shopper_id, sku_id__in=units, aside=False).order_by("sku_id")
        for entry in entries.select_for_update():
            mine = entries.filter(sku_id=entry.sku_id)
            if entry.quantity > units[entry.sku_id]:
                mine.update(quantity=F("quantity") - units[entry.sku_id])
            else:
                mine.delete()


def put_back(*, shopper_id: int, line: KeptLine) -> None:
    """Put a line that was removed where it was.

    :raises NotOnSale: nothing changed
    :raises CartFull: nothing changed
    """
    with transaction.atomic():
        put_in_cart(
            shopper_id=shopper_id,
            sku_id=line.sku_id,
            quantity=line.quantity,
            seen_minor=line.seen_minor,
            currency=line.seen_currency,
            now=line.put_at,
        )
        if line.aside:
            set_aside(shopper_id=shopper_id, sku_id=line.sku_id, aside=True)


def note_prices(*, shopper_id: int, prices: Mapping[int, Money]) -> None:
    """Remember the prices at which lines of a cart were shown, by SKU; what is not in the cart is passed over."""
    if not prices:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("carts", "note_prices"),
            {
                "shopper_id": shopper_id,
                "sku_ids": list(prices),
                "amounts_minor": [price.amount_minor for price in prices.values()],
                "currencies": [price.currency for price in prices.values()],
            },
        )


def save_wish(*, shopper_id: int, sku_id: int, seen_minor: int | None, currency: str, now: datetime) -> None:
    """Put a SKU on a wish list with the price that the shopper saw; what is there stays with its price.

    :raises NotOnSale: nothing changed
    :raises WishesFull: it has `WISHES_MAX` others; nothing changed
    """
    with transaction.atomic():
        hold_shoppers(shopper_id)
        wishes = Wish.objects.filter(shopper_id=shopper_id)
        if wishes.filter(sku_id=sku_id).exists():
            return
        _require_on_sale(sku_id)
        if wishes.count() >= WISHES_MAX:
            raise WishesFull(wishes_max=WISHES_MAX)
        Wish.objects.create(
            shopper_id=shopper_id,
            sku_id=sku_id,
            seen_minor=seen_minor,
            seen_currency="" if seen_minor is None else currency,
            put_at=now,
        )


def remove_wish(*, shopper_id: int, sku_id: int) -> bool:
    """Take a SKU off a wish list; return whether it was there."""
    return bool(Wish.objects.filter(shopper_id=shopper_id, sku_id=sku_id).delete()[0])


def merge_carts(*, source_id: int, target_id: int) -> None:
    """Move a guest's cart and wish list into a user's, within the bounds (`merge_lines`); twice is once.

    Of wishes that find no room the oldest are left out. Holds both shoppers, then writes rows by SKU.
    """
    assert source_id != target_id, source_id
    with transaction.atomic():
        hold_shoppers(source_id, target_id)
        entries = CartEntry.objects.filter(shopper_id=source_id)
        written = merge_lines(
            mine=_kept_lines(CartEntry.objects.filter(shopper_id=target_id).values_list(*_KEPT)),
            theirs=_kept_lines(entries.values_list(*_KEPT)),
        )
        CartEntry.objects.bulk_create(
            [
                CartEntry(
                    shopper_id=target_id,
                    sku_id=line.sku_id,
                    quantity=line.quantity,
                    aside=line.aside,
                    seen_minor=line.seen_minor,
                    seen_currency=line.seen_currency,
                    put_at=line.put_at,
                )
                for line in sorted(written, key=lambda one: one.sku_id)
            ],
            update_conflicts=True,
            unique_fields=["shopper_id", "sku_id"],
            update_fields=["quantity", "aside", "seen_minor", "seen_currency", "put_at"],
        )
        entries.delete()
        _merge_wishes(source_id, target_id)


def _merge_wishes(source_id: int, target_id: int) -> None:
    mine = Wish.objects.filter(shopper_id=target_id)
    theirs = Wish.objects.filter(shopper_id=source_id)
    new = theirs.exclude(sku_id__in=mine.values("sku_id")).order_by("-put_at", "sku_id")
    rows = list(new.values("sku_id", "seen_minor", "seen_currency", "put_at")[: WISHES_MAX - mine.count()])
    rows.sort(key=lambda row: row["sku_id"])
    Wish.objects.bulk_create([Wish(shopper_id=target_id, **row) for row in rows])
    theirs.delete()


def forget_carts(*, shopper_ids: Collection[int]) -> None:
    """Delete all that these shoppers have in carts and on wish lists."""
    CartEntry.objects.filter(shopper_id__in=shopper_ids).delete()
    Wish.objects.filter(shopper_id__in=shopper_ids).delete()


def forget_guests_carts(*, before: datetime, rows_max: int) -> int:
    """Delete carts and wish lists into which a guest has put nothing since `before`, at most so many rows of each.

    Return of how many rows more was deleted. What a user has stays.
    """
    bounds: dict[str, datetime | int] = {"before": before, "rows_max": rows_max}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load_sql("carts", "forget_guests_carts"), bounds)
        deleted: int = cursor.rowcount
        cursor.execute(load_sql("carts", "forget_guests_wishes"), bounds)
        return max(deleted, int(cursor.rowcount))


def _require_on_sale(sku_id: int) -> None:
    if not is_on_sale(sku_id=sku_id):
        raise NotOnSale(sku_id=sku_id)


def _kept_lines(rows: Collection[tuple[object, ...]]) -> list[KeptLine]:
    return [KeptLine(*row) for row in rows]  # type: ignore[arg-type]
