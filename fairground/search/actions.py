"""Writes of search: documents of products."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from fairground.kernel.sql import load_sql
from fairground.search.queries import word_stems
from fairground.search.rules.words import (
    TOKENISER_VERSION,
    Stems,
    dictionary_of,
    document_vector,
    stemmable,
    title_start,
)

# Products whose texts and documents are in memory at once: some megabytes at the longest description.
CHUNK_PRODUCTS_MAX = 500
# A lock of PostgreSQL's that no row stands for; the number says nothing.
_IMPORTS_LOCK = 7_325_114


@dataclass(frozen=True, slots=True)
class _Source:
    """What a document is made from."""

    product_id: int
    language: str
    is_fallback: bool
    title: str
    description: str
    brand: str
    codes: str
    category: str
    source: int

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Return the weighted texts: the title counts most, then brand and codes, category, description."""
        return [("A", self.title), ("B", self.brand), ("B", self.codes), ("C", self.category), ("D", self.description)]


def index_products(product_ids: Collection[int]) -> int:
    """Write the documents of products as their texts are now, in chunks of their own; return how many were written.

    A document that was made from the same words stays as it is, so it costs little to name a product too often;
    one whose text is gone is deleted. Each chunk takes four statements and commits by itself.
    """
    ordered = sorted(set(product_ids))
    chunks = range(0, len(ordered), CHUNK_PRODUCTS_MAX)
    return sum(_index_chunk(ordered[start : start + CHUNK_PRODUCTS_MAX]) for start in chunks)


@contextmanager
def imports_index_themselves() -> Iterator[None]:
    """Keep the sweep away meanwhile: it would follow an import and do its work a second time, a third of a core.

    The database forgets it with the connection.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock_shared(%s)", [_IMPORTS_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_shared(%s)", [_IMPORTS_LOCK])


def do_imports_index_themselves() -> bool:
    """Return whether somebody is at it now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_IMPORTS_LOCK])
        (is_free,) = cursor.fetchone() or (True,)
    return not is_free


def _index_chunk(product_ids: Sequence[int]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load_sql("search", "forget_documents"), {"product_ids": list(product_ids)})
        cursor.execute(
            load_sql("search", "document_sources"),
            {"product_ids": list(product_ids), "version": TOKENISER_VERSION},
        )
        sources = [_Source(*row) for row in cursor.fetchall()]
        if not sources:
            return 0
        stems = _stems_of(sources)
        cursor.execute(
            load_sql("search", "write_documents"),
            {
                "product_ids": [one.product_id for one in sources],
                "languages": [one.language for one in sources],
                "fallbacks": [one.is_fallback for one in sources],
                "title_starts": [title_start(one.title) for one in sources],
                "words": [document_vector(one.fields, stems[dictionary_of(one.language)]) for one in sources],
                "sources": [one.source for one in sources],
            },
        )
    return len(sources)


def _stems_of(sources: Sequence[_Source]) -> Mapping[str, Stems]:
    words = stemmable(text for one in sources for _, text in one.fields)
    return word_stems(words=words, dictionaries={dictionary_of(one.language) for one in sources})
