"""Letters while goods are exchanged: what the merchant has to send, what was lost or came, where a parcel is."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from pytest_django import Settings

from fairground.aftersales.actions.give_label import LabelGiven, give_label
from fairground.aftersales.actions.remind_merchants import remind_merchants
from fairground.aftersales.actions.replacing import pay_instead, report_lost
from fairground.aftersales.actions.sweep_cases import sweep_cases
from fairground.aftersales.labels import LabelDrawn
from fairground.aftersales.models import Case, Replacement
from fairground.aftersales.rules import CaseState, Who
from fairground.catalog.models import Sku
from fairground.kernel.ids import lane_of
from fairground.orders.models import OrderAddress
from fairground.sites.merchant_desk.letters import send_to_merchants
from fairground.sites.storefront.cases.letters import send_to_shoppers
from tests.cases import accept, again, by, confirm, lose, make_variant, send_other, state_of
from tests.factories import SkuMade
from tests.merchant_links import MAILBOX, letters, link_in, make_asked_scene, now, opened, text_of
from tests.refunding import Scene

pytestmark = pytest.mark.usefixtures("lone_writer")


@pytest.fixture(autouse=True)
def _mail_leaves(settings: Settings) -> None:
    """The shop has a mail server and an address."""
    settings.MAIL_LEAVES, settings.LINKS_ADDRESS = True, "https://shop.example"


@pytest.fixture
def scene() -> Scene:
    """A paid purchase with an e-mail; the chairs' merchant has a contact, and the chairs have come."""
    made = make_asked_scene()
    order_id, address = made.chairs, {"email": "ana@example.org"}
    erase_after = now() + timedelta(days=90)
    OrderAddress.objects.update_or_create(
        lane=lane_of(order_id), order_id=order_id, defaults={"address": address, "erase_after": erase_after}
    )
    return made


@pytest.fixture
def other(scene: Scene) -> SkuMade:
    """Another chair of the same merchant."""
    return make_variant(scene.chair, units=4)


def replacing(scene: Scene, other: SkuMade) -> int:
    """Open a case about both chairs, accepted without a return, so that others have to be sent."""
    case_id = opened(scene, 2, swap_sku_id=other.id)
    accept(case_id, waived=True, now=now())
    return case_id


def underway(scene: Scene, other: SkuMade) -> int:
    """Send the others, and let what was due before leave by letter."""
    case_id = replacing(scene, other)
    send_other(case_id, tracking="R1", now=now())
    letters()
    shoppers_letters()
    return case_id


def shoppers_letters() -> list[str]:
    """Send what is due to shoppers, and return the text of each letter that left for it."""
    before = len(mail.outbox)
    send_to_shoppers(now=now() + timedelta(seconds=1))
    return [str(one.body) for one in mail.outbox[before:]]


def test_what_is_to_be_sent_comes_by_letter_with_its_number_also_to_who_agreed_to_it(
    scene: Scene, other: SkuMade
) -> None:
    replacing(scene, other)

    ((subject, text),) = letters()

    assert (mail.outbox[-1].to, subject) == ([MAILBOX], f"Case {scene.placed.number}-1-1: send the replacement")
    assert "The buyer gets another one: send it." in text
    assert f", for: {Sku.objects.get(id=other.id).external_id}" in text
    assert "Send the other one by" in text
    assert "It has left" in text_of(Client().get(link_in(text)).content)


@pytest.mark.parametrize("state", [CaseState.REPLACING, CaseState.LOST])
def test_a_day_before_a_replacement_is_due_the_merchant_is_told_once(
    scene: Scene, other: SkuMade, state: CaseState
) -> None:
    case_id = underway(scene, other) if state is CaseState.LOST else replacing(scene, other)
    if state is CaseState.LOST:
        lose(case_id, now=now())
    letters()
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    assert state_of(case_id) is state

    told = [remind_merchants(now=due_at - timedelta(hours=hours)) for hours in (25, 23, 22)]
    send_to_merchants(now=due_at - timedelta(hours=22))

    assert told == [0, 1, 0]
    assert mail.outbox[-1].subject.endswith("one day is left")
    assert "The time for this ends within a day." in str(mail.outbox[-1].body)


def test_what_the_buyer_says_of_a_replacement_is_told_to_the_merchant(scene: Scene, other: SkuMade) -> None:
    case_id = underway(scene, other)
    Replacement.objects.update(sent_at=now() - timedelta(days=8))
    report_lost(case_id=case_id, who=Who.SHOPPER, text="Nothing.", by=by(now()), shopper_id=scene.shopper_id)

    ((subject, text),) = letters()

    assert subject.endswith("the replacement was lost")
    assert "The buyer says that the replacement did not come." in text
    assert "Send another one, or give the money back: choose by" in text
    assert "Nothing." not in text
    confirm(scene, case_id, now=now())
    ((subject, text),) = letters()
    assert subject.endswith("the replacement arrived")
    assert "The buyer has the replacement." in text
    assert "There is nothing left to do." in text


def test_that_a_replacement_counts_as_arrived_is_told_to_both(scene: Scene, other: SkuMade) -> None:
    case_id = underway(scene, other)
    due_at = Case.objects.get(id=case_id).due_at
    assert due_at is not None
    sweep_cases(now=due_at)

    send_to_merchants(now=due_at)
    to_merchant = str(mail.outbox[-1].body)
    send_to_shoppers(now=due_at)

    assert state_of(case_id) is CaseState.EXCHANGED
    assert "The replacement counts as arrived. This happened by itself" in to_merchant
    assert "Replacement arrived" in str(mail.outbox[-1].body)


def test_who_is_late_is_told_that_the_buyer_chose_the_money(scene: Scene, other: SkuMade) -> None:
    case_id = replacing(scene, other)
    letters()
    Case.objects.update(due_at=now() - timedelta(hours=1))
    pay_instead(case_id=case_id, who=Who.SHOPPER, by=by(now()), shopper_id=scene.shopper_id)

    ((subject, text),) = letters()

    assert subject.endswith("the money went back")
    assert "You were late with the other one, so the buyer chose the money, and has it back. (" in text


def test_the_shopper_reads_with_whom_and_under_which_number_a_replacement_comes(scene: Scene, other: SkuMade) -> None:
    case_id = replacing(scene, other)
    shoppers_letters()
    send_other(case_id, tracking="R1", now=now())

    (text,) = shoppers_letters()

    assert "Replacement sent (DHL R1)" in text
    assert "The other one is on its way." in text
    assert mail.outbox[-1].to == ["ana@example.org"]
    lose(case_id, now=now())
    again(case_id, now=now())
    send_other(case_id, tracking="R2", now=now())
    (text,) = shoppers_letters()
    assert "Replacement lost" in text
    assert "Replacement sent (DHL R2)" in text


def test_the_shopper_is_told_how_the_goods_go_back(scene: Scene) -> None:
    case_id = opened(scene)
    accept(case_id, now=now())
    shoppers_letters()
    give_label(case_id=case_id, given=LabelGiven("DHL", "R 1"), who=Who.MERCHANT, by=by(now()))
    letters()

    (text,) = shoppers_letters()

    assert "Label given" in text
    assert "with the carrier below, and save the parcel's number here.\n\nGoes back with: DHL R1\n\n" in text
    assert "The label to print" not in text
    with_label = LabelGiven("DHL", "R 1", LabelDrawn(b"a label", 1, 1))
    give_label(case_id=case_id, given=with_label, who=Who.OPERATOR, by=by(now()))
    (text,) = shoppers_letters()
    assert "Goes back with: DHL R1\nThe label to print is on the page of the case.\n" in text
    ((_, text),) = letters()
    assert "The buyer was told how the goods go back." in text
