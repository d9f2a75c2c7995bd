"""An import and the batches of orders take turns."""

import threading

import pytest
from django.db import OperationalError, connection, transaction

from fairground.catalog.models import Sku
from fairground.inventory import imports
from fairground.kernel.writer import take_turn
from fairground.merchants.models import Merchant
from tests.catalogue_making import NOW_MS, ListCatalogue, make_product, make_shop
from tests.concurrency.racing import PATIENCE_S

pytestmark = pytest.mark.django_db(transaction=True)


class TurnHolder:
    """Another connection that has the turn until it is told to let go."""

    def __init__(self) -> None:
        self.taken, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._hold)

    def __enter__(self) -> "TurnHolder":
        self.thread.start()
        assert self.taken.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.let_go.set()
        self.thread.join()

    def _hold(self) -> None:
        try:
            with transaction.atomic():
                take_turn(writer_ids=[0], now_ms=NOW_MS, ids_max=1, outbox_rows=0)
                self.taken.set()
                self.let_go.wait()
        finally:
            connection.close()


@pytest.mark.usefixtures("impatient")
def test_an_import_comes_again_until_it_gets_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "TRIES_MAX", 1_000)
    make_shop()
    with TurnHolder() as holder:
        threading.Timer(0.2, holder.let_go.set).start()
        report = imports.import_catalogue(source=ListCatalogue([make_product()]), now_ms=NOW_MS)
    assert (report.skus_new, report.prices_written, report.stock_rows_written) == (1, 14, 1)


@pytest.mark.usefixtures("impatient")
def test_an_import_that_never_gets_its_turn_gives_up_and_wrote_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "TRIES_MAX", 2)
    make_shop()
    with TurnHolder(), pytest.raises(OperationalError, match="lock timeout"):
        imports.import_catalogue(source=ListCatalogue([make_product()]), now_ms=NOW_MS)
    assert (Merchant.objects.count(), Sku.objects.count()) == (0, 0)
