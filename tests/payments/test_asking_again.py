"""Asking a provider again for a return that failed: once, out of the wallet, and never more than it took."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.ask_again import (
    AskedAgain,
    MoneySpent,
    NoFailedReturn,
    WentBackOtherwise,
    ask_return_again,
)
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.identity.models import Shopper
from fairground.kernel.edits import REASON_MAX, By, ReasonMissing
from fairground.kernel.ids import ID_MAX
from fairground.kernel.models import AuditEntry
from fairground.kernel.refusal import Refusal
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.rules import RefundReason
from fairground.payments.life import RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import Notice
from fairground.payments.reading import payments_of_purchase
from fairground.payments.returns import returns_to_look_at
from fairground.sites.storefront.return_words import failed_return_notes
from tests.books import hot_rows
from tests.factories import BY, NOW, give_wallet, make_shopper, pay, pay_request, place_one, place_request
from tests.payments.paying import Till, balance_of, make_till
from tests.sites.back_office.staff import sign_in

ASKS = By(user_id=None, now=NOW, reason="the card is valid again")
PAGE = "/back-office/payments/returns/"


@pytest.fixture
def till(two_writers: None) -> Till:
    """Two chairs at 1000 each that the provider paid; one came back, and its return failed."""
    till = make_till()
    till.agree(till.begin())
    refund(till, 1)
    till.provider.refunds_fail = True
    till.return_all()
    till.provider.refunds_fail = False
    assert till.money() == {"clearing": 2_000, "wallet": 1_000, "escrow": 1_000}
    return till


def refund(till: Till, units: int) -> None:
    refund_lines(units={(till.placed.orders[0].order_id, 1): units}, reason=RefundReason.FAULTY, by=BY)


def failed_id() -> int:
    return PaymentRefund.objects.order_by("id").values_list("id", flat=True)[0]


def states() -> list[RefundState]:
    return [RefundState(one) for one in PaymentRefund.objects.order_by("id").values_list("state", flat=True)]


def assert_refused(kind: type[Refusal], *, by: By = ASKS, refund_id: int | None = None) -> None:
    before, returns = hot_rows(), list(PaymentRefund.objects.order_by("id").values_list())
    with pytest.raises(kind):
        ask_return_again(refund_id=failed_id() if refund_id is None else refund_id, by=by)
    assert hot_rows() == before
    assert list(PaymentRefund.objects.order_by("id").values_list()) == returns
    assert accounts_that_disagree() == []


def test_the_money_leaves_the_wallet_under_a_key_of_its_own_and_arrives_once(till: Till) -> None:
    first = PaymentRefund.objects.get()

    made_id = ask_return_again(refund_id=first.id, by=ASKS)

    made = PaymentRefund.objects.get(id=made_id)
    assert made.key != first.key
    assert (made.again_of, made.payment_id, made.order_id) == (first.id, first.payment_id, first.order_id)
    assert (made.amount_minor, made.currency, till.available_minor()) == (1_000, "EUR", 0)
    till.return_all()
    till.return_all()
    assert states() == [RefundState.FAILED, RefundState.DONE]
    assert till.money() == {"clearing": 1_000, "wallet": 0, "escrow": 1_000}
    assert till.provider.kept_minor() == 1_000
    assert accounts_that_disagree() == []
    entry = AuditEntry.objects.get(verb="asked-again")
    assert (entry.subject_id, entry.reason) == (str(first.id), ASKS.reason)
    assert failed_return_notes(payments_of_purchase(purchase_id=till.purchase_id)) == []


def test_what_fails_again_is_the_shoppers_again_and_may_be_asked_for_once_more(till: Till) -> None:
    till.provider.refunds_fail = True
    second = ask_return_again(refund_id=failed_id(), by=ASKS)
    till.return_all()
    assert (states(), till.available_minor()) == ([RefundState.FAILED] * 2, 1_000)
    assert len(failed_return_notes(payments_of_purchase(purchase_id=till.purchase_id))) == 1
    till.provider.refunds_fail = False

    ask_return_again(refund_id=second, by=ASKS)
    till.return_all()

    assert till.money() == {"clearing": 1_000, "wallet": 0, "escrow": 1_000}
    assert till.provider.kept_minor() == 1_000


def test_what_had_arrived_and_came_back_is_asked_for_again(two_writers: None) -> None:
    till = make_till()
    till.agree(till.begin())
    refund(till, 1)
    till.return_all()
    row = PaymentRefund.objects.get()
    till.provider.come_back = {row.key.hex}
    note_notice(provider="local", notice=Notice("n", "", "ref", refund_key=row.key.hex), now=NOW)
    till.return_all()
    assert states() == [RefundState.UNDONE]

    ask_return_again(refund_id=row.id, by=ASKS)
    till.return_all()

    assert states() == [RefundState.UNDONE, RefundState.DONE]
    assert till.money() == {"clearing": 1_000, "wallet": 0, "escrow": 1_000}
    assert accounts_that_disagree() == []


def test_asking_twice_asks_once(till: Till) -> None:
    first = failed_id()
    ask_return_again(refund_id=first, by=ASKS)

    assert_refused(AskedAgain, refund_id=first)
    till.return_all()
    assert_refused(AskedAgain, refund_id=first)


def test_what_has_not_failed_or_is_not_there_is_not_asked_for_again(till: Till) -> None:
    made_id = ask_return_again(refund_id=failed_id(), by=ASKS)

    for refund_id in (made_id, 0, -1, ID_MAX):
        assert_refused(NoFailedReturn, refund_id=refund_id)
    till.return_all()
    assert_refused(NoFailedReturn, refund_id=made_id)


def test_what_the_shopper_has_spent_can_not_go_back(till: Till) -> None:
    placed = place_one(place_request(till.sku.line(), shopper_id=till.shopper_id))
    pay([pay_request(placed, shopper_id=till.shopper_id)])
    assert till.available_minor() == 0

    assert_refused(MoneySpent)


def test_all_that_a_provider_took_may_go_back_and_no_more(till: Till) -> None:
    refund(till, 1)
    till.return_all()
    assert till.money() == {"clearing": 1_000, "wallet": 1_000, "escrow": 0}

    ask_return_again(refund_id=failed_id(), by=ASKS)
    till.return_all()

    assert till.money() == {"clearing": 0, "wallet": 0, "escrow": 0}
    assert till.provider.kept_minor() == 0


def test_what_other_refunds_sent_back_meanwhile_is_not_sent_twice(two_writers: None) -> None:
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    till.agree(till.begin(wallet_minor=500))
    refund(till, 1)
    till.provider.refunds_fail = True
    till.return_all()
    till.provider.refunds_fail = False
    refund(till, 1)
    till.return_all()
    assert till.money() == {"clearing": 500, "wallet": 1_000, "escrow": 0}

    assert_refused(WentBackOtherwise)


@pytest.mark.parametrize("reason", ["", "x" * (REASON_MAX + 1)])
def test_who_takes_money_out_of_a_wallet_says_why(till: Till, reason: str) -> None:
    assert_refused(ReasonMissing, by=By(user_id=None, now=NOW, reason=reason))


def test_of_a_guest_that_went_into_another_shopper_the_others_wallet_gives_it(till: Till) -> None:
    mine = make_shopper(lane=3)
    Shopper.objects.filter(id=till.shopper_id).update(merged_into_id=mine)
    assert_refused(MoneySpent)
    Shopper.objects.filter(id=till.shopper_id).update(merged_into_id=None)
    ask_return_again(refund_id=failed_id(), by=ASKS)
    Shopper.objects.filter(id=till.shopper_id).update(merged_into_id=mine)
    till.provider.refunds_fail = True

    till.return_all()

    assert balance_of(f"shopper:{mine}:wallet:EUR") == 1_000
    assert accounts_that_disagree() == []


@pytest.mark.parametrize(
    "wrong",
    [{"amount_minor": 999}, {"currency": "USD"}, {"order_id": None}, {"state": RefundState.DONE.value}],
)
def test_the_database_lets_nobody_ask_again_for_other_money_or_for_what_did_not_fail(
    till: Till, wrong: dict[str, object]
) -> None:
    first = PaymentRefund.objects.get()
    row = {name: getattr(first, name) for name in ("lane", "payment_id", "order_id", "amount_minor", "currency", "at")}
    again = {**row, "id": first.id + 1, "key": "0" * 32, "transfer_id": 1, "look_at": NOW, "state": 1}
    asked = {**again, "again_of": first.id}
    if "state" in wrong:
        asked["again_of"] = first.id + 7
    else:
        asked |= wrong

    with pytest.raises(IntegrityError, match="INV-28"), transaction.atomic():
        PaymentRefund.objects.create(**asked)

    assert PaymentRefund.objects.count() == 1


def test_the_database_lets_nobody_ask_again_twice_or_say_so_afterwards(till: Till) -> None:
    first = PaymentRefund.objects.get()
    ask_return_again(refund_id=first.id, by=ASKS)
    made = PaymentRefund.objects.get(again_of=first.id)
    till.provider.refunds_fail = True
    till.return_all()
    row = {name: getattr(made, name) for name in ("lane", "payment_id", "order_id", "amount_minor", "currency", "at")}
    again = {**row, "id": made.id + 1, "key": "0" * 32, "transfer_id": 1, "look_at": NOW, "state": 1}

    with pytest.raises(IntegrityError, match="inv_28_asked_again_once"), transaction.atomic():
        PaymentRefund.objects.create(**again, again_of=first.id)
    with pytest.raises(IntegrityError, match="INV-28"), transaction.atomic():
        PaymentRefund.objects.filter(id=made.id).update(again_of=None)


def test_staff_ask_again_on_the_page_once_and_who_only_looks_does_not(till: Till) -> None:
    form = {"return": str(failed_id()), "reason": "the card is valid again"}
    looks, acts = sign_in("accountant"), sign_in("operator")
    assert 'name="reason"' not in looks.get(f"{PAGE}?failed=1").content.decode()
    assert looks.post(PAGE, form).status_code == 403
    assert 'name="reason"' in acts.get(f"{PAGE}?failed=1").content.decode()
    assert "Say why, in a few words." in acts.post(PAGE, {**form, "reason": " "}, follow=True).content.decode()
    assert "has not failed" in acts.post(PAGE, {**form, "return": "x"}, follow=True).content.decode()
    assert PaymentRefund.objects.count() == 1

    shown = acts.post(PAGE, form, follow=True).content.decode()
    again = acts.post(PAGE, form, follow=True).content.decode()

    assert "The provider is asked again." in shown
    assert "asked for again" in shown
    assert 'name="reason"' not in shown
    assert "It was asked for again before." in again
    assert [one.is_asked_again for one in returns_to_look_at(is_failed=True)] == [True]
    assert PaymentRefund.objects.count() == 2
    assert AuditEntry.objects.get(verb="asked-again").user_id is not None
