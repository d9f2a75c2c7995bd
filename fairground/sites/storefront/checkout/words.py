"""Why a purchase can't be placed or paid, for the person at the page: what happened, what is safe, what to do."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from fairground.checkout.rules import discounting, paying, placing, presales
from fairground.intake import batcher, codec, door
from fairground.sites.storefront.payment_words import PAYMENT_WORDS

# Not of the door: the page itself sees that the purchase is no longer the one that it showed.
CHANGED = "changed"
_GONE = gettext_lazy("Something in your cart is not offered here any more. Nothing was bought; look at the cart again.")
_BUSY = gettext_lazy("Fairground is busy just now. Nothing was bought and your cart is safe: press the button again.")
_BROKEN = gettext_lazy("Something in Fairground is broken. Nothing was bought and no money taken.")
_WORDS: Mapping[str, str | Promise] = {
    CHANGED: gettext_lazy("Something changed while you were here: look at the sum again."),
    placing.UnknownSku.code: _GONE,
    placing.UnknownDeal.code: _GONE,
    placing.UnknownMarket.code: _GONE,
    placing.WrongCurrency.code: _GONE,
    placing.CountryNotServed.code: gettext_lazy("This market does not send to that country. Choose another address."),
    placing.PriceChanged.code: gettext_lazy(
        "A price changed while you were here. Nothing was bought; the new price is below."
    ),
    placing.DealNotOpen.code: gettext_lazy("The deal is not open yet. The button turns live when it opens."),
    placing.DealClosed.code: gettext_lazy("The deal is over. Nothing was bought; what it costs now is below."),
    placing.SoldOut.code: gettext_lazy(
        "Fewer are left than you want. Nothing was bought; take fewer in the cart, or save it for later."
    ),
    placing.BuyerLimitReached.code: gettext_lazy(
        "You would have more of this deal than one buyer may. Nothing was bought; take fewer in the cart."
    ),
    placing.ShopperNotVerified.code: gettext_lazy(
        "Limited deals are for people we know: sign in with a confirmed e-mail address, then buy it. Your cart stays."
    ),
    door.LineFull.code: gettext_lazy(
        "Very many people buy at this moment. Your place in the line is kept: press the button again in some seconds."
    ),
    door.ShopperBlocked.code: gettext_lazy("The operator has stopped purchases from here. Write to the operator."),
    door.ClockUnsteady.code: _BUSY,
    batcher.OutcomeUnknown.code: gettext_lazy(
        "It is not known yet whether it worked. Press the button again: it is never bought or paid twice."
    ),
    codec.BadKey.code: gettext_lazy("This page was open for very long. Nothing was bought; press the button again."),
    placing.KeyReused.code: gettext_lazy(
        "The cart changed after you pressed the button. Look at your purchases before you press it again."
    ),
    discounting.CouponNotHeld.code: gettext_lazy(
        "A coupon was used meanwhile, or is not yours. Nothing was bought; the sum without it is below."
    ),
    discounting.PacketNotHeld.code: gettext_lazy(
        "A red packet was spent meanwhile, or is over. Nothing was bought; the sum without it is below."
    ),
    discounting.DiscountChanged.code: gettext_lazy(
        "A discount changed while you were here. Nothing was bought; the new sum is below."
    ),
    placing.ShippingChanged.code: gettext_lazy(
        "What shipping costs changed while you were here. Nothing was bought; the new sum is below."
    ),
    placing.DutiesChanged.code: gettext_lazy(
        "What customs asks changed while you were here. Nothing was bought; the new sum is below."
    ),
    placing.PresaleAlone.code: gettext_lazy(
        "A presale is ordered alone, since it is paid at other times. Nothing was bought; order it from its page."
    ),
    paying.AlreadyPaid.code: gettext_lazy("This purchase is paid already. Nothing was taken twice."),
    presales.BalanceNotOpen.code: gettext_lazy(
        "The deposit is paid. The rest can be paid later; no money was taken now."
    ),
    presales.BalanceClosed.code: gettext_lazy("The time to pay the rest is over. No money was taken."),
    paying.PurchaseEnded.code: gettext_lazy(
        "The time to pay is over, and the goods went back on the shelf. No money was taken; buy it again."
    ),
    paying.WrongAmount.code: gettext_lazy("The amount is another one. No money was taken; look at it again."),
    paying.InsufficientFunds.code: gettext_lazy(
        "Your wallet holds less than this costs. No money was taken; the goods stay yours until the time is over."
    ),
    paying.UnknownPurchase.code: gettext_lazy("There is no such purchase of yours."),
    **PAYMENT_WORDS,
}


def refusal_words(code: str) -> str:
    """Return what a person is told of a refusal; of one that only programs meet, that the shop is at fault."""
    return str(_WORDS.get(code, _BROKEN))
