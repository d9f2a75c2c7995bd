"""`fairground ship`: a merchant's parcels out of a file."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import click

from fairground.aftersales.actions.moving import CaseMoved, NoSuchCase
from fairground.aftersales.actions.replacing import ParcelWasLost, send_replacement
from fairground.aftersales.queries import case_of_number
from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.catalog.rules import PassedOver
from fairground.checkout.actions.advance_orders import OrderNotReady, UnknownOrder
from fairground.checkout.actions.receive_orders import WithdrawalOpen
from fairground.checkout.actions.ship_orders import PARCELS_A_TURN_MAX, ParcelOutcome, ParcelWritten, ship_orders
from fairground.checkout.rules.shipping import NothingToShip, ParcelAsked
from fairground.cli.realm import enter_realm, realm_database, realm_option
from fairground.fulfilment.shipment_files import ShipmentRow, read_shipments
from fairground.kernel.edits import By, ShopBusy
from fairground.kernel.ids import parse_id
from fairground.merchants.queries import merchant_facts
from fairground.orders.meant import orders_meant

EPILOG = """\b
Example of a file, parcels.csv, with the number of an order as its page shows it, or its id;
or of a case whose replacement leaves, as in the second row:
  order,carrier,tracking
  0CYVFAP1EFM9Q0KDBEHP-2,DHL,00340434161094042557
  0CYVFAP1EFM9Q0KDBEHP-2-1,DHL,00340434161094042601
\b
Example:
  fairground ship parcels.csv --merchant olmo --json
"""
# Rows that could not be taken, told one by one; all are counted.
TOLD_MAX = 100


@dataclass(slots=True)
class ShipReport:
    """What became of a file: parcels written, orders that have left whole with them, parcels that were there before.

    `replacements` of these are of cases, in place of goods that came back.
    """

    written: int = 0
    orders_shipped: int = 0
    replacements: int = 0
    there_before: int = 0
    refused: int = 0
    told: list[dict[str, int | str]] = field(default_factory=list)

    def refuse(self, line: int, why: str) -> None:
        """Count a row that was not taken, and tell why."""
        self.refused += 1
        if len(self.told) < TOLD_MAX:
            self.told.append({"line": line, "why": why})


@click.command(epilog=EPILOG)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--merchant", required=True, help="The slug of the merchant whose orders these are.")
@realm_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def ship(file: Path, merchant: str, realm: str | None, as_json: bool) -> None:
    """Write that orders and replacements left, each in a parcel with the carrier and number of its row in FILE.

    Of an order it is all that is left of it, of a case all other units of its exchange.

    A row that can't be taken is told, and the others are; the same file twice writes nothing twice.
    """
    enter_realm(realm)
    with realm_database():
        report = ship_file(path=file, merchant=merchant, now=datetime.now(UTC))
    if as_json:
        click.echo(json.dumps(asdict(report)))
    else:
        click.echo(f"{report.written} parcels written, {report.orders_shipped} orders shipped with them.")
        if report.replacements:
            click.echo(f"{report.replacements} of them are replacements.")
        click.echo(f"{report.there_before} parcels were there before, {report.refused} rows were not taken.")
        for one in report.told:
            click.echo(f"  line {one['line']}: {one['why']}")
    if report.refused:
        raise click.exceptions.Exit(1)


def ship_file(*, path: Path, merchant: str, now: datetime) -> ShipReport:
    """Write the parcels of a merchant's file; who calls has the realm's database up.

    :raises click.ClickException: there is no such merchant, or it is no such file, or the sale is busy
    """
    facts = merchant_facts(slug=merchant)
    if facts is None:
        raise click.ClickException(f"there is no merchant {merchant}")
    report = ShipReport()
    by = By(user_id=None, now=now)
    try:
        asked = _asked(read_shipments(path=path), facts.id, report, by)
        while some := list(islice(asked, PARCELS_A_TURN_MAX)):
            outcomes = ship_orders(asked=[one for _, one in some], by=by)
            for (line, _), outcome in zip(some, outcomes, strict=True):
                _count(report, line, outcome)
    except UnreadableCatalogue as error:
        raise click.ClickException(str(error)) from error
    except ShopBusy as refusal:
        raise click.ClickException("the sale is busy just now; run it again, nothing is written twice") from refusal
    return report


def _asked(
    rows: Iterable[ShipmentRow | PassedOver], merchant_id: int, report: ShipReport, by: By
) -> Iterator[tuple[int, ParcelAsked]]:
    for row in rows:
        if isinstance(row, PassedOver):
            report.refuse(row.line, row.reason)
            continue
        order_id = parse_id(row.order)
        if order_id is None:
            meant = orders_meant(row.order)
            if meant is not None and len(meant.order_ids) > 1:
                report.refuse(row.line, "it is a purchase of several orders: write which one, as in NUMBER-2")
                continue
            order_id = meant.order_ids[0] if meant else None
        if order_id is None:
            _replace(row, merchant_id, report, by)
            continue
        yield row.line, ParcelAsked(order_id, row.carrier, row.tracking_number, merchant_id=merchant_id)


def _replace(row: ShipmentRow, merchant_id: int, report: ShipReport, by: By) -> None:
    """Send the replacement of the case that a row names, in a turn of its own; most rows name orders."""
    case_id = case_of_number(row.order)
    if case_id is None:
        report.refuse(row.line, _UNKNOWN)
        return
    try:
        sent = send_replacement(
            case_id=case_id,
            carrier=row.carrier,
            tracking_number=row.tracking_number,
            by=by,
            merchant_id=merchant_id,
        )
    except NoSuchCase:
        report.refuse(row.line, _UNKNOWN)
    except CaseMoved as refusal:
        report.refuse(row.line, f"the case is {refusal.facts['state']}: no replacement of it has to be sent")
    except ParcelWasLost:
        report.refuse(row.line, "a parcel with this number was lost: the new one has another number")
    else:
        report.there_before += sent.replayed
        report.written += not sent.replayed
        report.replacements += not sent.replayed


_UNKNOWN = "the merchant has no such order"


def _count(report: ShipReport, line: int, outcome: ParcelOutcome) -> None:
    if isinstance(outcome, ParcelWritten):
        report.there_before += outcome.replayed
        report.written += not outcome.replayed
        report.orders_shipped += outcome.shipped and not outcome.replayed
    elif isinstance(outcome, OrderNotReady):
        report.refuse(line, f"the order is {outcome.facts['state']}: nothing of it can be shipped")
    elif isinstance(outcome, NothingToShip):
        report.refuse(line, "nothing of the order is left to be shipped")
    elif isinstance(outcome, WithdrawalOpen):
        report.refuse(line, "the order is withdrawn from: settle that first")
    else:
        assert isinstance(outcome, UnknownOrder), outcome
        report.refuse(line, _UNKNOWN)
