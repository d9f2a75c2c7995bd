"""Lines of a provider's books and a dispute that many take up at once: booked once, and nobody is paid twice."""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.accept_disputes import DisputeNotOpen, NothingClaimed, charge_dispute
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.checkout.actions.book_provider_lines import LinesBooked, book_provider_lines
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.rules.refunding import OrderNotRefundable, TooManyUnits
from fairground.kernel.edits import ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason
from fairground.payments.life import RefundState
from fairground.payments.models import Dispute, PaymentRefund, ProviderLine
from fairground.payments.providers.provider import DisputeAt, Disputed, FileKind, FileLine
from tests.concurrency.racing import at_once
from tests.factories import BY, NOW, NOW_MS
from tests.payments.paying import Till, balance_of, make_till, stopped_at

pytestmark = [pytest.mark.django_db(transaction=True)]
AT_ONCE = 6


@pytest.fixture
def till(committing_writers: None) -> Till:
    return make_till()


def line(kind: FileKind, minor: int, line_id: str) -> FileLine:
    return FileLine(kind, "d-1", "", minor, "EUR", NOW, line_id)


def told(till: Till, at: DisputeAt, *lines: FileLine) -> None:
    """Let the provider say how the dispute stands."""
    (key,) = till.provider.payments
    till.provider.disputes["d-1"] = Disputed("d-1", key, at, 2_000, "EUR", "fraudulent", None, lines)


def look(till: Till) -> bool:
    return attend_dispute(dispute_id=Dispute.objects.get().pk, providers=till.providers, clock_ms=stopped_at(NOW_MS))


def disputed(till: Till) -> int:
    """Pay two chairs, and let the bank take that back; return the dispute."""
    till.agree(till.begin())
    taken = line(FileKind.DISPUTE, 2_000, "t-1")
    told(till, DisputeAt.OPEN, taken)
    book_provider_lines(provider="local", lines=[taken], by=BY)
    assert look(till)
    return int(Dispute.objects.get().pk)


def back(till: Till, units: int) -> object:
    return refund_lines(units={(till.placed.orders[0].order_id, 1): units}, reason=RefundReason.FAULTY, by=BY)


def test_the_same_lines_at_once_are_booked_once(till: Till) -> None:
    lines = [line(FileKind.FEE, 5, f"f-{number}") for number in range(9)]

    done = at_once([lambda: book_provider_lines(provider="local", lines=lines, by=BY)] * AT_ONCE)

    assert sorted(done, key=lambda one: one.booked) == [LinesBooked(0, 9, 0)] * (AT_ONCE - 1) + [LinesBooked(9, 0, 0)]
    assert balance_of("provider:local:clearing:EUR") == 45
    assert accounts_that_disagree() == []


def test_who_looks_before_anybody_wrote_is_refused_by_the_database(till: Till) -> None:
    """Nothing but the key keeps these apart: each has seen that the line is not there."""
    all_have_looked = Barrier(AT_ONCE, timeout=60)

    def book_unguarded(number: int) -> bool:
        try:
            with transaction.atomic():
                is_known = ProviderLine.objects.filter(provider="local", line_id="f-1").exists()
                all_have_looked.wait()
                assert not is_known
                ProviderLine.objects.create(
                    provider="local",
                    line_id="f-1",
                    kind=FileKind.FEE.value,
                    amount_minor=5,
                    currency="EUR",
                    at=NOW,
                    booked_at=NOW,
                    transfer_id=number,
                )
        except IntegrityError:
            return False
        return True

    done = at_once([lambda number=number: book_unguarded(number) for number in range(AT_ONCE)])  # type: ignore[misc]

    assert sorted(done) == [False] * (AT_ONCE - 1) + [True]


def test_giving_up_and_refunding_at_once_pay_nobody_twice(till: Till) -> None:
    dispute_id = disputed(till)

    def tried(act: object) -> str:
        try:
            assert callable(act)
            act()
        except (DisputeNotOpen, NothingClaimed, OrderNotRefundable, TooManyUnits, ShopBusy) as refusal:
            return type(refusal).__name__
        return "done"

    def charge() -> str:
        return tried(lambda: charge_dispute(dispute_id=dispute_id, by=BY))

    def refund() -> str:
        return tried(lambda: back(till, 2))

    done = at_once([charge, refund, charge, refund, charge, refund])

    till.return_all()
    assert done.count("done") in {1, 2}  # a refund of everything leaves a dispute that can only be closed
    row = Dispute.objects.get()
    assert (row.taken_minor, row.covered_minor) == (2_000, 2_000)
    assert [(one.amount_minor, one.dispute_id) for one in PaymentRefund.objects.all()] == [(2_000, dispute_id)]
    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert (balance_of("platform:disputes:EUR"), till.provider.returned) == (0, {})
    assert accounts_that_disagree() == []


@pytest.mark.parametrize("moment", range(3))
def test_winning_it_while_it_is_given_up_leaves_the_shopper_paid_once(till: Till, moment: int) -> None:
    dispute_id = disputed(till)
    told(till, DisputeAt.WON, line(FileKind.DISPUTE, 2_000, "t-1"), line(FileKind.DISPUTE_WON, 2_000, "t-2"))

    def unless_refused(act: Callable[[], object]) -> Callable[[], object]:
        """Whoever comes after the others finds nothing to charge, or nothing left to give back."""

        def run() -> object:
            try:
                return act()
            except Refusal:
                return None

        return run

    charge = unless_refused(lambda: charge_dispute(dispute_id=dispute_id, by=BY))
    refund = unless_refused(lambda: back(till, 1) if moment else None)

    at_once([lambda: look(till), charge, lambda: look(till), refund])
    look(till)
    till.return_all()

    row = Dispute.objects.get()
    assert (row.taken_minor, row.covered_minor) == (0, 0)
    gone = sum(one.amount_minor for one in PaymentRefund.objects.filter(state=RefundState.DONE.value, dispute_id=None))
    assert gone == till.provider.payments[next(iter(till.provider.payments))].amount_minor - till.provider.kept_minor()
    assert till.money() == {"clearing": 2_000 - gone, "wallet": 0, "escrow": 2_000 - gone}
    assert balance_of("platform:disputes:EUR") == 0
    assert accounts_that_disagree() == []
