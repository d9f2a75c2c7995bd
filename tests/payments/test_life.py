"""What an answer of a provider leads to, by where the payment stands with us."""

import pytest

from fairground.payments.life import (
    ASKING_MAX_MS,
    LOOK_LAST_MS,
    WAITING_MAX_MS,
    Facts,
    PaymentState,
    Verdict,
    Why,
    is_sound,
    judge,
    next_look_ms,
)
from fairground.payments.providers.provider import At, Standing

S = PaymentState


def facts(state: PaymentState, *, age_ms: int = 0, usable: bool = True) -> Facts:
    return Facts(state, 1_000, "EUR", age_ms, usable)


def standing(at: At, *, amount_minor: int = 1_000, currency: str = "EUR") -> Standing:
    return Standing("ref", at, amount_minor, currency)


@pytest.mark.parametrize("state", [S.ASKING, S.WAITING])
@pytest.mark.parametrize(
    ("answer", "usable", "age_ms", "verdict"),
    [
        (None, True, ASKING_MAX_MS, Verdict(S.ENDED, Why.NEVER_ASKED)),
        (standing(At.WAITING), True, 0, Verdict(S.WAITING)),
        (standing(At.WAITING), True, WAITING_MAX_MS, Verdict(S.VOIDING, Why.TOO_OLD)),
        (standing(At.WAITING), False, 0, Verdict(S.VOIDING, Why.NOT_PAYABLE)),
        (standing(At.AUTHORISED), True, 0, Verdict(S.CAPTURING)),
        (standing(At.AUTHORISED), False, 0, Verdict(S.VOIDING, Why.NOT_PAYABLE)),
        (standing(At.AUTHORISED, amount_minor=999), True, 0, Verdict(S.VOIDING, Why.AMOUNT_DIFFERS)),
        (standing(At.AUTHORISED, currency="USD"), True, 0, Verdict(S.VOIDING, Why.AMOUNT_DIFFERS)),
        (standing(At.CAPTURED), True, 0, Verdict(S.TAKEN)),
        (standing(At.CAPTURED, amount_minor=1_001), True, 0, Verdict(S.TAKEN, Why.AMOUNT_DIFFERS)),
        (standing(At.CAPTURED), False, 0, Verdict(S.TAKEN, Why.NOT_PAYABLE)),
        (standing(At.VOIDED), True, 0, Verdict(S.ENDED)),
        (standing(At.FAILED), True, 0, Verdict(S.ENDED, Why.FAILED)),
    ],
)
def test_an_answer_about_a_payment_under_way_leads_on(
    state: PaymentState, answer: Standing | None, usable: bool, age_ms: int, verdict: Verdict
) -> None:
    assert judge(facts(state, usable=usable, age_ms=age_ms), answer) == verdict


@pytest.mark.parametrize("state", [S.VOIDING, S.ENDED])
@pytest.mark.parametrize("at", [At.WAITING, At.AUTHORISED])
def test_what_is_promised_to_a_payment_that_was_given_up_is_given_up_there_too(state: PaymentState, at: At) -> None:
    assert judge(facts(state), standing(at)) == Verdict(S.VOIDING)


@pytest.mark.parametrize("state", [S.VOIDING, S.ENDED])
def test_what_is_taken_of_a_payment_that_was_given_up_is_booked_to_go_back(state: PaymentState) -> None:
    assert judge(facts(state), standing(At.CAPTURED)) == Verdict(S.TAKEN, Why.GIVEN_UP)


def test_a_payment_that_the_provider_does_not_know_yet_may_still_be_asked_for() -> None:
    assert judge(facts(S.ASKING, age_ms=ASKING_MAX_MS - 1), None) == Verdict(S.ASKING)


def test_a_payment_that_is_being_taken_waits_for_the_provider() -> None:
    assert judge(facts(S.CAPTURING, age_ms=WAITING_MAX_MS), standing(At.WAITING)) == Verdict(S.CAPTURING)


@pytest.mark.parametrize("answer", [None, standing(At.FAILED), standing(At.VOIDED), standing(At.CAPTURED)])
def test_what_is_taken_stays_taken(answer: Standing | None) -> None:
    assert judge(facts(S.TAKEN), answer) == Verdict(S.TAKEN)


@pytest.mark.parametrize(
    ("amount_minor", "currency", "sound"),
    [
        (1, "EUR", True),
        (0, "EUR", False),
        (-5, "EUR", False),
        (10**12, "EUR", True),
        (10**12 + 1, "EUR", False),
        (5, "", False),
        (5, "eur", False),
        (5, "EURO", False),
        (5, "ÄÖÜ", False),
    ],
)
def test_an_amount_that_can_not_be_is_no_answer(amount_minor: int, currency: str, sound: bool) -> None:
    assert is_sound(standing(At.CAPTURED, amount_minor=amount_minor, currency=currency)) is sound


def test_a_look_comes_later_each_time_up_to_ten_minutes() -> None:
    assert [next_look_ms(now_ms=0, tries=tries) for tries in (0, 1, 2, 6, 7, 99)] == [
        5_000,
        10_000,
        20_000,
        320_000,
        LOOK_LAST_MS,
        LOOK_LAST_MS,
    ]
