"""What is due, released, owed and paid out. Hot tables have no foreign keys; `fairground verify` looks for orphans."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from fairground.catalog.models import Category
from fairground.merchants.models import Merchant
from fairground.settlement.rules.payouts import OTHER_KINDS, EntryKind, PayoutState, Schedule
from fairground.settlement.rules.terms import PAYOUT_MIN_CENTS_MAX

_PAYABLE = (
    F("escrow_minor")
    + F("discounts_minor")
    - F("commission_minor")
    - F("fee_tax_minor")
    - F("creator_minor")
    - F("reserve_minor")
)
_ADDS_UP = Q(payable_minor=_PAYABLE)
_PARTS = ("escrow_minor", "discounts_minor", "commission_minor", "fee_tax_minor", "creator_minor", "reserve_minor")
_IS_OTHER = Q(kind__in=sorted(kind.value for kind in OTHER_KINDS))


class Terms(models.Model):
    """How a merchant is settled; without a row, as a new one says."""

    merchant = models.OneToOneField(Merchant, models.CASCADE, primary_key=True)
    held = models.BooleanField(db_default=False, help_text="nothing is released or paid out")
    held_because = models.CharField(max_length=300, db_default="")
    reserve_bps = models.SmallIntegerField(db_default=0)
    reserve_days = models.SmallIntegerField(db_default=0)
    creator_bps = models.SmallIntegerField(
        db_default=0, help_text="what a creator is promised of goods sold through them"
    )
    schedule = models.SmallIntegerField(
        choices=[(one.value, one.name) for one in Schedule], db_default=Schedule.WEEKLY.value
    )
    payout_min_cents = models.BigIntegerField(
        db_default=0, help_text="less than so many cents of a euro are worth waits for the next payout"
    )
    own_currency = models.BooleanField(db_default=False, help_text="paid in the merchant's own currency")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(reserve_bps__range=(0, 10_000), creator_bps__range=(0, 10_000)),
                name="terms_shares_in_range",
            ),
            models.CheckConstraint(
                condition=Q(reserve_bps=0, reserve_days=0) | Q(reserve_bps__gt=0, reserve_days__range=(1, 366)),
                name="terms_reserve_has_days",
            ),
            models.CheckConstraint(
                condition=Q(payout_min_cents__range=(0, PAYOUT_MIN_CENTS_MAX)), name="terms_payout_min_in_range"
            ),
            models.CheckConstraint(condition=Q(held=False) | ~Q(held_because=""), name="terms_hold_has_a_reason"),
        ]


class FeeRate(models.Model):
    """A commission for a category, of all merchants or of one, from a moment on; without `commission_bps` no more.

    Only ever added to: the last row is what holds, the others are its history.
    """

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, models.CASCADE, null=True)
    category = models.ForeignKey(Category, models.PROTECT)
    valid_from = models.DateTimeField()
    commission_bps = models.SmallIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(commission_bps__isnull=True) | Q(commission_bps__range=(0, 10_000)), name="feerate_in_range"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["category", "merchant", "-id"], name="feerate_last_of_category")]


class Due(models.Model):
    """A completed order that is not released yet; its row goes with its release."""

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()


class DepositDue(models.Model):
    """A deposit that was forfeited, or went back doubled, and is in no statement yet; its row goes with its entry."""

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.SmallIntegerField(choices=[(one.value, one.name) for one in EntryKind])
    amount_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, kind__in=[EntryKind.FORFEIT.value, EntryKind.PENALTY.value]),
                name="depositdue_of_a_kind",
            )
        ]


class Release(models.Model):
    """What was released of an order, by terms that are frozen with it; the parts as they stand after refunds.

    Its key is the order's, so an order is released once (INV-29).
    """

    pk = models.CompositePrimaryKey("lane", "order_id")
    lane = models.SmallIntegerField()
    order_id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    creator_id = models.BigIntegerField(null=True)
    fee_tax_bps = models.SmallIntegerField()
    reserve_bps = models.SmallIntegerField()
    reserve_until = models.DateTimeField(null=True, help_text="when its reserve goes to the merchant; then nothing")
    escrow_minor = models.BigIntegerField()
    discounts_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    fee_tax_minor = models.BigIntegerField()
    creator_minor = models.BigIntegerField()
    reserve_minor = models.BigIntegerField()
    payable_minor = models.BigIntegerField()
    duties_minor = models.BigIntegerField(db_default=0, help_text="out of escrow, put aside for customs")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=_ADDS_UP, name="inv_29_release_adds_up"),
            models.CheckConstraint(
                condition=Q(
                    escrow_minor__gte=0,
                    discounts_minor__gte=0,
                    commission_minor__gte=0,
                    fee_tax_minor__gte=0,
                    creator_minor__gte=0,
                    reserve_minor__gte=0,
                    duties_minor__gte=0,
                ),
                name="inv_29_no_part_below_nothing",
            ),
            models.CheckConstraint(
                condition=Q(reserve_until__isnull=False) | Q(reserve_minor=0), name="release_reserve_has_an_end"
            ),
        ]
        # Only where a reserve is kept: other rows stand in no index but the key.
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "reserve_until"],
                condition=Q(reserve_until__isnull=False),
                name="release_reserves_kept",
            )
        ]


class Entry(models.Model):
    """A change of what a merchant is owed, and what it consists of: a line of its statement. It never changes.

    It has parts of an order, or is of another kind and then has `other_minor` alone.

    Its id is drawn under the lane's turn, so of two the later one is the greater: a payout is a stretch of ids.
    """

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField()
    id = models.BigIntegerField()
    merchant_id = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    order_id = models.BigIntegerField(null=True, help_text="none where currencies are set off")
    kind = models.SmallIntegerField(choices=[(one.value, one.name) for one in EntryKind])
    escrow_minor = models.BigIntegerField()
    discounts_minor = models.BigIntegerField()
    commission_minor = models.BigIntegerField()
    fee_tax_minor = models.BigIntegerField()
    creator_minor = models.BigIntegerField()
    reserve_minor = models.BigIntegerField()
    other_minor = models.BigIntegerField(db_default=0, help_text="what it is of a kind that is no part of an order")
    payable_minor = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(payable_minor=_PAYABLE + F("other_minor")), name="inv_30_line_adds_up"),
            models.CheckConstraint(
                condition=~_IS_OTHER & Q(other_minor=0) | _IS_OTHER & Q(**dict.fromkeys(_PARTS, 0)),
                name="entry_parts_or_other",
            ),
            models.CheckConstraint(
                condition=Q(kind=EntryKind.SET_OFF.value, order_id__isnull=True)
                | ~Q(kind=EntryKind.SET_OFF.value) & Q(order_id__isnull=False),
                name="entry_names_its_order",
            ),
            # A forfeited deposit adds, a penalty takes; what is set off does either.
            models.CheckConstraint(
                condition=~Q(kind=EntryKind.FORFEIT.value, other_minor__lte=0)
                & ~Q(kind=EntryKind.PENALTY.value, other_minor__gte=0),
                name="inv_35_deposit_settled_to_whom_it_belongs",
            ),
            models.UniqueConstraint(
                fields=["lane", "order_id"],
                condition=Q(kind__in=[EntryKind.FORFEIT.value, EntryKind.PENALTY.value]),
                name="inv_35_deposit_settled_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["lane", "merchant_id", "currency", "id"],
                include=["payable_minor"],
                name="entry_lines_of_a_merchant",
            )
        ]


class SetOff(models.Model):
    """What a merchant was owed in one currency and that paid what it owed in another; it never changes.

    One unit of `taken_currency` was `rate_numerator / rate_denominator` units of `given_currency`.
    """

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    merchant = models.ForeignKey(Merchant, models.PROTECT)
    taken_currency = models.CharField(max_length=3)
    taken_minor = models.BigIntegerField()
    taken_entry_id = models.BigIntegerField(unique=True)
    taken_transfer_id = models.BigIntegerField(unique=True)
    given_currency = models.CharField(max_length=3)
    given_minor = models.BigIntegerField()
    given_entry_id = models.BigIntegerField(unique=True)
    given_transfer_id = models.BigIntegerField(unique=True)
    rate_numerator = models.BigIntegerField()
    rate_denominator = models.BigIntegerField()
    rate_quoted_at = models.DateTimeField()
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(taken_minor__gt=0, given_minor__gt=0, rate_numerator__gt=0, rate_denominator__gt=0)
                & ~Q(taken_currency=F("given_currency")),
                name="setoff_something_for_something",
            )
        ]


class Payout(models.Model):
    """Money on its way to a merchant: the entries with ids above `after_id` up to `until_id`, which it is the sum of.

    `reference` is the bank's. Where it is paid in another currency, `paid_minor` is what it was worth at the rate that
    is written down here: one unit of `currency` was `rate_numerator / rate_denominator` units of `paid_currency`.
    """

    id = models.BigIntegerField(primary_key=True)
    lane = models.SmallIntegerField()
    merchant = models.ForeignKey(Merchant, models.PROTECT)
    currency = models.CharField(max_length=3)
    after_id = models.BigIntegerField()
    until_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    paid_currency = models.CharField(max_length=3)
    paid_minor = models.BigIntegerField()
    rate_numerator = models.BigIntegerField()
    rate_denominator = models.BigIntegerField()
    rate_quoted_at = models.DateTimeField(null=True)
    hold_id = models.BigIntegerField(help_text="the pending transfer out of what the merchant is owed")
    exchange_id = models.BigIntegerField(null=True, help_text="the pending transfer of the other currency")
    state = models.SmallIntegerField(choices=[(one.value, one.name) for one in PayoutState])
    period_date = models.DateField()
    proposed_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.BigIntegerField(null=True, help_text="who; empty: whoever had the command line")
    sent_at = models.DateTimeField(null=True)
    sent_by = models.BigIntegerField(null=True)
    four_eyes = models.BooleanField(db_default=False, help_text="two people were asked for when it was sent")
    ended_at = models.DateTimeField(null=True)
    reference = models.CharField(max_length=80, db_default="")
    failed_because = models.CharField(max_length=300, db_default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, paid_minor__gt=0, until_id__gt=F("after_id")), name="payout_positive"
            ),
            models.CheckConstraint(
                condition=Q(
                    paid_currency=F("currency"),
                    paid_minor=F("amount_minor"),
                    rate_numerator=1,
                    rate_denominator=1,
                    rate_quoted_at__isnull=True,
                    exchange_id__isnull=True,
                )
                | ~Q(paid_currency=F("currency"))
                & Q(rate_numerator__gt=0, rate_denominator__gt=0, rate_quoted_at__isnull=False)
                & Q(exchange_id__isnull=False),
                name="payout_rate_where_currencies_differ",
            ),
            models.CheckConstraint(
                condition=Q(state=PayoutState.PROPOSED.value, approved_at__isnull=True, ended_at__isnull=True)
                | Q(state=PayoutState.APPROVED.value, approved_at__isnull=False, sent_at__isnull=True)
                & Q(ended_at__isnull=True)
                | Q(state=PayoutState.SENT.value, approved_at__isnull=False, sent_at__isnull=False)
                & Q(ended_at__isnull=True)
                | Q(state=PayoutState.CONFIRMED.value, sent_at__isnull=False, ended_at__isnull=False)
                | Q(state=PayoutState.FAILED.value, ended_at__isnull=False) & ~Q(failed_because=""),
                name="payout_moments_fit_state",
            ),
            models.CheckConstraint(
                condition=Q(four_eyes=False)
                | Q(approved_by__isnull=False, sent_by__isnull=False) & ~Q(approved_by=F("sent_by")),
                name="payout_approved_and_sent_by_two",
            ),
            # Stretches of ids follow each other, each from where one before it ended: none is paid twice.
            models.UniqueConstraint(
                fields=["merchant", "currency", "after_id"],
                condition=~Q(state=PayoutState.FAILED.value),
                name="inv_30_no_line_paid_twice",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
