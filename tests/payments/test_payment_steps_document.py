"""The table of docs/algorithms/payments.md, performed."""

from decimal import Decimal
from pathlib import Path

from fairground.checkout.actions.refund_lines import refund_lines
from fairground.ledger.models import Account
from fairground.orders.rules import RefundReason
from tests.factories import BY, give_wallet
from tests.payments.paying import Till, make_till

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
