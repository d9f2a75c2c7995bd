"""Pictures of a product: added, removed, put in order."""

import io
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction

from fairground.catalog.actions.pictures import (
    AltTooLong,
    NoSuchPosition,
    TooManyPictures,
    UnknownPicture,
    UnknownProduct,
    add_picture,
    attach_picture,
    move_picture,
    remove_picture,
)
from fairground.catalog.models import Product, ProductPicture
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.reducing import PictureKindNotTaken
from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.queries import product_ids_of, product_pictures
from fairground.catalog.rules import ALT_LENGTH_MAX, PICTURES_MAX
from fairground.merchants.models import Merchant
from tests.factories import BY, NOW, make_market, make_sku
from tests.picture_making import photo

pytestmark = pytest.mark.django_db


@pytest.fixture
def product_id() -> int:
    """A product without pictures."""
    make_market()
    made = make_sku()
    return Product.objects.get(skus=made.id).id


def picture(number: int) -> Picture:
    """Return a picture, as a store would have it."""
    return Picture(f"{number:032x}", 800, 600)


def attach(product_id: int, *numbers: int) -> None:
    """Show pictures, one behind the other."""
    for number in numbers:
        assert attach_picture(product_id=product_id, picture=picture(number), alt={}, now=NOW)


def order(product_id: int) -> list[int]:
    """Return the numbers of a product's pictures, after making sure that their positions have no gap."""
    shown = product_pictures(product_id=product_id)
    assert [one.position for one in shown] == list(range(1, len(shown) + 1))
    return [int(one.picture.name, 16) for one in shown]


def test_a_picture_is_drawn_and_shown_with_what_it_is_called(product_id: int, tmp_path: Path) -> None:
    store = PictureStore(tmp_path)

    is_new = add_picture(
        product_id=product_id, file=io.BytesIO(photo()), alt={"en": "From the left", "es": ""}, store=store, by=BY
    )

    (shown,) = product_pictures(product_id=product_id)
    assert (is_new, shown.position, shown.alt) == (True, 1, {"en": "From the left"})
    assert (shown.picture.width, shown.picture.height) == (800, 600)
    assert ProductPicture.objects.get().added_at == NOW
    assert all(store.path(file).is_file() for file in shown.picture.files)


def test_the_same_picture_again_changes_nothing(product_id: int, tmp_path: Path) -> None:
    store = PictureStore(tmp_path)
    for alt in ({"en": "From the left"}, {"en": "Other words"}):
        add_picture(product_id=product_id, file=io.BytesIO(photo()), alt=alt, store=store, by=BY)

    (shown,) = product_pictures(product_id=product_id)

    assert shown.alt == {"en": "From the left"}
    assert not attach_picture(product_id=product_id, picture=shown.picture, alt={}, now=NOW)


def test_two_products_may_show_the_same_picture(product_id: int) -> None:
    other = make_sku()
    other_id = Product.objects.get(skus=other.id).id

    attach(product_id, 1)
    attach(other_id, 1)

    assert (order(product_id), order(other_id)) == ([1], [1])


def test_a_file_that_is_no_picture_leaves_the_product_as_it_was(product_id: int, tmp_path: Path) -> None:
    with pytest.raises(PictureKindNotTaken):
        add_picture(product_id=product_id, file=io.BytesIO(b"x"), alt={}, store=PictureStore(tmp_path), by=BY)

    assert order(product_id) == []


def test_a_product_that_is_not_there_has_no_pictures(tmp_path: Path) -> None:
    with pytest.raises(UnknownProduct) as caught:
        add_picture(product_id=1, file=io.BytesIO(photo()), alt={}, store=PictureStore(tmp_path / "none"), by=BY)
    assert caught.value == UnknownProduct(product_id=1)
    with pytest.raises(UnknownProduct):
        attach_picture(product_id=1, picture=picture(1), alt={}, now=NOW)
    with pytest.raises(UnknownProduct):
        remove_picture(product_id=1, name=picture(1).name, store=PictureStore(tmp_path), by=BY)
    with pytest.raises(UnknownProduct):
        move_picture(product_id=1, name=picture(1).name, position=1, by=BY)

    assert ProductPicture.objects.count() == 0
    assert list(tmp_path.iterdir()) == []


def test_a_product_has_twelve_pictures_at_most(product_id: int) -> None:
    attach(product_id, *range(1, 13))

    with pytest.raises(TooManyPictures) as caught:
        attach(product_id, 13)

    assert caught.value == TooManyPictures(product_id=product_id, pictures_max=PICTURES_MAX)
    assert order(product_id) == list(range(1, 13))
    assert not attach_picture(product_id=product_id, picture=picture(12), alt={}, now=NOW)


def test_a_text_that_nobody_would_listen_to_is_refused(product_id: int) -> None:
    with pytest.raises(AltTooLong) as caught:
        attach_picture(product_id=product_id, picture=picture(1), alt={"en": "x" * 301}, now=NOW)

    assert caught.value == AltTooLong(length_max=ALT_LENGTH_MAX)
    assert order(product_id) == []


@pytest.mark.parametrize(
    ("number", "position", "expected"),
    [
        (1, 3, [2, 3, 1, 4]),
        (4, 1, [4, 1, 2, 3]),
        (2, 3, [1, 3, 2, 4]),
        (3, 3, [1, 2, 3, 4]),
        (1, 4, [2, 3, 4, 1]),
    ],
)
def test_a_picture_moves_and_the_others_keep_their_order(
    product_id: int, number: int, position: int, expected: list[int]
) -> None:
    attach(product_id, 1, 2, 3, 4)

    move_picture(product_id=product_id, name=picture(number).name, position=position, by=BY)

    connection.check_constraints()
    assert order(product_id) == expected


@pytest.mark.parametrize("position", [0, -1, 3])
def test_a_picture_moves_to_no_place_that_there_is_not(product_id: int, position: int) -> None:
    attach(product_id, 1, 2)

    with pytest.raises(NoSuchPosition) as caught:
        move_picture(product_id=product_id, name=picture(1).name, position=position, by=BY)

    assert caught.value == NoSuchPosition(product_id=product_id, pictures=2)
    assert order(product_id) == [1, 2]


def test_those_behind_a_removed_picture_move_up(product_id: int, tmp_path: Path) -> None:
    attach(product_id, 1, 2, 3)

    remove_picture(product_id=product_id, name=picture(2).name, store=PictureStore(tmp_path), by=BY)

    connection.check_constraints()
    assert order(product_id) == [1, 3]


def test_a_picture_that_a_product_does_not_have_is_not_removed_or_moved(product_id: int, tmp_path: Path) -> None:
    attach(product_id, 1)
    name = picture(2).name

    with pytest.raises(UnknownPicture) as caught:
        remove_picture(product_id=product_id, name=name, store=PictureStore(tmp_path), by=BY)
    assert caught.value == UnknownPicture(product_id=product_id, name=name)
    with pytest.raises(UnknownPicture):
        move_picture(product_id=product_id, name=name, position=1, by=BY)

    assert order(product_id) == [1]


@pytest.mark.parametrize("changes", [{"position": 1}, {"position": 13}, {"position": 0}, {"width": 0}])
def test_the_database_keeps_the_promises_too(product_id: int, changes: dict[str, int]) -> None:
    attach(product_id, 1)
    facts = {"position": 2, "width": 800, "height": 600} | changes

    with pytest.raises(IntegrityError):
        write(ProductPicture(product_id=product_id, name="0" * 32, added_at=NOW, **facts))

    assert order(product_id) == [1]


def write(row: ProductPicture) -> None:
    """Write a row past the actions."""
    with transaction.atomic():
        row.save(force_insert=True)
        connection.check_constraints()


def test_a_merchants_products_are_found_by_their_own_ids(product_id: int) -> None:
    merchant = Merchant.objects.get().slug
    external_id = Product.objects.get().external_id

    assert product_ids_of(merchant=merchant, external_ids=[external_id, "none"]) == {external_id: product_id}
    assert product_ids_of(merchant="none", external_ids=[external_id]) == {}


def test_pictures_go_with_their_product(product_id: int) -> None:
    attach(product_id, 1)

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM inventory_stock")
        cursor.execute("DELETE FROM catalog_price")
    Product.objects.get(id=product_id).delete()

    assert ProductPicture.objects.count() == 0
