"""When deals open in a market that has a sale of its own: written with each price, so that no reader reads phases."""

from collections.abc import Collection

from django.db import connection

from fairground.festivals.models import Phase
from fairground.festivals.phase_plan import PhaseKind
from fairground.kernel.sql import array_text, load_sql


def open_in_markets(
    *, festival: str, deal_ids: Collection[int] | None = None, markets: Collection[str] | None = None
) -> None:
    """Write when deals of a festival open and close in markets: all deals, and those markets with a sale of their own,
    where none are named.

    A deal opens there as long after the market's opening as after the festival's. What closes with the festival closes
    with the market's sale, any other as long after it opened. A presale's order window is the same everywhere.

    The caller has the turn of the deals' lanes and tells that offers changed. A market that is named and has no sale of
    its own opens with the festival again.
    """
    if markets is None:
        own = Phase.objects.filter(festival=festival, kind=PhaseKind.SALE, market__isnull=False)
        markets = set(own.values_list("market_id", flat=True))
    if not markets:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load_sql("festivals", "open_in_markets"),
            {
                "festival": festival,
                "markets": sorted(markets),
                "deal_ids": None if deal_ids is None else array_text(deal_ids),
            },
        )
