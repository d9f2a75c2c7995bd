"""Invoices: their words and sums, and the PDF in every language of the pages, with whatever merchants call things."""

import io
import re
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.utils import translation
from pypdf import PdfReader

from fairground.markets.queries import default_world
from fairground.orders.duties import DutyShown
from fairground.orders.queries import PurchaseShown
from fairground.orders.rules import Step
from fairground.sites.documents import setting
from fairground.sites.documents.coverage import covered, printed
from fairground.sites.documents.setting import TooManyAtOnce
from fairground.sites.languages import language_tag
from fairground.sites.storefront.invoices.pdf import columns, invoice_pdf, titles_to_replace
from fairground.sites.storefront.invoices.words import invoice_words
from fairground.sites.storefront.purchases.words import discount_why
from fairground.sites.wording import country_text, moment_text, money_text
from tests.factories import NOW
from tests.sites.invoice_making import make_line, make_order, make_purchase, reader_in

TITLES = {
    "en": "Over-ear headphones with quiet mode",
    "zh-hans": "头戴式降噪耳机",
    "es": "Auriculares con cancelación de ruido",
    "vi": "Tai nghe chụp tai chống ồn",
    "ru": "Накладные наушники, шумоподавление",
    "ar": "سماعات فوق الأذن مع وضع هادئ",
}
LANGUAGES = [code for code, _ in settings.LANGUAGES]
MARKUP = r'#import "x" *b* _i_ $x^2$ \u{0} "q" `c` <l> @ref [c] // = /* ~ -- https://x.example'


def make_pdf(
    purchase: PurchaseShown, *, paper: str = "a4", other_titles: dict[str, Sequence[str]] | None = None
) -> bytes:
    """Return a purchase's PDF in the active language."""
    language = translation.get_language() or "en"
    return invoice_pdf(
        invoice_words(purchase, reader_in(language)),
        language=language_tag(language).partition("-")[0],
        direction="rtl" if translation.get_language_bidi() else "ltr",
        paper=paper,
        at=purchase.paid_at or purchase.placed_at,
        other_titles=other_titles or {},
    )


def pages_of(made: bytes) -> list[str]:
    """Return the text of each page, the blanks in it all alike."""
    return [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(made)).pages]


def plain(text: str) -> str:
    """Return a text without marks of direction, the blanks in it all alike."""
    return re.sub(r"\s+", " ", re.sub("[\u200e\u200f]", "", text))


def test_an_invoice_says_who_sold_what_to_whom_and_what_it_adds_up_to() -> None:
    lines = [
        make_line("Headphones", discounts=[(2, 500), (5, 99)], tax_minor=2_073),
        make_line("Book", quantity=1, unit_price_minor=1_070, tax_minor=70, tax_rate_bps=700),
    ]
    purchase = make_purchase(make_order(*lines, merchant="Nordlicht", shipping_minor=490, shipping_tax_minor=78))

    document = invoice_words(purchase, reader_in())

    (invoice,) = document.invoices
    assert (document.title, document.not_an_invoice) == ("Invoice", "")
    assert (invoice.number, invoice.seller, invoice.seller_country) == (f"{purchase.number}-1", "Nordlicht", "Spain")
    assert invoice.buyer == ["Ada Lovelace", "Hauptstr. 1", "10115 Berlin", "Germany"]
    assert invoice.facts == [
        ("Date of the invoice", "Nov 11, 2026"),
        ("Date of the order", "Nov 11, 2026"),
        ("Date of supply", "when it is sent"),
        ("Currency", "EUR"),
    ]
    first, second = invoice.lines
    assert first.discounts == ["Merchant's discount -€5.00", "Fairground's coupon -€0.99"]
    assert (first.quantity, first.unit_price, first.rate) == ("2", "€67.90", "19%")
    assert (first.net, first.tax, first.gross) == ("€109.08", "€20.73", "€129.81")
    assert (second.net, second.tax, second.gross) == ("€10.00", "€0.70", "€10.70")
    assert invoice.sums == [
        ("Goods without tax", "€119.08"),
        ("Shipping without tax", "€4.12"),
        ("Tax, 7% of €10.00", "€0.70"),
        ("Tax, 19% of €113.20", "€21.51"),
    ]
    assert invoice.total == "€145.41"
    assert invoice.notes == ["Unit prices include tax.", "Paid on Wednesday, November 11, 2026, 01:01."]


def test_duties_have_their_own_rows_and_their_tax_is_in_that_of_their_rate() -> None:
    duties = [DutyShown(1, "CN", "940161", 11_412, 300, 57), DutyShown(2, "CN", "", 900, 300, 57)]
    purchase = make_purchase(make_order(make_line(), duties=duties))

    (invoice,) = invoice_words(purchase, reader_in()).invoices

    assert invoice.sums == [
        ("Goods without tax", "€114.12"),
        ("Import duty without tax, tariff heading 9401.61", "€3.00"),
        ("Import duty without tax", "€3.00"),
        ("Tax, 19% of €120.12", "€22.82"),
    ]
    assert invoice.total == "€142.94"


def test_tax_on_top_stands_beside_the_net_and_nothing_is_said_to_include_it() -> None:
    line = make_line(unit_price_minor=10_000, tax_minor=1_775, tax_rate_bps=888, tax_included=False)
    (invoice,) = invoice_words(make_purchase(make_order(line), currency="USD"), reader_in()).invoices

    assert (invoice.lines[0].net, invoice.lines[0].tax, invoice.lines[0].gross) == ("$200.00", "$17.75", "$217.75")
    assert invoice.sums == [("Goods without tax", "$200.00"), ("Tax, 8.88% of $200.00", "$17.75")]
    assert (invoice.total, invoice.notes[0]) == ("$217.75", "Paid on Wednesday, November 11, 2026, 01:01.")


def test_before_payment_it_is_a_confirmation_and_says_so() -> None:
    document = invoice_words(make_purchase(make_order(make_line()), is_paid=False), reader_in())

    assert document.title == "Order confirmation"
    assert document.not_an_invoice == "This is not an invoice: the purchase is not paid yet."
    assert document.invoices[0].facts == [("Date of the order", "Nov 11, 2026"), ("Currency", "EUR")]
    assert document.invoices[0].notes[-1] == "To be paid before Wednesday, November 11, 2026, 01:15."


def test_three_merchants_are_three_invoices_each_on_a_page_of_its_own() -> None:
    merchants = ["Nordlicht", "Olmo", "Tea House Uji"]
    purchase = make_purchase(*(make_order(make_line(), merchant=one) for one in merchants))

    pages = pages_of(make_pdf(purchase))

    assert len(pages) == 3
    for number, (merchant, page) in enumerate(zip(merchants, pages, strict=True), 1):
        assert merchant in page
        assert f"{purchase.number}-{number}" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_has_titles_and_sums_that_can_be_read_in_every_language(language: str) -> None:
    with translation.override(language):
        purchase = make_purchase(make_order(make_line(TITLES[language]), make_line(TITLES["en"])))
        (page,) = pages_of(make_pdf(purchase))
        (invoice,) = invoice_words(purchase, reader_in(language)).invoices
        amounts = [invoice.total, *(amount for _, amount in invoice.sums), invoice.lines[0].gross]

    for word in TITLES[language].split():
        assert word in page
    assert TITLES["en"] in page
    for amount in amounts:
        assert plain(amount) in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_letter_of_our_own_words_has_a_glyph(language: str) -> None:
    world = default_world()
    with translation.override(language):
        words = [money_text(-1_234_567, market.currency) for market in world.markets]
        words += [country_text(country) for market in world.markets for country in market.countries]
        words += [moment_text(NOW + timedelta(days=31 * month), "UTC") for month in range(12)]
        document = invoice_words(make_purchase(make_order(make_line())), reader_in(language))
        unpaid = invoice_words(make_purchase(make_order(make_line()), is_paid=False), reader_in(language))
        for one in (document, unpaid):
            words += [one.title, one.not_an_invoice, *one.invoices[0].notes]
            words += [word for pair in (*one.invoices[0].facts, *one.invoices[0].sums) for word in pair]
        words += [*columns(), *(discount_why(step) for step in range(1, 8))]
    # Marks have no form; the narrow blank is printed as a wide one.
    marks = {0x200E, 0x200F, 0x202F}

    assert {letter for word in words for letter in word if ord(letter) not in covered() | marks} == set()


def test_the_same_invoice_is_the_same_bytes_and_the_date_is_that_of_payment() -> None:
    purchase = make_purchase(make_order(make_line(), make_line("橡木椅")))

    made = make_pdf(purchase)

    assert make_pdf(purchase) == made
    about = PdfReader(io.BytesIO(made)).metadata
    assert about
    assert (about.title, about.author) == (f"Invoice {purchase.number}", "Fairground")
    assert isinstance(about.creation_date, datetime)
    assert about.creation_date.date() == NOW.date()


def test_it_is_tagged_so_that_a_screen_reader_reads_it() -> None:
    root = PdfReader(io.BytesIO(make_pdf(make_purchase(make_order(make_line()))))).root_object

    assert (str(root["/MarkInfo"]), str(root["/Lang"])) == ("{'/Marked': True, '/Suspects': False}", "en")
    assert "/StructTreeRoot" in root


@pytest.mark.parametrize(("paper", "width", "height"), [("a4", 595, 842), ("us-letter", 612, 792)])
def test_it_is_as_large_as_the_paper(paper: str, width: int, height: int) -> None:
    box = PdfReader(io.BytesIO(make_pdf(make_purchase(make_order(make_line())), paper=paper))).pages[0].mediabox

    assert (round(box.width), round(box.height)) == (width, height)


def test_what_looks_like_markup_is_printed_as_it_stands() -> None:
    (page,) = pages_of(make_pdf(make_purchase(make_order(make_line(MARKUP), merchant=MARKUP))))

    assert re.sub(r"\s", "", page).count(re.sub(r"\s", "", MARKUP)) == 2


def test_fifty_lines_with_titles_of_three_hundred_letters_fill_pages_that_repeat_their_heads() -> None:
    lines = [make_line(("W" * 299) + str(number % 10)) for number in range(50)]

    pages = pages_of(make_pdf(make_purchase(make_order(*lines))))

    assert len(pages) > 5
    assert all("Unit price" in page for page in pages[:-1])
    assert sum(page.count("€135.80") for page in pages) == 50


def test_pictures_and_marks_of_direction_are_left_out_of_a_title() -> None:
    assert printed("Tea \u202e\U0001f375\ufe0f 100\u00a0g\u0000").text == "Tea 100 g"
    assert printed("Tea \U0001f375").whole
    assert printed("Cafe\u0301").text == "Café"


def test_a_title_without_glyphs_gives_way_to_one_in_another_language() -> None:
    purchase = make_purchase(make_order(make_line("참나무 의자"), make_line("Lamp")))
    document = invoice_words(purchase, reader_in())

    assert titles_to_replace(document) == {"참나무 의자"}
    (page,) = pages_of(make_pdf(purchase, other_titles={"참나무 의자": ["เก้าอี้", "Oak chair"]}))
    assert "Oak chair" in page
    assert "could not be printed" not in page


def test_where_no_title_has_glyphs_the_document_says_that_letters_are_missing() -> None:
    purchase = make_purchase(make_order(make_line("참나무 의자 XL")))

    (page,) = pages_of(make_pdf(purchase))

    assert "??? ?? XL" in page
    assert "Letters that could not be printed here stand as ?; the page of the purchase has them." in page
    assert make_pdf(make_purchase(make_order(make_line("\U0001f375"))))


def test_a_cancelled_order_says_that_its_money_was_returned() -> None:
    order = make_order(make_line(), state=Step.CANCELLED)
    purchase = make_purchase(order, make_order(make_line()))

    first, second = invoice_words(purchase, reader_in()).invoices

    assert "Date of supply" not in dict(first.facts)
    assert dict(second.facts)["Date of supply"] == "when it is sent"


def test_who_comes_while_another_waits_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # As long as a wait that would be noticed: nobody is here to end it.
    monkeypatch.setattr(setting, "WAIT_MAX_S", 600.0)
    with setting._setting, setting._waiting, pytest.raises(TooManyAtOnce):
        make_pdf(make_purchase(make_order(make_line())))


def test_a_pdf_that_would_wait_too_long_for_others_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting, "WAIT_MAX_S", 0.01)
    with setting._setting, pytest.raises(TooManyAtOnce):
        make_pdf(make_purchase(make_order(make_line())))
