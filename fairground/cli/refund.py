"""`fairground refund`: units of a paid purchase go back."""

import json
from datetime import UTC, datetime
from typing import Any

import click

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.charges import SHIPPING_LINE_NO
from fairground.checkout.rules.refunding import (
    NoUnits,
    OrderNotRefundable,
    PaidByPrize,
    RefundedSince,
    ShopperErased,
    TooManyUnits,
    UnitsInCase,
    UnknownLine,
)
from fairground.checkout.rules.shipping import PartlyShipped
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.money import decimal_text
from fairground.orders.lookup import purchase_whole
from fairground.orders.rules import REASONS_GIVEN, RefundReason

EPILOG = """\b
Example, two units of the first line of the purchase's second order:
  fairground refund 0CYVFAP1EFM9Q0KDBEHP --line 2.1 --units 2 --reason faulty --json
A program that may send it twice says how many are left before, so that it is paid once:
  fairground refund 0CYVFAP1EFM9Q0KDBEHP --line 2.1 --units 2 --left 3 --reason faulty --json
"""
# More than any order or line of a purchase has; Python refuses to read very long numbers.
_DIGITS_MAX = 9
_REASONS = {one.name.lower(): one for one in REASONS_GIVEN}


class LinePlace(click.ParamType[tuple[int, int]]):
    """Which line of a purchase: its order's position and its own, as in 2.1."""

    name = "order.line"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Return both positions, or say how they are written."""
        order, dot, line = str(value).partition(".")
        is_short = len(order) <= _DIGITS_MAX and len(line) <= _DIGITS_MAX
        if not (dot and is_short and order.isdecimal() and line.isdecimal()):
            self.fail(f"{value!r} is no order and line such as 2.1", param, ctx)
        return int(order), int(line)


@click.command(epilog=EPILOG)
@click.argument("number")
@click.option("--line", type=LinePlace(), required=True, help="The order's position in the purchase, and its line.")
@click.option("--units", type=click.IntRange(min=1), required=True, help="How many units go back.")
@click.option("--left", type=click.IntRange(min=1), default=None, help="Only while so many units of it are left.")
@click.option("--reason", type=click.Choice(list(_REASONS)), required=True, help="Why.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def refund(
    number: str, line: tuple[int, int], units: int, left: int | None, reason: str, realm: str | None, as_json: bool
) -> None:
    """Pay units of the paid purchase NUMBER back to the wallet that paid, for good.

    Units that were not shipped are on the shelf again; an order of which none are left is cancelled. What was paid for
    an order's shipping goes back with its last units, what customs asked with the last goods of its heading.
    """
    enter_realm(realm)
    with realm_database():
        told = refund_units_of(number=number, line=line, units=units, left=left, reason=_REASONS[reason])
    amount = f"{decimal_text(told['paid_minor'], told['currency'])} {told['currency']}"
    click.echo(json.dumps(told) if as_json else f"{amount} went back to the wallet.")


def refund_units_of(
    *, number: str, line: tuple[int, int], units: int, reason: RefundReason, left: int | None = None
) -> dict[str, Any]:
    """Refund units of a line, by its order's position and its own; who calls has the realm's database up.

    Only while `left` units of it are left, where that is said: then what is sent twice is paid once.

    :raises click.ClickException: it was refused, with the reason in words; nothing changed
    """
    whole = purchase_whole(number=number)
    if whole is None:
        raise click.ClickException(f"there is no purchase {number}")
    position, line_no = line
    order_id = next((order.id for order in whole.orders if order.position == position), None)
    if order_id is None:
        raise click.ClickException(f"the purchase has no order {position}")
    by = By(user_id=None, now=datetime.now(UTC))
    try:
        key = order_id, line_no
        back, *charges = refund_lines(
            units={key: units}, reason=reason, by=by, seen=None if left is None else {key: left}
        )
    except OrderNotRefundable as refusal:
        raise click.ClickException("the order is not paid, or was cancelled; nothing changed") from refusal
    except PaidByPrize as refusal:
        raise click.ClickException("a draw has paid the purchase back or too much of it; nothing changed") from refusal
    except ShopperErased as refusal:
        raise click.ClickException("who paid was erased, so nobody has the wallet; nothing changed") from refusal
    except UnknownLine as refusal:
        raise click.ClickException(f"order {position} has no line {line_no}") from refusal
    except NoUnits as refusal:
        raise click.ClickException("at least one unit of the line goes back; nothing changed") from refusal
    except RefundedSince as refusal:
        raise click.ClickException("other units of the line are left than you said; nothing changed") from refusal
    except TooManyUnits as refusal:
        raise click.ClickException(f"{refusal.facts['left']} units of the line are left; nothing changed") from refusal
    except UnitsInCase as refusal:
        raise click.ClickException("an open case is about these units; nothing changed") from refusal
    except PartlyShipped as refusal:
        raise click.ClickException("units of it have left in a parcel: ship or refund the others first") from refusal
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; nothing changed") from refusal
    return {
        "purchase": whole.purchase.number,
        "order": str(order_id),
        "line": line_no,
        "units": units,
        "paid_minor": back.paid_minor + sum(one.paid_minor for one in charges),
        "tax_minor": back.tax_minor + sum(one.tax_minor for one in charges),
        "shipping_minor": sum(one.paid_minor for one in charges if one.line_no == SHIPPING_LINE_NO),
        "duties_minor": sum(one.paid_minor for one in charges if one.line_no < SHIPPING_LINE_NO),
        "currency": back.currency,
        "restocked": back.restocked,
        "order_cancelled": back.ended_order,
    }
