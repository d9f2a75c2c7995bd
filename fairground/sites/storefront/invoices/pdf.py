"""An invoice as a PDF, from nothing but its words; its date is the moment of payment."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from fairground.sites.documents.coverage import UNPRINTED, printed
from fairground.sites.documents.setting import set_pdf
from fairground.sites.storefront.invoices.words import Invoice, InvoiceDocument, InvoiceLine

# A word without an end would run over the amounts beside it: it may be parted after so many letters.
_LONG_WORD = re.compile(r"\S{24}(?=\S)")
_MAY_BREAK = "\N{ZERO WIDTH SPACE}"
_SOURCE = Path(__file__).resolve().with_name("invoice.typ")


def invoice_pdf(
    document: InvoiceDocument,
    *,
    language: str,
    direction: str,
    paper: str,
    at: datetime,
    other_titles: Mapping[str, Sequence[str]],
) -> bytes:
    """Return the PDF of a purchase's invoices, on `paper` `a4` or `us-letter`, dated `at`.

    A title whose letters the fonts do not have gives way to one of its `other_titles`, in their order.

    :raises TooManyAtOnce: others wait already, or it would have to wait too long
    """
    setter = _Setter(other_titles)
    data = {
        "title": document.title,
        "number": document.number,
        "author": "Fairground",
        "not_an_invoice": document.not_an_invoice,
        "language": language,
        "direction": direction,
        "paper": paper,
        "date": [at.year, at.month, at.day],
        "labels": _labels(),
        "invoices": [setter.invoice(one) for one in document.invoices],
        "unprinted": setter.note(),
    }
    return set_pdf(_SOURCE, data=data, at=at)


def titles_to_replace(document: InvoiceDocument) -> set[str]:
    """Return the titles that the fonts can't print whole."""
    titles = {line.title for invoice in document.invoices for line in invoice.lines}
    return {title for title in titles if not printed(title).whole}


class _Setter:
    """Turns words into what the fonts can print, and remembers whether something is missing."""

    def __init__(self, other_titles: Mapping[str, Sequence[str]]) -> None:
        self._other_titles = other_titles
        self._whole = True

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        return {
            "number": invoice.number,
            "seller": [self._words(invoice.seller), self._words(invoice.seller_country)],
            "buyer": [self._words(line) for line in invoice.buyer],
            "facts": invoice.facts,
            "lines": [self._line(line) for line in invoice.lines],
            "sums": [(self._words(words), amount) for words, amount in invoice.sums],
            "total": invoice.total,
            "back": [(self._words(words), amount) for words, amount in (*invoice.back, *invoice.remains)],
            "notes": invoice.notes,
        }

    def note(self) -> str:
        if self._whole:
            return ""
        return gettext(
            "Letters that could not be printed here stand as %(mark)s; the page of the purchase has them."
        ) % {"mark": UNPRINTED}

    def _line(self, line: InvoiceLine) -> dict[str, Any]:
        told = [line.title, *self._other_titles.get(line.title, ())]
        title = next((one for one in told if printed(one).whole), line.title)
        return {
            "title": self._words(title),
            "discounts": [self._words(one) for one in line.discounts],
            "quantity": line.quantity,
            "unit_price": line.unit_price,
            "rate": line.rate,
            "net": line.net,
            "tax": line.tax,
            "gross": line.gross,
        }

    def _words(self, text: str) -> dict[str, object]:
        shown = printed(text)
        self._whole = self._whole and shown.whole
        text = _LONG_WORD.sub(_part, shown.text)
        return {"text": text, "rtl": _runs_from_the_right(text)}


def _part(word: re.Match[str]) -> str:
    return word[0] + _MAY_BREAK


def _runs_from_the_right(text: str) -> bool:
    """Return whether the first letter that has a direction runs from the right (UAX 9, rules P2 and P3)."""
    directions = (unicodedata.bidirectional(letter) for letter in text)
    return next((one for one in directions if one in {"L", "R", "AL"}), "L") != "L"


def _labels() -> dict[str, object]:
    return {
        "seller": gettext("Sold by"),
        "buyer": gettext("Buyer"),
        "number": gettext("Number"),
        "total": gettext("Total"),
        "columns": columns(),
    }


def columns() -> list[str]:
    """Return the heads of the columns of an invoice's lines."""
    return [
        gettext("Goods"),
        gettext("Quantity"),
        gettext("Unit price"),
        gettext("Tax rate"),
        gettext("Net"),
        gettext("Tax"),
        gettext("Gross"),
    ]
