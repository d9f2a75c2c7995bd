"""Pages of invoices: to read and print, and as a PDF."""

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from fairground.catalog.queries import titles_by_language
from fairground.orders.queries import PurchaseShown
from fairground.sites.documents.setting import TooManyAtOnce
from fairground.sites.languages import catalogue_language, language_tag
from fairground.sites.storefront.frame import show
from fairground.sites.storefront.invoices.pdf import columns, invoice_pdf, titles_to_replace
from fairground.sites.storefront.invoices.words import InvoiceDocument, invoice_words
from fairground.sites.storefront.purchases.mine import my_purchase
from fairground.sites.storefront.reader import reader_of
from fairground.sites.switches import Part, is_on

# Where paper is Letter (CLDR, "paperSize").
_LETTER_COUNTRIES = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])
_PAPERS = {"a4": "a4", "letter": "us-letter"}
_RETRY_AFTER_S = 5


@require_safe
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """Show the invoices of a purchase, a page of paper for each merchant."""
    reader, found = reader_of(request), my_purchase(request, number)
    context = {"document": invoice_words(found, reader), "columns": columns(), "as_pdf": is_on(Part.INVOICE_PDF)}
    return show(request, reader, "storefront/invoice.html", context)


@require_safe
def invoice_as_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """Send the same as a PDF; `?paper=` is a4 or letter, else what is usual where the goods go."""
    reader, found = reader_of(request), my_purchase(request, number)
    if not is_on(Part.INVOICE_PDF):
        return _come_back(gettext("PDFs are not made just now. The invoice is there as a page, and can be printed."))
    document = invoice_words(found, reader)
    try:
        made = invoice_pdf(
            document,
            language=language_tag(translation.get_language() or "en").partition("-")[0],
            direction="rtl" if translation.get_language_bidi() else "ltr",
            paper=_PAPERS.get(request.GET.get("paper", ""), _usual_paper(found)),
            at=found.paid_at or found.placed_at,
            other_titles=_other_titles(found, document),
        )
    except TooManyAtOnce:
        return _come_back(gettext("Too many documents are asked for just now; come back in a moment."))
    response = HttpResponse(made, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{found.number}.pdf"'
    return response


def _come_back(words: str) -> HttpResponse:
    headers = {"Retry-After": str(_RETRY_AFTER_S)}
    return HttpResponse(words, status=503, content_type="text/plain; charset=utf-8", headers=headers)


def _usual_paper(purchase: PurchaseShown) -> str:
    return "us-letter" if purchase.orders[0].address.get("country") in _LETTER_COUNTRIES else "a4"


def _other_titles(purchase: PurchaseShown, document: InvoiceDocument) -> dict[str, list[str]]:
    """Return what the products are called elsewhere, by the titles that can't be printed: the reader's words first."""
    wanted = titles_to_replace(document)
    products = {
        line.title: line.product_id
        for order in purchase.orders
        for line in order.lines
        if line.title in wanted and line.product_id
    }
    known = titles_by_language(product_ids=set(products.values())) if products else {}
    order = {catalogue_language(): 0, "en": 1}
    return {
        title: [known[product][one] for one in sorted(known[product], key=lambda one: (order.get(one, 2), one))]
        for title, product in products.items()
        if product in known
    }
