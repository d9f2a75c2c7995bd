"""Campaigns and their rounds, cold; slices and packets, hot: keys that begin with the lane, and no foreign keys.

`fairground verify` looks for rows whose owner is not there.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fairground.festivals.models import Festival
from fairground.markets.models import Market
from fairground.redpackets.rules import AMOUNT_MAX, CampaignKind


class PacketCampaign(models.Model):
    """A budget to give away in one market. `budget_minor` is a hard cap; rounds are allotted parts of it."""

    id = models.BigAutoField(primary_key=True)
    festival = models.ForeignKey(Festival, models.PROTECT, related_name="packet_campaigns")
    market = models.ForeignKey(Market, models.PROTECT, db_index=False)
    currency = models.CharField(max_length=3)
    name = models.JSONField(help_text="language -> name")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.name) for kind in CampaignKind])
    budget_minor = models.BigIntegerField()
    allotted_minor = models.BigIntegerField(db_default=0, help_text="what its rounds may still give, and gave")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    valid_until = models.DateTimeField(help_text="until when its packets can be used, exclusive")
    form_key = models.UUIDField(null=True, help_text="of the form that made it, so that a form sent twice makes one")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["form_key"], name="packetcampaign_made_once_a_form"),
            models.CheckConstraint(
                condition=Q(allotted_minor__gte=0, allotted_minor__lte=F("budget_minor")), name="inv_17_cap_kept"
            ),
            models.CheckConstraint(
                condition=Q(budget_minor__gt=0, budget_minor__lte=AMOUNT_MAX), name="packetcampaign_budget_in_range"
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at"), valid_until__gte=F("closes_at")),
                name="packetcampaign_times_in_order",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in CampaignKind]), name="packetcampaign_kind_known"
            ),
            models.CheckConstraint(condition=Q(currency__regex=r"^[A-Z]{3}$"), name="packetcampaign_currency_iso_4217"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class PacketRound(models.Model):
    """A time in which packets can be grabbed. `amounts` says what lies in each, by number from 0; it is never shown."""

    id = models.BigAutoField(primary_key=True)
    campaign = models.ForeignKey(PacketCampaign, models.PROTECT, related_name="rounds")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    packets = models.IntegerField()
    budget_minor = models.BigIntegerField(help_text="the sum of `amounts`")
    amounts = ArrayField(models.BigIntegerField())
    returned_minor = models.BigIntegerField(db_default=0, help_text="what nobody took; back with the campaign")
    closed_at = models.DateTimeField(null=True, help_text="when that went back")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(packets__gt=0, budget_minor__gte=F("packets"), budget_minor__lte=AMOUNT_MAX),
                name="packetround_a_unit_a_packet",
            ),
            models.CheckConstraint(condition=Q(amounts__len=F("packets")), name="packetround_an_amount_a_packet"),
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="packetround_opens_before_it_closes"),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("budget_minor"))
                & (Q(closed_at__isnull=False) | Q(returned_minor=0)),
                name="inv_17_leftover_within_round",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["closes_at"], condition=Q(closed_at__isnull=True), name="packetround_not_closed")
        ]

    def __str__(self) -> str:
        return str(self.id)


class PacketSlice(models.Model):
    """The numbers of a round that one writer gives, in its first lane: from `first_no` up to `end_no`, exclusive."""

    pk = models.CompositePrimaryKey("lane", "round_id")
    lane = models.SmallIntegerField(help_text="the writer's first")
    round_id = models.BigIntegerField()
    first_no = models.IntegerField()
    next_no = models.IntegerField(help_text="the next number that is given")
    end_no = models.IntegerField()
    budget_minor = models.BigIntegerField(help_text="the sum of its amounts")
    taken_minor = models.BigIntegerField(db_default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(first_no__gte=0, first_no__lte=F("next_no"), next_no__lte=F("end_no")),
                name="inv_16_numbers_within_slice",
            ),
            models.CheckConstraint(
                condition=Q(taken_minor__gte=0, taken_minor__lte=F("budget_minor")), name="inv_17_slice_within_budget"
            ),
        ]


class Packet(models.Model):
    """A packet that a shopper has. The unique key leads to a shopper's packets too."""

    pk = models.CompositePrimaryKey("lane", "id")
    lane = models.SmallIntegerField(help_text="the shopper's")
    id = models.BigIntegerField()
    shopper_id = models.BigIntegerField()
    round_id = models.BigIntegerField()
    no = models.IntegerField(help_text="which packet of the round")
    amount_minor = models.BigIntegerField()
    used_minor = models.BigIntegerField(db_default=0)
    currency = models.CharField(max_length=3)
    grabbed_at = models.DateTimeField()
    valid_until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lane", "shopper_id", "round_id"], name="inv_16_one_packet_a_shopper_and_round"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, used_minor__gte=0, used_minor__lte=F("amount_minor")),
                name="packet_used_within_amount",
            ),
        ]
