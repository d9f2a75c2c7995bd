"""The tables of docs/algorithms/payments.md, performed."""

from decimal import Decimal
from pathlib import Path

from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import book_provider_lines
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.ledger.models import Account
from fairground.orders.rules import RefundReason
from fairground.payments.disputes import disputes_due
from fairground.payments.life import RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.providers.provider import FileKind, FileLine
from tests.factories import BY, NOW, NOW_MS, give_wallet
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
    section = DOCUMENT.split("A purchase of 20.00 for two units, contested, refunded in part, and won:")[1]
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
