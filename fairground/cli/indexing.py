"""Indexing what an import wrote, in a process beside it: two thirds of an import's work, for a core of its own."""

from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

import django

from fairground.search.actions import CHUNK_PRODUCTS_MAX, index_products


@contextmanager
def indexing_beside() -> Iterator[Callable[[Collection[int]], None]]:
    """Lend what takes the ids of products that are written; in the end all of them are indexed.

    The process indexes as many at a time as search takes in one go; fewer need none. Whoever brings the next ones
    before it is done waits, so no more than two goes are held, and learns what went wrong.
    """
    gathered: list[int] = []
    going: list[Future[int]] = []
    # Not forked: a fork would share our connection to the database.
    beside = ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"), initializer=django.setup)

    def take(product_ids: Collection[int]) -> None:
        gathered.extend(product_ids)
        if len(gathered) >= CHUNK_PRODUCTS_MAX:
            while going:
                going.pop().result()
            going.append(beside.submit(index_products, gathered.copy()))
            gathered.clear()

    with beside:
        yield take
        index_products(gathered)
        while going:
            going.pop().result()
