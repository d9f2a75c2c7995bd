"""What is edited in the back office is what the next batch sells by, and stands in the audit log."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from fairground.catalog.models import Price, ProductText, Sku
from fairground.checkout.offer_book import OfferBook
from fairground.checkout.rules.placing import PriceChanged, UnknownSku
from fairground.festivals.models import Deal, DealPrice, Festival
from fairground.inventory.models import Stock
from fairground.kernel.models import AuditEntry, Writer
from fairground.merchants.models import Merchant
from fairground.orders.models import OrderLine
from tests.factories import NOW, SkuMade, make_market, make_shopper, make_sku, place, place_one, place_request
from tests.sites.back_office.staff import sign_in

pytestmark = pytest.mark.usefixtures("lone_writer")

FAR_OFF = datetime(2100, 11, 11, tzinfo=UTC)


@pytest.fixture
def chair() -> SkuMade:
    make_market()
    return make_sku(titles={"en": "Oak chair", "es": "Silla"})


def form_of(client: Client, address: str) -> dict[str, Any]:
    """Return what a page's form would send if nothing was typed."""
    shown = client.get(address).context
    form = shown["adminform"].form
    filled: dict[str, Any] = {"shown": shown["shown"]}
    for name, field in form.fields.items():
        value = form.get_initial_for_field(field, name)
        if hasattr(field.widget, "decompress"):
            for number, part in enumerate(field.widget.decompress(value)):
                filled[f"{name}_{number}"] = str(part)
        elif value is True or (value is not None and not isinstance(value, bool)):
            filled[name] = "on" if value is True else getattr(value, "pk", value)
    return filled


def save(client: Client, address: str, **typed: Any) -> Any:
    """Fill in a form and send it."""
    return client.post(address, {**form_of(client, address), **typed})


def sku_page(sku: SkuMade) -> str:
    return f"/back-office/catalog/sku/{sku.id}/change/"


def product_page(sku: SkuMade) -> str:
    return f"/back-office/catalog/product/{Sku.objects.get(id=sku.id).product_id}/change/"


def audited() -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return what the audit log has, without who got a role for the test."""
    entries = AuditEntry.objects.exclude(verb="role-given").order_by("id")
    return [(one.verb, one.subject_kind, one.subject_id, one.facts) for one in entries]


def test_a_price_that_is_edited_holds_from_the_next_batch_on(chair: SkuMade) -> None:
    client, book, ada = sign_in("editor"), OfferBook(), make_shopper()
    (before,) = place([place_request(chair.line(), shopper_id=ada)], book=book)
    assert not isinstance(before, Exception)

    answer = save(client, sku_page(chair), price_EU="12.34")

    assert answer.status_code == 302
    (refused,) = place([place_request(chair.line(), shopper_id=ada)], book=book)
    assert isinstance(refused, PriceChanged)
    (placed,) = place([place_request(chair.line(price_minor=1_234), shopper_id=ada)], book=book)
    assert not isinstance(placed, Exception)
    assert [one.price_version for one in OrderLine.objects.order_by("order_id")] == [1, 2]
    assert audited() == [("changed", "sku", str(chair.id), {"price_EU": [1_000, 1_234]})]


@pytest.mark.parametrize("typed", ["", "0", "-5", "12,34", "12.345", "1e3", "99999999999"])
def test_what_is_no_price_changes_nothing(chair: SkuMade, typed: str) -> None:
    answer = save(sign_in("editor"), sku_page(chair), price_EU=typed)

    assert answer.status_code == 200
    assert "price_EU" in answer.context["adminform"].form.errors
    assert Price.objects.get().price_minor == 1_000
    assert (audited(), Writer.objects.get().offers_version) == ([], 1)


def test_a_form_that_was_only_sent_back_changes_nothing_and_tells_nobody(chair: SkuMade) -> None:
    client = sign_in()

    assert save(client, sku_page(chair)).status_code == 302
    assert save(client, product_page(chair)).status_code == 302

    assert (audited(), Writer.objects.get().offers_version) == ([], 1)


def test_a_form_that_was_opened_before_an_import_sets_no_price_back(chair: SkuMade) -> None:
    client = sign_in("editor")
    opened = form_of(client, sku_page(chair))
    Price.objects.update(price_minor=1_500, version=2)

    answer = client.post(sku_page(chair), {**opened, "_continue": ""}, follow=True)

    assert Price.objects.values_list("price_minor", "version").get() == (1_500, 2)
    assert (audited(), Writer.objects.get().offers_version) == ([], 1)
    assert [str(one) for one in answer.context["messages"]] == [
        "It was changed after you opened this page, so nothing was written. It is shown as it is now: look again."
    ]
    assert form_of(client, sku_page(chair))["price_EU"] == "15.00"


def test_a_form_that_was_refused_for_what_was_typed_still_knows_what_it_showed(chair: SkuMade) -> None:
    client = sign_in("editor")
    opened = form_of(client, sku_page(chair))
    Price.objects.update(price_minor=1_500, version=2)

    again = client.post(sku_page(chair), {**opened, "price_EU": "none"})
    client.post(sku_page(chair), {**opened, "shown": again.context["shown"], "price_EU": "10.00"})

    assert Price.objects.get().price_minor == 1_500


def test_neither_is_anything_else_set_back_that_somebody_changed_meanwhile(chair: SkuMade) -> None:
    deal, client = make_deal(), sign_in()
    deal_page = f"/back-office/festivals/deal/{deal.deal_id}/change/"
    merchant_page = f"/back-office/merchants/merchant/{chair.merchant.id}/change/"
    festival_page = "/back-office/festivals/festival/fair/change/"
    pages = (deal_page, merchant_page, festival_page, product_page(chair), sku_page(chair))
    opened = {page: form_of(client, page) for page in pages}
    Deal.objects.update(units=5, buyer_limit=3)
    Merchant.objects.update(commission_bps=900)
    Festival.objects.update(name={"en": "Grand fair"})
    ProductText.objects.filter(language="es").update(title="Silla de roble")
    Sku.objects.update(on_sale=False)

    for page, form in opened.items():
        assert client.post(page, form).headers["Location"] == page

    assert Deal.objects.values_list("units", "buyer_limit").get() == (5, 3)
    assert set(Merchant.objects.values_list("commission_bps", flat=True)) == {900}
    assert Festival.objects.get().name == {"en": "Grand fair"}
    assert ProductText.objects.get(language="es").title == "Silla de roble"
    assert not Sku.objects.filter(on_sale=True).exists()
    assert audited() == []


def test_what_does_not_say_what_it_showed_is_not_written(chair: SkuMade) -> None:
    client = sign_in("editor")
    opened = form_of(client, sku_page(chair))

    client.post(sku_page(chair), {name: value for name, value in opened.items() if name != "shown"} | {"price_EU": "2"})

    assert (Price.objects.get().price_minor, audited()) == (1_000, [])


def test_a_sku_off_sale_is_refused_by_the_next_batch(chair: SkuMade) -> None:
    client, book, ada = sign_in("editor"), OfferBook(), make_shopper()
    book.look_up({(chair.id, None, "EU")}, now=NOW)
    typed = form_of(client, sku_page(chair))
    del typed["on_sale"]

    client.post(sku_page(chair), typed)

    (refused,) = place([place_request(chair.line(), shopper_id=ada)], book=book)
    assert isinstance(refused, UnknownSku)
    assert audited() == [("changed", "sku", str(chair.id), {"on_sale": [True, False]})]


def test_words_are_edited_by_language_and_later_orders_keep_the_new_ones(
    chair: SkuMade, django_capture_on_commit_callbacks: Any
) -> None:
    client, book, ada = sign_in("editor"), OfferBook(), make_shopper()
    place([place_request(chair.line(), shopper_id=ada)], book=book)

    with django_capture_on_commit_callbacks(execute=True):
        save(client, product_page(chair), title_en="Elm stool", description_en="Three legs", title_ru="Табурет")

    place([place_request(chair.line(), shopper_id=ada)], book=book)
    assert [one.title for one in OrderLine.objects.order_by("order_id")] == ["Oak chair", "Elm stool"]
    assert dict(ProductText.objects.values_list("language", "title")) == {
        "en": "Elm stool",
        "es": "Silla",
        "ru": "Табурет",
    }
    (entry,) = audited()
    assert entry[3] == {
        "title_en": ["Oak chair", "Elm stool"],
        "description_en": ["", "Three legs"],
        "title_ru": [None, "Табурет"],
        "description_ru": [None, ""],
    }
    found = client.get("/back-office/catalog/product/?q=stools")
    assert [one.shown_title for one in found.context["cl"].result_list] == ["Elm stool"]


def test_a_text_that_is_there_keeps_a_title(chair: SkuMade) -> None:
    answer = save(sign_in("editor"), product_page(chair), title_es="")

    assert answer.context["adminform"].form.errors == {"title_es": ["A text needs a title."]}
    assert ProductText.objects.get(language="es").title == "Silla"


def test_chosen_products_are_taken_off_sale_once_one_is_sure_and_put_on_again(chair: SkuMade) -> None:
    client, lamp = sign_in("editor"), make_sku()
    products = list(Sku.objects.values_list("product_id", flat=True))
    asked = {"action": "take_off_sale", "_selected_action": products}

    question = client.post("/back-office/catalog/product/", asked)
    assert b"Take off sale" in question.content
    assert Sku.objects.filter(on_sale=True).count() == 2

    client.post("/back-office/catalog/product/", {**asked, "sure": "1"})
    assert Sku.objects.filter(on_sale=True).count() == 0
    assert Writer.objects.get().offers_version == 2
    assert [entry[2] for entry in audited()] == [str(chair.id), str(lamp.id)]

    client.post("/back-office/catalog/product/", {**asked, "action": "put_on_sale"})
    assert Sku.objects.filter(on_sale=True).count() == 2


def test_who_only_reads_changes_nothing(chair: SkuMade) -> None:
    reader, writer = sign_in("support"), sign_in("editor")
    typed = {**form_of(writer, sku_page(chair)), "price_EU": "1.00"}

    assert reader.post(sku_page(chair), typed).status_code == 403
    chosen = {"action": "take_off_sale", "_selected_action": [Sku.objects.get().product_id], "sure": "1"}
    reader.post("/back-office/catalog/product/", chosen)

    assert (Price.objects.get().price_minor, Sku.objects.get().on_sale, audited()) == (1_000, True, [])


def test_a_commission_is_that_of_later_orders(chair: SkuMade) -> None:
    client, book, ada = sign_in(), OfferBook(), make_shopper()
    place([place_request(chair.line(), shopper_id=ada)], book=book)
    page = f"/back-office/merchants/merchant/{chair.merchant.id}/change/"

    save(client, page, commission_bps="700", name="Olmo & Son", about_es="Sillas")

    place([place_request(chair.line(), shopper_id=ada)], book=book)
    assert [one.commission_bps for one in OrderLine.objects.order_by("order_id")] == [500, 700]
    merchant = Merchant.objects.get()
    assert (merchant.name, merchant.about) == ("Olmo & Son", {"es": "Sillas"})
    refused = save(client, page, commission_bps="10001")
    assert list(refused.context["errors"].data) != []
    assert Merchant.objects.get().commission_bps == 700


def times(opens_at: datetime, closes_at: datetime) -> dict[str, str]:
    """Return two moments as the form of a festival has them."""
    parts = {"opens_at": opens_at, "closes_at": closes_at}
    return {
        f"{name}_{number}": part
        for name, moment in parts.items()
        for number, part in enumerate((f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}"))
    }


def make_deal(*, opens_at: datetime = FAR_OFF, frozen: bool = False) -> SkuMade:
    """Make a deal from 10 down to 9 that opens with its festival for a day."""
    made = make_sku(deal_price_minor=900, opens_at=opens_at, closes_at=opens_at + timedelta(days=1))
    Festival.objects.update(opens_at=opens_at, closes_at=opens_at + timedelta(days=1))
    if not frozen:
        Stock.objects.filter(deal_id=made.deal_id).delete()
    return made


def test_a_festival_is_named_and_moved_before_it_opens_and_its_deals_go_with_it(chair: SkuMade) -> None:
    make_deal()
    wanted = times(FAR_OFF + timedelta(hours=2), FAR_OFF + timedelta(days=3))

    save(sign_in(), "/back-office/festivals/festival/fair/change/", name_es="Feria", **wanted)

    festival, deal = Festival.objects.get(), Deal.objects.get()
    assert festival.name == {"en": "Fair", "es": "Feria"}
    assert festival.opens_at == deal.opens_at == FAR_OFF + timedelta(hours=2)
    assert festival.closes_at == deal.closes_at == FAR_OFF + timedelta(days=3)
    assert Writer.objects.get().offers_version == 2
    assert sorted(audited()[0][3]) == ["closes_at", "name", "opens_at"]


@pytest.mark.parametrize(
    ("opens_at", "closes_at", "field"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), FAR_OFF, "opens_at"),
        (FAR_OFF, FAR_OFF - timedelta(hours=1), "closes_at"),
    ],
)
def test_a_festival_is_moved_neither_into_the_past_nor_to_its_end(
    chair: SkuMade, opens_at: datetime, closes_at: datetime, field: str
) -> None:
    make_deal()

    page = "/back-office/festivals/festival/fair/change/"
    answer = save(sign_in(), page, **times(opens_at, closes_at))

    assert list(answer.context["adminform"].form.errors) == [field]
    assert (Festival.objects.get().opens_at, audited()) == (FAR_OFF, [])


def test_a_festival_that_has_opened_stays_where_it_is_and_can_be_named(chair: SkuMade) -> None:
    opened = datetime(2026, 1, 1, tzinfo=UTC)
    make_deal(opens_at=opened)

    wanted = times(FAR_OFF, FAR_OFF + timedelta(days=1))
    save(sign_in(), "/back-office/festivals/festival/fair/change/", name_en="Grand fair", **wanted)

    assert (Festival.objects.get().opens_at, Festival.objects.get().name) == (opened, {"en": "Grand fair"})


def test_a_deal_is_edited_until_its_freeze(chair: SkuMade) -> None:
    deal = make_deal()
    page = f"/back-office/festivals/deal/{deal.deal_id}/change/"
    client = sign_in()

    assert save(client, page, units="7", buyer_limit="2", price_EU="8.00").status_code == 302

    assert Deal.objects.values_list("units", "buyer_limit").get() == (7, 2)
    assert DealPrice.objects.get().price_minor == 800
    (entry,) = audited()
    assert entry[3] == {"units": [10, 7], "buyer_limit": [0, 2], "price_EU": [900, 800]}
    save(client, page, price_EU="10.01")
    assert DealPrice.objects.get().price_minor == 800


@pytest.mark.parametrize("frozen", [False, True])
def test_a_deals_page_says_when_it_opens_in_a_market_with_a_sale_of_its_own(frozen: bool, chair: SkuMade) -> None:
    deal = make_deal(frozen=frozen)
    DealPrice.objects.update(opens_at=FAR_OFF, closes_at=FAR_OFF + timedelta(hours=6))

    page = sign_in().get(f"/back-office/festivals/deal/{deal.deal_id}/change/").content.decode()

    closes = FAR_OFF + timedelta(hours=6)
    assert f"opens {FAR_OFF:%Y-%m-%d %H:%M}, closes {closes:%Y-%m-%d %H:%M} (UTC)" in page


@pytest.mark.parametrize("deal", [{"frozen": True}, {"opens_at": datetime(2026, 1, 1, tzinfo=UTC)}])
def test_a_deal_that_is_frozen_or_open_is_only_read(chair: SkuMade, deal: dict[str, Any]) -> None:
    made = make_deal(**deal)
    page = f"/back-office/festivals/deal/{made.deal_id}/change/"
    client = sign_in()

    assert client.get(page).context["has_change_permission"] is False
    assert client.post(page, {"units": "1", "buyer_limit": "0", "price_EU": "1.00"}).status_code == 403
    assert (Deal.objects.get().units, DealPrice.objects.get().price_minor, audited()) == (10, 900, [])


def test_deals_that_promise_more_than_there_is_are_counted_and_listed(chair: SkuMade) -> None:
    short = make_sku(units=3, deal_price_minor=900)
    Stock.objects.filter(deal_id=short.deal_id).delete()
    frozen = make_sku(units=0, deal_price_minor=900)
    client = sign_in()

    listed = client.get("/back-office/festivals/deal/?q=:short").context["cl"].result_list

    assert [one.pk for one in listed] == [short.deal_id]
    assert frozen.deal_id is not None
    tiles = {tile.name: tile.figure for tile in client.get("/back-office/").context["tiles"]}
    assert tiles["Deals without stock"] == "1"


def test_words_from_outside_are_shown_as_words(chair: SkuMade) -> None:
    hostile = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'{{ 7*7 }}"
    ProductText.objects.filter(language="en").update(title=hostile)
    Merchant.objects.update(name=hostile, about={"en": hostile})
    place_one(place_request(chair.line(), shopper_id=make_shopper()))
    client = sign_in()
    product = product_page(chair)
    question = {"action": "take_off_sale", "_selected_action": [Sku.objects.get().product_id]}

    shown = [
        client.get(address)
        for address in (
            "/back-office/catalog/product/",
            product,
            sku_page(chair),
            "/back-office/merchants/merchant/",
            f"/back-office/merchants/merchant/{chair.merchant.id}/change/",
        )
    ]
    shown.append(client.post("/back-office/catalog/product/", question))
    shown.append(client.get("/back-office/purchases/?merchant=" + Merchant.objects.get().slug))

    for page in shown:
        assert b"<script>alert" not in page.content
        assert b"<img src=x" not in page.content
