"""Indexing what an import wrote, in processes beside it: two thirds of an import's work, for cores of their own."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from zlib import crc32

import django

from fairground.search.actions import CHUNK_PRODUCTS_MAX, imports_index_themselves, index_products

# One can't keep up with an import; more than two would take the cores from the import and its database.
INDEXERS = 2


class _Indexer:
    """A process that indexes as many products at a time as search takes in one go; for fewer it is not asked.

    A product always goes to the same one, so that two never write its documents in turns.
    """

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._pool = pool
        self._gathered: list[int] = []
        self._going: Future[int] | None = None

    def take(self, product_id: int) -> None:
        self._gathered.append(product_id)
        if len(self._gathered) >= CHUNK_PRODUCTS_MAX:
            self.wait()
            self._going = self._pool.submit(index_products, self._gathered)
            self._gathered = []

    def finish(self) -> None:
        self.wait()
        index_products(self._gathered)

    def wait(self) -> None:
        """Learn what went wrong, so that no more than two goes are held."""
        if self._going is not None:
            self._going.result()


@contextmanager
def indexing_beside() -> Iterator[Callable[[Collection[int]], None]]:
    """Lend what takes the ids of products that are written; in the end all of them are indexed.

    Whoever brings the next ones before a process is done waits for it, and learns what went wrong.
    """
    # Not forked: a fork would share our connection to the database.
    context = get_context("spawn")
    with imports_index_themselves(), ExitStack() as stack:
        indexers = [
            _Indexer(stack.enter_context(ProcessPoolExecutor(1, mp_context=context, initializer=django.setup)))
            for _ in range(INDEXERS)
        ]

        def take(product_ids: Collection[int]) -> None:
            for product_id in product_ids:
                # Ids are dense in their time and in nothing else: a checksum spreads them evenly.
                indexers[crc32(product_id.to_bytes(8)) % INDEXERS].take(product_id)

        yield take
        for indexer in indexers:
            indexer.finish()
