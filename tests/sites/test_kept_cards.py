"""Cards that somebody was shown within the last second, shown to the next."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairground.inventory.queries import ProductCard
from fairground.sites.storefront import kept_cards
from fairground.sites.storefront.kept_cards import KeptCards, SeenIn

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
HERE = SeenIn("DE", "en", "double-eleven", deals_only=False)


def _card(product_id: int, changes_at: datetime | None = None) -> ProductCard:
    return ProductCard(
        product_id=product_id,
        title=f"Product {product_id}",
        brand=None,
        category=None,
        merchant_slug="shop",
        merchant_name="Shop",
        merchant_country="DE",
        hall={},
        price_minor=1000,
        prior_minor=1000,
        dearer_too=False,
        currency="EUR",
        units=0,
        deals={},
        opens_at=None,
        closes_at=None,
        changes_at=changes_at,
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Products 1 to 9, of which 9 is sold nowhere and 2 has a deal that opens at one; and which were read when."""
    seen: list[list[int]] = []

    def read(*, product_ids: Sequence[int], now: datetime, **_told: Any) -> list[ProductCard]:
        seen.append(list(product_ids))
        opens_at = NOON + timedelta(hours=1)
        return [
            _card(one, opens_at if one == 2 and now < opens_at else None) for one in reversed(product_ids) if one != 9
        ]

    monkeypatch.setattr(kept_cards, "product_cards_by_id", read)
    return seen


def _ids(cards: list[ProductCard]) -> list[int]:
    return [card.product_id for card in cards]


def test_only_what_nobody_was_shown_is_read_and_the_order_is_that_asked_for(asked: list[list[int]]) -> None:
    kept = KeptCards()
    assert _ids(kept.cards([3, 9, 1], seen_in=HERE, now=NOON)) == [3, 1]
    assert _ids(kept.cards([1, 4, 9, 3], seen_in=HERE, now=NOON)) == [1, 4, 3]
    assert asked == [[3, 9, 1], [4]]


def test_another_market_or_language_sees_cards_of_its_own(asked: list[list[int]]) -> None:
    kept = KeptCards()
    for seen_in in (HERE, SeenIn("FR", "en", "double-eleven", deals_only=False), SeenIn("DE", "en", None, True)):
        kept.cards([1], seen_in=seen_in, now=NOON)
    assert asked == [[1], [1], [1]]


def test_a_card_is_read_again_when_its_deal_has_opened(asked: list[list[int]]) -> None:
    kept = KeptCards()
    kept.cards([1, 2], seen_in=HERE, now=NOON)
    kept.cards([1, 2], seen_in=HERE, now=NOON + timedelta(minutes=59))
    assert asked == [[1, 2]]
    (_, opened) = kept.cards([1, 2], seen_in=HERE, now=NOON + timedelta(hours=1))
    assert asked == [[1, 2], [2]]
    assert opened.changes_at is None


def test_a_card_is_read_again_after_its_moment(asked: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairground.sites.moment.KEPT_FOR_S", 0.0)
    kept = KeptCards()
    kept.cards([1], seen_in=HERE, now=NOON)
    kept.cards([1], seen_in=HERE, now=NOON)
    assert asked == [[1], [1]]


def test_no_more_cards_are_kept_than_have_room(asked: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_cards, "CARDS_READ_KEPT_MAX", 2)
    kept = KeptCards()
    kept.cards([1, 3], seen_in=HERE, now=NOON)
    kept.cards([4], seen_in=HERE, now=NOON)
    kept.cards([1], seen_in=HERE, now=NOON)
    assert asked == [[1, 3], [4], [1]]
