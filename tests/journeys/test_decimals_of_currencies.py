"""A purchase in currencies of no, two and three decimals: a part back, released, on its statement and invoice.

The sums in minor units are the same in each, as prices are: what differs is where the point stands.
"""

import csv
import io
import re
from decimal import Decimal

import pytest
from pypdf import PdfReader

from fairground.checkout.actions.advance_orders import advance_orders
from fairground.checkout.rules.placing import Placed
from fairground.kernel.ids import lane_of
from fairground.kernel.outbox import consume_outbox
from fairground.ledger.queries import accounts_that_disagree, balances
from fairground.orders.rules import Step
from fairground.payments.rules import wallet_address
from fairground.settlement.actions.propose_payouts import propose_payouts
from fairground.settlement.actions.release_orders import note_completed, release_orders
from fairground.settlement.models import Payout
from fairground.settlement.reports.trial_balance import trial_balance_by_family
from fairground.settlement.statements import read_statement, statement_lines
from fairground.settlement.tasks import CONSUMER
from fairground.sites.statements.table import statement_csv
from tests.factories import make_market, make_merchant, make_sku
from tests.people_making import Guest, make_guest, now_ms
from tests.refunding import back

pytestmark = pytest.mark.usefixtures("lone_writer")


def bought(currency: str) -> tuple[Guest, Placed]:
    """Let a guest buy three chairs at 1001 minor units, with 19 % of tax in it."""
    make_market(currency=currency)
    guest = make_guest()
    placed = guest.place(make_sku(merchant=make_merchant(lane=3), price_minor=1_001).line(3), currency=currency)
    guest.pay(placed)
    return guest, placed


def complete_and_pay_out(order_id: int) -> None:
    """Take an order to its end, release its money and propose the payout."""
    for then in (Step.SHIPPED, Step.DELIVERED, Step.COMPLETED):
        advance_orders(order_ids=[order_id], then=then, now_ms=now_ms())
    consume_outbox(consumer=CONSUMER, handle=note_completed)
    assert release_orders(now_ms=now_ms() + 86_400_000) == 1
    assert propose_payouts(now_ms=now_ms() + 86_400_000) == 1


@pytest.mark.parametrize(
    ("currency", "line", "invoice"),
    [
        ("EUR", "20.02 0.00 -1.00 -0.21 0.00 0.00 0.00 18.81", "€30.03 €25.24 €4.79 -€10.01 €3.19 €20.02"),
        ("JPY", "2002 0 -100 -21 0 0 0 1881", "¥3,003 ¥2,524 ¥479 -¥1,001 ¥319 ¥2,002"),
        (
            "KWD",
            "2.002 0.000 -0.100 -0.021 0.000 0.000 0.000 1.881",
            "KWD3.003 KWD2.524 KWD0.479 -KWD1.001 KWD0.319 KWD2.002",
        ),
    ],
)
def test_a_purchase_is_refunded_in_part_released_stated_and_invoiced_to_the_minor_unit(
    currency: str, line: str, invoice: str
) -> None:
    guest, placed = bought(currency)
    order_id = placed.orders[0].order_id

    refund = back(order_id, 1, 1, now_ms=now_ms())
    complete_and_pay_out(order_id)

    assert (placed.total_minor, refund.paid_minor, refund.tax_minor, refund.currency) == (3_003, 1_001, 160, currency)
    wallet = (lane_of(guest.shopper_id), wallet_address(guest.shopper_id, currency))
    assert balances([wallet])[wallet].balance_minor == 1_001
    payout = Payout.objects.get()
    assert (payout.amount_minor, payout.paid_minor, payout.paid_currency) == (1_881, 1_881, currency)
    assert statement(currency) == [[f"{placed.number}-1", "release", currency, *line.split()]]
    assert sum(map(Decimal, line.split()[:7])) == Decimal(line.split()[7])
    printed = invoice_of(guest, placed)
    assert [one for one in invoice.split() if one not in printed] == []
    assert accounts_that_disagree() == []
    assert [(one.total.currency, one.is_even) for one in trial_balance_by_family()] == [(currency, True)]


def statement(currency: str) -> list[list[str]]:
    """Return the rows of the payout's statement as a file has them, each its order, kind, currency and amounts."""
    head = read_statement(payout_id=Payout.objects.get().id)
    text = b"".join(statement_csv(statement_lines(head), currency=head.currency)).decode()
    return [[*row[:2], *row[3:12]] for row in csv.reader(io.StringIO(text))][1:]


def invoice_of(guest: Guest, placed: Placed) -> str:
    """Return what the invoice says, without the blanks, which stand between some currencies and their amounts."""
    made = guest.client.get(f"/purchases/{placed.number}/invoice.pdf").content
    return re.sub(r"\s+", "", PdfReader(io.BytesIO(made)).pages[0].extract_text())
