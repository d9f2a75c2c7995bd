"""What the pages can do without: each part that may be turned off under load, and what a shopper then sees.

Nothing that sells is in the list: cart, checkout, door and payment have no switch.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from fairground.kernel.switches import read_switches
from fairground.sites.moment import ForAMoment


class Part(StrEnum):
    """A part of the pages, by the name of its switch."""

    SUGGESTIONS = "suggestions"
    SEEN = "recently-seen"
    LIVE_STOCK = "live-stock"
    LIVE_SCREEN = "live-screen"
    INVOICE_PDF = "invoice-pdf"
    SITEMAP = "sitemap"


@dataclass(frozen=True, slots=True)
class PartWords:
    """What a part is called, what turning it off saves, and what people see without it."""

    name: str | Promise
    saves: str | Promise
    then: str | Promise


PARTS: Mapping[Part, PartWords] = {
    Part.SUGGESTIONS: PartWords(
        _("Suggestions while typing"),
        _("A search for every few letters that somebody types."),
        _("The search box searches when it is sent, as it does without scripts."),
    ),
    Part.SEEN: PartWords(
        _("Recently seen goods"),
        _("Up to twenty priced products for every product page and home page."),
        _("The shelf is left out; the browser goes on remembering what it saw."),
    ),
    Part.LIVE_STOCK: PartWords(
        _("Stock that counts down by itself"),
        _("Reading the stock of all deals twice a second in each process, and a message to all who look."),
        _("Pages show the stock of the moment in which they were loaded."),
    ),
    Part.LIVE_SCREEN: PartWords(
        _("Figures of the live screen"),
        _("Adding up tallies twice a second in each process."),
        _("The screen keeps its last figures and says that they rest."),
    ),
    Part.INVOICE_PDF: PartWords(
        _("Invoices as PDF"),
        _("A tenth of a second of a processor for each."),
        _("Invoices are shown and printed as pages; the button for the PDF is left out."),
    ),
    Part.SITEMAP: PartWords(
        _("Sitemap for search engines"),
        _("Passes over all products when robots ask for it."),
        _("Robots are told to come back in an hour; people see no change."),
    ),
}

_switches = ForAMoment(read_switches)


def is_on(part: Part) -> bool:
    """Return whether a part is on, as it was known within the last second; no query a page."""
    state = _switches().get(part)
    return state is None or not state.is_off(now=datetime.now(UTC))
