"""Several people change the pictures of one product at once: real threads, real commits, with the lock and without."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.actions.pictures import TooManyPictures, attach_picture, move_picture, remove_picture
from fairground.catalog.models import Product, ProductPicture
from fairground.catalog.pictures.picture import Picture
from fairground.catalog.pictures.store import PictureStore
from fairground.catalog.queries import product_pictures
from tests.concurrency.racing import PATIENCE_S, at_once
from tests.factories import BY, NOW, make_market, make_sku

# Nothing lies in it: these pictures have no files.
STORE = PictureStore(Path("none"))
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def product_id() -> int:
    """A product without pictures."""
    make_market()
    make_sku()
    return Product.objects.get().id


def name(number: int) -> str:
    """Return the name of a picture."""
    return f"{number:032x}"


def attach(product_id: int, number: int) -> str:
    """Show a picture, and tell what came of it."""
    try:
        is_new = attach_picture(product_id=product_id, picture=Picture(name(number), 800, 600), alt={}, now=NOW)
    except TooManyPictures:
        return "too many"
    return "new" if is_new else "there"


def positions(product_id: int) -> list[int]:
    """Return the positions of a product's pictures."""
    return [one.position for one in product_pictures(product_id=product_id)]


def test_of_sixteen_at_once_twelve_are_shown(product_id: int) -> None:
    outcomes = at_once([partial(attach, product_id, number) for number in range(16)])

    assert sorted(outcomes) == ["new"] * 12 + ["too many"] * 4
    assert positions(product_id) == list(range(1, 13))


def test_the_same_picture_at_once_is_shown_once(product_id: int) -> None:
    assert sorted(at_once([partial(attach, product_id, 1)] * 8)) == ["new"] + ["there"] * 7
    assert positions(product_id) == [1]


def test_whoever_adds_moves_and_removes_at_once_leaves_no_gap(product_id: int) -> None:
    for number in range(8):
        attach(product_id, number)
    deeds: list[Callable[[], object]] = [partial(attach, product_id, number) for number in range(8, 12)]
    deeds += [
        partial(remove_picture, product_id=product_id, name=name(number), store=STORE, by=BY) for number in (0, 3)
    ]
    deeds += [
        partial(move_picture, product_id=product_id, name=name(number), position=2, by=BY) for number in (1, 5, 7)
    ]

    at_once(deeds)

    assert positions(product_id) == list(range(1, 11))


def test_without_the_lock_two_come_to_one_position_and_the_database_says_so(product_id: int) -> None:
    both_have_counted = Barrier(2, timeout=PATIENCE_S)

    def add_unguarded(number: int) -> bool:
        try:
            with transaction.atomic():
                count = ProductPicture.objects.filter(product_id=product_id).count()
                both_have_counted.wait()
                ProductPicture.objects.create(
                    product_id=product_id, name=name(number), position=count + 1, width=800, height=600, added_at=NOW
                )
        except IntegrityError:
            return False
        return True

    assert sorted(at_once([partial(add_unguarded, 1), partial(add_unguarded, 2)])) == [False, True]
    assert positions(product_id) == [1]
