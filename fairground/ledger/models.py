"""Accounts, transfers, and how pending transfers end, all hot: no foreign keys. And days that are closed: cold."""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from fairground.ledger.rules import AccountKind, TransferKind, TransferOutcome


class Account(models.Model):
    """A balance in one currency. Its address (`merchant:42:escrow:EUR`) holds ids, never personal data."""

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField()
    id = models.BigIntegerField()
    address = models.CharField(max_length=120)
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in AccountKind])
    currency = models.CharField(max_length=3)
    debits_posted_minor = models.BigIntegerField(db_default=0)
    credits_posted_minor = models.BigIntegerField(db_default=0)
    debits_pending_minor = models.BigIntegerField(db_default=0)
    credits_pending_minor = models.BigIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lane", "address"], name="account_once_by_address"),
            models.CheckConstraint(
                condition=Q(
                    debits_posted_minor__gte=0,
                    credits_posted_minor__gte=0,
                    debits_pending_minor__gte=0,
                    credits_pending_minor__gte=0,
                ),
                name="account_sums_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in AccountKind]), name="account_kind_known"
            ),
            models.CheckConstraint(
                condition=~Q(kind=AccountKind.CREDIT_NORMAL.value)
                | Q(credits_posted_minor__gte=F("debits_posted_minor") + F("debits_pending_minor")),
                name="inv_6_credit_account_not_below_zero",
            ),
            models.CheckConstraint(
                condition=~Q(kind=AccountKind.DEBIT_NORMAL.value)
                | Q(debits_posted_minor__gte=F("credits_posted_minor") + F("credits_pending_minor")),
                name="inv_6_debit_account_not_below_zero",
            ),
        ]


class Transfer(models.Model):
    """An amount from one account (debited) to another (credited), in one currency. It never changes."""

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the order's where there is one, else the debited account's")
    id = models.BigIntegerField()
    debit_account_id = models.BigIntegerField(help_text="its lane is in the id")
    credit_account_id = models.BigIntegerField(help_text="its lane is in the id")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    kind = models.SmallIntegerField(choices=[(kind.value, kind.name) for kind in TransferKind])
    order_id = models.BigIntegerField(null=True)
    pending = models.BooleanField(db_default=False)
    at = models.DateTimeField()

    class Meta:
        # Transfers lie in the order of their moments, so a summary a megabyte finds those of a day.
        indexes: ClassVar = [BrinIndex(fields=["at"], name="transfer_at")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transfer_positive"),
            models.CheckConstraint(
                condition=~Q(debit_account_id=F("credit_account_id")), name="transfer_between_two_accounts"
            ),
            # Kinds never change and few transfers are of these, so no other row is in the indexes.
            models.UniqueConstraint(
                fields=["lane", "order_id"],
                condition=Q(kind=TransferKind.DEPOSIT.value),
                name="inv_22_deposit_paid_once",
            ),
            models.UniqueConstraint(
                fields=["lane", "order_id"],
                condition=Q(kind__in=[TransferKind.FORFEIT.value, TransferKind.DEPOSIT_RETURN.value]),
                name="inv_22_deposit_moved_once",
            ),
        ]


class TransferEnd(models.Model):
    """How a pending transfer ended: posted, voided or expired; once (its key is the pending transfer's)."""

    pk = models.CompositePrimaryKey("lane", "transfer_id")
    lane = models.SmallIntegerField()
    transfer_id = models.BigIntegerField()
    outcome = models.SmallIntegerField(choices=[(outcome.value, outcome.name) for outcome in TransferOutcome])
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [BrinIndex(fields=["at"], name="transferend_at")]


class DaySeal(models.Model):
    """A day (UTC) into which nothing is written any more. Days are sealed one after another."""

    day = models.DateField(primary_key=True)
    ends_at = models.DateTimeField(help_text="the first moment of the next day, in UTC")
    sealed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(sealed_at__gte=F("ends_at")), name="inv_26_only_a_day_that_is_over"),
            models.UniqueConstraint(fields=["ends_at"], name="dayseal_one_end"),
        ]


class Day(models.Model):
    """A closed day: how much there was, and the hash of it all, which holds the hash of the day before."""

    seal = models.OneToOneField(DaySeal, models.PROTECT, primary_key=True, db_column="day", related_name="closed")
    previous_hash = models.CharField(max_length=64, help_text="64 zeros of the first day")
    hash = models.CharField(max_length=64)
    transfers = models.BigIntegerField()
    ends = models.BigIntegerField()
    balances = models.BigIntegerField(help_text="accounts that moved")
    closed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["previous_hash"], name="inv_26_one_day_after_another"),
            models.UniqueConstraint(fields=["hash"], name="day_hash_once"),
            models.CheckConstraint(
                condition=Q(hash__regex="^[0-9a-f]{64}$", previous_hash__regex="^[0-9a-f]{64}$"), name="day_hashes_hex"
            ),
            models.CheckConstraint(
                condition=Q(transfers__gte=0, ends__gte=0, balances__gte=0), name="day_counts_not_negative"
            ),
        ]


class DayBalance(models.Model):
    """An account's four sums at the end of a day on which it moved. On other days its last row before says them."""

    pk = models.CompositePrimaryKey("account_id", "day")
    account_id = models.BigIntegerField(help_text="its lane is in the id")
    day = models.DateField()
    currency = models.CharField(max_length=3)
    debits_posted_minor = models.BigIntegerField()
    credits_posted_minor = models.BigIntegerField()
    debits_pending_minor = models.BigIntegerField()
    credits_pending_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [BrinIndex(fields=["day"], name="daybalance_day")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(debits_posted_minor__gte=0, credits_posted_minor__gte=0), name="daybalance_not_negative"
            ),
        ]
