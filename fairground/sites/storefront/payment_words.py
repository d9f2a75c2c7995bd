"""What a person reads of a payment with a provider: its name, how it stands, why it came to nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from fairground.checkout.actions import begin_payments
from fairground.kernel.edits import ShopBusy
from fairground.payments.gift_cards import NoSuchCard
from fairground.payments.life import PaymentEnd, PaymentState, Why
from fairground.payments.providers.provider import ProviderUnreachable
from fairground.payments.reading import PaymentFacts
from fairground.sites.storefront.provider_calls import ProvidersBusy
from fairground.sites.wording import money_text

_NAMES: Mapping[str, str | Promise] = {"stripe": gettext_lazy("card"), "alipay_plus": "Alipay+"}
_WHY: Mapping[Why, str | Promise] = {
    Why.FAILED: gettext_lazy("The payment was declined. No money was taken."),
    Why.AMOUNT_DIFFERS: gettext_lazy("Another amount came than was asked for. Nothing of it is kept."),
    Why.NOT_PAYABLE: gettext_lazy("There was nothing to pay any more when the payment came. Nothing of it is kept."),
    Why.GIVEN_UP: gettext_lazy("The payment was given up. Nothing of it is kept."),
    Why.NEVER_ASKED: gettext_lazy("The payment never began. No money was taken."),
    Why.TOO_OLD: gettext_lazy("The payment was not finished in time. No money was taken."),
}
PAYMENT_WORDS: Mapping[str, str | Promise] = {
    ProviderUnreachable.code: gettext_lazy(
        "The payment service does not answer just now. We keep looking: nothing is taken twice."
    ),
    ProvidersBusy.code: gettext_lazy("Very many people pay at this moment. No money was taken; try again in a moment."),
    ShopBusy.code: gettext_lazy("Fairground is busy just now. No money was taken; try again in a moment."),
    begin_payments.PaymentUnderWay.code: gettext_lazy(
        "A payment is being taken at this moment. Wait until it is through: nothing is taken twice."
    ),
    begin_payments.NoSuchTopUp.code: gettext_lazy("That is no amount with which the wallet can be filled."),
    begin_payments.TooManyTopUps.code: gettext_lazy(
        "Several payments for your wallet are not through yet. Finish those first, or wait until they are over."
    ),
    begin_payments.NothingLeftToPay.code: gettext_lazy("Your wallet holds enough: pay from it."),
    NoSuchCard.code: gettext_lazy("No gift card that can be redeemed has this code. Look at it once more."),
}


@dataclass(frozen=True, slots=True)
class PaymentNote:
    """A sentence about a payment; `state` is the look of its notice."""

    text: str
    state: str


def provider_text(code: str) -> str:
    """Return what people call a provider."""
    return str(_NAMES.get(code, code.replace("_", " ").title()))


def problem_words(code: str) -> str:
    """Return what a person is told where filling the wallet was refused."""
    return str(PAYMENT_WORDS.get(code, PAYMENT_WORDS[ShopBusy.code]))


def why_words(payment: PaymentFacts) -> str:
    """Return why a payment came to nothing."""
    return str(_WHY.get(payment.why, _WHY[Why.FAILED]))


def payment_notes(payments: Sequence[PaymentFacts]) -> list[PaymentNote]:
    """Return what a purchase's page says of its payments with providers, the newest first."""
    return [note for payment in payments if (note := _note(payment))]


def _note(payment: PaymentFacts) -> PaymentNote | None:
    name = provider_text(payment.provider)
    if payment.state is PaymentState.TAKEN:
        amount = money_text(payment.captured_minor, payment.captured_currency)
        if payment.end is PaymentEnd.PAID_LATE:
            late = gettext("%(amount)s came after the time to pay. Everything was still there: it is yours.")
            return PaymentNote(late % {"amount": amount}, "good")
        if payment.end is PaymentEnd.RETURNED:
            back = gettext("%(amount)s goes back to where it came from (%(name)s).") % {"amount": amount, "name": name}
            return PaymentNote(f"{why_words(payment)} {back}", "warn")
        return None
    if payment.state in {PaymentState.ASKING, PaymentState.WAITING, PaymentState.CAPTURING}:
        return PaymentNote(gettext("A payment by %(name)s is under way.") % {"name": name}, "")
    return None
