"""What the back office says of a refusal, and what it calls states and acts."""

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fairground.catalog.actions.edits import NoSuchProduct, NoSuchWord, PriceOutOfRange, TitleMissing
from fairground.checkout.actions.advance_orders import OrderNotReady
from fairground.checkout.actions.receive_orders import WithdrawalOpen
from fairground.checkout.actions.settle_withdrawals import NoOpenWithdrawal, OnlyAPart
from fairground.checkout.rules.refunding import (
    NoUnits,
    OrderNotRefundable,
    PaidByPrize,
    RefundedSince,
    ShopperErased,
    TooManyUnits,
    UnitsInCase,
    UnknownLine,
)
from fairground.checkout.rules.shipping import NothingToShip, PartlyShipped, TooManyToShip, TrackingMissing
from fairground.crossborder.actions import (
    AreaImpossible,
    DutyOutOfRange,
    DutySetSince,
    NoSuchCustomsArea,
    NoSuchDutyMarket,
)
from fairground.draws.actions.announce_draws import DrawBegun, DrawNotDraft, NoSuchDraw
from fairground.draws.actions.draw_winners import (
    BeaconKnownBefore,
    BeaconNotYet,
    BeaconUnfit,
    DrawNotClosed,
    DrawNotOpen,
    EntriesStillComing,
    ListChanged,
)
from fairground.festivals.actions import NoSuchFestival, TimesRefused
from fairground.festivals.block_edits import BlockChangedSince, HallFull, NoSuchBlock, NoSuchHall, NoSuchPlace
from fairground.festivals.enrolments import (
    DealsApproved,
    EnrolmentExists,
    EnrolmentOver,
    GuardLoosened,
    NoSuchEnrolment,
    NotEnrolled,
    ReasonNeeded,
    ThresholdOutOfRange,
)
from fairground.festivals.phase_edits import PhasePassed, SaleApart
from fairground.festivals.phase_rows import PhasesRefused
from fairground.fulfilment.rules import WithdrawalEnd
from fairground.identity.actions import NoSuchShopper
from fairground.inventory.deal_edits import DealFixed, DealOutOfRange, NoSuchDeal
from fairground.inventory.declarations import DeclarationElsewhere, NoSuchDeclaration
from fairground.inventory.place_edits import NoSuchWarehouse, PlaceImpossible
from fairground.inventory.price_guard import GuardFinds
from fairground.inventory.reviewing import (
    ApprovedAlready,
    DealThere,
    OutsideFestival,
    OwnDeclaration,
    VersionChanged,
)
from fairground.kernel.edits import By, ReasonMissing, ShopBusy
from fairground.kernel.refusal import Refusal
from fairground.merchants.actions import (
    CommissionOutOfRange,
    NoSuchMerchant,
    NoSuchShippingMarket,
    ShippingOutOfRange,
    ShippingSetSince,
)
from fairground.orders.rules import RefundReason, Step
from fairground.payments.asked_cards import AskedBySame, NotAskedFor
from fairground.payments.credit import CreditRefused
from fairground.payments.gift_cards import CardsRefused
from fairground.payments.pouring import ShopperGone
from fairground.payments.staff_days import MoreThanADay, StaffDayFull
from fairground.promotions.actions.declare import NoSuchPromotion
from fairground.settlement.actions.advance_payouts import (
    ApprovedBySame,
    FailureUnexplained,
    MerchantHeld,
    MerchantOwes,
    NobodyNamed,
    PayoutNotReady,
    UnknownPayout,
)
from fairground.sites.back_office.declaration_words import finding_text
from fairground.sites.back_office.money_words import MONEY_REFUSALS, MONEY_VERBS
from fairground.sites.back_office.shown import ChangedSince

_GONE = _("It is not there any more. Nothing changed.")
_ANOTHER_STEP = _("It has taken this step before, or is not as far. Nothing changed.")
_WORDS: dict[type[Refusal], Any] = {
    NotAskedFor: _("They were issued or declined meanwhile. Nothing changed."),
    AskedBySame: _(
        "You asked for them, so somebody else issues them. Who runs the platform alone turns that off with "
        "FAIRGROUND_FOUR_EYES=off. Nothing changed."
    ),
    CardsRefused: _("Such cards are not issued: the amount or the end is out of range."),
    StaffDayFull: _(
        "You would have given away, or issued as sold, more today than one person may: somebody else does it, or you "
        "tomorrow. Nothing changed."
    ),
    MoreThanADay: _("Nobody may give away, or issue as sold, so much on one day: do it in parts. Nothing changed."),
    CreditRefused: _(
        "Such a credit is not granted: the amount is out of range, or the form granted another already. Nothing "
        "changed."
    ),
    ShopperGone: _("There is no such shopper, or nobody has the wallet any more. Nothing changed."),
    ShopBusy: _("The sale is busy just now, so nothing was changed. Try again in a moment."),
    ChangedSince: _(
        "It was changed after you opened this page, so nothing was written. It is shown as it is now: look again."
    ),
    NoSuchProduct: _GONE,
    NoSuchFestival: _GONE,
    NoSuchShopper: _GONE,
    NoSuchDeal: _GONE,
    NoSuchPromotion: _GONE,
    NoSuchHall: _GONE,
    NoSuchBlock: _GONE,
    NoSuchPlace: _("There are fewer blocks. Nothing changed."),
    HallFull: _("The hall has as many blocks as it can have. Remove one first."),
    BlockChangedSince: _(
        "Somebody changed the block after you opened this page, so nothing was written. It is shown as it is now."
    ),
    NoSuchMerchant: _GONE,
    NoSuchWord: _("There is no such brand or category. Nothing changed."),
    TitleMissing: _("A text needs a title. Nothing changed."),
    PriceOutOfRange: _("A price is above zero and not absurdly high. Nothing changed."),
    CommissionOutOfRange: _("A commission is between 0 and 10,000 basis points. Nothing changed."),
    ShippingOutOfRange: _("What shipping costs, or how long it takes, is out of range. Nothing changed."),
    ShippingSetSince: _("Somebody has changed it since this page was shown. Nothing changed."),
    AreaImpossible: _("An area has a name, and some countries by the two letters of each. Nothing changed."),
    NoSuchWarehouse: _("There is no such place any more. Nothing changed."),
    PlaceImpossible: _("There is no such country, or the city's name is too long. Nothing changed."),
    DutyOutOfRange: _("A rule asks something, and nothing beyond reason. Nothing changed."),
    DutySetSince: _("Somebody has changed it since this page was shown. Nothing changed."),
    NoSuchCustomsArea: _("There is no such customs area. Nothing changed."),
    NoSuchDutyMarket: _("There is no such market. Nothing changed."),
    NoSuchShippingMarket: _("There is no such market. Nothing changed."),
    PhasePassed: _("What has passed stays, and nothing is moved into the past. Nothing changed."),
    SaleApart: _("The sale is moved on the page of the festival, with its deals. Nothing changed."),
    PhasesRefused: _("Its phases would not fit together any more. Nothing changed."),
    DealFixed: _("This deal is frozen or open: what it promises stays. Nothing changed."),
    DealOutOfRange: _("A deal has units, and no price above the usual one. Nothing changed."),
    NoSuchDraw: _GONE,
    DrawNotDraft: _ANOTHER_STEP,
    DrawNotOpen: _ANOTHER_STEP,
    DrawNotClosed: _ANOTHER_STEP,
    DrawBegun: _("Entry would have begun before anybody knew of it. Make the draw anew with a later opening."),
    EntriesStillComing: _("Entry is not over, or payments of its last minute may be under way. Nothing changed."),
    BeaconUnfit: _("A value is printable letters of ASCII without spaces. Nothing changed."),
    BeaconKnownBefore: _("That value came out before it counts: somebody could have known it. Nothing changed."),
    BeaconNotYet: _("That moment is still to come. Nothing changed."),
    ListChanged: _("The entries are not those of the published list any more. Nothing was drawn."),
    ReasonMissing: _("Say why, in a few words. Nothing changed."),
    FailureUnexplained: _("Say why. Nothing changed."),
    UnknownPayout: _GONE,
    PayoutNotReady: _ANOTHER_STEP,
    MerchantOwes: _("Refunds since took so much that the merchant is not owed this any more: let it fail."),
    NobodyNamed: _(
        "Nobody knows who approved it: let it fail, and it is proposed again. Two people pay a merchant; who runs the "
        "platform alone turns that off with FAIRGROUND_FOUR_EYES=off. Nothing changed."
    ),
    ApprovedBySame: _(
        "You approved it, so somebody else writes that it was sent. Who runs the platform alone turns that off with "
        "FAIRGROUND_FOUR_EYES=off. Nothing changed."
    ),
    MerchantHeld: _("The merchant is held, so nothing is paid to it. Nothing changed."),
    ReasonNeeded: _("Say why. Nothing changed."),
    NoSuchEnrolment: _GONE,
    NoSuchDeclaration: _GONE,
    EnrolmentOver: _("The festival's deals are frozen, so nothing of them is decided any more. Nothing changed."),
    EnrolmentExists: _("This merchant is enrolled already, or was declined. Nothing changed."),
    NotEnrolled: _("The merchant takes no part in the festival. Nothing changed."),
    ThresholdOutOfRange: _("A share is between 0 and 100 %, an amount not below zero. Nothing changed."),
    GuardLoosened: _(
        "Deals are declared already, so the price guard can only be made stricter: two people look at what it finds. "
        "Nothing changed."
    ),
    DealsApproved: _("The merchant has deals that were approved, so it stays in the festival. Nothing changed."),
    DeclarationElsewhere: _("It was decided meanwhile. It is shown as it is now. Nothing changed."),
    VersionChanged: _("It was declared anew after you opened this page. It is shown as it is now: look again."),
    OwnDeclaration: _("You declared it, so somebody else approves it. Nothing changed."),
    ApprovedAlready: _("You have approved it already; the second approval comes from somebody else."),
    OutsideFestival: _("The festival was moved, and the deal would no longer lie within it. Nothing changed."),
    DealThere: _("The SKU has a deal in the festival by another road. Nothing changed."),
    OrderNotRefundable: _("The order is not paid, or was cancelled meanwhile. Nothing changed."),
    UnknownLine: _GONE,
    NoUnits: _("At least one unit goes back. Nothing changed."),
    TooManyUnits: _("Fewer units of the line are left. Nothing changed."),
    UnitsInCase: _("An open case is about these units: answer it, or wait until it ends. Nothing changed."),
    RefundedSince: _("Units of the line went back after you opened this page. Nothing more went back: look again."),
    ShopperErased: _("Who paid was erased, so nobody has the wallet. Nothing changed."),
    PaidByPrize: _("A draw has paid this purchase back already. Nothing changed."),
    PartlyShipped: _("Units of the order have left in a parcel. Ship or refund the others first. Nothing changed."),
    OrderNotReady: _("The order is in another state meanwhile. Look again. Nothing changed."),
    NothingToShip: _("Nothing of the order is left to be shipped. Nothing changed."),
    TooManyToShip: _("Fewer units of a line are left to be shipped. Nothing changed."),
    TrackingMissing: _("Give a number: it tells parcels of an order apart. Nothing changed."),
    WithdrawalOpen: _("The order is withdrawn from: settle that before anything leaves. Nothing changed."),
    NoOpenWithdrawal: _("Nothing is left to do about this withdrawal. Nothing changed."),
    OnlyAPart: _("Only a part is withdrawn from: refund its units by hand. Nothing changed."),
    **MONEY_REFUSALS,
}
TIMES: dict[str, Any] = {
    "opened": _("The festival has opened; its times stay."),
    "past": _("It has to open in the future."),
    "order": _("It has to close after it opens."),
    "deal-later": _("A deal of it would open after it closes."),
}
STATES: dict[Step, Any] = {
    Step.PLACED: _("Placed, not paid"),
    Step.DEPOSITED: _("Deposit paid"),
    Step.PAID: _("Paid for"),
    Step.SHIPPED: _("Shipped"),
    Step.DELIVERED: _("Delivered"),
    Step.COMPLETED: _("Completed"),
    Step.EXPIRED: _("Expired"),
    Step.CANCELLED: _("Cancelled"),
}
MOMENTS: dict[str, Any] = {
    "placed_at": _("Placed"),
    "deposited_at": _("Deposit paid"),
    "paid_at": _("Paid for"),
    "shipped_at": _("Shipped"),
    "delivered_at": _("Delivered"),
    "ended_at": _("Ended"),
}
REFUND_REASONS: dict[RefundReason, Any] = {
    RefundReason.CANCELLED: _("The order was cancelled"),
    RefundReason.WITHDRAWN: _("The shopper thought better of it"),
    RefundReason.FAULTY: _("Faulty"),
    RefundReason.MISSING: _("Not delivered"),
    RefundReason.GOODWILL: _("Goodwill"),
    RefundReason.CHARGED_BACK: _("The shopper's bank took it back"),
    RefundReason.PRICE_FELL: _("The price fell"),
}
WITHDRAWAL_ENDS: dict[WithdrawalEnd, Any] = {
    WithdrawalEnd.CANCELLED: _("Nothing had left: it is cancelled and paid back"),
    WithdrawalEnd.NOTED: _("Open: money goes back when the goods are here"),
    WithdrawalEnd.LATE: _("Too late"),
    WithdrawalEnd.NO_RIGHT: _("There is no such right"),
    WithdrawalEnd.NOTHING_LEFT: _("Nothing was left to withdraw from"),
}
KINDS: dict[str, Any] = {
    "giftcard": _("gift card"),
    "rates": _("exchange rates"),
    "product": _("product"),
    "sku": _("SKU"),
    "merchant": _("merchant"),
    "festival": _("festival"),
    "hall": _("hall"),
    "deal": _("deal"),
    "shopper": _("shopper"),
    "draw": _("draw"),
    "prize-pool": _("prize pool"),
    "order": _("order"),
    "enrolment": _("enrolment"),
    "declaration": _("declared deal"),
    "purchase": _("purchase"),
    "user": _("user"),
    "packet campaign": _("packet campaign"),
    "promotion": _("promotion"),
    "switch": _("switch"),
    "payout": _("payout"),
    "category": _("category"),
    "case": _("case"),
    "list": _("list"),
    "return": _("return to a provider"),
    "provider": _("payment provider"),
    "dispute": _("dispute"),
    "market": _("market"),
    "customsarea": _("customs area"),
    "row-set-aside": _("row set aside"),
}
VERBS: dict[str, Any] = {
    "issued": _("issued"),
    "asked-for": _("asked for"),
    "granted-credit": _("granted credit"),
    "changed": _("changed"),
    "added": _("added"),
    "blocked": _("blocked"),
    "created": _("created"),
    "opened": _("announced"),
    "closed": _("closed the entry"),
    "drawn": _("drew the winners"),
    "unblocked": _("unblocked"),
    "address-seen": _("saw the address"),
    "found-by-address": _("found by an e-mail address"),
    "block-added": _("added a block"),
    "block-changed": _("changed a block"),
    "block-moved": _("moved a block"),
    "block-removed": _("removed a block"),
    "picture-added": _("added a picture"),
    "picture-described": _("described a picture"),
    "picture-moved": _("moved a picture"),
    "picture-removed": _("removed a picture"),
    "role-given": _("gave a role"),
    "role-taken": _("took a role"),
    "enrolled": _("enrolled"),
    "admitted": _("admitted"),
    "declined": _("declined"),
    "withdrawn": _("took back"),
    "declared": _("declared"),
    "submitted": _("submitted"),
    "approved": _("approved"),
    "examined-anew": _("examined anew"),
    "presale": _("made a presale"),
    "broken-off": _("broke off a presale"),
    "refunded": _("refunded units"),
    "shipped": _("shipped a parcel"),
    "delivered": _("said that it was delivered"),
    "withdrawal-settled": _("settled a withdrawal"),
    "sent": _("sent to the bank"),
    "confirmed": _("confirmed"),
    "failed": _("wrote that it failed"),
    "settled-otherwise": _("changed how it is settled"),
    "fee-set": _("set the commission"),
    "case-accepted": _("accepted a case"),
    "case-refused": _("refused a case"),
    "case-received": _("received goods of a case"),
    "case-written": _("wrote in a case"),
    "case-label-given": _("told how goods of a case go back"),
    "case-days-set": _("set the days of cases"),
    "replacement-sent": _("sent a replacement"),
    "replacement-again": _("set another replacement aside"),
    "replacement-lost": _("noted that a replacement was lost"),
    "replacement-delivered": _("said that a replacement came"),
    "replacement-paid": _("gave money in place of a replacement"),
    "switched-off": _("switched off"),
    "switched-on": _("switched on"),
    "tried-again": _("had a row set aside tried at once"),
    **MONEY_VERBS,
}


def refusal_text(refusal: Refusal) -> str:
    """Return what a refusal means to whoever edits."""
    if isinstance(refusal, TimesRefused):
        return str(TIMES[str(refusal.facts["why"])])
    if isinstance(refusal, GuardFinds):
        found = " ".join(finding_text(one.as_json()) for one in refusal.findings)
        words = gettext("Two people have to look at this, so one can't write it: %(found)s Nothing changed.")
        return words % {"found": found}
    known = _WORDS.get(type(refusal))
    return str(known) if known else gettext("That can't be done. Nothing changed.")


def by_request(request: HttpRequest, *, reason: str = "") -> By:
    """Return who asks, now."""
    user: Any = request.user
    return By(user_id=int(user.pk), now=datetime.now(UTC), reason=reason)
