"""Invoices as files over HTTP: their paper, their titles, and what happens when many are asked for."""

import io
import re

import pytest
from pypdf import PdfReader

from fairground.markets.models import MarketRegion
from fairground.sites.documents import setting
from tests.factories import make_market, make_merchant, make_sku
from tests.people_making import make_guest

pytestmark = pytest.mark.usefixtures("lone_writer")

AMERICAN = b'{"name":"Grace Hopper","country":"US","lines":["1 Main St"],"city":"Arlington","postal_code":"22201"}'
KOREAN = "참나무 의자"


def test_it_is_a_pdf_named_by_its_number_on_the_paper_of_where_the_goods_go() -> None:
    make_market()
    MarketRegion.objects.create(country="US", market_id="EU")
    guest, sku = make_guest(), make_sku()
    german, american = guest.place(sku.line()), guest.place(sku.line(), address=AMERICAN)
    widths = {}

    for name, query in (("german", ""), ("american", ""), ("chosen", "?paper=letter"), ("unknown", "?paper=a9")):
        number = (american if name == "american" else german).number
        response = guest.client.get(f"/purchases/{number}/invoice.pdf{query}")
        assert response["Content-Type"] == "application/pdf"
        assert response["Content-Disposition"] == f'inline; filename="{number}.pdf"'
        widths[name] = round(PdfReader(io.BytesIO(response.content)).pages[0].mediabox.width)

    assert widths == {"german": 595, "american": 612, "chosen": 612, "unknown": 595}


def test_each_merchant_has_a_page_and_a_title_without_glyphs_is_told_in_another_language() -> None:
    make_market()
    guest = make_guest()
    chair = make_sku(titles={"en": KOREAN, "vi": "Ghế gỗ sồi", "ru": "Дубовый стул"})
    lamp = make_sku(merchant=make_merchant(lane=2), titles={"en": "Paper lamp"})
    placed = guest.place(chair.line(), lamp.line())
    guest.pay(placed)

    made = guest.client.get(f"/purchases/{placed.number}/invoice.pdf?lang=ru").content

    pages = [re.sub(r"\s+", " ", page.extract_text()) for page in PdfReader(io.BytesIO(made)).pages]
    assert len(pages) == 2
    assert "Дубовый стул" in pages[0]
    assert "Paper lamp" in pages[1]


def test_a_pdf_that_would_wait_too_long_is_answered_503_and_made_later(monkeypatch: pytest.MonkeyPatch) -> None:
    make_market()
    guest = make_guest()
    address = f"/purchases/{guest.place(make_sku().line()).number}/invoice.pdf"
    monkeypatch.setattr(setting, "WAIT_MAX_S", 0.01)

    with setting._setting:
        response = guest.client.get(address)

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert guest.client.get(address).status_code == 200
