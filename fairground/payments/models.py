"""Payments with providers and what went back of them, what providers told, gift cards, credit. No foreign keys.

Payments are drawn and booked under the writers' turn beside the ledger's hot tables, by lane and id as those.
"""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.payments.life import (
    AMOUNT_MAX_MINOR,
    DISPUTES_OVER,
    LINE_MAX_MINOR,
    DisputeState,
    PaymentEnd,
    PaymentState,
    RefundState,
    Why,
)
from fairground.payments.providers.provider import FileKind
from fairground.payments.reconciling import TOLD_BY_PROVIDERS
from fairground.payments.rules import CARD_MAX_CENTS, CREDIT_MAX_CENTS, GIVEN_A_DAY_MAX_CENTS, SOLD_A_DAY_MAX_CENTS

_UNDER_WAY = [PaymentState.ASKING.value, PaymentState.WAITING.value, PaymentState.CAPTURING.value]
_TAKEN = PaymentState.TAKEN.value
_WITHIN = Q(amount_minor__gt=0, amount_minor__lte=AMOUNT_MAX_MINOR)


class Payment(models.Model):
    """Money that a provider is asked to take: for a purchase, or without one to fill a wallet.

    `key` is what we ask with; `wallet_minor` is the wallet's part of the same payment, set aside by the pending
    transfer `hold_id`. Once taken, `transfer_id` is what brought `captured_minor` into a wallet.
    """

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the purchase's, else the shopper's")
    id = models.BigIntegerField()
    key = models.UUIDField()
    shopper_id = models.BigIntegerField()
    purchase_id = models.BigIntegerField(null=True)
    provider = models.CharField(max_length=20)
    ref = models.CharField(max_length=128, db_default="", help_text="the provider's name for it")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    wallet_minor = models.BigIntegerField(db_default=0)
    hold_id = models.BigIntegerField(null=True)
    state = models.SmallIntegerField(choices=[(one.value, one.name) for one in PaymentState])
    end = models.SmallIntegerField(choices=[(one.value, one.name) for one in PaymentEnd], null=True)
    why = models.SmallIntegerField(choices=[(one.value, one.name) for one in Why], db_default=Why.NONE.value)
    captured_minor = models.BigIntegerField(db_default=0)
    captured_currency = models.CharField(max_length=3, db_default="")
    transfer_id = models.BigIntegerField(null=True)
    redirect_url = models.CharField(
        max_length=2000, db_default="", help_text="where the shopper goes on; while it waits"
    )
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True, help_text="when the provider is asked again")
    tries = models.SmallIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="payment_key_once"),
            models.UniqueConstraint(
                fields=["purchase_id"], condition=Q(state__in=_UNDER_WAY), name="inv_27_one_payment_under_way"
            ),
            models.UniqueConstraint(
                fields=["transfer_id"], condition=Q(transfer_id__isnull=False), name="inv_27_transfer_of_one_payment"
            ),
            models.CheckConstraint(
                condition=Q(state=_TAKEN, transfer_id__isnull=False, end__isnull=False, captured_minor__gt=0)
                | ~Q(state=_TAKEN) & Q(transfer_id__isnull=True, end__isnull=True, captured_minor=0),
                name="inv_27_taken_is_booked",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[_TAKEN, PaymentState.ENDED.value], ended_at__isnull=False)
                | Q(state__in=[*_UNDER_WAY, PaymentState.VOIDING.value], ended_at__isnull=True),
                name="payment_moments_fit_state",
            ),
            models.CheckConstraint(
                condition=Q(wallet_minor=0, hold_id__isnull=True)
                | Q(wallet_minor__gt=0, hold_id__isnull=False, purchase_id__isnull=False),
                name="payment_wallet_part_is_held",
            ),
            models.CheckConstraint(condition=_WITHIN, name="payment_amount_in_range"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payment_currency_iso_4217"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="payment_looked_at"),
            models.Index(fields=["id"], name="payment_by_age"),
            models.Index(fields=["purchase_id"], name="payment_of_purchase"),
            models.Index(fields=["shopper_id"], name="payment_of_shopper"),
        ]


class PaymentNotice(models.Model):
    """What a provider told by itself; the same notice again has no effect."""

    pk = models.CompositePrimaryKey("provider", "notice_id")
    provider = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=128)
    key = models.UUIDField()
    at = models.DateTimeField()


class PaymentRefund(models.Model):
    """Taken money that goes back to its provider: the pending transfer `transfer_id` out of the wallet.

    One that arrived and came back is undone by the transfer `undone_transfer_id`. One that failed may be asked for
    again, once, by another of the same money, as far as no dispute took it: what one takes is a row, too. All of a
    payment's that did not fail are never more than was taken (INV-28, a trigger); what they say of money never changes.
    """

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the payment's")
    id = models.BigIntegerField()
    payment_id = models.BigIntegerField()
    order_id = models.BigIntegerField(
        null=True, help_text="the order that was refunded; none: the payment paid nothing"
    )
    key = models.UUIDField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    transfer_id = models.BigIntegerField()
    undone_transfer_id = models.BigIntegerField(null=True)
    ref = models.CharField(max_length=128, db_default="")
    state = models.SmallIntegerField(choices=[(one.value, one.name) for one in RefundState])
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(db_default=0)
    differs = models.BooleanField(db_default=False, help_text="another amount was returned: a person has to look")
    again_of = models.BigIntegerField(null=True, help_text="the return that failed, for which this one asks again")
    dispute_id = models.BigIntegerField(null=True, help_text="which took it: the provider is asked for nothing")
    money_of = models.BigIntegerField(null=True, help_text="the return that failed, whose money the dispute took")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="paymentrefund_key_once"),
            models.UniqueConstraint(fields=["transfer_id"], name="inv_28_transfer_of_one_return"),
            models.CheckConstraint(condition=_WITHIN, name="paymentrefund_amount_in_range"),
            models.CheckConstraint(
                condition=Q(state=RefundState.ASKING.value, ended_at__isnull=True, look_at__isnull=False)
                | Q(state=RefundState.DONE.value, ended_at__isnull=False)
                | Q(state__in=[RefundState.FAILED.value, RefundState.UNDONE.value])
                & Q(ended_at__isnull=False, look_at__isnull=True),
                name="paymentrefund_moments_fit_state",
            ),
            models.UniqueConstraint(
                fields=["undone_transfer_id"],
                condition=Q(undone_transfer_id__isnull=False),
                name="inv_28_transfer_of_one_undone",
            ),
            models.CheckConstraint(
                condition=Q(state=RefundState.UNDONE.value, undone_transfer_id__isnull=False)
                | ~Q(state=RefundState.UNDONE.value) & Q(undone_transfer_id__isnull=True),
                name="inv_28_undone_is_booked",
            ),
            models.UniqueConstraint(
                fields=["again_of"], condition=Q(again_of__isnull=False), name="inv_28_asked_again_once"
            ),
            models.CheckConstraint(
                condition=Q(dispute_id__isnull=True)
                | Q(state__in=[RefundState.DONE.value, RefundState.UNDONE.value], look_at__isnull=True),
                name="inv_36_what_a_dispute_took_is_done",
            ),
            models.CheckConstraint(
                condition=Q(money_of__isnull=True) | Q(dispute_id__isnull=False),
                name="inv_36_a_dispute_took_what_stayed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lane", "payment_id"], name="paymentrefund_of_payment"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="paymentrefund_looked_at"),
        ]


class ProviderLine(models.Model):
    """A line of a provider's books that only the provider knew of, as it was booked: once, and for good (INV-36).

    The amount has the sign of the line: above nothing is what a fee, a payout or a dispute took.
    """

    provider = models.CharField(max_length=20)
    line_id = models.CharField(max_length=255, help_text="the provider's own name for the line")
    kind = models.SmallIntegerField(choices=[(one.value, one.name) for one in FileKind])
    ref = models.CharField(max_length=255, db_default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField(help_text="the provider's moment")
    booked_at = models.DateTimeField()
    transfer_id = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "line_id"], name="inv_36_line_booked_once"),
            models.UniqueConstraint(fields=["transfer_id"], name="inv_36_transfer_of_one_line"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=-LINE_MAX_MINOR, amount_minor__lte=LINE_MAX_MINOR)
                & ~Q(amount_minor=0)
                & ~Q(line_id=""),
                name="inv_36_line_in_range",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=sorted(one.value for one in TOLD_BY_PROVIDERS)),
                name="inv_36_told_by_the_provider",
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="providerline_currency_iso_4217"),
        ]
        indexes: ClassVar = [models.Index(fields=["provider", "at"], name="providerline_by_moment")]


class Dispute(models.Model):
    """A payment that the shopper's bank wants back. What the provider's books say of it is what stands here.

    `taken_minor` is what it took and did not give again; of that `covered_minor` was covered by refunds, each a row of
    `payments_paymentrefund`, never more (INV-36). While there is anything in it that is not covered, no refund of the
    payment goes to the provider.
    """

    provider = models.CharField(max_length=20)
    ref = models.CharField(max_length=255, help_text="the provider's name for it")
    payment_id = models.BigIntegerField(null=True, help_text="none while nobody has looked, or it is none of ours")
    amount_minor = models.BigIntegerField(db_default=0, help_text="what is in dispute")
    currency = models.CharField(max_length=3, db_default="")
    reason = models.CharField(max_length=60, db_default="", help_text="the provider's word for it")
    state = models.SmallIntegerField(choices=[(one.value, one.name) for one in DisputeState])
    taken_minor = models.BigIntegerField(db_default=0)
    covered_minor = models.BigIntegerField(db_default=0)
    noted_at = models.DateTimeField()
    answer_before = models.DateTimeField(null=True, help_text="the provider's deadline for evidence")
    ended_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(db_default=0)
    by_books = models.BooleanField(db_default=False, help_text="its provider said nothing: only the books tell of it")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "ref"], name="inv_36_dispute_once"),
            models.CheckConstraint(
                condition=Q(covered_minor=0) | Q(covered_minor__gt=0, covered_minor__lte=F("taken_minor")),
                name="inv_36_covered_within_taken",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(one.value for one in DISPUTES_OVER), ended_at__isnull=False)
                | ~Q(state__in=sorted(one.value for one in DISPUTES_OVER)) & Q(ended_at__isnull=True),
                name="dispute_moments_fit_state",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0, amount_minor__lte=AMOUNT_MAX_MINOR), name="dispute_amount_in_range"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payment_id"], name="dispute_of_payment"),
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="dispute_looked_at"),
        ]


class GiftCard(models.Model):
    """Money behind a code, which goes into one wallet, once. The code itself is nowhere, only its keyed hash.

    One that is over and was not redeemed has its money moved, once, by `lapsed_transfer_id`. A card without `issue_key`
    was issued before issues were in the books: redeemed as any other, but nothing is owed for it that could lapse.
    """

    code_hash = models.BinaryField(max_length=32)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True)
    redeemed_by = models.BigIntegerField(null=True, help_text="the shopper")
    transfer_id = models.BigIntegerField(null=True)
    issue_key = models.UUIDField(null=True, help_text="of the issue that is in the books")
    lapsed_transfer_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code_hash"], name="giftcard_code_once"),
            models.UniqueConstraint(fields=["transfer_id"], name="giftcard_transfer_of_one_card"),
            models.UniqueConstraint(fields=["lapsed_transfer_id"], name="giftcard_lapse_of_one_card"),
            models.CheckConstraint(
                condition=Q(lapsed_transfer_id__isnull=True)
                | Q(issue_key__isnull=False, redeemed_at__isnull=True, redeemed_by__isnull=True),
                name="giftcard_redeemed_or_lapsed",
            ),
            models.CheckConstraint(condition=_WITHIN, name="giftcard_amount_in_range"),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="giftcard_currency_iso_4217"),
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="giftcard_lasts"),
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True, redeemed_by__isnull=True, transfer_id__isnull=True)
                | Q(redeemed_at__isnull=False, redeemed_by__isnull=False, transfer_id__isnull=False),
                name="giftcard_redeemed_whole",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=Q(issue_key__isnull=False, redeemed_at__isnull=True, lapsed_transfer_id__isnull=True),
                name="giftcard_to_end",
            )
        ]


class GiftCardIssue(models.Model):
    """A form that issued gift cards; `key` is the form's, so that one that is sent twice issues once.

    `transfer_id` moved `amount_minor`, what all its cards hold, to what the platform owes. Without one the issue is
    from before issues were in the books, or is asked for (`asked_by`) and has no cards yet. Of issues without
    `worth_cents` nobody counted what one of the staff issued.
    """

    key = models.UUIDField(primary_key=True)
    count = models.IntegerField()
    at = models.DateTimeField()
    is_sold = models.BooleanField(null=True, help_text="sold: the money came in outside; else given away")
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, db_default="")
    transfer_id = models.BigIntegerField(null=True)
    worth_cents = models.BigIntegerField(null=True, help_text="of a euro, when it was issued")
    granted_by = models.BigIntegerField(null=True, help_text="who of the staff; empty: the command line")
    reason = models.CharField(max_length=200, db_default="", help_text="why, or how the sale is found")
    expires_at = models.DateTimeField(null=True, help_text="of its cards")
    asked_by = models.BigIntegerField(null=True, help_text="who of the staff asked another one to issue it")
    four_eyes = models.BooleanField(db_default=False, help_text="two people were asked for when it was issued")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(count__gt=0), name="giftcardissue_issued_some"),
            models.CheckConstraint(
                condition=Q(worth_cents__isnull=True)
                | Q(transfer_id__isnull=False, worth_cents__gt=0, worth_cents__lte=F("count") * CARD_MAX_CENTS)
                & ~Q(reason=""),
                name="giftcardissue_within_limit_and_explained",
            ),
            models.UniqueConstraint(fields=["transfer_id"], name="giftcardissue_transfer_of_one_issue"),
            models.CheckConstraint(
                condition=Q(transfer_id__isnull=True, is_sold__isnull=True, amount_minor__isnull=True, currency="")
                | Q(is_sold__isnull=False, amount_minor__isnull=False, currency__regex=r"^[A-Z]{3}$")
                & _WITHIN
                & (Q(transfer_id__isnull=False) | Q(is_sold=True, asked_by__isnull=False, expires_at__isnull=False)),
                name="giftcardissue_booked_whole",
            ),
            models.CheckConstraint(
                condition=Q(four_eyes=False)
                | Q(asked_by__isnull=False, granted_by__isnull=False) & ~Q(asked_by=F("granted_by")),
                name="giftcardissue_sold_by_two",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="giftcardissue_by_moment")]


class Credit(models.Model):
    """Money that the staff granted to a shopper; `key` is the form's, so that one that is sent twice grants once."""

    key = models.UUIDField(primary_key=True)
    shopper_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=200)
    transfer_id = models.BigIntegerField()
    worth_cents = models.BigIntegerField(null=True, help_text="of a euro, when it was granted; empty: before days")
    granted_by = models.BigIntegerField(null=True, help_text="who of the staff; empty: the command line, or unknown")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["transfer_id"], name="credit_transfer_of_one_credit"),
            models.CheckConstraint(condition=_WITHIN, name="credit_amount_in_range"),
            models.CheckConstraint(
                condition=Q(worth_cents__isnull=True) | Q(worth_cents__gt=0, worth_cents__lte=CREDIT_MAX_CENTS),
                name="credit_within_limit",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["at"], name="credit_by_moment")]


class StaffDay(models.Model):
    """What one of the staff gave away on a day (UTC), or issued as sold; two at once wait for each other's row.

    A trigger refuses credit and issues of cards that are not counted here.
    """

    pk = models.CompositePrimaryKey("user_id", "day", "is_sold")
    user_id = models.BigIntegerField(help_text="0: whoever had the command line")
    day = models.DateField()
    is_sold = models.BooleanField(help_text="gift cards that were sold; else credit, and cards that are given away")
    cents = models.BigIntegerField(help_text="of a euro")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cents__gt=0)
                & (Q(cents__lte=GIVEN_A_DAY_MAX_CENTS) | Q(is_sold=True, cents__lte=SOLD_A_DAY_MAX_CENTS)),
                name="staffday_within_limit",
            )
        ]
