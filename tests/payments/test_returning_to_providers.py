"""Refunds of purchases that a provider paid: its part goes back to it, the rest stays in the wallet."""

import pytest
from django.db import IntegrityError, transaction

from fairground.checkout.actions.end_purchases import expire_purchases
from fairground.checkout.actions.refund_lines import refund_lines
from fairground.checkout.actions.return_payments import SHORT_MAX_MS, attend_refund
from fairground.checkout.rules.refunding import OrderNotRefundable
from fairground.identity.models import Shopper
from fairground.kernel.models import Outbox
from fairground.ledger.queries import accounts_that_disagree
from fairground.orders.models import Order, Purchase
from fairground.orders.rules import RefundReason, Step
from fairground.payments.life import PaymentEnd, RefundState
from fairground.payments.models import PaymentRefund
from fairground.payments.notices import note_notice
from fairground.payments.providers.provider import Notice, ProviderShort, Returned
from fairground.payments.reading import payments_of_purchase, refunds_due
from fairground.payments.returns import returns_to_look_at
from fairground.redpackets.models import Packet
from fairground.sites.storefront.return_words import failed_return_notes
from tests.books import hot_rows, taken_by
from tests.checkout.test_refunds import used
from tests.factories import BY, NOW, NOW_MS, give_wallet, make_market, make_shopper
from tests.payments.local_provider import LocalProvider
from tests.payments.paying import MINUTE_MS, Till, balance_of, make_till, stopped_at
from tests.refunding import make_scene
from tests.sites.back_office.staff import sign_in


@pytest.fixture
def till(two_writers: None) -> Till:
    """Two chairs at 1000 each, of which the wallet paid 500 and the provider 1500."""
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    till.agree(till.begin(wallet_minor=500))
    assert till.step() is Step.PAID
    return till


def refund(till: Till, units: int) -> None:
    refund_lines(units={(till.placed.orders[0].order_id, 1): units}, reason=RefundReason.FAULTY, by=BY)


def test_the_providers_part_goes_back_first_and_never_more_than_it_took(till: Till) -> None:
    refund(till, 1)
    assert (till.available_minor(), till.money()["clearing"]) == (0, 1_500)
    till.return_all()
    assert till.money() == {"clearing": 500, "wallet": 0, "escrow": 1_000}

    refund(till, 1)
    till.return_all()

    assert till.money() == {"clearing": 0, "wallet": 500, "escrow": 0}
    assert list(PaymentRefund.objects.order_by("id").values_list("amount_minor", "state")) == [
        (1_000, RefundState.DONE),
        (500, RefundState.DONE),
    ]
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


def test_more_than_was_paid_is_refused_and_nothing_moves(till: Till) -> None:
    refund(till, 2)
    before, returns = hot_rows(), list(PaymentRefund.objects.values_list())

    with pytest.raises(OrderNotRefundable):
        refund(till, 1)

    assert hot_rows() == before
    assert list(PaymentRefund.objects.values_list()) == returns


def test_what_is_on_its_way_back_can_not_be_spent_and_what_failed_can(till: Till) -> None:
    refund(till, 2)
    assert till.available_minor() == 500
    till.provider.refunds_fail = True

    till.return_all()

    assert till.available_minor() == 2_000
    assert till.money() == {"clearing": 1_500, "wallet": 2_000, "escrow": 0}
    assert accounts_that_disagree() == []


def test_what_failed_and_what_came_back_otherwise_is_listed_for_a_person(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund(till, 1)
    (asking,) = returns_to_look_at(is_failed=False)
    assert (asking.amount_minor, asking.tries, asking.purchase_id) == (1_000, 0, till.purchase_id)
    other = Returned("back", 999, "EUR", done=True)
    monkeypatch.setattr(LocalProvider, "refund", lambda _self, **_: other)
    till.return_all()
    (differing,) = returns_to_look_at(is_failed=False)
    assert (differing.differs, differing.tries, till.available_minor()) == (True, 1, 0)
    monkeypatch.undo()
    till.provider.refunds_fail = True
    till.return_all()

    assert returns_to_look_at(is_failed=False) == []
    assert [one.id for one in returns_to_look_at(is_failed=True)] == [asking.id]
    (note,) = failed_return_notes(payments_of_purchase(purchase_id=till.purchase_id))
    assert note.text.endswith("could not go back to where you paid from. It stays in your wallet.")
    page = sign_in("accountant").get("/back-office/payments/returns/?failed=1").content.decode()
    assert f"?number={till.purchase_id}" in page


def test_a_provider_that_does_not_answer_is_asked_again_for_the_same_return(till: Till) -> None:
    refund(till, 1)
    till.provider.fail("refund")
    till.provider.fail("refund", after=True)

    for minute in range(3):
        till.return_all(now_ms=NOW_MS + minute * MINUTE_MS)

    assert till.money()["clearing"] == 500
    assert len(till.provider.returned) == 1


def test_a_provider_that_can_not_return_now_is_asked_again_for_a_week_and_then_the_money_is_the_shoppers(
    till: Till,
) -> None:
    refund(till, 1)
    refund(till, 1)
    for _ in range(3):
        till.provider.fail("refund", ProviderShort(provider="local", reason="balance"))

    till.return_all(now_ms=NOW_MS + SHORT_MAX_MS - 1)
    assert list(PaymentRefund.objects.values_list("state", flat=True)) == [RefundState.ASKING] * 2
    assert till.available_minor() == 500
    till.return_all(now_ms=NOW_MS + SHORT_MAX_MS)

    assert till.money() == {"clearing": 1_000, "wallet": 1_500, "escrow": 0}
    assert till.provider.kept_minor() == 1_000
    assert accounts_that_disagree() == []


def tell_of(till: Till, row: PaymentRefund, notice_id: str) -> None:
    """Let the provider tell about a return, and do what is due."""
    note_notice(provider="local", notice=Notice(notice_id, "", "ref", refund_key=row.key.hex), now=NOW)
    assert refunds_due(now=NOW, refunds_max=9) == [row.id]
    attend_refund(refund_id=row.id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    assert refunds_due(now=NOW, refunds_max=9) == []


def test_a_return_that_had_arrived_and_came_back_is_in_the_wallet_again_once(till: Till) -> None:
    refund(till, 1)
    till.return_all()
    row = PaymentRefund.objects.get()

    tell_of(till, row, "it is done")
    assert (PaymentRefund.objects.get().state, till.available_minor()) == (RefundState.DONE, 0)
    till.provider.come_back = {row.key.hex}
    tell_of(till, row, "it failed")
    rows = hot_rows()
    note_notice(provider="local", notice=Notice("again", "", "ref", refund_key=row.key.hex), now=NOW)
    till.return_all()

    assert hot_rows() == rows
    undone = PaymentRefund.objects.get()
    assert (undone.state, undone.look_at) == (RefundState.UNDONE, None)
    assert till.money() == {"clearing": 1_500, "wallet": 1_000, "escrow": 1_000}
    assert till.available_minor() == 1_000
    assert accounts_that_disagree() == []
    with pytest.raises(IntegrityError, match="INV-28"), transaction.atomic():
        PaymentRefund.objects.update(state=RefundState.DONE)


def test_a_notice_of_another_provider_lets_nobody_look_at_a_return(till: Till) -> None:
    refund(till, 1)
    till.return_all()

    told = Notice("n", "", "ref", refund_key=PaymentRefund.objects.get().key.hex)
    note_notice(provider="another", notice=told, now=NOW)

    assert PaymentRefund.objects.get().look_at is None


@pytest.mark.parametrize("had_arrived", [False, True])
def test_what_does_not_go_back_is_in_the_wallet_of_whom_the_guest_became(till: Till, had_arrived: bool) -> None:
    refund(till, 1)
    row = PaymentRefund.objects.get()
    if had_arrived:
        till.return_all()
        till.provider.come_back = {row.key.hex}
        note_notice(provider="local", notice=Notice("n", "", "ref", refund_key=row.key.hex), now=NOW)
    else:
        till.provider.refunds_fail = True
    mine = make_shopper(lane=3)
    Shopper.objects.filter(id=till.shopper_id).update(merged_into_id=mine)

    till.return_all()

    assert balance_of(f"shopper:{mine}:wallet:EUR") == 1_000
    assert till.money() == {"clearing": 1_500, "wallet": 0, "escrow": 1_000}
    assert accounts_that_disagree() == []


def test_money_that_comes_late_takes_coupon_promotion_packet_and_limit_again(two_writers: None) -> None:
    make_market()
    scene = make_scene(paid=False)
    till = Till(scene.chair, scene.shopper_id, scene.placed, LocalProvider())
    before = used()

    taken = till.take_late(due_minor=scene.placed.total_minor)

    assert (taken.end, till.step()) == (PaymentEnd.PAID_LATE, Step.PAID)
    assert used() == before == (1, 4_000, 1, 1, 777)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 3
    assert accounts_that_disagree() == []


def test_money_that_comes_late_goes_back_where_a_packet_was_spent_meanwhile(two_writers: None) -> None:
    make_market()
    scene = make_scene(paid=False)
    till = Till(scene.chair, scene.shopper_id, scene.placed, LocalProvider())

    def spend_packet() -> None:
        Packet.objects.update(used_minor=1)

    taken = till.take_late(due_minor=scene.placed.total_minor, meanwhile=spend_packet)
    till.return_all()

    assert (taken.end, till.step()) == (PaymentEnd.RETURNED, Step.EXPIRED)
    assert used() == (0, 0, 0, 0, 1)
    assert taken_by(deal_id=scene.chair.deal_id, shopper_id=scene.shopper_id) == 0
    assert set(Order.objects.values_list("state", flat=True)) == {Step.EXPIRED}
    assert till.provider.kept_minor() == 0
    assert accounts_that_disagree() == []


def test_of_a_guest_that_went_into_another_shopper_the_others_wallet_pays_and_is_paid_back(two_writers: None) -> None:
    till = make_till()
    give_wallet(shopper_id=till.shopper_id, amount_minor=500)
    payment = till.begin(wallet_minor=500)
    till.ask(payment)
    mine = make_shopper(lane=3)
    Shopper.objects.filter(id=till.shopper_id).update(merged_into_id=mine)
    till.provider.shopper_agrees(payment.key.hex)

    till.attend(payment)

    assert till.step() is Step.PAID
    assert balance_of(f"shopper:{mine}:wallet:EUR") == 0
    assert till.money() == {"clearing": 1_500, "wallet": 0, "escrow": 2_000}
    assert accounts_that_disagree() == []


def test_a_purchase_that_is_only_late_and_not_yet_swept_is_paid_as_it_stands(two_writers: None) -> None:
    till = make_till()
    payment = till.begin()
    till.ask(payment)
    till.provider.takes_at_once = True
    till.provider.shopper_agrees(payment.key.hex)

    taken = till.attend(payment, now_ms=NOW_MS + 31 * MINUTE_MS)
    expire_purchases(now_ms=NOW_MS + 32 * MINUTE_MS)

    assert (taken.end, till.step()) == (PaymentEnd.PAID_LATE, Step.PAID)
    assert Purchase.objects.get().paid_at is not None
    assert Outbox.objects.filter(subject_id=till.purchase_id).count() == 3
