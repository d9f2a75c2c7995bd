"""The pages in every language, and the choice of language and market at their foot."""

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from django.utils import translation

from fairground.catalog.models import Product
from fairground.festivals.models import Deal, Festival, Hall
from fairground.markets.models import Market
from fairground.sites.languages import place_text
from fairground.sites.wording import discount_text, moment_text, money_text, number_text
from tests.factories import make_market, make_sku

# So far ahead that the festival has not opened whenever the tests run.
OPENS_AT = datetime(2100, 11, 11, tzinfo=UTC)
CLOSES_AT = datetime(2100, 11, 12, tzinfo=UTC)
SPACE = "\N{NO-BREAK SPACE}"
RIGHT_TO_LEFT, LEFT_TO_RIGHT = "\N{RIGHT-TO-LEFT MARK}", "\N{LEFT-TO-RIGHT MARK}"

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages() -> list[str]:
    """The addresses of the pages of a fair with one deal, in the euro area and in Vietnam."""
    make_market()
    Market.objects.create(
        code="VN", name="Vietnam", currency="VND", languages=["vi"], time_zone="Asia/Ho_Chi_Minh", tax_included=True
    )
    festival = Festival.objects.create(
        slug="fair", name={"en": "Fair"}, zone="Asia/Shanghai", currency="EUR", opens_at=OPENS_AT, closes_at=CLOSES_AT
    )
    hall = Hall.objects.create(festival=festival, slug="home", name={"en": "Home"})
    made = make_sku(deal_price_minor=900, deal_units=5, opens_at=OPENS_AT, closes_at=CLOSES_AT)
    Deal.objects.filter(sku=made.id).update(hall=hall)
    product = Product.objects.get(skus=made.id)
    shop = product.merchant.slug
    return [
        "/",
        "/halls/home",
        f"/products/{product.id}",
        f"/shops/{shop}",
        "/live",
        "/problems/",
        "/problems/sold-out",
    ]


def text(client: Client, address: str) -> str:
    """Return what a page says, after checking that it is there."""
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("language", "direction", "said"),
    [
        ("en", "ltr", "Opens in"),
        ("zh-hans", "ltr", "距开场"),
        ("es", "ltr", "Abre en"),
        ("vi", "ltr", "Bắt đầu sau"),
        ("ru", "ltr", "До открытия"),
        ("ar", "rtl", "الافتتاح بعد"),
    ],
)
def test_every_page_speaks_every_language(
    client: Client, pages: list[str], language: str, direction: str, said: str
) -> None:
    for address in [*pages, "/nothing"]:
        page = client.get(f"{address}?lang={language}").content.decode()

        assert f'<html lang="{language}" dir="{direction}">' in page, address
        assert language == "en" or "Skip to the content" not in page, address
    assert said in text(client, f"/?lang={language}")
    assert said in text(client, f"/live?lang={language}")


def test_each_language_stands_in_the_chooser_by_its_own_name_and_direction(client: Client, pages: list[str]) -> None:
    page = text(client, pages[0])

    for option in (
        '<option value="en" lang="en" dir="ltr" selected>English</option>',
        '<option value="zh-hans" lang="zh-hans" dir="ltr">简体中文</option>',
        '<option value="es" lang="es" dir="ltr">Español</option>',
        '<option value="vi" lang="vi" dir="ltr">Tiếng Việt</option>',
        '<option value="ru" lang="ru" dir="ltr">Русский</option>',
        '<option value="ar" lang="ar" dir="rtl">العربية</option>',
    ):
        assert option in page


def test_a_choice_is_kept_for_a_year_and_leads_back_to_its_page(client: Client, pages: list[str]) -> None:
    chosen = client.get("/choice", {"market": "VN", "lang": "ar", "next": "/halls/home?page=3&lang=es"})

    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/halls/home?market=VN&lang=ar")
    assert {name: cookie.value for name, cookie in chosen.cookies.items()} == {
        "fairground_market": "VN",
        "fairground_language": "ar",
    }
    for cookie in chosen.cookies.values():
        kept = (cookie["max-age"], cookie["samesite"], cookie["httponly"], cookie["path"])
        assert kept == (settings.CHOICE_KEPT_S, "Lax", True, "/")


def test_what_was_chosen_holds_on_every_page_until_an_address_says_otherwise(client: Client, pages: list[str]) -> None:
    client.get("/choice", {"market": "VN", "lang": "ar"})

    for address in pages:
        assert '<html lang="ar" dir="rtl">' in text(client, address), address
    assert '<option value="VN" selected>' in text(client, "/")
    assert '<html lang="ru" dir="ltr">' in text(client, "/?lang=ru")
    assert '<option value="EU" selected>' in text(client, "/?market=EU")
    assert '<html lang="ar" dir="rtl">' in text(client, "/")


def test_what_there_is_not_to_choose_is_neither_kept_nor_taken_on(client: Client, pages: list[str]) -> None:
    chosen = client.get("/choice", {"market": "XX", "lang": "xx", "next": "/halls/home"})

    assert (chosen.headers["Location"], dict(chosen.cookies)) == ("/halls/home", {})
    client.cookies.load({"fairground_market": "XX", "fairground_language": "xx"})
    page = text(client, "/")
    assert '<html lang="en" dir="ltr">' in page
    assert '<option value="EU" selected>' in page


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "///elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "/\t/elsewhere.example",
        "javascript:alert(1)",
        "elsewhere",
        "http:///elsewhere.example",
        "//[",
        "",
    ],
)
def test_a_choice_never_leads_out_of_the_shop(client: Client, pages: list[str], address: str) -> None:
    chosen = client.get("/choice", {"lang": "ru", "next": address})

    assert (chosen.status_code, chosen.headers["Location"]) == (302, "/?lang=ru")


def test_a_page_depends_on_what_was_chosen_and_says_so_to_caches(client: Client, pages: list[str]) -> None:
    assert {"Accept-Language", "Cookie"} <= set(client.get("/").headers["Vary"].split(", "))


@pytest.mark.parametrize(
    ("language", "euros", "dongs", "dollars", "number", "discount"),
    [
        ("en", "€1,234.50", "₫12,900", "$5.00", "12,345", "−32%"),  # noqa: RUF001 - a minus sign
        ("es", "1.234,50_€", "12.900_₫", "5,00_US$", "12.345", "−32_%"),  # noqa: RUF001
        ("vi", "1.234,50_€", "12.900_₫", "5,00_US$", "12.345", "−32%"),  # noqa: RUF001
        ("ru", "1_234,50_€", "12_900_₫", "5,00_$", "12_345", "−32_%"),  # noqa: RUF001
        ("ar", ">1,234.50_€<", ">12,900_₫<", ">5.00_US$<", "12,345", "<−32%"),  # noqa: RUF001
    ],
)
def test_numbers_and_money_are_written_as_the_language_writes_them(
    language: str, euros: str, dongs: str, dollars: str, number: str, discount: str
) -> None:
    marks = str.maketrans({"_": SPACE, ">": RIGHT_TO_LEFT, "<": LEFT_TO_RIGHT})
    with translation.override(language):
        written = [
            money_text(123_450, "EUR"),
            money_text(12_900, "VND"),
            money_text(500, "USD"),
            number_text(12_345),
            discount_text(price_minor=6_790, prior_minor=10_000),
        ]

    assert written == [expected.translate(marks) for expected in (euros, dongs, dollars, number, discount)]


def test_a_minus_stays_before_its_number_among_words_that_run_from_the_right() -> None:
    with translation.override("ar"):
        assert money_text(-800, "EUR") == f"{RIGHT_TO_LEFT}{LEFT_TO_RIGHT}-8.00{RIGHT_TO_LEFT}{SPACE}€{LEFT_TO_RIGHT}"


@pytest.mark.parametrize(
    ("language", "moment", "place"),
    [
        ("vi", "0:00 Thứ Tư, 11 tháng 11, 2026", "TP Hồ Chí Minh"),
        ("ru", "среда, 11 ноября 2026\N{NARROW NO-BREAK SPACE}г., 00:00", "Хошимин"),  # noqa: RUF001
        ("ar", "الأربعاء، 11 نوفمبر 2026، 00:00", "مدينة هو تشي منة"),
    ],
)
def test_moments_and_places_are_written_as_the_language_writes_them(language: str, moment: str, place: str) -> None:
    with translation.override(language):
        opens_at = datetime(2026, 11, 10, 17, tzinfo=UTC)

        assert moment_text(opens_at, "Asia/Ho_Chi_Minh") == moment
        assert place_text("Asia/Ho_Chi_Minh") == place


def test_the_live_screen_names_the_festivals_place_in_the_pages_language(client: Client, pages: list[str]) -> None:
    assert '<span id="place" data-zone="Asia/Shanghai">Шанхай</span>' in text(client, "/live?lang=ru")
