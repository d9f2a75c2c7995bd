"""What may be announced: each reason why not, and the law of markets."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fairground.draws.rules.terms import (
    TERMS_WRONG,
    EntryKind,
    PrizeKind,
    PrizeTerms,
    lawful_ceilings,
    terms_wrong,
)
from tests.draws.making import TERMS
from tests.factories import NOW

ALL = frozenset({"EU"})


def wrong(*, of_all: frozenset[str] = ALL, **changes: Any) -> str | None:
    return terms_wrong(replace(TERMS, **changes), markets=of_all)


def prize(kind: PrizeKind = PrizeKind.WALLET, count: int = 1, **amounts: int) -> list[PrizeTerms]:
    return [PrizeTerms(kind, count, amounts)]


def test_the_usual_terms_may_be_announced() -> None:
    assert wrong() is None


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        ("name", {"name": {"en": ""}}),
        ("times", {"closes_at": NOW}),
        ("beacon-times", {"beacon_at": TERMS.closes_at + timedelta(minutes=11) - timedelta(seconds=1)}),
        ("beacon-source", {"beacon_source": " "}),
        ("markets", {"markets": frozenset({"MARS"})}),
        ("markets", {"minimum_minor": {"US": 1}}),
        ("ways", {"ways": frozenset()}),
        ("entries", {"entries_max": 0}),
        ("entries", {"entries_max": 101}),
        ("prizes", {"prizes": []}),
        ("prizes", {"prizes": prize(count=0, EU=1)}),
        ("places", {"prizes": prize(count=10_001, EU=1)}),
        ("amounts", {"prizes": prize(EU=0)}),
        ("amounts", {"prizes": prize()}),
        ("minimum", {"minimum_minor": {"EU": -1}}),
        ("ceiling", {"ceilings_minor": {"EU": 0}}),
        ("exemption", {"ways": frozenset({EntryKind.FREE}), "prizes": prize(PrizeKind.EXEMPTION, EU=1)}),
    ],
)
def test_terms_that_can_not_be_are_refused_with_the_reason(reason: str, changes: dict[str, Any]) -> None:
    assert wrong(**changes) == reason
    assert reason in TERMS_WRONG


def test_in_the_united_states_nobody_has_to_buy_to_enter() -> None:
    us = {"markets": frozenset({"US"}), "prizes": prize(US=1)}

    assert wrong(of_all=frozenset({"US", "EU"}), ways=frozenset({EntryKind.PURCHASE}), **us) == "free-way"
    assert wrong(of_all=frozenset({"US", "EU"}), ways=frozenset({EntryKind.PURCHASE, EntryKind.FREE}), **us) is None


def test_a_draw_for_all_markets_is_bound_by_each_of_them() -> None:
    assert (
        wrong(of_all=frozenset({"EU", "US"}), ways=frozenset({EntryKind.TASK}), prizes=prize(EU=1, US=1)) == "free-way"
    )


def test_in_china_no_prize_is_above_fifty_thousand_yuan() -> None:
    china = {"markets": frozenset({"CN"}), "prizes": prize(CN=9_000_000)}

    assert wrong(of_all=frozenset({"CN"}), ceilings_minor={"CN": 5_000_001}, **china) == "ceiling"
    assert wrong(of_all=frozenset({"CN"}), **china) is None
    assert lawful_ceilings(markets=frozenset({"CN", "EU"}), wanted_minor={"EU": 7}) == {"CN": 5_000_000, "EU": 7}
    assert lawful_ceilings(markets=frozenset({"CN"}), wanted_minor={"CN": 100}) == {"CN": 100}
