"""Pictures of goods as a browser sees them: chosen, in their place, and led to without a script."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, Page, expect

from fairground.catalog.pictures.store import PictureStore
from tests.browser.access import violations
from tests.browser.conftest import DESK, PHONE, Shop
from tests.browser.test_pages_in_browser import WATCH_SHIFTS, open_settled
from tests.picture_making import encoded

SIZES = ((1600, 1200), (1200, 1600), (1400, 1400), (900, 600))
WRITE_ROW = (
    "INSERT INTO catalog_productpicture (product_id, name, position, width, height, alt, added_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)

sizes = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


def draw(width: int, height: int, hue: int) -> bytes:
    """Return a picture of something round on a table, as a JPEG."""
    image = Image.new("RGB", (width, height), (244, 240, 235))
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, height * 2 // 3, width, height), fill=(228, 220, 210))
    side = min(width, height) // 4
    middle = (width // 2, height // 2)
    shadow = (middle[0] - side, middle[1] + side - 30, middle[0] + side, middle[1] + side + 30)
    pen.ellipse(shadow, fill=(190, 180, 170))
    image = image.filter(ImageFilter.GaussianBlur(12))
    ball = (middle[0] - side, middle[1] - side, middle[0] + side, middle[1] + side)
    ImageDraw.Draw(image).ellipse(ball, fill=tuple(Image.new("HSV", (1, 1), (hue, 170, 190)).convert("RGB").tobytes()))
    return encoded(image, quality=90)


@pytest.fixture
def pictured(shop: Shop) -> Iterator[Shop]:
    """The shop with a picture on every product but each fifth, and four on one of several variants."""
    database = str(shop.database.info.dbname)
    store = PictureStore(settings.HOME.pictures(database=database))
    kept = [store.keep(io.BytesIO(draw(*size, 60 * number))) for number, size in enumerate(SIZES)]
    ids = [row[0] for row in shop.database.execute("SELECT id FROM catalog_product ORDER BY id").fetchall()]
    several = int(product_address(shop).rpartition("/")[2])
    now = datetime.now(UTC)
    for number, product_id in enumerate(ids):
        pictures = kept if product_id == several else [kept[number % 4]] if number % 5 else []
        for position, one in enumerate(pictures, start=1):
            alt = json.dumps({"en": f"Seen from side {position}"})
            shop.database.execute(WRITE_ROW, (product_id, one.name, position, one.width, one.height, alt, now))
    yield shop
    shop.database.execute("DELETE FROM catalog_productpicture")


def product_address(shop: Shop) -> str:
    """Return the address of a product with several variants and deals."""
    several = "SELECT s.product_id FROM festivals_deal d JOIN catalog_sku s ON s.id = d.sku_id GROUP BY 1"
    return f"{shop.address}/products/{shop.first(f'{several} HAVING count(*) > 2 ORDER BY 1 LIMIT 1')}"


@sizes
@pytest.mark.parametrize("path", ["/", "/halls/electronics", "/categories/electronics?deals=1", "product"])
def test_pictures_are_there_and_nothing_moves(pictured: Shop, page: Page, size: tuple[int, int], path: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.add_init_script(WATCH_SHIFTS)
    open_settled(page, product_address(pictured) if path == "product" else pictured.address + path)
    page.wait_for_load_state("networkidle")

    found: list[list[Any]] = page.evaluate(
        "[...document.querySelectorAll('picture img')].filter((one) => one.complete)"
        ".map((one) => [one.currentSrc, one.naturalWidth])"
    )

    assert found
    assert [one for one in found if not (one[0].endswith(".avif") and one[1] > 0)] == []
    assert page.evaluate("window.shifts") == []
    assert page.evaluate("document.documentElement.scrollWidth") == size[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["product", "hall"])
def test_axe_finds_nothing_in_a_gallery_or_a_grid(pictured: Shop, page: Page, name: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    page.goto(product_address(pictured) if name == "product" else f"{pictured.address}/halls/electronics")

    assert violations(page) == []


@sizes
def test_the_small_pictures_lead_to_the_large_ones_without_a_script(
    pictured: Shop, browser: Browser, size: tuple[int, int]
) -> None:
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, java_script_enabled=False, locale="en-GB"
    )
    page = context.new_page()
    page.goto(product_address(pictured))
    second = page.locator("#picture-2 img")
    expect(second).not_to_be_in_viewport()

    page.get_by_role("link", name="Seen from side 2").click()

    expect(second).to_be_in_viewport(ratio=0.9)
    expect(page.locator("#picture-1 img")).not_to_be_in_viewport()
    context.close()
