"""Several processes follow the phases at once: real threads, real commits, with the lock and without."""

from datetime import timedelta
from functools import partial
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.catalog.rules import DealTerms
from fairground.checkout.actions.advance_festivals import advance_festivals
from fairground.festivals.models import Transition
from fairground.festivals.phase_plan import Edge, PhaseKind
from fairground.inventory.models import Stock
from tests.catalogue_making import OPENS_AT, make_festival, make_product, make_shop, run_import
from tests.concurrency.racing import PATIENCE_S, at_once
from tests.phase_making import give_phases

pytestmark = pytest.mark.usefixtures("writer")


@pytest.fixture
def festival() -> str:
    """A festival with all phases and three deals of forty units that are not frozen."""
    make_shop()
    slug = make_festival()
    give_phases()
    deal = DealTerms(percent_off=30, units=40, buyer_limit=2)
    run_import(*[make_product(external_id=f"chair-{at}", deal=deal) for at in range(3)], festival=slug)
    return slug


def test_eight_at_once_do_each_edge_once(festival: str) -> None:
    now = OPENS_AT + timedelta(minutes=1)

    counts = at_once([partial(advance_festivals, now=now)] * 8)

    assert sum(counts) == Transition.objects.count() == Transition.objects.exclude(done_at=None).count() == 13
    assert set(Stock.objects.values_list("units", flat=True)) == {60, 40}
    assert Stock.objects.filter(deal_id__isnull=False).count() == 3
    # One may freeze at the end of enrolment while another already does at the gala: between them they froze each once.
    frozen = [facts for facts in Transition.objects.values_list("facts", flat=True) if "units" in facts]
    assert (sum(one["deals"] for one in frozen), sum(one["units"] for one in frozen)) == (3, 120)


def test_without_the_lock_two_take_up_one_edge_and_the_database_says_so(festival: str) -> None:
    both_have_looked = Barrier(2, timeout=PATIENCE_S)
    edge = {"festival_id": festival, "kind": PhaseKind.SALE, "edge": Edge.BEGINS}

    def take_unguarded() -> str:
        try:
            with transaction.atomic():
                there = Transition.objects.filter(**edge).exists()
                both_have_looked.wait()
                Transition.objects.create(**edge, due_at=OPENS_AT, tried_at=OPENS_AT, done_at=OPENS_AT)
        except IntegrityError:
            return "refused"
        return "there" if there else "new"

    assert sorted(at_once([take_unguarded] * 2)) == ["new", "refused"]
    assert Transition.objects.count() == 1
