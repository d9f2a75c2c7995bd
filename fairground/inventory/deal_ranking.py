"""The order of a festival's deals in a market: ranked once for many looks, what is sold out put last at each."""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice

from fairground.kernel.clock import to_unix_ms

# A deal as `ranked_deals.sql` has it: hall, product, merchant, deal, the Unix millisecond in which it closes.
RankedDeal = tuple[int | None, int, int, int, int]


class DealRanking:
    """Products with deals, by hall and discount: about 40 bytes a deal, since a process keeps one for each market.

    Made of deals hall by hall in the order of their ranks, those of a product side by side. A product with deals in
    two halls has a place in both.
    """

    def __init__(self, deals: Iterable[RankedDeal] = ()) -> None:
        self._products = array("q")
        self._deals, self._closes_ms = array("q"), array("q")
        # Where the deals of each place begin, and in the end where the last one's end.
        self._starts = array("l")
        self._halls: dict[int | None, range] = {}
        self._merchants: dict[int, array[int]] = {}
        last: tuple[int | None, int] | None = None
        for hall_id, product_id, merchant_id, deal_id, closes_ms in deals:
            if last != (hall_id, product_id):
                last = hall_id, product_id
                place = len(self._products)
                self._halls[hall_id] = range(self._halls.get(hall_id, range(place, place)).start, place + 1)
                self._merchants.setdefault(merchant_id, array("l")).append(place)
                self._products.append(product_id)
                self._starts.append(len(self._deals))
            self._deals.append(deal_id)
            self._closes_ms.append(closes_ms)
        self._starts.append(len(self._deals))

    def product_ids(
        self,
        *,
        sold_out: Collection[int],
        now: datetime,
        limit: int | None,
        offset: int = 0,
        hall_id: int | None = None,
        merchant_id: int | None = None,
    ) -> list[int]:
        """Return products with a deal that is not over, each once: all of them, or those of a hall or of a merchant.

        The best of each hall come first, then each hall's second, and so on. Whose open deals are all in `sold_out`,
        which holds ids of deals, come after all others in the same order.
        """
        now_ms = to_unix_ms(now)
        runs = self._runs(hall_id=hall_id, merchant_id=merchant_id)

        def in_turn(*, gone: bool) -> Iterator[int]:
            return _in_turn([(self._products[at] for at in run if is_gone(at) is gone) for run in runs])

        def is_gone(place: int) -> bool | None:
            """Whether nothing is left; None where every deal is over."""
            at = range(self._starts[place], self._starts[place + 1])
            open_deals = [self._deals[one] for one in at if self._closes_ms[one] > now_ms]
            return all(deal in sold_out for deal in open_deals) if open_deals else None

        every = _once(chain(in_turn(gone=False), in_turn(gone=True)))
        return list(islice(every, offset, None if limit is None else offset + limit))

    def merchant_ids(self, *, hall_id: int, limit: int) -> list[int]:
        """Return the merchants with most products in a hall, the first of these first."""
        hall = self._halls.get(hall_id, range(0))
        products = {
            merchant_id: bisect_left(places, hall.stop) - bisect_left(places, hall.start)
            for merchant_id, places in self._merchants.items()
        }
        there = [merchant_id for merchant_id, count in products.items() if count]
        return sorted(there, key=lambda one: (-products[one], one))[:limit]

    def _runs(self, *, hall_id: int | None, merchant_id: int | None) -> list[Sequence[int]]:
        """Return places, a run a hall."""
        if merchant_id is not None:
            places = self._merchants.get(merchant_id, array("l"))
            return [
                places[bisect_left(places, hall.start) : bisect_left(places, hall.stop)]
                for hall in self._halls.values()
            ]
        if hall_id is not None:
            return [self._halls.get(hall_id, range(0))]
        return list(self._halls.values())


def _in_turn(runs: Sequence[Iterator[int]]) -> Iterator[int]:
    """Yield the first of each run, then the second of each, and so on."""
    while runs:
        going_on: list[Iterator[int]] = []
        for run in runs:
            for one in run:
                yield one
                going_on.append(run)
                break
        runs = going_on


def _once(ids: Iterator[int]) -> Iterator[int]:
    seen: set[int] = set()
    for one in ids:
        if one not in seen:
            seen.add(one)
            yield one
