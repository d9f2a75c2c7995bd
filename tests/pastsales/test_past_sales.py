"""What merchants sold before they came: written once however often it comes, adding up to the last thousandth."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.db import IntegrityError, transaction

from fairground.catalog.imports.online_retail import OnlineRetailFile
from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.source import UnreadableCatalogue
from fairground.cli.import_ import import_catalogue as import_command
from fairground.inventory.imports import import_catalogue
from fairground.merchants.actions import NoSuchMerchant
from fairground.merchants.models import Merchant
from fairground.orders.models import Order
from fairground.pastsales import imports
from fairground.pastsales.imports import import_past_sales, read_past_sales
from fairground.pastsales.models import PastSale
from fairground.pastsales.queries import TopSeller, top_sellers
from fairground.pastsales.rules import TOLD_MAX, LineSum, PastSalesReport, pseudonym, pseudonym_key
from tests.catalogue_making import NOW_MS, make_shop, shared_data
from tests.past_invoices import HEADER, TERMS, invoices, sold

KEY = pseudonym_key(secret="a secret", realm="real")

pytestmark = pytest.mark.django_db


def arrive(source: OnlineRetailFile, *, key: bytes = KEY) -> PastSalesReport:
    """Import the goods of a file, then its past sales."""
    import_catalogue(source=source, now_ms=NOW_MS)
    return import_past_sales(source=source, key=key)


def stored() -> list[dict[str, object]]:
    """Return all that is stored, by key."""
    return [dict(row) for row in PastSale.objects.order_by("merchant_id", "invoice_number", "line_no").values()]


@pytest.fixture(autouse=True)
def shop() -> Iterator[None]:
    """The writer and the default markets."""
    make_shop()
    yield
    assert Order.objects.count() == 0


def test_a_line_is_stored_as_it_was_sold_and_its_customer_as_a_number_that_leads_nowhere(tmp_path: Path) -> None:
    arrive(invoices(tmp_path, sold(price="0.125", quantity="-4", country="EIRE"), sold(customer="", country="?")))

    merchant = Merchant.objects.get()
    customer = pseudonym(key=KEY, merchant_id=merchant.id, customer="17850")
    first = {
        "merchant_id": merchant.id,
        "invoice_number": "536365",
        "line_no": 1,
        "sku": "85123A",
        "quantity": -4,
        "unit_price_mills": 125,
        "currency": "GBP",
        "sold_at": datetime(2010, 12, 1, 8, 26, tzinfo=UTC),
        "customer": customer,
        "country": "IE",
    }
    second = first | {"line_no": 2, "quantity": 6, "unit_price_mills": 2_550, "customer": None, "country": None}
    assert stored() == [first, second]
    assert "17850" not in str(customer)


def test_the_same_customer_is_another_at_another_merchant_and_in_another_realm() -> None:
    keys = [KEY, pseudonym_key(secret="a secret", realm="demo"), pseudonym_key(secret="another", realm="real")]

    numbers = {pseudonym(key=key, merchant_id=merchant, customer="17850") for key in keys for merchant in (1, 2)}

    assert len(numbers) == 6
    assert pseudonym(key=KEY, merchant_id=1, customer="17850") in numbers


def test_lines_that_are_equal_in_everything_are_each_there(tmp_path: Path) -> None:
    report = arrive(invoices(tmp_path, sold(), sold(), sold(invoice="536366"), sold()))

    assert [(row["invoice_number"], row["line_no"]) for row in stored()] == [
        ("536365", 1),
        ("536365", 2),
        ("536365", 3),
        ("536366", 1),
    ]
    assert (report.rows_new, report.rows_changed, report.invoices) == (4, 0, 2)


def test_a_file_that_comes_again_writes_nothing_and_one_that_was_mended_what_is_other(tmp_path: Path) -> None:
    lines = [sold(), sold(code="22423"), sold(invoice="536366")]
    arrive(invoices(tmp_path, *lines))
    before = stored()

    again = arrive(invoices(tmp_path, *lines))
    same = stored()
    mended = arrive(invoices(tmp_path, lines[0], sold(code="22423", quantity="7"), lines[2], sold(invoice="536367")))

    assert (again.rows_new, again.rows_changed, same) == (0, 0, before)
    assert (mended.rows_new, mended.rows_changed) == (1, 1)
    assert [row["quantity"] for row in stored()] == [6, 7, 6, 6]


def test_an_import_that_was_cut_off_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK_LINES_MAX", 2)
    source = invoices(tmp_path, *[sold(invoice=str(number)) for number in range(5)])
    positions: list[int] = []
    import_catalogue(source=source, now_ms=NOW_MS)

    def stop(position: int) -> None:
        positions.append(position)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_past_sales(source=source, key=KEY, on_progress=stop)
    left = len(stored())
    report = import_past_sales(source=source, key=KEY, on_progress=positions.append)

    assert (left, report.rows_new, len(stored())) == (2, 3, 5)
    assert positions == sorted(positions)
    assert positions[-1] == source.size


def test_the_sums_of_what_is_kept_returned_and_left_out_are_the_total(tmp_path: Path) -> None:
    report = arrive(
        invoices(
            tmp_path,
            sold(),
            sold(quantity="-1", price="0.001"),
            sold(code="POST", quantity="1", price="18"),
            sold(code="POST", quantity="-1", price="8"),
            sold(price="0", country="Nowhere"),
            sold(at="yesterday"),
            sold(quantity="six"),
            sold(country="Channel Islands"),
        )
    )

    assert report == PastSalesReport(
        currency="GBP",
        total=LineSum(8, 15_300 - 1 + 10_000 + 15_300 + 15_300),
        sold=LineSum(2, 30_600),
        returned=LineSum(1, -1),
        left_out={
            "POST: postage, no goods": LineSum(2, 10_000),
            "the unit price is zero": LineSum(1, 0),
            "invoicedate is not a moment like 2010-12-01 08:26": LineSum(1, 15_300),
            "quantity is not a whole number of at most nine digits": LineSum(1, 0),
        },
        unreadable=1,
        invoices=1,
        without_country={"Channel Islands": 1},
        rows_new=3,
    )


def test_a_report_tells_so_many_reasons_and_counts_the_others_together() -> None:
    report = PastSalesReport("GBP")
    for number in range(TOLD_MAX + 20):
        report.leave_out(reason=f"reason {number}", amount_mills=1)
        report.miss_country(f"country {number}")

    assert (len(report.left_out), report.left_out["others"]) == (TOLD_MAX + 1, LineSum(20, 20))
    assert (len(report.without_country), report.without_country["others"]) == (TOLD_MAX + 1, 20)
    assert report.total == LineSum(TOLD_MAX + 20, TOLD_MAX + 20)


def test_who_does_not_sell_here_has_no_past_sales(tmp_path: Path) -> None:
    with pytest.raises(NoSuchMerchant):
        import_past_sales(source=invoices(tmp_path, sold()), key=KEY)

    assert stored() == []


def test_more_invoices_than_a_shop_has_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "INVOICES_MAX", 2)
    source = invoices(tmp_path, *[sold(invoice=str(number)) for number in (1, 2, 1, 3)])

    with pytest.raises(UnreadableCatalogue, match="line 5: more than 2 invoices"):
        read_past_sales(source=source)


@pytest.mark.parametrize(
    "wrong", [{"quantity": 0}, {"unit_price_mills": 0}, {"line_no": 0}, {"currency": "gbp"}, {"country": "ie"}]
)
def test_the_database_keeps_what_no_sale_can_be_out(tmp_path: Path, wrong: dict[str, object]) -> None:
    arrive(invoices(tmp_path, sold()))

    with pytest.raises(IntegrityError), transaction.atomic():
        PastSale.objects.update(**wrong)


def test_what_sold_best_is_told_by_its_amount_less_what_came_back(tmp_path: Path) -> None:
    arrive(
        invoices(
            tmp_path,
            sold(quantity="2", price="10"),
            sold(code="22423", description="CAKESTAND", quantity="9", price="5"),
            sold(code="22423", description="CAKESTAND", quantity="-6", price="5"),
            sold(code="PADS", quantity="1", price="0.004"),
        )
    )
    merchant = Merchant.objects.get()

    best = top_sellers(merchant_id=merchant.id, currency="GBP", limit=9)

    assert best == [
        TopSeller("85123A", "White Metal Lantern", 2, 20_000),
        TopSeller("22423", "Cakestand", 3, 15_000),
        TopSeller("PADS", None, 1, 4),
    ]
    assert top_sellers(merchant_id=merchant.id, currency="GBP", limit=1) == best[:1]
    assert top_sellers(merchant_id=merchant.id, currency="EUR", limit=9) == []
    assert top_sellers(merchant_id=merchant.id + 1, currency="GBP", limit=9) == []


def test_the_command_tells_the_total_in_words_and_in_json(tmp_path: Path) -> None:
    path = tmp_path / "online_retail.csv"
    path.write_text(HEADER + sold() + sold(quantity="-1") + sold(code="POST", quantity="1", price="1000"), "utf-8")
    arguments = [str(path), "--merchant", "gifts", "--dry-run"]

    said = CliRunner().invoke(import_command, arguments)
    told = json.loads(CliRunner().invoke(import_command, [*arguments, "--json"]).output)

    assert said.exit_code == 0
    lines = [" ".join(line.split()) for line in said.output.splitlines()]
    assert lines[-6:] == [
        "Past sales: 3 lines, 1 invoices with goods.",
        "sold 1 lines 15.300 GBP",
        "returned 1 lines -2.550 GBP",
        "left out 1 lines 1,000.000 GBP",
        "in all 3 lines 1,012.750 GBP",
        "left out: 1 lines, 1,000.000 GBP: POST: postage, no goods",
    ]
    assert told["products"] == 1
    assert told["past_sales"]["total"] == {"lines": 3, "amount_mills": 1_012_750}
    assert told["past_sales"]["left_out"] == {"POST: postage, no goods": {"lines": 1, "amount_mills": 1_000_000}}
    assert stored() == []


def test_a_year_of_a_real_shop_adds_up_to_its_published_total() -> None:
    path = shared_data("orders_online_retail/online_retail.csv.xz")
    source = open_catalogue(path, terms=replace(TERMS, units=20))
    assert isinstance(source, OnlineRetailFile)

    report = import_catalogue(source=source, now_ms=NOW_MS)
    past = import_past_sales(source=source, key=KEY)

    assert (report.products_new, report.passed_over_count) == (3_798, 160)
    assert past.total == LineSum(541_909, 9_747_747_934)
    assert past.sold == LineSum(527_761, 10_271_433_063)
    assert past.returned == LineSum(8_704, -478_724_180)
    assert sum(one.amount_mills for one in past.left_out.values()) == -44_960_949
    assert (past.unreadable, past.invoices, past.rows_new, PastSale.objects.count()) == (0, 23_195, 536_465, 536_465)
    assert past.without_country == {"Channel Islands": 753, "Unspecified": 446, "European Community": 58}
