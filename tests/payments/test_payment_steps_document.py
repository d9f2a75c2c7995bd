"""The tables of docs/algorithms/payments.md, performed."""

from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from fairground.checkout.actions.accept_disputes import DisputeAfterReturns, charge_dispute
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.ledger.models import Account
from fairground.orders.rules import RefundReason
from fairground.payments.disputes import disputes_due
from fairground.payments.ending_cards import cards_to_end, end_cards
from fairground.payments.gift_cards import issue_gift_cards, redeem_gift_card
from fairground.payments.life import RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.providers.provider import FileKind, FileLine
from tests.factories import BY, GIVER, NOW, NOW_MS, give_wallet, make_market, make_shopper
from tests.payments.paying import Till, balance_of, make_till, stopped_at

DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/payments.md").read_text("utf-8")


def table() -> list[tuple[int, ...]]:
    """Return the amounts of the worked example in minor units, a row a moment."""
    section = DOCUMENT.split("A purchase of 20.00 with 5.00 from the wallet:")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|")[1:] for line in section.splitlines() if line.startswith("|")]
    return [tuple(int(Decimal(cell.strip()) * 100) for cell in line) for line in lines[2:]]


def now(till: Till) -> tuple[int, ...]:
    """Return what is posted at the provider, what may be spent, what is set aside of the wallet, and the escrow."""
    money = till.money()
    address = f"shopper:{till.shopper_id}:wallet:EUR"
    held = sum(Account.objects.filter(address=address).values_list("debits_pending_minor", flat=True))
    return money["clearing"], till.available_minor(), held, money["escrow"]


def test_the_money_is_where_the_table_says_at_every_step(lone_writer: object) -> None:
    till = make_till()
    order_id = till.placed.orders[0].order_id
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    moments = [now(till)]
    payment = till.begin(wallet_minor=500)
    moments.append(now(till))
    till.agree(payment)
    moments.append(now(till))
    refund_lines(units={(order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    moments.append(now(till))
    till.return_all()
    moments.append(now(till))
    refund_lines(units={(order_id, 1): 1}, reason=RefundReason.FAULTY, by=BY)
    till.return_all()
    moments.append(now(till))

    assert moments == table()


def test_a_dispute_moves_what_the_table_says(lone_writer: object) -> None:
    section = DOCUMENT.split("A purchase of 20.00 for two units, contested, refunded in part, and won:")[1].split(
        "\n## "
    )[0]
    cells = [line.strip("|").split("|")[1:] for line in section.splitlines() if line.startswith("|")][2:]
    till = make_till()
    payment = till.agree(till.begin())

    def moment() -> tuple[int, ...]:
        money = till.money()
        going = PaymentRefund.objects.filter(state=RefundState.ASKING.value)
        back_minor = sum(going.values_list("amount_minor", flat=True))
        return money["clearing"], -balance_of("platform:disputes:EUR"), back_minor, money["escrow"]

    def told(kind: FileKind) -> None:
        line = FileLine(kind, payment.ref, "", 2_000, "EUR", NOW, kind.name)
        book_provider_lines(provider="local", lines=[line], by=BY)
        (dispute_id,) = disputes_due(now=NOW, disputes_max=9)
        attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))

    moments = [moment()]
    told(FileKind.DISPUTE)
    moments.append(moment())
    refund_lines(units={(till.placed.orders[0].order_id, 1): 1}, reason=RefundReason.WITHDRAWN, by=BY)
    moments.append(moment())
    told(FileKind.DISPUTE_WON)
    moments.append(moment())
    till.return_all()
    moments.append(moment())

    assert moments == [tuple(int(Decimal(cell.strip()) * 100) for cell in line) for line in cells]


def rows_of_giving_up() -> list[tuple[int, ...]]:
    """Return the amounts of the table on what went back before, in minor units."""
    section = DOCUMENT.split("Giving up then puts nothing on top")[1].split("\n\n")[1]
    lines = [line.strip("|").split("|")[:-1] for line in section.splitlines()[2:]]
    return [tuple(int(Decimal(cell.strip()) * 100) for cell in line) for line in lines]


@pytest.mark.parametrize("row", rows_of_giving_up())
def test_giving_up_gives_what_the_table_says(lone_writer: object, row: tuple[int, ...]) -> None:
    provider_minor, wallet_minor, before_minor, taken_minor, covered_minor, back_minor = row
    due_minor = provider_minor + wallet_minor
    till = make_till(quantity=due_minor // 1_000)
    if wallet_minor:
        give_wallet(shopper_id=till.shopper_id, amount_minor=wallet_minor)
    payment = till.agree(till.begin(due_minor=due_minor, wallet_minor=wallet_minor))
    if before_minor:
        units = {(till.placed.orders[0].order_id, 1): before_minor // 1_000}
        refund_lines(units=units, reason=RefundReason.WITHDRAWN, by=BY)
        till.return_all()
    line = FileLine(FileKind.DISPUTE, payment.ref, "", taken_minor, "EUR", NOW, "1")
    book_provider_lines(provider="local", lines=[line], by=BY)
    (dispute_id,) = disputes_due(now=NOW, disputes_max=9)
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))

    with suppress(DisputeAfterReturns):
        charge_dispute(dispute_id=dispute_id, by=BY)

    assert (taken_minor + balance_of("platform:disputes:EUR"), till.available_minor()) == (covered_minor, back_minor)


def test_money_of_gift_cards_is_where_the_table_says_at_every_moment(lone_writer: object) -> None:
    make_market()
    shopper_id = make_shopper()
    over = NOW + timedelta(days=9)
    section = DOCUMENT.split("redeemed, the others over:")[1]
    lines = [line.strip("|").split("|")[1:] for line in section.splitlines() if line.startswith("|")]
    accounts = ("platform:funding", "platform:giftcards", f"shopper:{shopper_id}:wallet", "platform:lapsed_giftcards")

    def row() -> tuple[int, ...]:
        return tuple(balance_of(f"{one}:EUR") for one in accounts)

    code, *_ = issue_gift_cards(
        key=uuid4(), count=3, amount_minor=2_500, currency="EUR", expires_at=over, is_sold=True, by=GIVER
    )
    moments = [row()]
    redeem_gift_card(code=code, shopper_id=shopper_id, now=NOW)
    moments.append(row())
    end_cards(card_ids=cards_to_end(now=over), now=over)
    moments.append(row())

    assert moments == [tuple(int(Decimal(cell.strip()) * 100) for cell in line) for line in lines[2:]]
