"""Pictures on product pages and cards, and what pages tell others about them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from fairground.catalog.actions.pictures import attach_picture, move_picture, remove_picture
from fairground.catalog.models import Product
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.store import PictureStore
from fairground.merchants.models import Merchant
from fairground.search.actions import index_products
from fairground.sites.moment import forget_everything
from tests.factories import BY, NOW, MerchantMade, make_market, make_merchant, make_sku

HOSTILE = '"><script>alert(1)</script>'

# Nothing lies in it: these pictures have no files.
STORE = PictureStore(Path("none"))
pytestmark = pytest.mark.django_db


@pytest.fixture
def merchant() -> MerchantMade:
    """A merchant in a market."""
    make_market()
    return make_merchant()


def make_product(merchant: MerchantMade, *pictures: Picture, alt: dict[str, str] | None = None) -> int:
    """Make a product that shows pictures, and return its id."""
    made = make_sku(merchant=merchant)
    product_id = Product.objects.get(skus=made.id).id
    for picture in pictures:
        attach_picture(product_id=product_id, picture=picture, alt=alt or {}, now=NOW)
    return product_id


def picture(number: int, *, width: int = 1600, height: int = 1200) -> Picture:
    """Return a picture, as a store would have it."""
    return Picture(f"{number:032x}", width, height)


def page(client: Client, address: str) -> str:
    """Return a page, after checking that it is there."""
    forget_everything()
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def shop_page(client: Client) -> str:
    """Return the page of the only shop."""
    return page(client, f"/shops/{Merchant.objects.get().slug}")


def images(html: str) -> list[dict[str, str]]:
    """Return the attributes of every <img> but those of the page's frame."""
    found = [dict(re.findall(r'([\w-]+)="([^"]*)"', one)) for one in re.findall(r"<img [^>]*>", html)]
    return [one for one in found if not one["src"].startswith("/static/")]


def choices(number: int, kind: str, *widths: int) -> str:
    """Return a srcset."""
    return ", ".join(f"/pictures/{number:032x}-{width}.{kind} {width}w" for width in widths)


def test_a_product_page_shows_its_picture_in_its_place_with_its_words(client: Client, merchant: MerchantMade) -> None:
    product_id = make_product(merchant, picture(1), alt={"en": "From the left", "es": "Desde la izquierda"})

    html = page(client, f"/products/{product_id}")

    assert f'<source type="image/avif" srcset="{choices(1, "avif", 320, 640, 1280)}"' in html
    (shown,) = images(html)
    assert shown == {
        "class": "product-card-art",
        "src": f"/pictures/{1:032x}-320.webp",
        "srcset": choices(1, "webp", 320, 640, 1280),
        "sizes": "(min-width: 60rem) 40vw, 100vw",
        "width": "1280",
        "height": "960",
        "alt": "From the left",
        "decoding": "async",
    }
    assert "pictograms.svg" not in html
    assert images(page(client, f"/products/{product_id}?lang=es"))[0]["alt"] == "Desde la izquierda"


def test_several_pictures_are_a_gallery_with_ways_to_each(client: Client, merchant: MerchantMade) -> None:
    product_id = make_product(merchant, picture(1), picture(2, width=500, height=400))

    html = page(client, f"/products/{product_id}")

    assert re.findall(r'<li id="(picture-\d)">', html) == ["picture-1", "picture-2"]
    assert re.findall(r'<a href="#(picture-\d)">', html) == ["picture-1", "picture-2"]
    shown = images(html)
    assert [one["alt"] for one in shown] == 2 * ["Oak chair", "Oak chair, picture 2"]
    assert [one.get("loading") for one in shown] == [None, "lazy", "lazy", "lazy"]
    assert shown[1]["srcset"] == choices(2, "webp", 320, 500)


def test_a_product_without_a_picture_keeps_its_art(client: Client, merchant: MerchantMade) -> None:
    html = page(client, f"/products/{make_product(merchant)}")

    assert images(html) == []
    assert html.count("pictograms.svg") == 1
    assert "og:image" not in html
    assert '<meta name="twitter:card" content="summary">' in html


def test_hostile_words_stay_text(client: Client, merchant: MerchantMade) -> None:
    html = page(client, f"/products/{make_product(merchant, picture(1), alt={'en': HOSTILE})}")

    assert "<script>alert" not in html
    assert 'alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in html


def test_a_card_shows_the_first_picture_and_leaves_the_words_to_its_title(
    client: Client, merchant: MerchantMade
) -> None:
    make_product(merchant, picture(1), picture(2), alt={"en": "From the left"})

    (shown,) = images(shop_page(client))

    assert (shown["srcset"], shown["alt"]) == (choices(1, "webp", 320, 640), "")
    assert (shown["width"], shown["height"]) == ("1280", "960")


def test_pictures_below_the_first_row_wait_until_they_are_seen(client: Client, merchant: MerchantMade) -> None:
    for _ in range(9):
        make_product(merchant, picture(1))

    assert [one.get("loading") for one in images(shop_page(client))] == [None] * 7 + ["lazy"] * 2


def test_a_card_follows_its_products_pictures(client: Client, merchant: MerchantMade) -> None:
    product_id = make_product(merchant, picture(1), picture(2))
    names = [shop_card(client)]
    move_picture(product_id=product_id, name=picture(2).name, position=1, by=BY)
    names.append(shop_card(client))
    remove_picture(product_id=product_id, name=picture(2).name, store=STORE, by=BY)
    names.append(shop_card(client))
    remove_picture(product_id=product_id, name=picture(1).name, store=STORE, by=BY)

    assert names == [f"/pictures/{number:032x}-320.webp" for number in (1, 2, 1)]
    assert images(shop_page(client)) == []


def shop_card(client: Client) -> str:
    """Return which picture the only card of the only shop has."""
    (shown,) = images(shop_page(client))
    return shown["src"]


def test_found_goods_show_their_pictures(client: Client, merchant: MerchantMade) -> None:
    product_id = make_product(merchant, picture(1))
    index_products([product_id])

    assert [one["src"] for one in images(page(client, "/search?q=chair"))] == [f"/pictures/{1:032x}-320.webp"]


def test_pictures_take_no_statement_a_card(client: Client, merchant: MerchantMade) -> None:
    products = [make_product(merchant) for _ in range(5)]
    index_products(products)
    addresses = [f"/shops/{Merchant.objects.get().slug}", "/search?q=chair"]
    without = [statements(client, address) for address in addresses]
    for product_id in [*products, *[make_product(merchant) for _ in range(30)]]:
        for number in (1, 2):
            attach_picture(product_id=product_id, picture=picture(number), alt={}, now=NOW)
        index_products([product_id])

    assert [statements(client, address) for address in addresses] == without


def statements(client: Client, address: str) -> int:
    """Return how many statements a page took that finds nothing kept."""
    with CaptureQueriesContext(connection) as seen:
        page(client, address)
    return len(seen)


def test_others_are_given_the_picture_that_every_program_reads(client: Client, merchant: MerchantMade) -> None:
    product_id = make_product(merchant, picture(1), picture(2, width=500, height=400), alt={"en": 'A "chair"'})
    first, second = (f"http://testserver/pictures/{one}.jpg" for one in (f"{1:032x}-1280", f"{2:032x}-500"))

    html = page(client, f"/products/{product_id}")

    data: dict[str, Any] = json.loads(re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)[0])
    assert data["image"] == [first, second]
    head = dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', html))
    assert {name: value for name, value in head.items() if name.startswith(("og:image", "twitter:card"))} == {
        "og:image": first,
        "og:image:type": "image/jpeg",
        "og:image:width": "1280",
        "og:image:height": "960",
        "og:image:alt": "A &quot;chair&quot;",
        "twitter:card": "summary_large_image",
    }
