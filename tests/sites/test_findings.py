"""What broad searches found: the same as a search finds, once for many, not for long, and never more than fits."""

import random
import threading
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from fairground.inventory.models import Stock
from fairground.search.queries import SORTS, BrandFound, Found, SearchTooSlow, Wanted, find_products
from fairground.search.rules.bands import PriceBand
from fairground.sites.moment import USED_TIMES
from fairground.sites.storefront import findings as kept_findings
from fairground.sites.storefront.findings import (
    KEPT_FOR_S,
    KEPT_FROM_PRODUCTS,
    KEPT_WHILE_FOUND_ANEW_S,
    Findings,
)
from tests.factories import NOW, make_market
from tests.goods_making import make_good

SHELF = Wanted(market="EU", language="en", festival="fair", now=NOW, page_products=2)
WIDE = KEPT_FROM_PRODUCTS


class Shop:
    """Answers searches with the number of the answer as its only product, by a clock that tests set."""

    def __init__(self, *, priced: int = WIDE, products: int = 1) -> None:
        self.version = 1
        self.now_s = 1000.0
        self.takes_s = 0.0
        self.asked: list[Wanted] = []
        self.priced = priced
        self.products = products

    def read(self, *, wanted: Wanted) -> Found:
        """Return an answer that takes as long as was set."""
        self.asked.append(wanted)
        self.now_s += self.takes_s
        return found(range(len(self.asked), len(self.asked) + self.products), priced=self.priced)

    def findings(self, *, read: Callable[..., Found] | None = None, bytes_max: int = 1 << 20) -> Findings:
        """Return what keeps the shop's answers."""
        return Findings(
            version=lambda: self.version, read=read or self.read, bytes_max=bytes_max, clock=lambda: self.now_s
        )


def found(ids: Any, *, priced: int = WIDE) -> Found:
    """Return what a search that narrows by nothing may find."""
    return Found(list(ids), len(ids), True, 0, 0, {}, [], [], priced=priced)


def first(findings: Findings, *, changes_at_ms: int | None = None, **wanted: Any) -> int:
    """Return the first product of a page."""
    return findings.page(replace(SHELF, **wanted), festival_changes_at_ms=changes_at_ms).product_ids[0]


def test_a_broad_search_is_made_once_for_all_its_pages_and_languages() -> None:
    shop = Shop(products=5)
    findings = shop.findings()

    pages = [findings.page(replace(SHELF, page=page), festival_changes_at_ms=None).product_ids for page in (1, 2, 3, 4)]

    assert pages == [[1, 2], [3, 4], [5], []]
    assert first(findings, language="zh") == 1
    assert [(one.page, one.page_products) for one in shop.asked] == [(1, 200)]


@pytest.mark.parametrize(
    "other",
    [
        {"market": "JP"},
        {"festival": None},
        {"words": "oak"},
        {"category": "home"},
        {"brand": "elm"},
        {"price_from_minor": 1},
        {"price_below_minor": 1},
        {"deals_only": True},
        {"sort": "newest"},
        {"changes_at_ms": 1},
    ],
)
def test_whoever_wants_something_else_finds_something_else(other: dict[str, Any]) -> None:
    findings = Shop().findings()

    assert [first(findings), first(findings, **other), first(findings), first(findings, **other)] == [1, 2, 1, 2]


def test_words_are_found_in_each_language() -> None:
    findings = Shop().findings()

    assert [first(findings, words="pan"), first(findings, words="pan", language="es")] == [1, 2]


def test_what_few_products_were_priced_for_is_never_kept() -> None:
    findings = Shop(priced=KEPT_FROM_PRODUCTS - 1).findings()

    assert [first(findings), first(findings)] == [1, 2]
    assert findings.bytes == 0


def test_a_changed_offer_is_seen_at_once_or_after_fifty_times_what_it_took() -> None:
    shop = Shop()
    findings = shop.findings()
    first(findings)
    shop.version = 2
    assert first(findings) == 2

    shop.takes_s, shop.version = 0.25, 3
    assert first(findings) == 3
    shop.version = 4
    asked_at_s = shop.now_s - 0.25
    shop.now_s = asked_at_s + USED_TIMES * 0.25 - 0.01
    assert first(findings) == 3
    shop.now_s = asked_at_s + USED_TIMES * 0.25
    assert first(findings) == 4


def test_nothing_is_older_than_its_bound_whatever_the_version_says() -> None:
    shop = Shop()
    findings = shop.findings()
    first(findings)

    shop.now_s += KEPT_FOR_S - 0.01
    assert first(findings) == 1
    shop.now_s += 0.01
    assert first(findings) == 2


@pytest.mark.parametrize(("late_s", "meanwhile"), [(0.0, [1]), (KEPT_WHILE_FOUND_ANEW_S, [])])
def test_while_one_finds_it_anew_others_go_on_with_what_is_not_too_old(late_s: float, meanwhile: list[int]) -> None:
    shop, reading, go_on = Shop(), threading.Event(), threading.Event()

    def read(*, wanted: Wanted) -> Found:
        if shop.asked:
            reading.set()
            assert go_on.wait(60)
        return shop.read(wanted=wanted)

    findings = shop.findings(read=read)
    first(findings)
    shop.now_s += KEPT_FOR_S + late_s
    made: list[int] = []
    maker = threading.Thread(target=lambda: made.append(first(findings)))
    maker.start()
    assert reading.wait(60)

    seen: list[int] = []
    other = threading.Thread(target=lambda: seen.append(first(findings)))
    other.start()
    other.join(60 if meanwhile else 0.1)
    seen_meanwhile = list(seen)
    go_on.set()
    maker.join()
    other.join()

    assert (seen_meanwhile, made, len(shop.asked)) == (meanwhile, [2], 2)
    assert seen == (meanwhile or [2])


def test_of_many_who_want_the_same_one_asks_and_other_searches_do_not_wait() -> None:
    shop, reading, go_on = Shop(), threading.Event(), threading.Event()

    def read(*, wanted: Wanted) -> Found:
        if not wanted.words:
            reading.set()
            assert go_on.wait(60)
        return shop.read(wanted=wanted)

    findings = shop.findings(read=read)
    seen: list[int] = []
    wanting = [threading.Thread(target=lambda: seen.append(first(findings))) for _ in range(8)]
    for one in wanting:
        one.start()
    assert reading.wait(60)

    assert first(findings, words="oak") == 1
    go_on.set()
    for one in wanting:
        one.join()

    assert (seen, len(shop.asked)) == ([2] * 8, 2)


def test_a_search_that_took_too_long_is_refused_and_tried_anew() -> None:
    shop = Shop()
    too_slow = True

    def read(*, wanted: Wanted) -> Found:
        if too_slow:
            raise SearchTooSlow
        return shop.read(wanted=wanted)

    findings = shop.findings(read=read)
    with pytest.raises(SearchTooSlow):
        first(findings)
    too_slow = False

    assert first(findings) == 1


def test_what_was_not_looked_at_longest_makes_room_and_the_bytes_stay_bounded() -> None:
    shop = Shop(products=1000)
    findings = shop.findings(bytes_max=25_000)

    assert [first(findings), first(findings, brand="elm"), first(findings)] == [1, 2, 1]
    assert first(findings, brand="oak") == 3
    assert findings.bytes == 2 * (8 * 1000 + 4000)
    assert [first(findings), first(findings, brand="oak"), first(findings, brand="elm")] == [1, 3, 4]


def test_findings_are_not_greater_than_what_is_counted() -> None:
    def read(*, wanted: Wanted) -> Found:
        mark = wanted.words
        return replace(
            found(range(6000)),
            categories={f"{number:04}.{mark:0>115}": 10**6 + number for number in range(200)},
            brands=[
                BrandFound(f"{number}{mark:0>78}", "中" * 119 + str(number), 10**6 + number) for number in range(12)
            ],
            price_bands=[PriceBand(10**9 + number, 10**9 + number, 10**9 + number) for number in range(5)],
        )

    findings = Shop().findings(read=read, bytes_max=1 << 30)
    tracemalloc.start()
    for number in range(50):
        first(findings, words=str(number))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert 0.5 * findings.bytes < taken <= findings.bytes


def test_everything_can_be_forgotten() -> None:
    findings = Shop().findings()
    first(findings)
    findings.forget()

    assert (findings.bytes, first(findings)) == (0, 2)


@pytest.mark.django_db
def test_pages_and_facets_are_those_of_the_search_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_findings, "KEPT_FROM_PRODUCTS", 0)
    make_market()
    dice = random.Random(7)  # noqa: S311 - the same shelves each time
    for _ in range(60):
        price_minor = dice.randrange(100, 100_000)
        make_good(
            dice.choice(["Oak chair", "Red lamp", "Oak lamp"]),
            brand=dice.choice([None, "elm", "olmo", "yew"]),
            category=dice.choice([None, "home", "home.lighting", "garden"]),
            price_minor=price_minor,
            deal_price_minor=dice.choice([None, price_minor // 2]),
        )
    Stock.objects.filter(id__in=list(Stock.objects.values_list("id", flat=True))[::3]).update(units=0)
    findings = Findings(version=lambda: 1)

    for _ in range(300):
        wanted = replace(
            SHELF,
            words=dice.choice(["", "", "oak", "lamp", "oak velvet"]),
            category=dice.choice([None, None, "home", "home.lighting"]),
            brand=dice.choice([None, None, "elm"]),
            price_from_minor=dice.choice([None, 20_000]),
            price_below_minor=dice.choice([None, 50_000]),
            in_stock=dice.random() < 0.3,
            deals_only=dice.random() < 0.3,
            sort=dice.choice(SORTS),
            page=dice.randrange(1, 6),
            page_products=dice.choice([5, 60]),
        )
        assert findings.page(wanted, festival_changes_at_ms=None) == find_products(wanted=wanted), wanted


@pytest.mark.django_db
def test_what_sold_out_since_is_not_shown_to_who_wants_what_is_in_stock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_findings, "KEPT_FROM_PRODUCTS", 0)
    make_market()
    made = [make_good(units=5 + number) for number in range(3)]
    findings = Findings(version=lambda: 1)
    wanted = replace(SHELF, in_stock=True, page_products=60)
    before = findings.page(wanted, festival_changes_at_ms=None)
    Stock.objects.filter(units=6).update(sold=6)

    after = findings.page(wanted, festival_changes_at_ms=None)

    assert (before.product_ids, before.total) == (made, 3)
    assert (after.product_ids, after.total) == ([made[0], made[2]], 3)
