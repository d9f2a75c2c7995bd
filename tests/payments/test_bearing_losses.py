"""Disputes that nothing can charge leave the open ones: somebody bears what they took, unless it may still be ours."""

from pathlib import Path

import pytest

from fairground.checkout.actions.accept_disputes import DisputeNotLost, NothingClaimed, bear_dispute, charge_dispute
from fairground.checkout.actions.attend_disputes import attend_dispute
from fairground.kernel.models import AuditEntry
from fairground.payments.disputes import dispute_by_id, disputes_shown
from fairground.payments.life import DISPUTES_OVER, TRIES_IN_VAIN, DisputeState
from fairground.payments.models import Dispute
from fairground.payments.providers.provider import DisputeAt, Disputed, ProviderUnreachable
from fairground.payments.reading import PaymentFacts
from tests.books import hot_rows
from tests.factories import NOW, NOW_MS
from tests.payments.paying import Till, make_till, stopped_at
from tests.payments.test_disputes_beside_others import GIVEN_UP, claim_minor, refund, sound, take_back

pytestmark = pytest.mark.usefixtures("two_writers")
DOCUMENT = (Path(__file__).parents[2] / "docs/algorithms/payments.md").read_text("utf-8")
STATES = (DisputeState.OPEN, DisputeState.CONTESTED, DisputeState.ACCEPTED, DisputeState.LOST)


def paid() -> tuple[Till, PaymentFacts]:
    till = make_till()
    return till, till.agree(till.begin())


def tell(till: Till, payment: PaymentFacts, at: DisputeAt, *, key: str | None = None) -> None:
    """Let the provider say how it stands."""
    key = payment.key.hex if key is None else key
    till.provider.disputes[payment.ref] = Disputed(payment.ref, key, at, 2_000, "EUR", "fraudulent", None, ())


def look(till: Till, dispute_id: int) -> DisputeState:
    attend_dispute(dispute_id=dispute_id, providers=till.providers, clock_ms=stopped_at(NOW_MS))
    return DisputeState(Dispute.objects.get(pk=dispute_id).state)


def bear(dispute_id: int) -> None:
    bear_dispute(dispute_id=dispute_id, by=GIVEN_UP)


def rows_of_bearing() -> list[tuple[str, DisputeState, bool]]:
    """Return of which disputes, and where they stand, the table says that they may be borne."""
    section = DOCUMENT.split("Somebody may say that what is left is the platform's loss:")[1].split("\n\n")[1]
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines()[2:]]
    return [(line[0], state, cell == "yes") for line in lines for state, cell in zip(STATES, line[1:5], strict=True)]


@pytest.mark.parametrize(("which", "state", "may_be"), rows_of_bearing())
def test_who_bears_what_is_as_the_table_says(which: str, state: DisputeState, may_be: bool) -> None:
    till, payment = paid()
    if which == "its provider tells how it stands":
        tell(till, payment, DisputeAt.OPEN)
    if which == "its payment is none of ours":
        tell(till, payment, DisputeAt.OPEN, key="somebody else's")
    if which == "the bank took another currency":
        tell(till, payment, DisputeAt.OPEN)
    dispute_id = take_back(till, payment, 2_000, currency="USD" if "currency" in which else "EUR")
    Dispute.objects.update(state=state.value, ended_at=NOW if state in DISPUTES_OVER else None)
    before = hot_rows()
    (shown,) = disputes_shown(are_over=False)

    if may_be:
        bear(dispute_id)
    else:
        with pytest.raises(DisputeNotLost):
            bear(dispute_id)

    assert (hot_rows(), shown.may_be_borne) == (before, may_be)
    assert [one.state for one in disputes_shown(are_over=True)] == [DisputeState.BORNE] * may_be
    assert AuditEntry.objects.filter(verb="borne").count() == may_be


def test_one_that_was_borne_stays_so_until_it_is_won_or_more_is_taken() -> None:
    till, payment = paid()
    dispute_id = take_back(till, payment, 1_500)
    bear(dispute_id)

    assert look(till, dispute_id) == DisputeState.BORNE
    tell(till, payment, DisputeAt.OPEN)
    assert look(till, dispute_id) == DisputeState.BORNE
    tell(till, payment, DisputeAt.REVIEWED)
    assert look(till, dispute_id) == DisputeState.BORNE
    tell(till, payment, DisputeAt.LOST)
    assert look(till, dispute_id) == DisputeState.BORNE
    till.provider.disputes.clear()
    take_back(till, payment, 500)
    assert look(till, dispute_id) == DisputeState.OPEN
    bear(dispute_id)
    take_back(till, payment, 2_000, won=True)
    assert look(till, dispute_id) == DisputeState.WON
    assert claim_minor() == 0
    sound()


def test_what_was_given_up_with_a_rest_is_borne_and_a_later_refund_covers_it_all_the_same() -> None:
    till, payment = paid()
    refund(till, 1)
    till.return_all()
    dispute_id = take_back(till, payment, 2_000)
    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 1_000

    bear(dispute_id)

    assert disputes_shown(are_over=False) == []
    assert AuditEntry.objects.get(verb="borne").facts == {"left_minor": [None, 1_000]}
    sound()


def test_of_what_only_the_books_tell_of_nothing_is_open_once_all_is_covered() -> None:
    till, payment = paid()
    dispute_id = take_back(till, payment, 2_000)
    assert charge_dispute(dispute_id=dispute_id, by=GIVEN_UP) == 2_000

    assert disputes_shown(are_over=False) == []
    (over,) = disputes_shown(are_over=True)
    assert (over.state, over.claim_minor) == (DisputeState.ACCEPTED, 0)
    with pytest.raises(NothingClaimed):
        bear(dispute_id)


def test_what_nobody_has_told_of_yet_is_borne_only_when_the_provider_was_asked_in_vain() -> None:
    till, payment = paid()
    till.provider.fail("dispute", ProviderUnreachable(provider="local"))
    dispute_id = take_back(till, payment, 2_000)
    assert Dispute.objects.get().state == DisputeState.NOTICED
    with pytest.raises(DisputeNotLost):
        bear(dispute_id)
    Dispute.objects.update(tries=TRIES_IN_VAIN)

    bear(dispute_id)

    found = dispute_by_id(dispute_id=dispute_id)
    assert found is not None
    assert (found.state, found.ended_at) == (DisputeState.BORNE, NOW)
