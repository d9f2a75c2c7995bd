"""The worked example of docs/algorithms/red-packets.md, performed."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from fairground.kernel.refusal import Refusal
from fairground.redpackets.actions.give_rounds import close_rounds
from fairground.redpackets.models import PacketRound
from fairground.redpackets.queries import campaign_books
from fairground.redpackets.rules import split_at_random
from tests.factories import make_market, make_shopper
from tests.redpackets.giving import after_closing, grab, grab_request, make_campaign, make_round

DOCUMENT = Path(__file__).parents[2] / "docs/algorithms/red-packets.md"
EXAMPLE = DOCUMENT.read_text("utf-8").split("## A worked example")[1]


def rows(cells: int) -> list[list[str]]:
    """Return the cells of the example's table that has so many, below its head."""
    lines = [line.strip("|").split("|") for line in EXAMPLE.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line] for line in lines if len(line) == cells][2:]


def shuffled() -> list[int]:
    """Return the packets as the document numbers them."""
    written = re.search(r"the packets are ([\d,\s]+)\.", EXAMPLE)
    assert written is not None
    return [int(one) for one in written[1].split(",")]


def test_the_split_comes_out_as_written() -> None:
    weights = [1 + 16 * Decimal(u) ** 3 for _, u, *_ in rows(5)]
    parts = [Decimal("9.95") * weight / sum(weights) for weight in weights]

    assert [Decimal(row[2]) for row in rows(5)] == weights
    assert [Decimal(row[3]) for row in rows(5)] == [part.quantize(Decimal("0.0001")) for part in parts]
    packets = split_at_random(budget_minor=1_000, packets=5, below=lambda n: n // 2)
    assert sorted(packets) == [int(row[4]) for row in rows(5)]
    assert packets == shuffled()


@pytest.mark.django_db
@pytest.mark.usefixtures("lone_writer")
def test_the_round_comes_out_as_written() -> None:
    make_market()
    campaign_id = make_campaign(budget_minor=1_500)
    shoppers = {name: make_shopper(lane=lane) for lane, name in enumerate(("Ada", "Ben", "Cem", "Dai", "Eve"))}
    round_id = 0
    for step, who, what, answer, *numbers in rows(7):
        if what == "the round is opened":
            round_id = make_round(campaign_id=campaign_id, packets=5, budget_minor=1_000)
            PacketRound.objects.update(amounts=shuffled())
        elif what == "the round is closed":
            close_rounds(now_ms=after_closing(round_id))
        else:
            verified = what != "grabs unverified"
            (outcome,) = grab([grab_request(round_id, shopper_id=shoppers[who], verified=verified)])
            told = outcome.code if isinstance(outcome, Refusal) else str(outcome.amount_minor)
            assert told == answer, f"step {step}"
        books = campaign_books(campaign_ids=[campaign_id])[campaign_id]
        assert [books.taken_minor, books.open_minor, books.left_minor] == [int(one) for one in numbers], f"step {step}"
