"""What a block may say, which blocks show in a market at a moment, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fairground.festivals.blocks import (
    COUPONS_MAX,
    DEALS_MAX,
    HEADING_LENGTH_MAX,
    LABEL_LENGTH_MAX,
    SKUS_MAX,
    TEXT_LENGTH_MAX,
    Block,
    Brands,
    Countdown,
    Coupons,
    Deals,
    Kind,
    Matter,
    Mistake,
    Opening,
    Source,
    Text,
    Words,
    Wrong,
    next_change,
    next_opening,
    read_block,
    settings_of,
    words_of,
)

NOON = datetime(2026, 11, 11, 12, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
HOUR = timedelta(hours=1)
SAID = {"en": {"heading": "Tea", "text": "Leaf by leaf."}}


def read(kind: str, settings: dict[str, Any], **facts: Any) -> Block | tuple[Mistake, ...]:
    return read_block(kind=kind, settings=settings, **({"texts": SAID} | facts))


@pytest.mark.parametrize(
    ("kind", "matter"),
    [
        (Kind.COUNTDOWN, Countdown()),
        (Kind.COUNTDOWN, Countdown(NOON)),
        (Kind.DEALS, Deals()),
        (Kind.DEALS, Deals(Source.NEXT, most=1)),
        (Kind.DEALS, Deals(Source.CATEGORY, of="home.lighting", most=DEALS_MAX)),
        (Kind.DEALS, Deals(Source.MERCHANT, of="aurora-lights")),
        (Kind.DEALS, Deals(Source.SKUS, sku_ids=(7, 5))),
        (Kind.BRANDS, Brands()),
        (Kind.BRANDS, Brands(("olmo", "aurora-lights"), most=3)),
        (Kind.COUPONS, Coupons()),
        (Kind.COUPONS, Coupons(most=COUPONS_MAX)),
        (Kind.TEXT, Text()),
        (Kind.TEXT, Text(product_id=7)),
    ],
)
def test_what_is_written_is_read_back(kind: Kind, matter: Matter) -> None:
    words = {"ar": Words("شاي"), "en": Words("Tea", "Leaf by leaf.\nCup by cup.")}
    block = Block(kind, matter, words, ("EU", "JP"), NOON, NOON + HOUR, is_on=False)

    found = read_block(
        kind=str(kind),
        settings=settings_of(matter),
        texts=words_of(words),
        markets=["JP", "EU", "EU"],
        starts_at=NOON,
        ends_at=NOON + HOUR,
        is_on=False,
    )

    assert found == block


def test_a_link_is_read_back_with_its_name() -> None:
    block = Block(Kind.TEXT, Text(link="/shops/olmo?lang=en"), {"en": Words("Tea", label="Its shop")})

    assert read("text", settings_of(block.matter), texts=words_of(block.words)) == block


@pytest.mark.parametrize(
    ("kind", "settings", "field", "wrong"),
    [
        ("banner", {}, "kind", Wrong.UNKNOWN),
        ("countdown", {"to": "soon"}, "to", Wrong.NO_MOMENT),
        ("countdown", {"to": "2026-11-11T00:00:00"}, "to", Wrong.NO_MOMENT),
        ("countdown", {"to": 5}, "to", Wrong.UNKNOWN),
        ("deals", {"source": "stars"}, "source", Wrong.UNKNOWN),
        ("deals", {"source": "category"}, "category", Wrong.MISSING),
        ("deals", {"source": "merchant", "merchant": " "}, "merchant", Wrong.MISSING),
        ("deals", {"source": "skus", "skus": []}, "skus", Wrong.MISSING),
        ("deals", {"source": "skus", "skus": "7"}, "skus", Wrong.UNKNOWN),
        ("deals", {"source": "skus", "skus": ["seven"]}, "skus", Wrong.NO_ID),
        ("deals", {"source": "skus", "skus": [str(one) for one in range(1, SKUS_MAX + 2)]}, "skus", Wrong.MANY),
        ("deals", {"most": 0}, "most", Wrong.COUNT),
        ("deals", {"most": DEALS_MAX + 1}, "most", Wrong.COUNT),
        ("deals", {"most": True}, "most", Wrong.COUNT),
        ("brands", {"merchants": [str(one) for one in range(25)]}, "merchants", Wrong.MANY),
        ("brands", {"most": 25}, "most", Wrong.COUNT),
        ("text", {"product": "kettle"}, "product", Wrong.NO_ID),
    ],
)
def test_each_mistake_is_named(kind: str, settings: dict[str, Any], field: str, wrong: Wrong) -> None:
    found = read(kind, settings)

    assert isinstance(found, tuple)
    assert Mistake(field, wrong) in found


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "shops/olmo",
        "javascript:alert(1)",
        "/a\n/b",
        "/\t/elsewhere.example",
        "/a b",
        "/" + "a" * 300,
    ],
)
def test_a_link_stays_inside_the_shop(link: str) -> None:
    found = read("text", {"link": link}, texts={"en": {"heading": "Tea", "label": "There"}})

    assert found == (Mistake("link", Wrong.NOT_IN_THE_SHOP),)


@pytest.mark.parametrize(
    ("settings", "texts", "mistakes"),
    [
        ({}, {}, [("heading_en", Wrong.MISSING)]),
        ({}, {"es": {"text": "Sin título"}}, [("heading_es", Wrong.MISSING)]),
        ({"link": "/live"}, {"en": {"heading": "Live"}}, [("label_en", Wrong.MISSING)]),
        ({}, {"en": {"heading": "Live", "label": "Look"}}, [("label_en", Wrong.NO_LINK)]),
        (
            {},
            {
                "en": {
                    "heading": "x" * (HEADING_LENGTH_MAX + 1),
                    "text": "x" * (TEXT_LENGTH_MAX + 1),
                    "label": "x" * (LABEL_LENGTH_MAX + 1),
                }
            },
            [
                ("heading_en", Wrong.LONG),
                ("text_en", Wrong.LONG),
                ("label_en", Wrong.LONG),
                ("label_en", Wrong.NO_LINK),
            ],
        ),
    ],
)
def test_a_text_has_its_words_in_each_language(
    settings: dict[str, Any], texts: dict[str, Any], mistakes: list[tuple[str, Wrong]]
) -> None:
    assert read("text", settings, texts=texts) == tuple(Mistake(*one) for one in mistakes)


def test_a_block_ends_after_it_starts() -> None:
    assert read("deals", {}, starts_at=NOON, ends_at=NOON) == (Mistake("ends_at", Wrong.ENDS_FIRST),)


@pytest.mark.parametrize(
    ("block", "market", "at", "shows"),
    [
        (Block(Kind.DEALS, Deals()), "EU", NOON, True),
        (Block(Kind.DEALS, Deals()), None, NOON, True),
        (Block(Kind.DEALS, Deals(), is_on=False), "EU", NOON, False),
        (Block(Kind.DEALS, Deals(), markets=("JP",)), "EU", NOON, False),
        (Block(Kind.DEALS, Deals(), markets=("JP",)), None, NOON, False),
        (Block(Kind.DEALS, Deals(), markets=("JP", "EU")), "EU", NOON, True),
        (Block(Kind.DEALS, Deals(), starts_at=NOON), "EU", NOON - MILLISECOND, False),
        (Block(Kind.DEALS, Deals(), starts_at=NOON), "EU", NOON, True),
        (Block(Kind.DEALS, Deals(), ends_at=NOON), "EU", NOON - MILLISECOND, True),
        (Block(Kind.DEALS, Deals(), ends_at=NOON), "EU", NOON, False),
        (Block(Kind.COUNTDOWN, Countdown(NOON)), "EU", NOON - MILLISECOND, True),
        (Block(Kind.COUNTDOWN, Countdown(NOON)), "EU", NOON, False),
        (Block(Kind.COUNTDOWN, Countdown(NOON), ends_at=NOON - HOUR), "EU", NOON - HOUR, False),
    ],
)
def test_a_block_shows_where_and_when_it_is_meant_to(
    block: Block, market: str | None, at: datetime, shows: bool
) -> None:
    assert block.shows(market=market, at=at) is shows


def test_a_page_changes_at_the_next_start_or_end_of_a_block_of_its_market() -> None:
    blocks = [
        Block(Kind.DEALS, Deals(), starts_at=NOON + 2 * HOUR, ends_at=NOON + 3 * HOUR),
        Block(Kind.DEALS, Deals(), starts_at=NOON + HOUR / 2, markets=("JP",)),
        Block(Kind.DEALS, Deals(), starts_at=NOON + HOUR / 3, is_on=False),
        Block(Kind.COUNTDOWN, Countdown(NOON + HOUR)),
    ]
    moments, at = list[timedelta](), NOON
    while (following := next_change(blocks, market="EU", at=at)) is not None:
        at = following
        moments.append(at - NOON)

    assert moments == [HOUR, 2 * HOUR, 3 * HOUR]
    assert next_change(blocks, market="JP", at=NOON) == NOON + HOUR / 2


def test_what_opens_next_goes_before_what_closes_last() -> None:
    early, late = Opening(NOON, NOON + 9 * HOUR), Opening(NOON + HOUR, NOON + 5 * HOUR)

    assert next_opening([late, early], at=NOON - MILLISECOND) == early
    assert next_opening([late, early], at=NOON) == late
    assert next_opening([late, early], at=NOON + HOUR) == early
    assert next_opening([late, early], at=NOON + 9 * HOUR) is None
