"""Refusals as problem+json (RFC 9457): the words and the HTTP codes of every reason why not."""

from dataclasses import dataclass

import msgspec

from fairground.checkout.rules import discounting, paying, placing, presales
from fairground.intake import batcher, codec, door
from fairground.intake.queue import Answer
from fairground.kernel import tokens
from fairground.kernel.clock import from_unix_ms
from fairground.kernel.refusal import Refusal
from fairground.promotions.rules import collecting
from fairground.redpackets import rules as packets


class NotFound(Refusal):
    """No such address."""


class MethodNotAllowed(Refusal):
    """The address takes another method."""


class HostUnknown(Refusal):
    """The Host header names another site."""


class WrongContentType(Refusal):
    """The door reads application/json."""


class BodyTooLarge(Refusal):
    """The body is larger than the door reads."""


class PassMissing(Refusal):
    """No pass in the Authorization header."""


class TooManyStreams(Refusal):
    """This process, or this address, has as many open streams as it may."""


# reason -> (HTTP status, what it says); docs/http-order.md lists them.
_WORDS: dict[type[Refusal], tuple[int, str]] = {
    TooManyStreams: (429, "Too many open streams; come back in a while."),
    NotFound: (404, "There is nothing at this address."),
    MethodNotAllowed: (405, "This address takes another method."),
    HostUnknown: (421, "The Host header names a site that is not served here."),
    WrongContentType: (415, "Send the body as application/json."),
    BodyTooLarge: (413, "The body is too large."),
    PassMissing: (401, "Show a pass: Authorization: Bearer <pass>."),
    tokens.TokenForged: (401, "This pass or ticket is not one of ours, or was changed."),
    tokens.TokenExpired: (401, "This pass or ticket has expired; get a new one."),
    tokens.TokenOfOtherPurpose: (401, "This token is for something else."),
    codec.BadKey: (400, "The Idempotency-Key header needs a UUID of version 7 made within the last 24 hours."),
    codec.BadBody: (400, "The body is not what it should be."),
    door.LineFull: (429, "Too many at once. Keep the ticket: your place in the line is safe."),
    door.ShopperBlocked: (403, "The operator has blocked this shopper."),
    door.ClockUnsteady: (503, "This process is setting its clock; ask again."),
    batcher.OutcomeUnknown: (503, "What became of the request is not known yet; ask again with the same key."),
    batcher.Broken: (500, "Something in Fairground is broken. Nothing was placed, paid or taken."),
    placing.UnknownMarket: (404, "There is no such market."),
    placing.UnknownSku: (404, "This market has no such SKU."),
    placing.UnknownDeal: (404, "There is no such deal for this SKU in this market."),
    placing.CountryNotServed: (409, "This market does not send goods to that country."),
    placing.WrongCurrency: (409, "The currency is another one."),
    placing.PriceChanged: (409, "The price is no longer what you saw."),
    placing.DealNotOpen: (409, "The deal is not open yet."),
    placing.DealClosed: (409, "The deal is over."),
    discounting.CouponNotHeld: (409, "You do not hold this coupon, or have used it."),
    discounting.PacketNotHeld: (409, "You have no such red packet that is still good, or have spent it."),
    discounting.DiscountChanged: (409, "The discounts are no longer what you saw."),
    placing.ShippingChanged: (409, "Shipping no longer costs what you saw."),
    placing.DutiesChanged: (409, "Customs no longer asks what you saw."),
    placing.SoldOut: (409, "Fewer units are left than you asked for."),
    placing.BuyerLimitReached: (409, "One buyer may not have that many units of this deal."),
    placing.ShopperNotVerified: (403, "This deal needs a verified shopper."),
    placing.PresaleAlone: (409, "A presale is ordered alone: it is paid at other times than the rest."),
    placing.KeyReused: (422, "This Idempotency-Key stands for another request."),
    paying.UnknownPurchase: (404, "You have no such purchase."),
    paying.AlreadyPaid: (409, "The purchase is already paid."),
    paying.PurchaseEnded: (409, "The purchase has expired or was cancelled; its units are back on the shelf."),
    packets.RoundUnknown: (404, "There is no such round of red packets."),
    packets.RoundNotOpen: (409, "The round of red packets is not open yet."),
    packets.RoundOver: (409, "The round of red packets is over."),
    packets.PacketsGone: (409, "All red packets of this round are taken."),
    packets.PacketNeedsVerifiedShopper: (403, "Red packets are for verified shoppers."),
    collecting.UnknownCoupon: (404, "There is no such coupon in this market."),
    collecting.CouponNotOpen: (409, "The coupon can be collected later."),
    collecting.CouponOver: (409, "The time of the coupon is over."),
    collecting.CouponsGone: (409, "All of these coupons were collected."),
    collecting.CouponNeedsVerified: (403, "Coupons are for verified shoppers."),
    paying.WrongAmount: (409, "The amount is not what is to be paid now."),
    presales.BalanceNotOpen: (409, "The deposit is paid; the balance is due later."),
    presales.BalanceClosed: (409, "The time for the balance is over."),
    paying.InsufficientFunds: (402, "The wallet holds less than is to be paid now."),
}


# reason -> (HTTP status, what its problem begins with, before the facts).
_BEGINNINGS = {
    reason: (status, msgspec.json.encode({"type": f"/problems/{reason.code}", "title": title, "status": status})[:-1])
    for reason, (status, title) in _WORDS.items()
}


def write_problem(refusal: Refusal) -> Answer:
    """Return the answer that is a refusal as problem+json; ids are strings, moments ISO 8601 in UTC."""
    status, body = _BEGINNINGS[type(refusal)]
    facts: dict[str, object] = {}
    for name, value in refusal.facts.items():
        if name.endswith("_at_ms"):
            assert isinstance(value, int), (name, value)
            facts[name.removesuffix("_ms")] = from_unix_ms(value).isoformat(timespec="milliseconds")
        else:
            facts[name] = str(value) if name.endswith("_id") else value
    body += b"," + msgspec.json.encode(facts)[1:] if facts else b"}"
    wait_s = refusal.facts.get("retry_after_s")
    return status, body, b"retry-after: %d\r\n" % wait_s if isinstance(wait_s, int) else b""


@dataclass(frozen=True, slots=True)
class ProblemWords:
    """What a refusal says, for the page at its type's address."""

    code: str
    status: int
    title: str


def problem_words() -> dict[str, ProblemWords]:
    """Return the words of every refusal, by code."""
    words = [ProblemWords(reason.code, status, title) for reason, (status, title) in _WORDS.items()]
    return {one.code: one for one in sorted(words, key=lambda one: one.code)}
