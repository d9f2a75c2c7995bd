"""Documents follow the texts they are made from."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairground.catalog.models import Brand, Category, Product, ProductText
from fairground.inventory.imports import import_catalogue
from fairground.search import actions as search_actions
from fairground.search import tasks
from fairground.search.actions import imports_index_themselves, index_products
from fairground.search.models import Document
from fairground.search.queries import Wanted, find_products
from fairground.search.tasks import index_stale_products
from tests.catalogue_making import NOW_MS as IMPORTED_AT_MS
from tests.catalogue_making import ListCatalogue, make_product, make_shop
from tests.concurrency.racing import another_connection
from tests.factories import NOW, make_market
from tests.goods_making import make_good

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def lap() -> Iterator[None]:
    """Every test begins its lap anew."""
    tasks._lap.product_id = 0
    yield
    tasks._lap.product_id = 0


def ids(words: str, *, language: str = "en") -> list[int]:
    """Return who is found by words."""
    return list(
        find_products(wanted=Wanted(market="EU", language=language, festival=None, now=NOW, words=words)).product_ids
    )


def test_a_changed_text_is_found_by_its_new_words_alone() -> None:
    make_market()
    product_id = make_good("Oak chair")
    ProductText.objects.update(title="Elm table")

    assert index_products([product_id]) == 1
    assert (ids("elm"), ids("oak")) == ([product_id], [])


def test_what_did_not_change_is_not_written_again() -> None:
    make_market()
    product_id = make_good("Oak chair")

    assert index_products([product_id, product_id]) == 0


def test_a_language_that_is_gone_is_not_found_and_another_becomes_the_fallback() -> None:
    make_market()
    product_id = make_good(titles={"en": "Oak chair", "es": "Silla"})
    ProductText.objects.filter(language="en").delete()

    assert index_products([product_id]) == 1
    assert list(Document.objects.values_list("language", "is_fallback")) == [("es", True)]
    assert (ids("oak"), ids("silla")) == ([], [product_id])


def test_the_sweep_finds_what_nobody_told_it() -> None:
    make_market()
    missing, renamed_brand, renamed_category = (
        make_good("Chair"),
        make_good("Lamp", brand="olmo"),
        make_good("Vase", category="home"),
    )
    Document.objects.filter(product_id=missing).delete()
    Brand.objects.update(name="Quercus")
    Category.objects.update(names={"en": "Interior"})

    assert index_stale_products() is False
    assert (ids("chair"), ids("quercus"), ids("interior")) == ([missing], [renamed_brand], [renamed_category])


def test_the_sweep_goes_on_where_it_stopped_and_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "CHUNK_PRODUCTS_MAX", 2)
    make_market()
    for _ in range(3):
        make_good()
    Document.objects.all().delete()

    laps = []
    for _ in range(2):
        laps.append((index_stale_products(), Document.objects.count()))

    assert laps == [(True, 2), (False, 3)]
    assert tasks._lap.product_id == 0


def test_the_sweep_leaves_to_an_import_what_that_indexes_itself() -> None:
    make_market()
    product_id = make_good("Chair")
    Document.objects.all().delete()

    with another_connection() as importer:
        importer.execute("SELECT pg_advisory_lock_shared(%s)", [search_actions._IMPORTS_LOCK])
        assert index_stale_products() is False
        assert ids("chair") == []
        importer.execute("SELECT pg_advisory_unlock_shared(%s)", [search_actions._IMPORTS_LOCK])
    assert index_stale_products() is False
    assert ids("chair") == [product_id]


def test_an_import_keeps_the_sweep_away_until_it_ends() -> None:
    free = "SELECT pg_try_advisory_lock(%s)"
    with another_connection() as sweep, imports_index_themselves():
        assert sweep.execute(free, [search_actions._IMPORTS_LOCK]).fetchone() == (False,)
    with another_connection() as sweep:
        assert sweep.execute(free, [search_actions._IMPORTS_LOCK]).fetchone() == (True,)


def test_a_products_documents_go_with_it() -> None:
    make_market()
    make_good()
    Product.objects.all().delete()

    assert Document.objects.count() == 0


def test_an_import_tells_what_it_wrote() -> None:
    make_shop()
    import_catalogue(source=ListCatalogue([make_product()]), now_ms=IMPORTED_AT_MS, on_written=index_products)

    assert ids("oak olmo") == [Product.objects.get().id]


def test_a_chunk_takes_as_many_statements_for_fifty_products_as_for_five() -> None:
    make_market()
    product_ids = [make_good() for _ in range(50)]

    def statements(few: list[int]) -> int:
        Document.objects.all().delete()
        with CaptureQueriesContext(connection) as seen:
            index_products(few)
        return len(seen)

    assert statements(product_ids) == statements(product_ids[:5])
