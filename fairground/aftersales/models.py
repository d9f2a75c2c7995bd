"""Cases, their lines, messages, pictures and history. Few beside orders: they have foreign keys among themselves."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from fairground.aftersales.deadlines import NAMES, longest, platform_days
from fairground.aftersales.rules import (
    EVIDENCE_MAX,
    OPEN_STATES,
    TEXT_LENGTH_MAX,
    TRACKING_LENGTH_MAX,
    CaseReason,
    CaseState,
    Happened,
    ReplacementEnd,
    Who,
    Wish,
)
from fairground.fulfilment.rules import CARRIER_LENGTH_MAX

_OPEN = sorted(state.value for state in OPEN_STATES)
_WHO = [(one.value, one.name) for one in Who]


class Case(models.Model):
    """What a shopper asks about goods of an order. Of the trade it names ids, so that hot tables stay as they are."""

    id = models.BigIntegerField(primary_key=True)
    order_id = models.BigIntegerField(help_text="in whose lane the case's id is, too")
    case_no = models.SmallIntegerField(help_text="which case of its order, from 1")
    purchase_id = models.BigIntegerField()
    shopper_id = models.BigIntegerField(db_index=True)
    merchant_id = models.BigIntegerField()
    market = models.CharField(max_length=8)
    reason = models.SmallIntegerField(choices=[(one.value, one.name) for one in CaseReason])
    wish = models.SmallIntegerField(choices=[(one.value, one.name) for one in Wish])
    state = models.SmallIntegerField(choices=[(one.value, one.name) for one in CaseState])
    needs_return = models.BooleanField(help_text="goods come back before anything is given")
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, help_text="until when who has to do something has to do it")
    closed_at = models.DateTimeField(null=True)
    erase_after = models.DateTimeField(null=True, help_text="when its words go; None: while it is open, or gone")
    tracking = models.CharField(max_length=TRACKING_LENGTH_MAX, blank=True, default="")
    language = models.CharField(
        max_length=12,
        blank=True,
        default="",
        db_default="",
        help_text="in which its shopper is written to; empty: the market's first",
    )
    days = models.JSONField(
        default=platform_days, help_text="what each has in it, as its market gave when it was opened"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order_id", "case_no"], name="case_once_by_number"),
            models.CheckConstraint(
                condition=Q(state__in=_OPEN, due_at__isnull=False, closed_at__isnull=True, erase_after__isnull=True)
                | ~Q(state__in=_OPEN) & Q(due_at__isnull=True, closed_at__isnull=False),
                name="case_moments_fit_state",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="case_due"),
            models.Index(fields=["erase_after"], condition=Q(erase_after__isnull=False), name="case_words_due"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class MarketDays(models.Model):
    """The days of cases in a market whose law or custom differs from the platform's; a market without has those."""

    market = models.CharField(max_length=8, primary_key=True)
    answer = models.SmallIntegerField()
    send = models.SmallIntegerField()
    receipt = models.SmallIntegerField()
    escalate = models.SmallIntegerField()
    decide = models.SmallIntegerField()
    replace = models.SmallIntegerField()
    arrive = models.SmallIntegerField()
    claim = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__range": (1, longest(name)) for name in NAMES}), name="marketdays_in_range"
            )
        ]


class CaseLine(models.Model):
    """Units of a line that a case is about, and what became of them.

    In an exchange `swap_reserved` units of another stock row are set aside; of them as many are given as came back,
    `swap_due`. `swap_given` have left or arrived, `swap_lost` have left and did not come: both are sold.
    """

    pk = models.CompositePrimaryKey("case_id", "line_no")
    case = models.ForeignKey(Case, models.PROTECT, related_name="lines", db_index=False)
    line_no = models.SmallIntegerField()
    units_asked = models.IntegerField()
    units_agreed = models.IntegerField(null=True)
    units_back = models.IntegerField(db_default=0, default=0, help_text="came back")
    units_sellable = models.IntegerField(db_default=0, default=0, help_text="of these are as new")
    units_paid = models.IntegerField(db_default=0, default=0)
    paid_minor = models.BigIntegerField(db_default=0, default=0)
    refund_nos = ArrayField(models.SmallIntegerField(), default=list)
    swap_sku_id = models.BigIntegerField(null=True)
    swap_stock_id = models.BigIntegerField(null=True)
    swap_reserved = models.IntegerField(db_default=0, default=0)
    swap_due = models.IntegerField(db_default=0, default=0)
    swap_given = models.IntegerField(db_default=0, default=0)
    swap_lost = models.IntegerField(db_default=0, default=0)
    swap_restocked = models.IntegerField(db_default=0, default=0, help_text="came back for others, and are on sale")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(units_asked__gt=0)
                & (Q(units_agreed__isnull=True) | Q(units_agreed__gte=0, units_agreed__lte=F("units_asked"))),
                name="caseline_agrees_to_what_is_asked",
            ),
            models.CheckConstraint(
                condition=Q(
                    units_sellable__gte=0,
                    units_sellable__lte=F("units_back"),
                    units_back__lte=F("units_asked"),
                    swap_restocked__gte=0,
                    swap_restocked__lte=F("units_sellable"),
                ),
                name="caseline_takes_back_what_is_asked",
            ),
            # With no units agreed to, a comparison with NULL would be no refusal.
            models.CheckConstraint(
                condition=Q(units_paid=0, swap_given=0, swap_reserved=0, paid_minor=0)
                | Q(
                    units_agreed__isnull=False,
                    units_paid__gte=0,
                    swap_given__gte=0,
                    swap_reserved__gte=0,
                    paid_minor__gte=0,
                    units_agreed__gte=F("units_paid") + F("swap_given") + F("swap_reserved"),
                ),
                name="inv_31_caseline_pays_once",
            ),
            models.CheckConstraint(
                condition=Q(swap_stock_id__isnull=False) | Q(swap_reserved=0, swap_given=0, swap_lost=0),
                name="caseline_swaps_from_stock",
            ),
            models.CheckConstraint(
                condition=Q(units_paid=0) | Q(swap_reserved=0, swap_given=0), name="inv_38_money_or_other_units"
            ),
            models.CheckConstraint(
                condition=Q(swap_due=0, swap_given=0, swap_lost=0)
                | Q(
                    units_agreed__isnull=False,
                    swap_due__gt=0,
                    swap_due__lte=F("units_agreed"),
                    swap_given__gte=0,
                    swap_lost__gte=0,
                    swap_due__gte=F("swap_given") + F("swap_reserved"),
                ),
                name="inv_38_no_more_given_than_due",
            ),
        ]


class Replacement(models.Model):
    """The other units of an exchange: wanted since when, and how they left. One that was lost may have one after it."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="replacements", db_index=False)
    number = models.SmallIntegerField(help_text="which of its case, from 1")
    wanted_at = models.DateTimeField()
    carrier = models.CharField(max_length=CARRIER_LENGTH_MAX, blank=True, default="")
    tracking_number = models.CharField(
        max_length=TRACKING_LENGTH_MAX, blank=True, default="", help_text="goes when the case's words do"
    )
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end = models.SmallIntegerField(null=True, choices=[(one.value, one.name) for one in ReplacementEnd])

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "number"], name="replacement_once_by_number"),
            models.UniqueConstraint(
                fields=["case"],
                condition=~Q(end=ReplacementEnd.LOST.value) | Q(end__isnull=True),
                name="inv_38_replaced_once",
            ),
            models.UniqueConstraint(
                fields=["case", "carrier", "tracking_number"],
                condition=~Q(tracking_number=""),
                name="inv_38_replacement_written_once",
            ),
            models.CheckConstraint(
                condition=Q(number__gt=0)
                & (
                    Q(end__isnull=True, ended_at__isnull=True)
                    | Q(end=ReplacementEnd.MONEY.value, ended_at__isnull=False, sent_at__isnull=True)
                    | Q(
                        end__in=[ReplacementEnd.ARRIVED.value, ReplacementEnd.LOST.value],
                        ended_at__gte=F("sent_at"),
                        sent_at__isnull=False,
                        ended_at__isnull=False,
                    )
                ),
                name="replacement_end_fits_moments",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=False) | Q(carrier="", tracking_number=""),
                name="replacement_left_by_carrier",
            ),
        ]


class CaseMessage(models.Model):
    """What somebody wrote in a case. Personal: the text goes when the case's words do."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    at = models.DateTimeField()
    who = models.SmallIntegerField(choices=_WHO)
    text = models.CharField(max_length=TEXT_LENGTH_MAX)


class CaseEvidence(models.Model):
    """A picture that shopper or merchant brought, as we drew it: never the file that came. Goes when the words do."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="evidence", db_index=False)
    who = models.SmallIntegerField(choices=_WHO, default=Who.SHOPPER.value, db_default=Who.SHOPPER.value)
    position = models.SmallIntegerField(help_text="of all in the case, from 1")
    content = models.BinaryField(help_text="WebP")
    width = models.IntegerField()
    height = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["case", "position"], name="caseevidence_once_by_position"),
            models.CheckConstraint(
                condition=Q(position__gte=1, position__lte=2 * EVIDENCE_MAX), name="caseevidence_position_in_range"
            ),
        ]


class CaseLabel(models.Model):
    """With whom goods of a case go back, under which number, and the label as we drew it: never the file that came.

    Number and picture go when the case's words do.
    """

    case = models.OneToOneField(Case, models.PROTECT, primary_key=True, related_name="label")
    given_at = models.DateTimeField()
    carrier = models.CharField(max_length=CARRIER_LENGTH_MAX)
    tracking_number = models.CharField(max_length=TRACKING_LENGTH_MAX, blank=True, default="")
    content = models.BinaryField(null=True, help_text="JPEG; None: there is only a carrier and a number")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(carrier=""), name="caselabel_has_carrier"),
        ]


class CaseEvent(models.Model):
    """What happened in a case: ids and numbers only. It is only ever added to (INV-31)."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    who = models.SmallIntegerField(choices=_WHO)
    kind = models.SmallIntegerField(choices=[(one.value, one.name) for one in Happened])
    facts = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(kind__in=[Happened.REFUNDED.value, Happened.EXCHANGED.value]),
                name="inv_31_case_pays_once",
            )
        ]
