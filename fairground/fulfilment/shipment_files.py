"""A merchant's parcels in a CSV table: a row an order; a row that is none is told with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.catalog.imports.tables import table_columns, table_rows
from fairground.catalog.rules import PassedOver
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX, TRACKING_LENGTH_MAX, tidy_carrier, tidy_tracking

COLUMNS = ("order", "carrier", "tracking")
# The number of an order with spaces and dashes in it.
_ORDER_LENGTH_MAX = 60


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """A row: which order left, with which carrier, under which number (empty where it has none)."""

    line: int
    order: str
    carrier: str
    tracking_number: str


def read_shipments(*, path: Path) -> Iterator[ShipmentRow | PassedOver]:
    """Yield each row of a .csv or .tsv file with the columns order, carrier and tracking, or why it is none.

    :raises UnreadableCatalogue: it is no such file
    """
    suffix = path.suffix.lower()
    if not path.is_file() or suffix not in {".csv", ".tsv"}:
        raise UnreadableCatalogue(f"{path} is no .csv or .tsv file")
    delimiter = "," if suffix == ".csv" else "\t"
    with path.open("rb") as file:
        columns = [name.strip().lower() for name in table_columns(file, delimiter=delimiter)]
    if sorted(name for name in columns if name) != sorted(COLUMNS):
        raise UnreadableCatalogue(f"{path} needs the columns order, carrier and tracking, and no others")
    return _rows(path, delimiter, columns)


def _rows(path: Path, delimiter: str, columns: list[str]) -> Iterator[ShipmentRow | PassedOver]:
    with path.open("rb") as file:
        for line, fields in table_rows(file, delimiter=delimiter, columns=columns):
            if isinstance(fields, str):
                yield PassedOver(path.name, line, fields)
                continue
            row = ShipmentRow(
                line,
                fields.get("order", "").strip(),
                tidy_carrier(fields.get("carrier", "")),
                tidy_tracking(fields.get("tracking", "")),
            )
            wrong = _wrong(row)
            yield PassedOver(path.name, line, wrong) if wrong else row


def _wrong(row: ShipmentRow) -> str:
    if not row.order or len(row.order) > _ORDER_LENGTH_MAX:
        return "order is no number of an order"
    if not row.carrier or len(row.carrier) > CARRIER_LENGTH_MAX:
        return f"carrier is missing, or longer than {CARRIER_LENGTH_MAX} characters"
    if len(row.tracking_number) > TRACKING_LENGTH_MAX:
        return f"tracking is longer than {TRACKING_LENGTH_MAX} characters"
    if not (row.carrier + row.tracking_number).replace(" ", "").isprintable():
        return "carrier or tracking has characters that can't be printed"
    return ""
