"""A small made-up file of past invoices, in the columns of "Online Retail"."""

from pathlib import Path

from fairground.catalog.imports.online_retail import OnlineRetailFile
from fairground.catalog.imports.opening import open_catalogue
from fairground.catalog.imports.source import FileTerms
from tests.merchant_files import write

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
TERMS = FileTerms(merchant="gifts")


def sold(
    invoice: str = "536365",
    code: str = "85123A",
    description: str = "WHITE METAL LANTERN",
    quantity: str = "6",
    at: str = "2010-12-01 08:26",
    price: str = "2.55",
    customer: str = "17850",
    country: str = "United Kingdom",
) -> str:
    """Return a line of an invoice."""
    return ",".join((invoice, code, description, quantity, at, price, customer, country)) + "\n"


def invoices(folder: Path, *lines: str, name: str = "online_retail.csv", terms: FileTerms = TERMS) -> OnlineRetailFile:
    """Write the lines below the header, and return the file as the catalogue that it is taken for."""
    source = open_catalogue(write(folder / name, HEADER + "".join(lines)), terms=terms)
    assert isinstance(source, OnlineRetailFile), source
    return source
