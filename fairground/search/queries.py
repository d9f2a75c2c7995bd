"""Reads of search: who matches, what narrows it, and what somebody may be about to type."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec
from django.db import connection

from fairground.catalog.models import Product
from fairground.kernel.patience import statements_within
from fairground.kernel.refusal import Refusal
from fairground.kernel.sql import load_sql
from fairground.search.rules.bands import EDGES_MINOR, PriceBand, price_bands
from fairground.search.rules.words import (
    Stems,
    dictionary_of,
    joined_pairs,
    prefix_query_text,
    query_text,
    stemmable,
    title_start,
)

# Products that are judged and counted exactly: 0.3 s for the broadest words and 3 to 17 ms for narrow ones among
# 110,000 products, on two busy cores. Whoever finds more narrows it rather than turn two hundred pages.
CANDIDATES_MAX = 10_000
# Of one statement. Nobody waits longer for a page, and a thread that makes it is missing for others.
STATEMENT_MAX_MS = 2_000
BRANDS_MAX = 12
SUGGESTIONS_MAX = 8
_BRANDS_SUGGESTED_MAX = _CATEGORIES_SUGGESTED_MAX = 2
# Read for eight suggestions, as a product may appear twice.
_SUGGESTED_READ_MAX = 24
# Every product's language of last resort (`Document.is_fallback`) is mostly this one.
_FALLBACK_LANGUAGE = "en"
SORTS = ("relevance", "price_up", "price_down", "newest", "discount")


class SearchTooSlow(Refusal):
    """The database did not find it in time; narrowed, or asked when there is less to do, it may."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for, where and when. What is None or empty does not matter to them.

    Prices are in minor units of the market's currency, `price_below_minor` exclusive. `page` counts from 1.
    """

    market: str
    language: str
    festival: str | None
    now: datetime
    words: str = ""
    category: str | None = None
    brand: str | None = None
    price_from_minor: int | None = None
    price_below_minor: int | None = None
    in_stock: bool = False
    deals_only: bool = False
    sort: str = "relevance"
    page: int = 1
    page_products: int = 60

    @property
    def is_narrowed(self) -> bool:
        """Return whether anything but the words may keep products out."""
        shelf_or_price = (self.category, self.brand, self.price_from_minor, self.price_below_minor)
        return self.in_stock or self.deals_only or any(one is not None for one in shelf_or_price)


@dataclass(frozen=True, slots=True)
class BrandFound:
    """A brand of what was found, and how many of those products are its own."""

    slug: str
    name: str
    products: int


@dataclass(frozen=True, slots=True)
class Found:
    """A page of products and what they can be narrowed by; every count is of all that was found.

    `total` is exact with `is_exact`, else there are more; `deals` of them have one, `in_stock` have units left.
    `categories` counts by the products' own categories.
    `any_word`: nothing has all the words, so this is what has some of them.
    `priced`: how many products had to be priced for it, whether or not they are among what was found.
    """

    product_ids: Sequence[int]
    total: int
    is_exact: bool
    deals: int
    in_stock: int
    categories: Mapping[str, int]
    brands: Sequence[BrandFound]
    price_bands: Sequence[PriceBand]
    any_word: bool = False
    priced: int = 0


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something to go to: `kind` is brand, category or product, `key` its slug, code or id."""

    kind: str
    key: str
    text: str


_NOTHING = Found([], 0, True, 0, 0, {}, [], [])
_FIRST = "WITH candidates AS MATERIALIZED (\n"


def find_products(*, wanted: Wanted) -> Found:
    """Return a page of the products that a market sells and `wanted` describes, with facets.

    One statement, after one that looks up stems where there are words; where nothing has all the words one more, and
    one before it where a shelf, a price or the like may have emptied the result: then nothing else is shown instead.
    No more than `CANDIDATES_MAX` products are ranked, priced and counted, each by primary keys. To find them is not
    bounded so: the GIN index yields every product whom the words fit, and category, brand and "only deals" are looked
    up for one after the other until enough fit, so that a common word in a small category costs as many look-ups as
    there are products with the word.

    Price, stock and sorting apply to who is inside the bound, which is everybody where `is_exact`. Who is inside is
    no matter of fit where more match: those whom the index yields first, on a shelf those with deals. Words that are
    only signs find nothing.

    :raises SearchTooSlow: a statement took longer than `STATEMENT_MAX_MS`
    """
    with _in_time():
        return _find(wanted)


def _find(wanted: Wanted) -> Found:
    if not wanted.words:
        return _judge(wanted, "match_shelf", "")
    stems = _reader_stems(wanted.words, wanted.language)
    query = query_text(wanted.words, stems, every_word=True)
    if not query:
        return _NOTHING
    found = _judge(wanted, "match_words", query)
    some = query_text(wanted.words, stems, every_word=False)
    if found.total or some == query or (wanted.is_narrowed and _are_sold(wanted, query)):
        return found
    return replace(_judge(wanted, "match_words", some), any_word=True)


def _judge(wanted: Wanted, match: str, query: str) -> Found:
    statement = _FIRST + load_sql("search", match) + ")\n" + load_sql("search", "judge_candidates")
    with connection.cursor() as cursor:
        cursor.execute(
            statement,
            {
                "query": query,
                "market": wanted.market,
                "language": wanted.language,
                "festival": wanted.festival,
                "now": wanted.now,
                "category": wanted.category,
                "brand": wanted.brand,
                "price_from_minor": wanted.price_from_minor,
                "price_below_minor": wanted.price_below_minor,
                "in_stock": wanted.in_stock,
                "deals_only": wanted.deals_only,
                "sort": wanted.sort,
                "limit": wanted.page_products,
                "offset": (wanted.page - 1) * wanted.page_products,
                "candidates_max": CANDIDATES_MAX + 1,
                "brands_max": BRANDS_MAX,
                "edges_minor": list(EDGES_MINOR),
            },
        )
        candidates, total, deals, in_stock, product_ids, categories, brands, buckets = cursor.fetchone()
    return Found(
        product_ids=product_ids,
        total=total,
        is_exact=candidates <= CANDIDATES_MAX,
        deals=deals,
        in_stock=in_stock,
        categories=msgspec.json.decode(categories, type=dict[str, int]),
        brands=[BrandFound(*brand) for brand in msgspec.json.decode(brands)],
        price_bands=price_bands(msgspec.json.decode(buckets, type=dict[int, int], strict=False)),
        priced=candidates,
    )


def _in_time() -> AbstractContextManager[None]:
    """Let no statement inside take longer than `STATEMENT_MAX_MS`."""
    return statements_within(most_ms=STATEMENT_MAX_MS, too_slow=SearchTooSlow)


def _are_sold(wanted: Wanted, query: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("search", "words_are_sold"),
            {"query": query, "language": wanted.language, "market": wanted.market},
        )
        return bool(cursor.fetchone()[0])


def products_with_words(*, words: str, language: str, products_max: int) -> list[int]:
    """Return at most so many products that have all the words, or a code, in any language and market; no order."""
    query = query_text(words, _reader_stems(words, language), every_word=True)
    if not query:
        return []
    with connection.cursor() as cursor:
        cursor.execute(load_sql("search", "products_with_words"), {"query": query, "products_max": products_max})
        return [product_id for (product_id,) in cursor.fetchall()]


def suggest(*, typed: str, market: str, language: str) -> list[Suggestion]:
    """Return at most `SUGGESTIONS_MAX` things that begin as somebody types: brands, categories, then products.

    Two statements. Products are those whose title begins so, by an index on how titles begin; then those that have
    the words typed and one that begins with the last. Fewer than two characters suggest nothing.

    :raises SearchTooSlow: a statement took longer than `STATEMENT_MAX_MS`
    """
    start = title_start(typed)
    query = prefix_query_text(typed)
    if not query:
        return []
    languages = list(dict.fromkeys([language, _FALLBACK_LANGUAGE]))
    with _in_time(), connection.cursor() as cursor:
        cursor.execute(
            load_sql("search", "suggest_shelves"),
            {
                "language": language,
                "name_part": f"% {_literal(start)}%",
                "name_start": f"{_literal(start)}%",
                "brands_max": _BRANDS_SUGGESTED_MAX,
                "categories_max": _CATEGORIES_SUGGESTED_MAX,
            },
        )
        found = {(kind, key): Suggestion(kind, key, text) for kind, key, text in cursor.fetchall()}
        cursor.execute(
            load_sql("search", "suggest_products"),
            {
                "languages": languages,
                "title_start": f"{_literal(start)}%",
                "query": query,
                "market": market,
                "read_max": _SUGGESTED_READ_MAX,
            },
        )
        for product_id, title in cursor.fetchall():
            found.setdefault(("product", str(product_id)), Suggestion("product", str(product_id), title))
    return list(found.values())[:SUGGESTIONS_MAX]


def word_stems(*, words: Collection[str], dictionaries: Collection[str]) -> Mapping[str, Stems]:
    """Return the stems of words by dictionary; a word that a dictionary leaves as it is has none there."""
    stems: dict[str, dict[str, str]] = {dictionary: {} for dictionary in dictionaries}
    if words:
        with connection.cursor() as cursor:
            cursor.execute(load_sql("search", "stems"), {"dictionaries": list(stems), "words": list(words)})
            for dictionary, word, stem in cursor.fetchall():
                stems[dictionary][word] = stem
    return stems


def product_ids_after(*, product_id: int, products_max: int) -> list[int]:
    """Return the next products by id."""
    return list(Product.objects.filter(id__gt=product_id).order_by("id").values_list("id", flat=True)[:products_max])


def _reader_stems(words: str, language: str) -> list[Stems]:
    dictionaries = list(dict.fromkeys([dictionary_of(language), dictionary_of(_FALLBACK_LANGUAGE)]))
    stems = word_stems(words=stemmable([words]) | set(joined_pairs(words)), dictionaries=dictionaries)
    return [stems[dictionary] for dictionary in dictionaries]


def _literal(text: str) -> str:
    """Return a text for LIKE that stands for nothing but itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
