"""A case in words: in every state, and whatever happened, there is something to say to each who reads it."""

from datetime import timedelta

import pytest

from fairground.aftersales.queries import CaseLineShown, CaseRow, CaseShown, EventShown, LabelShown, ReplacementShown
from fairground.aftersales.rules import (
    MERCHANTS_STATES,
    OPEN_STATES,
    CaseReason,
    CaseState,
    Happened,
    Who,
    Wish,
    is_told,
)
from fairground.sites.case_words import PEOPLE, REASONS, STATES, WISHES, happened_text
from fairground.sites.merchant_desk.words import happened_to_merchant, next_words
from fairground.sites.storefront.cases.words import case_words
from tests.factories import NOW


def make_shown(
    state: CaseState, *, reason: CaseReason = CaseReason.FAULTY, events: tuple[EventShown, ...] = ()
) -> CaseShown:
    """Return a case in a state, an exchange whose parcel left where it could have."""
    is_open = state in OPEN_STATES
    row = CaseRow(
        id=1,
        number="1-1-1",
        purchase_number="1",
        order_id=1,
        shopper_id=1,
        merchant_id=1,
        market="EU",
        currency="EUR",
        reason=reason,
        wish=Wish.EXCHANGE,
        state=state,
        opened_at=NOW,
        due_at=NOW + timedelta(days=3) if is_open else None,
        closed_at=None if is_open else NOW + timedelta(days=1),
        parcel="DHL R1",
    )
    line = CaseLineShown(1, "Chair", 2, 2, 0, 0, 0, 0, None, 2, 0)
    return CaseShown(
        row=row,
        needs_return=True,
        language="en",
        tracking="",
        lines=(line,),
        messages=(),
        events=events,
        evidence=(),
        replacements=(ReplacementShown(1, NOW, "DHL", "R1", NOW, None, None),),
        label=LabelShown("DHL", "R1", has_file=False),
    )


def event(kind: Happened, who: Who = Who.CLOCK) -> EventShown:
    return EventShown(1, NOW, who, kind, {"parcel": 1})


@pytest.mark.parametrize("state", CaseState)
def test_a_case_in_any_state_has_words_for_merchant_shopper_and_staff(state: CaseState) -> None:
    shown = make_shown(state)

    merchants = next_words(shown, "UTC")
    shoppers = case_words(shown, "UTC", has_address=True, now=NOW)

    assert merchants
    assert shoppers.next
    assert "%(" not in merchants + shoppers.next
    assert str(STATES[state][0])


@pytest.mark.parametrize("state", MERCHANTS_STATES)
def test_where_a_merchant_has_something_to_do_it_is_told_until_when(state: CaseState) -> None:
    for reason in (CaseReason.FAULTY, CaseReason.MISSING):
        said = next_words(make_shown(state, reason=reason), "UTC")

        assert str((NOW + timedelta(days=3)).year) in said


@pytest.mark.parametrize("kind", Happened)
def test_whatever_happened_has_words_for_merchant_shopper_and_staff(kind: Happened) -> None:
    for who in Who:
        one = event(kind, who)

        assert happened_to_merchant(one)
        assert happened_text(kind)
        assert case_words(make_shown(CaseState.OPENED, events=(one,)), "UTC", has_address=True, now=NOW).steps[0].title


def test_the_money_that_a_case_came_to_is_told_with_shipping_and_duties() -> None:
    paid = EventShown(1, NOW, Who.CLOCK, Happened.REFUNDED, {"units": 1, "paid_minor": 1_357, "currency": "EUR"})

    said = case_words(make_shown(CaseState.REFUNDED, events=(paid,)), "UTC", has_address=True, now=NOW)

    assert "€13.57 is back in your wallet." in said.next


def test_who_takes_part_why_and_what_is_wished_have_words() -> None:
    assert set(PEOPLE) == set(Who)
    assert set(REASONS) == set(CaseReason)
    assert set(WISHES) == set(Wish)


@pytest.mark.parametrize(
    ("kind", "who", "said"),
    [
        (Happened.REPLACING, Who.MERCHANT, "The buyer gets another one: send it."),
        (Happened.REPLACING, Who.OPERATOR, "Fairground decided for the buyer, who gets another one: send it."),
        (Happened.LOST, Who.SHOPPER, "The buyer says that the replacement did not come."),
        (Happened.EXCHANGED, Who.CLOCK, "The replacement counts as arrived."),
        (Happened.EXCHANGED, Who.SHOPPER, "The buyer has the replacement."),
        (Happened.EXCHANGED, Who.OPERATOR, "Fairground found that the replacement arrived."),
        (
            Happened.REFUNDED,
            Who.SHOPPER,
            "You were late with the other one, so the buyer chose the money, and has it back.",
        ),
        (Happened.REFUNDED, Who.CLOCK, "The buyer has the money back."),
    ],
)
def test_a_merchant_reads_who_said_what_of_a_replacement(kind: Happened, who: Who, said: str) -> None:
    assert happened_to_merchant(event(kind, who)) == said


def test_nobody_is_told_of_what_they_did_but_a_merchant_of_what_it_has_to_send() -> None:
    told = {(reader, kind) for reader in (Who.MERCHANT, Who.SHOPPER) for kind in Happened if _is_told(reader, kind)}

    assert told == {(Who.MERCHANT, Happened.REPLACING)}


def _is_told(reader: Who, kind: Happened) -> bool:
    return is_told(reader, kind=kind, who=reader)
